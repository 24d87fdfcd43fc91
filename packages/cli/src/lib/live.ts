import { createLogUpdate } from "log-update";
import { type Io, toJson } from "./io.ts";

/** Something that has happened, for people and for machines. */
export interface Happening {
  readonly type: string;
  readonly line: string;
  readonly data: object;
}

/** Shows what happens: lines above a status that is written over on a terminal, or lines of JSON. */
export class LiveView {
  readonly #io: Io;
  readonly #json: boolean;
  readonly #terminal: ReturnType<typeof createLogUpdate> | null;

  constructor(io: Io, json: boolean) {
    this.#io = io;
    this.#json = json;
    const { stdout } = io;
    this.#terminal = !json && "isTTY" in stdout && stdout.isTTY === true ? createLogUpdate(stdout) : null;
  }

  /** One line that stays. */
  add({ type, line, data }: Happening): void {
    const text = this.#json ? toJson({ type, ...data }) : line;
    if (this.#terminal === null) this.#io.stdout.write(`${text}\n`);
    else this.#terminal.persist(text);
  }

  /** What stands below all lines; only a terminal has room for it. */
  status(lines: readonly string[]): void {
    this.#terminal?.(lines.join("\n"));
  }

  /** Leaves the last status where it is. */
  done(): void {
    this.#terminal?.done();
  }
}
