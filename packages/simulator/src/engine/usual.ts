import { BOND_PER_FEE, DOMAIN_DEFAULTS } from "@assay/sdk";
import type { Rules } from "./rules.ts";

/** Price of a seat in simulations, wei. Everything is reported in it. */
export const SEAT_FEE = 10n ** 18n;

/** What a domain is unless it is told otherwise: the usual one. Outcomes and kind of answers are the data's. */
export const USUAL_RULES: Rules = {
  outcomes: DOMAIN_DEFAULTS.outcomes,
  seats: DOMAIN_DEFAULTS.seats,
  supermajorityBps: DOMAIN_DEFAULTS.supermajorityBps,
  maxRounds: DOMAIN_DEFAULTS.maxRounds,
  seatFee: SEAT_FEE,
  seatBond: BOND_PER_FEE * SEAT_FEE,
  burnBps: DOMAIN_DEFAULTS.burnBps,
  openAnswers: false,
  without: [],
};
