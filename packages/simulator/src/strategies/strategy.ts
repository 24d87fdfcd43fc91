import type { Chance } from "../chance.ts";
import type { AgentIndex } from "../engine/engine.ts";
import type { TaskAnswer, Tasks } from "../model/tasks.ts";

/** An agent as its strategy sees it. */
export interface Member {
  readonly agent: AgentIndex;
  /**
   * The worker of the data whose answers are its own; of an adversary: whose items it can answer, and how it answers where it behaves.
   */
  readonly worker: number;
}

/** A question as everybody sees it. */
export interface Posed {
  /** Index into the items of the tasks. */
  readonly item: number;
  /** That is voted now, from 1. */
  readonly round: number;
  /** Of the epochs in which questions are asked, 0 to 1: the part that was over when this one was asked. */
  readonly progress: number;
  /** Leading outcome of the earlier rounds, which everybody can read; `null` in the first. */
  readonly leading: number | null;
}

/** What is public of the run so far, and the data. */
export interface World {
  readonly tasks: Tasks;
  /** Running counts of final outcomes, Q8. */
  readonly counts: readonly number[];
  /** Outcome of the question that became final last. */
  readonly lastOutcome: number | null;
  /** Weight of an agent's seat, 1 = newcomer, as of the beginning of the epoch. */
  weight(agent: AgentIndex): number;
}

/** What an agent commits, and what it knows of it when it is to reveal. */
interface OpenVote {
  readonly outcome: number;
  readonly seats: number;
  /** Leading among what the others reveal of the question in the same epoch, and earlier; `null` where there is nothing. */
  readonly others: number | null;
}

/** A verdict that may be appealed now. */
interface Appealable {
  readonly item: number;
  readonly round: number;
  readonly outcome: number;
  readonly supportBps: number;
}

/** How the agents of one group play. All but `vote` may be left out. */
export interface Strategy {
  /**
   * The outcome that a member votes for, or `null` to abstain. It is asked once a round, for members that have an answer to the item.
   * @param own what the member's worker answers
   */
  readonly vote: (member: Member, question: Posed, own: TaskAnswer) => number | null;
  /** What the group wants the verdict to be; `null` or left out: it does not care. */
  readonly target?: (question: Posed) => number | null;
  /** False hides a ballot that has been committed to. */
  readonly reveals?: (member: Member, ballot: readonly OpenVote[]) => boolean;
  /** True pays for a further round. */
  readonly appeals?: (verdict: Appealable) => boolean;
  /** An outcome that is offered to bribable voters, as much more than they lose by it. */
  readonly offers?: (question: Posed) => number | null;
  /** The group asks the item in the askers' place, as a canary with this answer; `undefined`: not this one. */
  readonly plants?: (item: number) => number | undefined;
  /** Seeds of an epoch that the group may choose from. */
  readonly grinds?: number;
  /** Questions that the group asks itself in this epoch, to which only its members know an answer. */
  readonly deals?: (epoch: number) => Dealt[];
  /** True withdraws the member's stake; it comes back as somebody new after so many epochs. */
  readonly departs?: (member: Member) => { readonly pause: number } | null;
}

/** A question without an item, asked by the group that answers it. */
interface Dealt {
  readonly outcome: number;
  readonly canary: boolean;
}

/** What a strategy is made with. */
export interface Group {
  readonly name: string;
  readonly settings: Readonly<Record<string, number>>;
  readonly world: World;
  readonly seed: number;
  /** The group's own stream. */
  readonly chance: Chance;
  /** Honest agents abstain with less confidence than this. */
  readonly minConfidence: number;
}

export interface Setting {
  readonly meaning: string;
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly integer?: true;
}

/** An entry of `STRATEGIES`. */
export interface StrategyKind {
  readonly name: string;
  /** One line. */
  readonly description: string;
  readonly honest: boolean;
  /** Whether it is told what is true, where that is known: as harmful as can be. */
  readonly needsTruth: boolean;
  readonly settings: Readonly<Record<string, Setting>>;
  create(group: Group): Strategy;
}
