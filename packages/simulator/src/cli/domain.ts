import { DOMAIN_BOUNDS } from "@assay/protocol";
import { BOND_PER_FEE, DOMAIN_DEFAULTS } from "@assay/sdk";
import type { Part, Rules } from "../engine/rules.ts";
import { bad, readName, readNumber, readPairs } from "./settings.ts";

const OPTION = "--domain";
const PARTS: Readonly<Record<Part, Part>> = { trust: "trust", balance: "balance", rarity: "rarity" };

/** Price of a seat in simulations, wei. Everything is reported in it. */
export const SEAT_FEE = 10n ** 18n;

/** What a domain is unless it is told otherwise: the usual one. Outcomes and kind of answers are the data's. */
export const RULES: Rules = {
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

export const DOMAIN_HELP =
  `k=${RULES.seats} (or auto: all answers there are),rounds=${RULES.maxRounds},supermajority=${RULES.supermajorityBps},` +
  `bond=${BOND_PER_FEE},burn=${RULES.burnBps},without=trust+balance+rarity`;

/** Numbers of a domain by the names of the command line. */
const NUMBERS = {
  k: "seats",
  rounds: "maxRounds",
  supermajority: "supermajorityBps",
  burn: "burnBps",
} as const;

/**
 * Reads {@link DOMAIN_HELP}; `k=auto` takes as many seats as there are answers.
 * @throws SimulatorError `BAD_CONFIG`
 */
export function readRules(text: string): Rules {
  if (text.trim() === "") return RULES;
  return readPairs(OPTION, text).reduce((rules: Rules, [name, value]) => {
    if (name === "k" && value === "auto") return { ...rules, seats: 0 };
    if (Object.hasOwn(NUMBERS, name)) {
      const key = NUMBERS[name as keyof typeof NUMBERS];
      const [min, max] = DOMAIN_BOUNDS[key];
      return { ...rules, [key]: readNumber(OPTION, name, value, { min, max, whole: true }) };
    }
    if (name === "bond") {
      const [min, max] = DOMAIN_BOUNDS.bondFactor;
      return { ...rules, seatBond: BigInt(readNumber(OPTION, name, value, { min, max, whole: true })) * SEAT_FEE };
    }
    if (name === "without") {
      return { ...rules, without: value.split("+").map((part) => readName(OPTION, "part", part, PARTS)) };
    }
    throw bad(OPTION, `there is no "${name}"; there are ${[...Object.keys(NUMBERS), "bond", "without"].join(", ")}`);
  }, RULES);
}
