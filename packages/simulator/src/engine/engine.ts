import type { Rules } from "./rules.ts";

/** An agent's number in an engine, from 0, in the order of enrolment. */
export type AgentIndex = number;
/** A question's number in an engine, from 0, in the order of asking. */
export type QuestionIndex = number;
/** An account outside of the agents, from 0: it pays for questions and appeals, and is paid back. 0 is the honest askers' together. */
export type PurseIndex = number;

export interface Committee {
  readonly question: QuestionIndex;
  /** Round that is voted now, from 1. */
  readonly round: number;
  /** Who sits, by agent ascending; seats > 0. */
  readonly members: readonly { readonly agent: AgentIndex; readonly seats: number }[];
}

export interface Vote {
  readonly question: QuestionIndex;
  readonly outcome: number;
}

/** What an agent does in an epoch. In an exact engine all enrolled agents beat, in this order; a sampled one needs only those that sit. */
export interface Beat {
  readonly agent: AgentIndex;
  /** False withholds the reveal of the last epoch's ballot; it is forfeited an epoch later. It cannot vote meanwhile: no `votes` then. */
  readonly reveal: boolean;
  /** On questions that the agent sits on in this epoch; dropped from the last on where its free stake does not cover them. */
  readonly votes: readonly Vote[];
}

export interface Asked {
  readonly purse: PurseIndex;
  /** Further rounds prepaid, 0 to maxRounds - 1. */
  readonly budgetRounds: number;
  /** Entered for the audit draw, with the answer that is committed to; `null` inside: entered, "no canary". */
  readonly canary?: { readonly answer: number | null };
}

export interface VerdictView {
  /** As IConsensus.VerdictStatus says it, of the epoch. */
  readonly status: "voting" | "undecided" | "provisional" | "resolved" | "unresolved";
  /** The decided, else the leading one; `null` where nobody voted, or while a round is voted and revealed. */
  readonly outcome: number | null;
  /** 0 where there is no outcome. */
  readonly supportBps: number;
  /** Held or running. */
  readonly rounds: number;
  /** Revealed, of all rounds, once final too. */
  readonly seats: number;
}

export interface AgentView {
  /** Wei in the vault, locked stake included. */
  readonly balance: bigint;
  readonly locked: bigint;
  /** Wei that stand behind its seats, as counts in this epoch; see `Engine` for what backs them. */
  readonly allocation: bigint;
  /** Q8. */
  readonly alpha: number;
  readonly beta: number;
  readonly verdicts: number;
  /** Of a seat, Q8. */
  readonly weight: number;
}

/** What moved between the books of everybody, wei; the sum of all is conserved. */
export interface Books {
  /** Paid in by purses, less what came back to each. */
  readonly purses: readonly bigint[];
  /** Due to the sink, swept or not. */
  readonly sink: bigint;
  /** Earned by whoever forfeits others' ballots. */
  readonly keeper: bigint;
}

/** What one ballot came to. */
export interface Settled {
  readonly agent: AgentIndex;
  /** Of the vote. */
  readonly epoch: number;
  /** Wei. */
  readonly gain: bigint;
  readonly loss: bigint;
}

/** Who has a try at the seed of an epoch: a contract that rolls, and reverts where it does not like the seed, gets one a block. */
export interface Grind {
  readonly agents: readonly AgentIndex[];
  /** At least 1, which is no choice at all. */
  readonly tries: number;
}

/** What happened of itself in an epoch, in order. */
export interface Events {
  readonly finalized: readonly QuestionIndex[];
  readonly settled: readonly Settled[];
  /** Ballots withheld whose exposure went to the sink; those without any are not told. */
  readonly forfeited: readonly { readonly agent: AgentIndex; readonly exposure: bigint }[];
  /** Votes revealed, with the weight of a seat at that time, Q8: what a reader of receipts sees. */
  readonly revealed: readonly (Vote & {
    readonly agent: AgentIndex;
    readonly seats: number;
    readonly weight: number;
  })[];
  /** Votes that could not be committed: see `Engine`. */
  readonly dropped: number;
}

/**
 * The protocol with one domain, whatever runs it: the contracts, or their rules in memory.
 *
 * An epoch is: `advance` (the seed is fixed, what is final is finalized in the order of asking, what is overdue is forfeited by a
 * keeper, in the order of the agents), `committees`, `beat` (of each agent: settle its oldest ballot of which something is final,
 * reveal, commit), then `appeal`, `spendBudget`, `openCanary` on questions revealed in the last epoch, `ask`, `enrol` and `leave` in any
 * order. All of it before the freeze. Epochs begin with 0. What is not allowed throws a `Refusal` and changes nothing.
 *
 * A beat. An agent backs its seats with its balance as the beat's settlement leaves it, in whole units, at most its allocation;
 * `committees` reckons with that already. Its ballot's exposure is exactly the bonds of its votes' seats. Votes are taken in the order
 * given, as long as the free stake, as settled, covers them, and at most `MAX_VOTES`; from the first that is not covered on they are
 * dropped, as they all are while the ballot's slot of the ring is taken. An agent enrolled in this epoch or the last has no secret yet:
 * its beat does nothing. `beat` is called once an epoch at most. Who is not in it is silent in an exact engine, and withholds its
 * ballot by that; in a sampled one it reveals and settles after all others, by agent ascending.
 */
export interface Engine {
  readonly rules: Rules;
  epoch(): number;
  /** Deposits, enrols and allocates all of `stake` (wei); counts from two epochs on. */
  enrol(newcomers: readonly { readonly stake: bigint }[]): Promise<readonly AgentIndex[]>;
  /** Allocates nothing from two epochs on. */
  leave(agents: readonly AgentIndex[]): Promise<void>;
  /**
   * Begins the next epoch.
   * @param grind of so many seeds, the first is the usual one, the first counts that gives these agents most seats on the questions voted
   * in the epoch
   */
  advance(grind?: Grind): Promise<Events>;
  /** Of the questions voted in this epoch, in the order of asking. */
  committees(): Promise<readonly Committee[]>;
  beat(beats: readonly Beat[]): Promise<Events>;
  /** Voted from the next epoch on. */
  ask(questions: readonly Asked[]): Promise<readonly QuestionIndex[]>;
  appeal(question: QuestionIndex, purse: PurseIndex): Promise<void>;
  spendBudget(question: QuestionIndex): Promise<void>;
  openCanary(question: QuestionIndex): Promise<void>;
  /** Credits the asker with what is left of a final question; nothing if nothing is. */
  reclaim(question: QuestionIndex): Promise<void>;
  verdicts(questions: readonly QuestionIndex[]): Promise<readonly VerdictView[]>;
  agents(agents: readonly AgentIndex[]): Promise<readonly AgentView[]>;
  /** Running counts of final outcomes (Q8) and participation (Q16). */
  statistics(): Promise<{ readonly counts: readonly number[]; readonly participation: number }>;
  books(): Promise<Books>;
  /**
   * Settles what is final of an agent's older ballots beyond the one of its beat; used when a run is over. By agent as given, oldest
   * first, sent by the agents' owner: no keeper earns anything.
   */
  settleAll(agents: readonly AgentIndex[]): Promise<Events>;
  close(): Promise<void>;
}
