import { allocationUnit, DOMAIN_BOUNDS, MAX_SEAT_FEE } from "@assay/protocol";
import { DECIMALS } from "./ids.ts";
import { Refusal } from "./refusal.ts";
import type { Rules } from "./rules.ts";

/** Wei of one allocation unit. */
export const UNIT = allocationUnit(DECIMALS);
/** Epochs of silence until an allocation may be trimmed: no engine does. */
export const SILENT_EPOCHS = 65_535;
/** Of assertions, which no engine makes. */
export const ASSERTION_WINDOW = 1;
/** Least `minStake` of a domain, allocation units. */
const MIN_UNITS = 1_000n;

/** Least stake that must count in the epoch of a vote for a question to be asked, wei: as low as a domain may have it. */
export function minStakeOf({ seats, seatBond }: Pick<Rules, "seats" | "seatBond">): bigint {
  const bonds = BigInt(seats) * seatBond;
  return bonds > MIN_UNITS * UNIT ? bonds : MIN_UNITS * UNIT;
}

/** @throws Refusal `RULES` unless a domain could have these parameters */
export function requireRules(rules: Rules): void {
  const { seatFee, seatBond } = rules;
  for (const name of ["outcomes", "seats", "supermajorityBps", "maxRounds", "burnBps"] as const) {
    const [min, max] = DOMAIN_BOUNDS[name];
    if (!Number.isInteger(rules[name]) || rules[name] < min || rules[name] > max) {
      throw new Refusal("RULES", `${name} must be an integer from ${min} to ${max}, got ${rules[name]}`);
    }
  }
  if (seatFee < 1n || seatFee > MAX_SEAT_FEE) {
    throw new Refusal("RULES", `seatFee must be from 1 to ${MAX_SEAT_FEE} wei, got ${seatFee}`);
  }
  const [least, most] = DOMAIN_BOUNDS.bondFactor;
  if (seatBond < BigInt(least) * seatFee || seatBond > BigInt(most) * seatFee) {
    throw new Refusal("RULES", `seatBond must be from ${least} to ${most} times seatFee, got ${seatBond} wei`);
  }
}
