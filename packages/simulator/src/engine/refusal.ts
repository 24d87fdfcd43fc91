import { SimulatorError } from "../errors.ts";

/** Why an engine refuses what it is asked for. */
export type RefusalReason =
  /** The rules are not a domain's. */
  | "RULES"
  /** No agent, purse or question has this number. */
  | "UNKNOWN"
  /** Not a whole number of wei of at least one allocation unit, or more than the domain can hold. */
  | "STAKE"
  /** The agent has left already. */
  | "LEFT"
  /** Agents beat once an epoch, each once. */
  | "BEATEN"
  /** A vote on a question that is not voted in this epoch, or on which the agent has no seat. */
  | "NO_SEAT"
  /** Two votes of an agent on a question. */
  | "DUPLICATE"
  /** Not an outcome of the domain. */
  | "OUTCOME"
  /** An agent that withholds a ballot cannot commit another one. */
  | "BALLOT_OPEN"
  /** More rounds than the domain allows. */
  | "ROUNDS"
  /** Too little stake counts in the domain in the epoch of the vote. */
  | "MIN_STAKE"
  /** Not in this epoch. */
  | "EPOCH"
  /** The question is final. */
  | "FINAL"
  /** The verdict is decisive: only an appeal takes it further. */
  | "DECISIVE"
  /** What was prepaid does not cover the round. */
  | "BUDGET"
  /** The question was not entered as a canary, or has been opened. */
  | "NO_CANARY"
  /** Whoever grinds a seed has one try at least. */
  | "TRIES"
  /** The engine is closed. */
  | "CLOSED";

/** What the protocol, or its clock, does not allow. Nothing has changed. */
export class Refusal extends SimulatorError {
  /** Stable. */
  readonly reason: RefusalReason;

  /**
   * @param reason stable
   * @param message one line that names the offending input
   */
  constructor(reason: RefusalReason, message: string) {
    super("REFUSED", message);
    this.reason = reason;
  }
}
