import { askedSeats } from "@assay/protocol";
import { USUAL_RULES, SEAT_FEE } from "../engine/usual.ts";
import type { Config } from "../model/config.ts";
import { type Choice, identitiesOf, type Judged, meets } from "./law.ts";
import type { Wish } from "./wish.ts";

/** A choice with a share of canaries, which the law knows nothing of. */
export interface Candidate extends Judged {
  readonly canaries: number;
}

/** Choices that are simulated: cheapest of those that the law allows, and cheaper ones that trust may save. */
const BY_LAW = 4;
const BY_TRUST = 5;
const CANARIES = [0, 0.05];
/** Questions of a simulation, and epochs in which they are asked. */
const ITEMS = 600;
const EPOCHS = 30;
/** Bonds that an honest agent stakes. */
const BONDS = 400n;

/** Those that are worth a simulation. */
export function candidatesOf(judged: readonly Judged[], wish: Wish): Candidate[] {
  const cheapest = [...judged].sort((a, b) => a.law.seats - b.law.seats);
  const affordable = cheapest.filter(({ law }) => law.seats <= (wish.budget ?? Infinity));
  const allowed = affordable.filter((one) => meets(wish, figuresOf(one)));
  const limit = allowed[0]?.law.seats ?? Infinity;
  const miss = ({ law }: Judged) =>
    Math.max(law.captured / wish.error, law.blocked / Math.max(wish.undecided, wish.error));
  const near = affordable
    .filter((one) => one.law.seats < limit && !allowed.includes(one))
    .sort((a, b) => miss(a) - miss(b));
  // The law holds where trust is equal, so that canaries only help: what it allows is simulated without them too.
  return [...allowed.slice(0, BY_LAW), ...near.slice(0, BY_TRUST)].flatMap((one) =>
    CANARIES.map((canaries) => ({ ...one, canaries })),
  );
}

/** Figures of the law, to be held against a wish. */
function figuresOf({ law }: Judged): { wrong: number; undecided: number; fees: number } {
  return { wrong: law.captured, undecided: law.blocked, fees: law.seats };
}

/** What is simulated of a candidate: one attacker who votes wrong wherever it sits. */
export function configOf(candidate: Candidate, wish: Wish, seed: number): Config {
  const identities = identitiesOf(wish);
  const agents = wish.honestAgents + identities;
  return {
    source: {
      kind: "synthetic",
      items: ITEMS,
      outcomes: 2,
      accuracy: wish.accuracy,
      spread: 0,
      correlation: wish.correlation,
      prevalence: 0.5,
      density: 1,
    },
    agents,
    groups: [{ strategy: "colluders", stake: wish.attacker, identities: identities / agents, settings: {} }],
    rules: {
      ...USUAL_RULES,
      seats: candidate.seats,
      maxRounds: candidate.rounds,
      supermajorityBps: candidate.supermajorityBps,
    },
    canaries: candidate.canaries,
    budgetRounds: candidate.rounds - 1,
    minConfidence: 0,
    stake: BONDS * USUAL_RULES.seatBond,
    epochs: EPOCHS,
    questionsPerEpoch: null,
    engine: "sampled",
    seed,
  };
}

/** Default least stake of a domain, in bonds of a first round. */
const LEAST_FACTOR = 10;

/**
 * Stake that has to count before a domain should take questions, in seat fees: the default, or so much that the attacker's share of it
 * covers the bonds of all seats of all rounds, if that is more.
 */
export function minStakeOf({ seats, rounds }: Choice, { attacker }: Wish): number {
  const bond = Number(USUAL_RULES.seatBond) / Number(SEAT_FEE);
  return bond * Math.max(LEAST_FACTOR * seats, Math.ceil(askedSeats(seats, rounds) / attacker));
}

/** Bonds that whoever turns a first round has at risk, in seat fees. */
export function atRiskOf({ seats, rounds, supermajorityBps }: Choice): number {
  const bond = Number(USUAL_RULES.seatBond) / Number(SEAT_FEE);
  const needed = rounds === 1 ? Math.floor(seats / 2) + 1 : Math.ceil((seats * supermajorityBps) / 10_000);
  return bond * needed;
}
