import { askedSeats } from "@assay/protocol";
import { type Endings, endingsOf } from "../capture/model.ts";
import type { Wish } from "./wish.ts";

/** Parameters of a domain that an advice chooses. */
export interface Choice {
  readonly seats: number;
  /** Of the domain; all of them are prepaid. */
  readonly rounds: number;
  readonly supermajorityBps: number;
}

/** What the exact law says of a choice: while everybody's seats weigh the same, and nobody appeals. */
export interface Judged extends Choice {
  readonly law: Endings;
}

const SEATS = [3, 5, 7, 9, 11, 15, 21, 31];
const ROUNDS = [1, 2, 3, 4];
const SUPERMAJORITIES = [5_001, 6_000, 6_667, 7_500];
/** Seats in all beyond which a committee is more than anybody would pay for. */
const MOST_SEATS = 250;

/** Every choice that is looked at. */
export function choices(): Choice[] {
  return SEATS.flatMap((seats) =>
    ROUNDS.filter((rounds) => askedSeats(seats, rounds) <= MOST_SEATS).flatMap((rounds) =>
      // In a single round, which is the last, more than half decides whatever the supermajority is.
      (rounds === 1 ? SUPERMAJORITIES.slice(0, 1) : SUPERMAJORITIES).map((supermajorityBps) => ({
        seats,
        rounds,
        supermajorityBps,
      })),
    ),
  );
}

/** Identities of an attacker that stakes as much on each as an honest agent does. */
export function identitiesOf({ attacker, honestAgents }: Wish): number {
  return Math.max(1, Math.round((honestAgents * attacker) / (1 - attacker)));
}

/**
 * Endings of a question by the exact law of the sortition. With correlated errors it is a mixture: an item that the common part of the
 * honest agents is right about, and one that it is wrong about.
 */
export function judge(choice: Choice, wish: Wish): Judged {
  const { accuracy, correlation } = wish;
  const endings = (right: number) =>
    endingsOf(
      {
        seats: choice.seats,
        share: wish.attacker,
        identities: identitiesOf(wish),
        honest: wish.honestAgents,
        accuracy: right,
        supermajorityBps: choice.supermajorityBps,
      },
      choice.rounds,
    );
  if (correlation === 0) return { ...choice, law: endings(accuracy) };
  const own = (1 - correlation) * accuracy;
  const [easy, hard] = [endings(correlation + own), endings(own)];
  const mixed = (key: keyof Endings) => accuracy * easy[key] + (1 - accuracy) * hard[key];
  const law = { right: mixed("right"), captured: mixed("captured"), blocked: mixed("blocked"), seats: mixed("seats") };
  return { ...choice, law };
}

/** Whether figures are within a wish. @param fees a question costs */
export function meets(
  wish: Wish,
  figures: { readonly wrong: number; readonly undecided: number; readonly fees: number },
): boolean {
  return (
    figures.wrong <= wish.error && figures.undecided <= wish.undecided && figures.fees <= (wish.budget ?? Infinity)
  );
}
