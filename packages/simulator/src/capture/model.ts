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

/** Tallies of one round that offers `offered` seats: exact, agent by agent. */
export function roundOf(s: Setting, offered: number): Tallies {
  return honestSeats(s, offered).plus(attackersSeats(s, offered));
}

/** The tallies of those who do not attack. */
export function honestSeats(s: Setting, offered: number): Tallies {
  const { whole: h, further: f } = seatsFor(offered, stakesOf(s).honest, TOTAL);
  const a = s.accuracy;
  let tallies = Tallies.none();
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

/** The attacker's seats alone. */
export function attackersSeats(s: Setting, offered: number): Tallies {
  const { whole, further } = seatsFor(offered, stakesOf(s).attacker, TOTAL);
  let tallies = Tallies.none();
  for (let i = 0; i < s.identities; i++) {
    tallies = tallies.plus([
      [0, whole, 1 - further],
      [0, whole + 1, further],
    ]);
  }
  return tallies;
}

/** Decides a tally of seats of equal weight by the protocol's own rule; not in the last round. */
export function decider(s: Setting): (right: number, wrong: number) => Ending {
  const rules = { firstRoundSeats: s.seats, supermajorityBps: s.supermajorityBps, lastRound: false };
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
