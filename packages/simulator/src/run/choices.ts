import { askedSeats, DOMAIN_BOUNDS, EPOCHS_PER_ROUND, MAX_OVERSAMPLING } from "@assay/protocol";
import type { Rules } from "../engine/rules.ts";
import type { Tasks } from "../model/tasks.ts";

/** Rounds that a question is reckoned with where stake is chosen. */
const ROUNDS = 2;
/** How much more stake than is locked in the mean. */
const RESERVE = 2n;

/**
 * k where nobody chose it: so that a first round takes all answers there are, or `wanted` of them.
 *
 * A share d of the agents has an answer to an item, and the others abstain; the protocol offers up to four seats for one that was asked
 * for, so that k seats bring k votes where d is a quarter or more, and 4dk where it is less. Hence k = wanted, or wanted / 4d.
 * @param agents of the simulation; `null`: as many as workers
 * @param wanted answers to an item; all unless told
 */
export function chooseSeats(tasks: Tasks, agents: number | null = null, wanted?: number): number {
  const density = densityOf(tasks);
  const answers = wanted ?? density * (agents ?? tasks.workers.length);
  const [least, most] = DOMAIN_BOUNDS.seats;
  const seats = Math.round(answers / Math.min(1, MAX_OVERSAMPLING * density));
  return Math.min(most, Math.max(least, seats));
}

/**
 * Stake of an honest agent where nobody chose it, wei: twice what the busiest worker has locked in the mean, if questions take two
 * rounds and as many seats as may be.
 * @param questionsPerEpoch that are asked
 */
export function chooseStake(
  tasks: Tasks,
  rules: Pick<Rules, "seats" | "seatBond">,
  questionsPerEpoch: number,
  agents: number | null = null,
): bigint {
  const counts = tasks.workers.map(() => 0);
  for (const of of tasks.answers) for (const worker of of.keys()) counts[worker] = (counts[worker] as number) + 1;
  const busiest = Math.max(...counts) / tasks.items.length;
  const offered = Math.min(MAX_OVERSAMPLING, 1 / densityOf(tasks)) * askedSeats(rules.seats, ROUNDS);
  const seats = (busiest * questionsPerEpoch * ROUNDS * EPOCHS_PER_ROUND * offered) / (agents ?? tasks.workers.length);
  return RESERVE * rules.seatBond * BigInt(Math.max(rules.seats, Math.ceil(seats)));
}

/** Share of the workers that have an answer to an item. */
function densityOf({ answers, items, workers }: Tasks): number {
  return answers.reduce((total, of) => total + of.size, 0) / (items.length * workers.length);
}
