/** Orders to a process, and what came of them: JSON, an order to a line on its standard input, an answer to a line on its output. */
import { createInterface } from "node:readline";
import { AssayError } from "@assay/sdk";
import { kill, type Running } from "../../testing/processes.ts";

/** What a process does when it is told to, by name. */
export type Handlers = { readonly [name: string]: (argument: never) => unknown };

interface Order {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

interface Answer {
  /** 0 for the first, by which it says that it is ready. */
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
}

/** Amounts and ids of agents are written with decimal digits. */
const plain = (_: string, value: unknown) => (typeof value === "bigint" ? value.toString() : value);

/** Takes orders until the input ends. @param ready told first */
export async function takeOrders(handlers: Handlers, ready: unknown): Promise<void> {
  const say = (answer: Answer) => process.stdout.write(`${JSON.stringify(answer, plain)}\n`);
  say({ id: 0, result: ready });
  for await (const line of createInterface(process.stdin)) {
    const { id, name, argument } = JSON.parse(line) as Order;
    void carryOut(handlers, name, argument).then(
      (result) => say({ id, result: result ?? null }),
      (error: unknown) => say({ id, error: describe(error) }),
    );
  }
}

async function carryOut(handlers: Handlers, name: string, argument: unknown): Promise<unknown> {
  const handler = handlers[name] as ((argument: unknown) => unknown) | undefined;
  if (handler === undefined) throw new Error(`there is no order ${name}`);
  return handler(argument);
}

function describe(error: unknown): { code: string; message: string } {
  if (error instanceof AssayError) return { code: error.code, message: error.message };
  return { code: "FAILED", message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

/** Why an order was not carried out. */
class OrderError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

type Result<H extends Handlers, K extends keyof H> = Awaited<ReturnType<H[K]>>;

/** A process that takes orders. @typeParam H its handlers, of whose results JSON leaves what it can */
export class Remote<H extends Handlers, Ready> {
  /** What it has said first. */
  readonly ready: Promise<Ready>;
  readonly #running: Running;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #last = 0;

  /** @param running with its standard input open */
  constructor(running: Running) {
    this.#running = running;
    const { child, ended } = running;
    const first = Promise.withResolvers<unknown>();
    this.#waiting.set(0, first);
    this.ready = first.promise as Promise<Ready>;
    this.ready.catch(() => undefined);
    if (child.stdout === null) throw new Error("nothing can be read of the process");
    createInterface(child.stdout).on("line", (line) => this.#heard(line));
    child.stdin?.on("error", () => undefined); // it is gone, which `ended` tells
    void ended.then(({ code, stderr }) => {
      const gone = new OrderError("GONE", `the process ended with ${code}: ${stderr.slice(-2_000)}`);
      for (const { reject } of this.#waiting.values()) reject(gone);
      this.#waiting.clear();
    });
  }

  /** @throws OrderError with the code that the process's error has; `GONE` if it has ended */
  async tell<K extends keyof H & string>(name: K, argument: Parameters<H[K]>[0]): Promise<Result<H, K>> {
    const id = ++this.#last;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    this.#running.child.stdin?.write(`${JSON.stringify({ id, name, argument }, plain)}\n`);
    return waiting.promise as Promise<Result<H, K>>;
  }

  /** Ends it whatever it does, as a loss of power would. */
  async kill(): Promise<void> {
    await kill(this.#running);
  }

  /** Lets it end by itself. */
  async stop(): Promise<void> {
    this.#running.child.stdin?.end();
    const timer = setTimeout(() => this.#running.child.kill("SIGKILL"), 10_000);
    await this.#running.ended;
    clearTimeout(timer);
  }

  #heard(line: string): void {
    const { id, result, error } = JSON.parse(line) as Answer;
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new OrderError(error.code, error.message));
  }
}
