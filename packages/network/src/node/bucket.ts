/** Lets so many through, and more as time goes by. */
export class TokenBucket {
  readonly #capacity: number;
  readonly #perMs: number;
  readonly #now: () => number;
  #tokens: number;
  #at: number;

  /**
   * @param capacity most at once
   * @param perMinute how many more a minute
   * @param now milliseconds that never jump
   */
  constructor(capacity: number, perMinute: number, now: () => number) {
    this.#capacity = this.#tokens = capacity;
    this.#perMs = perMinute / 60_000;
    this.#now = now;
    this.#at = now();
  }

  /** Whether one more may pass; it then has. */
  take(): boolean {
    const now = this.#now();
    this.#tokens = Math.min(this.#capacity, this.#tokens + (now - this.#at) * this.#perMs);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
