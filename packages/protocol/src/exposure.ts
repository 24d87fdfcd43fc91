import { MAX_ALLOCATION } from "./constants.ts";
import { requireInteger, requireUint } from "./units.ts";

/** A draw passes the usual exposure with a probability below e to the minus this: one in 1,096. */
const EXPONENT = 7n;

/** A question that an agent may have drawn seats on, as everybody can read it before its ballot is revealed. */
export interface Prospect {
  /** k' of the round, 0 to 8191. */
  readonly offered: number;
  /** s: the smaller of the recorded allocation and the declared backing, allocation units. */
  readonly stake: bigint;
  /** S: recorded total of the domain, allocation units. */
  readonly total: bigint;
  /** Of the domain, wei. */
  readonly seatBond: bigint;
}

/** Two exposures that depend on nothing but what is public, wei. */
export interface ExposureLevels {
  /** Covers what the agent can expect to draw and more, all but fewer than one ballot in 1,000. */
  readonly usual: bigint;
  /** Covers a seat more than is certain on every question. */
  readonly most: bigint;
}

/**
 * What ballots on these questions declare. With the expected bonds `m`, their variance `v` and the largest bond `b` of a seat
 * that is not certain, `usual = m + 7b/3 + sqrt((7b/3)^2 + 14v)`: by Bernstein's inequality a draw is above it with a probability
 * below `e^-7`, whatever stakes and bonds are.
 * @throws ProtocolError `OutOfRange`
 */
export function exposureLevels(prospects: readonly Prospect[]): ExposureLevels {
  let expected = 0n;
  let variance = 0n;
  let largest = 0n;
  let most = 0n;
  for (const { offered, stake, total, seatBond } of prospects) {
    requireInteger("offered", offered, 0, 8191);
    requireUint("stake", stake, MAX_ALLOCATION);
    requireUint("total", total, MAX_ALLOCATION);
    if (total === 0n) continue;
    const product = BigInt(offered) * stake;
    const remainder = product % total;
    most += (product / total) * seatBond;
    expected += (product * seatBond) / total;
    if (remainder === 0n) continue;
    most += seatBond;
    variance += (seatBond * seatBond * remainder * (total - remainder)) / (total * total);
    if (seatBond > largest) largest = seatBond;
  }
  const step = (EXPONENT * largest) / 3n;
  const usual = expected + step + squareRoot(step * step + 2n * EXPONENT * variance);
  return { usual: usual < most ? usual : most, most };
}

/**
 * The exposure a ballot declares: the usual one, whether its agent drew many seats, few or none; where the draw is above that, the
 * most. Never more than the free stake, which is public too. So what everybody sees at the commit tells nothing of the draw, but
 * for the rare ballot that is above the usual.
 * @param needed sum of `seats * seatBond` over the ballot's votes, wei
 * @param free stake that the ballot may lock, wei
 * @throws ProtocolError `OutOfRange`, also if `needed` is more than is free or can be drawn
 * @example
 * const prospects = [{ offered: 9, stake: 10n, total: 100n, seatBond: 24n }];
 * declaredExposure({ prospects, needed: 0n, free: 1_000n }); // 24n, as with a seat
 */
export function declaredExposure(ballot: {
  readonly prospects: readonly Prospect[];
  readonly needed: bigint;
  readonly free: bigint;
}): bigint {
  const { needed, free } = ballot;
  const { usual, most } = exposureLevels(ballot.prospects);
  requireUint("needed", needed, most < free ? most : free);
  const level = needed > usual ? most : usual;
  return level < free ? level : free;
}

/** Whole part of a square root, by Newton's method from above. */
function squareRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let root = 1n << BigInt(Math.ceil(value.toString(2).length / 2));
  for (;;) {
    const next = (root + value / root) / 2n;
    if (next >= root) return root;
    root = next;
  }
}
