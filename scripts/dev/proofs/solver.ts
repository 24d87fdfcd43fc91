import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { evaluate, type Query, script, unknowns } from "./smt.ts";
import { show } from "./term.ts";

/** Values of the unknowns for which a claim does not hold. */
export type Counterexample = ReadonlyMap<string, bigint | boolean>;

export type Answer =
  | { readonly status: "proved" }
  | { readonly status: "refuted"; readonly counterexample: Counterexample }
  | { readonly status: "open"; readonly reason: string };

const PROCESS = fileURLToPath(new URL("solver-process.ts", import.meta.url));

/** How often a query is tried. */
const TRIES = 3;

/** Time past its own limit after which Z3 is ended, milliseconds. */
const GRACE = 5_000;

/** One Z3 for one query after the other. */
export class Solver {
  #child: ChildProcess | undefined;

  /**
   * What Z3 gives up on it is asked again, to go another way by chance.
   * @param limit milliseconds for all of its tries
   */
  async ask(query: Query, limit: number): Promise<Answer> {
    const deadline = Date.now() + limit;
    for (let seed = 0; ; seed++) {
      const answer = await this.#try(query, Math.max(deadline - Date.now(), 1), seed);
      if (answer.status !== "open" || seed + 1 >= TRIES || Date.now() >= deadline) return answer;
    }
  }

  async #try(query: Query, limit: number, seed: number): Promise<Answer> {
    const names = unknowns(query).map(({ name }) => `|${name}|`);
    const values = names.length === 0 ? "" : `\n(get-value (${names.join(" ")}))`;
    const options = `(set-option :timeout ${Math.ceil(limit)})\n(set-option :smt.random_seed ${seed})`;
    const printed = await this.#run(`${options}\n${script(query)}${values}`, limit + GRACE);
    if (printed === null) return { status: "open", reason: "time limit" };
    if (printed.startsWith("unsat")) return { status: "proved" };
    if (printed.startsWith("sat")) {
      return { status: "refuted", counterexample: confirmed(query, parseValues(printed)) };
    }
    if (printed.startsWith("unknown")) return { status: "open", reason: "unknown" };
    throw new Error(`Z3 refuses a script: ${printed.slice(0, 500)}`);
  }

  async #run(text: string, limit: number): Promise<string | null> {
    const child = (this.#child ??= await start());
    const stop = AbortSignal.timeout(limit);
    child.send(text);
    try {
      const [answer] = (await once(child, "message", { signal: stop })) as [string];
      return answer;
    } catch (error) {
      if (!stop.aborted) throw error;
      this.close();
      return null;
    }
  }

  close(): void {
    this.#child?.kill("SIGKILL");
    this.#child = undefined;
  }
}

/** The counterexample, once the terms themselves say that it is one. */
function confirmed({ facts, goal }: Query, counterexample: Counterexample): Counterexample {
  const wrong = facts.find((fact) => evaluate(fact, counterexample) !== true);
  if (wrong !== undefined || evaluate(goal, counterexample) !== false) {
    throw new Error(`Z3 and the terms disagree on ${show(wrong ?? goal).slice(0, 500)}`);
  }
  return counterexample;
}

async function start(): Promise<ChildProcess> {
  const child = fork(PROCESS, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  await once(child, "message");
  return child;
}

/** Reads the answer to `get-value`. */
function parseValues(printed: string): Map<string, bigint | boolean> {
  const values = new Map<string, bigint | boolean>();
  for (const [, quoted, plain, value] of printed.matchAll(
    /\((?:\|([^|]*)\||([^\s()|]+))\s+(\(-\s+\d+\)|[^\s()]+)\)/g,
  )) {
    const name = (quoted ?? plain) as string;
    values.set(name, parseValue(value as string));
  }
  return values;
}

function parseValue(text: string): bigint | boolean {
  if (text === "true" || text === "false") return text === "true";
  if (text.startsWith("#x")) return BigInt(`0x${text.slice(2)}`);
  if (text.startsWith("#b")) return BigInt(`0b${text.slice(2)}`);
  const negative = /^\(-\s+(\d+)\)$/.exec(text);
  return negative ? -BigInt(negative[1] as string) : BigInt(text);
}
