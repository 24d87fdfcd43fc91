import { type Clock, epochAt, type Statement, UNBONDING_EPOCHS } from "@assay/protocol";

/** Seconds by which the clocks of honest nodes may differ. */
export const CLOCK_SKEW = 30;
/** Statements a minute for each least bond of the domain that the pledge covers. */
const RATE_PER_BOND = 12n;
/** Statements a minute of one agent, whatever its pledge. */
const MAX_RATE = 3_000n;
/** An agent that was silent may make at once what it could have made in so many milliseconds. */
export const BURST_MS = 30_000;

/**
 * Statements that an agent may make a minute: 12 for each least bond that its pledge covers, 3,000 at most. Linear, so that nobody
 * gains by spreading a pledge over several agents; nothing for a pledge that covers no statement.
 * @param pledge wei that answer for its statements
 * @param minBond least bond of the domain, wei
 */
export function statementsPerMinute(pledge: bigint, minBond: bigint): number {
  if (pledge < minBond || minBond === 0n) return 0;
  const rate = (RATE_PER_BOND * pledge) / minBond;
  return Number(rate < MAX_RATE ? rate : MAX_RATE);
}

/** How a statement's expiry looks at a time. `expiring` and `early` are what a clock that differs may see otherwise. */
export type Timeliness = "timely" | "expired" | "expiring" | "early" | "tooFarAhead";

/**
 * Whether a statement can be challenged now, and its pledge is certain until it expires: none is for an expiry that is
 * `UNBONDING_EPOCHS` ahead.
 * @param now unix seconds
 * @throws ProtocolError `TimeBeforeGenesis`
 */
export function timelinessOf(clock: Clock, { expiry }: Pick<Statement, "expiry">, now: number): Timeliness {
  if (expiry < BigInt(now - CLOCK_SKEW)) return "expired";
  if (expiry < BigInt(now)) return "expiring";
  if (expiry < firstUncertain(clock, now)) return "timely";
  return expiry < firstUncertain(clock, now + CLOCK_SKEW) ? "early" : "tooFarAhead";
}

function firstUncertain(clock: Clock, now: number): bigint {
  return BigInt(clock.genesis + (epochAt(clock, now) + UNBONDING_EPOCHS) * clock.epochLength);
}
