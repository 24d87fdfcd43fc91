import { BURST_MS } from "./rules.ts";

/** Agents whose rate is remembered; the one that was silent longest is forgotten first. */
const MAX_AGENTS = 8_192;

/** A token bucket for each agent, as the time at which it is full again (GCRA): its rate may differ from statement to statement. */
export class StatementRates {
  /** Milliseconds, by agent; who was last goes last. */
  readonly #fullAt = new Map<bigint, number>();

  /** Whether an agent may make a statement now. @param perMinute its rate @param now milliseconds that never jump */
  allows(agentId: bigint, perMinute: number, now: number): boolean {
    return this.#after(agentId, perMinute, now) <= now + BURST_MS;
  }

  /** Counts a statement. @returns false, and counts nothing, where it is not allowed */
  take(agentId: bigint, perMinute: number, now: number): boolean {
    const after = this.#after(agentId, perMinute, now);
    if (after > now + BURST_MS) return false;
    this.#fullAt.delete(agentId);
    this.#fullAt.set(agentId, after);
    if (this.#fullAt.size > MAX_AGENTS) {
      const [oldest] = this.#fullAt.keys();
      if (oldest !== undefined) this.#fullAt.delete(oldest);
    }
    return true;
  }

  #after(agentId: bigint, perMinute: number, now: number): number {
    return Math.max(this.#fullAt.get(agentId) ?? 0, now) + 60_000 / perMinute;
  }
}
