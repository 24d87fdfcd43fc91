import { DOMAIN_BOUNDS } from "@assay/protocol";
import { BOND_PER_FEE } from "@assay/sdk";
import type { Part, Rules } from "../engine/rules.ts";
import { SEAT_FEE, USUAL_RULES } from "../engine/usual.ts";
import { bad, readName, readNumber, readPairs } from "./settings.ts";

const OPTION = "--domain";
const PARTS: Readonly<Record<Part, Part>> = { trust: "trust", balance: "balance", rarity: "rarity" };

export const DOMAIN_HELP =
  `k=${USUAL_RULES.seats} (or auto: all answers there are),rounds=${USUAL_RULES.maxRounds},supermajority=${USUAL_RULES.supermajorityBps},` +
  `bond=${BOND_PER_FEE},burn=${USUAL_RULES.burnBps},without=trust+balance+rarity`;

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
  if (text.trim() === "") return USUAL_RULES;
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
  }, USUAL_RULES);
}
