import { NEWCOMER_WEIGHT, roundSeats, verdictOf } from "@assay/protocol";
import { Tallies } from "./distribution.ts";

/** Stake of the whole domain, allocation units. */
export const TOTAL = 1_000_000_000n;

/** What is supposed of a domain and of who attacks it. */
export interface Setting {
  /** k of the first round. */
  readonly seats: number;
  /** Part of the stake that the attacker holds, 0 to 1. */
  readonly share: number;
  /** Identities the attacker has split it into, all alike. */
  readonly identities: number;
  /** Honest agents, who share the rest alike. */
  readonly honest: number;
  /** Probability that an honest agent votes right; if not, it votes as the attacker does. */
  readonly accuracy: number;
  readonly supermajorityBps: number;
}

/** What can become of a question: the right answer, the attacker's, or none. */
export type Ending = "right" | "captured" | "blocked";

/** Whole seats of an agent and the probability of one more, as the sortition computes them (`seatsOf`). */
export function seatsFor(offered: number, stake: bigint, total: bigint): { whole: number; further: number } {
  const product = BigInt(offered) * stake;
  const threshold = ((product % total) << 64n) / total;
  return { whole: Number(product / total), further: Number(threshold) / 2 ** 64 };
}

/** Stakes of one honest agent and of one of the attacker's identities, allocation units. */
export function stakesOf(s: Setting): { honest: bigint; attacker: bigint } {
  const attacker = BigInt(Math.round(s.share * Number(TOTAL)));
  return { honest: (TOTAL - attacker) / BigInt(s.honest), attacker: attacker / BigInt(s.identities) };
}

/**
 * Tallies of one round that offers `offered` seats: exact, agent by agent.
 * @param before seats of earlier rounds, which stay in the tally
 */
export function roundOf(s: Setting, offered: number, before = Tallies.none()): Tallies {
  return attackersSeats(s, offered, honestSeats(s, offered, before));
}

/** The tallies of those who do not attack, added to those of `before`. */
export function honestSeats(s: Setting, offered: number, before = Tallies.none()): Tallies {
  const { whole: h, further: f } = seatsFor(offered, stakesOf(s).honest, TOTAL);
  const a = s.accuracy;
  let tallies = before;
  for (let i = 0; i < s.honest; i++) {
    tallies = tallies.plus([
      [h, 0, a * (1 - f)],
      [h + 1, 0, a * f],
      [0, h, (1 - a) * (1 - f)],
      [0, h + 1, (1 - a) * f],
    ]);
  }
  return tallies;
}

/** The attacker's seats alone, added to those of `before`. */
export function attackersSeats(s: Setting, offered: number, before = Tallies.none()): Tallies {
  const { whole, further } = seatsFor(offered, stakesOf(s).attacker, TOTAL);
  let tallies = before;
  for (let i = 0; i < s.identities; i++) {
    tallies = tallies.plus([
      [0, whole, 1 - further],
      [0, whole + 1, further],
    ]);
  }
  return tallies;
}

/** Decides a tally of seats of equal weight by the protocol's own rule. @param lastRound that the domain allows */
export function decider(s: Setting, lastRound = false): (right: number, wrong: number) => Ending {
  const rules = { firstRoundSeats: s.seats, supermajorityBps: s.supermajorityBps, lastRound };
  const known = new Map<number, Ending>();
  return (right, wrong) => {
    const key = right * 65_536 + wrong;
    let ending = known.get(key);
    if (ending === undefined) {
      const weights = [right * NEWCOMER_WEIGHT, wrong * NEWCOMER_WEIGHT];
      const v = verdictOf({ seats: [right, wrong], weights }, rules);
      ending = !v.decisive ? "blocked" : v.outcome === 0 ? "right" : "captured";
      known.set(key, ending);
    }
    return ending;
  };
}

/** Probabilities of a question. */
export interface Chances {
  /** The attacker's outcome is decisive after the first round. */
  readonly captured: number;
  /** Nothing is. */
  readonly blocked: number;
  /** Captured in the first round, appealed, and captured still. */
  readonly survivesAppeal: number;
  /** After a first round and one appeal, whatever the first round said: captured, or nothing decisive. */
  readonly capturedAfterTwo: number;
  readonly blockedAfterTwo: number;
}

export function chancesOf(s: Setting): Chances {
  const decide = decider(s);
  const captured = (r: number, w: number) => decide(r, w) === "captured";
  const blocked = (r: number, w: number) => decide(r, w) === "blocked";
  const first = roundOf(s, s.seats);
  const second = roundOf(s, roundSeats(s.seats, 2));
  const both = second.plus(first);
  return {
    captured: first.probability(captured),
    blocked: first.probability(blocked),
    survivesAppeal: second.plus(first.where(captured)).probability(captured),
    capturedAfterTwo: both.probability(captured),
    blockedAfterTwo: both.probability(blocked),
  };
}

/** What becomes of a question whose further rounds are prepaid, and which nobody appeals. */
export interface Endings {
  readonly right: number;
  readonly captured: number;
  readonly blocked: number;
  /** Asked for, in the mean. */
  readonly seats: number;
}

/**
 * Endings of a question in a domain of so many rounds: a further one is held as long as nothing is decisive, its seats are added to the
 * tally, and in the last more than half decides.
 * @param rounds 1 to 4
 */
export function endingsOf(s: Setting, rounds: number): Endings {
  let [undecided, right, captured, seats] = [Tallies.none(), 0, 0, 0];
  for (let round = 1; round <= rounds; round++) {
    const decide = decider(s, round === rounds);
    const offered = roundSeats(s.seats, round);
    seats += offered * undecided.probability(() => true);
    const tallies = roundOf(s, offered, undecided);
    right += tallies.probability((r, w) => decide(r, w) === "right");
    captured += tallies.probability((r, w) => decide(r, w) === "captured");
    undecided = tallies.where((r, w) => decide(r, w) === "blocked");
  }
  return { right, captured, blocked: undecided.probability(() => true), seats };
}

/** P(captured) of whoever may try so many seeds of one question and knows all that follows from each: an upper bound. */
export function grindingAllSeen(s: Setting, tries: number): number {
  return 1 - (1 - chancesOf(s).captured) ** tries;
}

/** P(captured) of whoever may try so many seeds, sees only the own seats, and takes the seed that gives most of them. */
export function grindingOwnSeen(s: Setting, tries: number): number {
  const decide = decider(s);
  const honest = [...honestSeats(s, s.seats)];
  const own = [...attackersSeats(s, s.seats)];
  let [below, sum] = [0, 0];
  for (const [, seats, p] of own) {
    const most = (below + p) ** tries - below ** tries;
    below += p;
    for (const [r, w, q] of honest) if (decide(r, w + seats) === "captured") sum += most * q;
  }
  return sum;
}
