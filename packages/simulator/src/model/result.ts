import type { CompleteConfig } from "./config.ts";

/** So many agents can be told apart in a heat map. */
export const PANEL_SIZE = 60;

/** What became of one question. */
export interface QuestionResult {
  /** Index of the item. */
  readonly item: number;
  readonly truth: number | null;
  readonly askedIn: number;
  readonly status: "resolved" | "unresolved";
  /** The verdict; of an unresolved question the leading outcome, `null` where nobody voted. */
  readonly outcome: number | null;
  readonly supportBps: number;
  readonly rounds: number;
  readonly seats: number;
  /** Agents that voted: answers that the verdict took. */
  readonly answers: number;
  readonly canary: boolean;
  /** What adversaries wanted it to be, if they agreed on something. */
  readonly target: number | null;
  /** What asker and appellants paid less what came back of it, wei; what appellants win beyond it is not counted. */
  readonly cost: bigint;
  /** What each baseline answers; `null`: nothing. Ties are drawn by chance. */
  readonly baselines: Readonly<Record<Baseline, number | null>>;
}

/**
 * `majoritySame`: of as many answers as the verdict took, drawn from the item's; `majority`, `stakeWeighted`, `stakeMoving`,
 * `dawidSkene`, `oracle` (true log-odds weights): of all answers of the population that was simulated, adversaries included;
 * `bestHindsight`, `bestPast`: the best honest agent's, of those that have an answer to the item.
 */
export type Baseline =
  | "majoritySame"
  | "majority"
  | "stakeWeighted"
  | "stakeMoving"
  | "dawidSkene"
  | "bestHindsight"
  | "bestPast"
  | "oracle";

export interface AgentResult {
  readonly name: string;
  readonly strategy: string;
  readonly honest: boolean;
  /** Share of its own answers that are true, on the items asked and known; `null` of none. */
  readonly accuracy: number | null;
  readonly seats: number;
  readonly votes: number;
  /** Votes with the final verdict. */
  readonly coherent: number;
  readonly forfeits: number;
  /** Wei. */
  readonly stake: bigint;
  readonly gain: bigint;
  readonly loss: bigint;
  /** Of a seat in the end, Q8. */
  readonly weight: number;
}

/** Means of one kind of agent (its strategy) at the end of an epoch. */
export interface KindAt {
  readonly strategy: string;
  /** Stake-weighted mean weight of a seat, 1 = newcomer. */
  readonly weight: number;
  /** Mean gain less loss of an agent so far, in seat fees. */
  readonly net: number;
}

export interface EpochResult {
  readonly epoch: number;
  readonly asked: number;
  /** Verdicts that became final. */
  readonly final: number;
  readonly kinds: readonly KindAt[];
  /** Voted so far, and a seat each. */
  readonly votes: number;
  readonly seats: number;
}

/** What one agent answers to the questions asked, by their index; `null` where it has no answer. */
export interface PanelMember {
  /** Index into `agents`. */
  readonly agent: number;
  readonly answers: readonly (number | null)[];
}

export interface SimulationResult {
  readonly config: CompleteConfig;
  /** False if it was stopped before its end: then this is what was known. */
  readonly complete: boolean;
  readonly questions: readonly QuestionResult[];
  readonly agents: readonly AgentResult[];
  readonly epochs: readonly EpochResult[];
  /** Answers of some agents, at most `PANEL_SIZE`, of every kind: how alike they err. An adversary's are those it would vote. */
  readonly panel: readonly PanelMember[];
  /** Wei: net of each purse by name, of the sink, of the keeper. */
  readonly books: Readonly<Record<string, bigint>>;
  /** Transactions by kind (beat, ask, appeal, finalize, ...), for what they cost in gas. */
  readonly transactions: Readonly<Record<string, number>>;
  /** What was done with input that is not plain. */
  readonly notes: readonly string[];
}
