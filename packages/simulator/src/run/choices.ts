import { DOMAIN_BOUNDS, EPOCHS_PER_ROUND, MAX_OVERSAMPLING, roundSeats } from "@assay/protocol";
import type { Rules } from "../engine/rules.ts";
import type { Config } from "../model/config.ts";
import type { Tasks } from "../model/tasks.ts";

/** Questions an epoch, and epochs at the most. */
const USUAL_PACE = 3;
const USUAL_EPOCHS = 1_000;
/** How much more stake than is locked in the mean if all questions go through all rounds: whoever errs loses some. */
const RESERVE = 2n;

/**
 * k where nobody chose it: so that a first round takes all answers there are, or `wanted` of them.
 *
 * A share d of the agents has an answer to an item, and the others abstain; the protocol offers up to four seats for one that was asked
 * for, so that k seats bring k votes where d is a quarter or more, and 4dk where it is less. Hence k = wanted, or wanted / 4d. Where d is
 * below an eighth, a first round never reaches its quorum of k/2, and a budget for further rounds is needed.
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
 * Stake of an honest agent where nobody chose it, wei: twice what the busiest worker has locked in the mean, if every question goes
 * through all rounds and is offered as many seats as its gaps call for.
 * @param questionsPerEpoch that are asked
 * @param agents of the simulation; `null`: as many as workers
 */
export function chooseStake(
  tasks: Tasks,
  { seats, seatBond, maxRounds }: Pick<Rules, "seats" | "seatBond" | "maxRounds">,
  questionsPerEpoch: number,
  agents: number | null = null,
): bigint {
  const counts = tasks.workers.map(() => 0);
  for (const of of tasks.answers) for (const worker of of.keys()) counts[worker] = (counts[worker] as number) + 1;
  const busiest = Math.max(...counts) / tasks.items.length;
  const offered = Math.min(MAX_OVERSAMPLING, 1 / densityOf(tasks)) / (agents ?? tasks.workers.length);
  // A vote of a round is locked until the last round is final.
  const seatEpochs = Array.from({ length: maxRounds }, (_, i) => roundSeats(seats, i + 1) * (maxRounds - i));
  const locked = EPOCHS_PER_ROUND * seatEpochs.reduce((total, epochs) => total + epochs, 0) * offered;
  return RESERVE * seatBond * BigInt(Math.max(seats, Math.ceil(busiest * questionsPerEpoch * locked)));
}

/**
 * How many questions are asked in how many epochs where nobody chose it: every item once, three an epoch, so that trust has followed
 * from most of the others when one is asked, although it is settled three epochs later and more; more an epoch where that would take more than a thousand epochs.
 */
export function choosePace(
  { epochs, questionsPerEpoch }: Pick<Config, "epochs" | "questionsPerEpoch">,
  items: number,
): { readonly epochs: number; readonly questionsPerEpoch: number } {
  const usual = Math.max(USUAL_PACE, Math.ceil(items / USUAL_EPOCHS));
  const pace = questionsPerEpoch ?? (epochs === null ? usual : Math.ceil(items / epochs));
  return { epochs: epochs ?? Math.ceil(items / pace), questionsPerEpoch: pace };
}

/** Share of the workers that have an answer to an item. */
function densityOf({ answers, items, workers }: Tasks): number {
  return answers.reduce((total, of) => total + of.size, 0) / (items.length * workers.length);
}
