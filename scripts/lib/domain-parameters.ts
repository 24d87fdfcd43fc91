import type { IConsensus } from "../../typechain/interfaces/IConsensus.sol/IConsensus.js";

/** A seat's bond, in fees of a seat. */
export const BOND_PER_FEE = 24n;
/** A domain's minimum stake, in bonds of a first committee. */
export const MIN_STAKE_COMMITTEES = 10n;

/** Defaults of a domain's numbers, docs/parameters.md. */
export const DOMAIN_DEFAULTS = {
  outcomes: 2,
  seats: 9,
  supermajorityBps: 6_667,
  maxRounds: 3,
  burnBps: 1_000,
  silentEpochs: 64,
  assertionWindow: 2,
} as const;

/** A domain with the defaults. @param seatFee wei */
export function defaultDomain(seatFee: bigint): IConsensus.DomainParametersStruct {
  const seatBond = BOND_PER_FEE * seatFee;
  const minStake = MIN_STAKE_COMMITTEES * BigInt(DOMAIN_DEFAULTS.seats) * seatBond;
  return { ...DOMAIN_DEFAULTS, seatFee, seatBond, minStake, openAnswers: false };
}
