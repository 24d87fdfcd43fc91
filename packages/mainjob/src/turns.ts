/** Lets something that lives by itself live in turns: each time it waits, it waits until its next turn. */
export class Turns {
  #wake: (() => void) | null = null;
  #waiting = Promise.withResolvers<void>();
  #life: Promise<unknown> | null = null;

  /** What it waits by. */
  readonly sleep = async (_ms: number, signal: AbortSignal): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => resolve(), { once: true });
    if (signal.aborted) return;
    this.#wake = resolve;
    this.#waiting.resolve();
    await promise;
  };

  /** Begins its life. @returns once it waits for the first time @throws what ends it */
  async begin(life: () => Promise<unknown>): Promise<void> {
    this.#life = life();
    await this.#untilItWaits();
  }

  /** Lets it do what it does between two waits. @throws what ends it */
  async take(): Promise<void> {
    this.#waiting = Promise.withResolvers();
    this.#wake?.();
    await this.#untilItWaits();
  }

  /** Once it has ended. @throws what ends it */
  async end(): Promise<void> {
    await this.#life;
  }

  async #untilItWaits(): Promise<void> {
    const ended = Promise.resolve(this.#life).then(() => {
      throw new Error("it has ended before its turn");
    });
    await Promise.race([this.#waiting.promise, ended]);
  }
}
