import { DOMAIN_BOUNDS } from "@assay/protocol";
import type { Part, Rules } from "../engine/rules.ts";
import { bad, readName, readNumber, readPairs } from "./settings.ts";

const OPTION = "--domain";
const PARTS: Readonly<Record<Part, Part>> = { trust: "trust", balance: "balance", rarity: "rarity" };

/** Price of a seat in simulations, wei. Everything is reported in it. */
export const SEAT_FEE = 10n ** 18n;
const BOND_FACTOR = 24;

/**
 * What a domain is unless it is told otherwise; outcomes and kind of answers are the data's. Committees are as large as usual (DOMAIN_DEFAULTS
 * of the SDK); what decides a round is higher, and there is one round more, which crowds with sleepers need (docs/experiments.md).
 */
export const RULES: Rules = {
  outcomes: 2,
  seats: 9,
  supermajorityBps: 8_000,
  maxRounds: 4,
  seatFee: SEAT_FEE,
  seatBond: BigInt(BOND_FACTOR) * SEAT_FEE,
  burnBps: 1_000,
  openAnswers: false,
  without: [],
};

export const DOMAIN_HELP =
  `k=${RULES.seats} (or auto: all answers there are),rounds=${RULES.maxRounds},supermajority=${RULES.supermajorityBps},` +
  `bond=${BOND_FACTOR},burn=${RULES.burnBps},without=trust+balance+rarity`;

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
