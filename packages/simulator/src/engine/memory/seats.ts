import {
  type Hex,
  createSecretChain,
  epochSeed,
  firstTipEpoch,
  foldSecret,
  GENESIS_ACCUMULATOR,
  seatsOf,
  type SecretChain,
} from "@assay/protocol";
import type { AgentIndex, Asked, Committee, QuestionIndex } from "../engine.ts";
import { agentIdOf, CHAIN_LENGTH, type Ids } from "../ids.ts";
import type { AgentTable } from "./agents.ts";
import type { Question } from "./questions.ts";

export type Member = Committee["members"][number];

/** Who sits where: by the real draw, or by its law. */
export interface SeatSource {
  /** A question has been asked. */
  asked(question: QuestionIndex, asked: Asked): void;
  /** Order of two questions in a ballot. */
  compare(a: QuestionIndex, b: QuestionIndex): number;
  /** An epoch begins. @param changed whether allocations have */
  advance(epoch: number, changed: boolean): void;
  /** Another try at the epoch's seed, from 0: the usual one. */
  reseed(attempt: number): void;
  /** A ballot of this epoch or, if it is of the last, one of the last has been revealed. */
  revealed(agent: AgentIndex, epoch: number): void;
  /** Committees of questions voted in this epoch, members by agent ascending. @param backed units behind an agent's seats */
  draw(questions: readonly Question[], backed: (agent: AgentIndex) => number): Member[][];
}

/** The real draw: chains of secrets, the beacon, a hash for each agent and question. */
export class ExactSeats implements SeatSource {
  readonly #ids: Ids;
  readonly #agents: AgentTable;
  readonly #chains = new Map<AgentIndex, SecretChain>();
  readonly #questionIds: Hex[] = [];
  #accumulator = GENESIS_ACCUMULATOR;
  #epoch = 0;
  #seed: Hex;

  constructor(ids: Ids, agents: AgentTable) {
    this.#ids = ids;
    this.#agents = agents;
    this.#seed = this.#seedOf(0);
  }

  asked(question: QuestionIndex, asked: Asked): void {
    this.#questionIds[question] = this.#ids.questionId(question, asked);
  }

  compare(a: QuestionIndex, b: QuestionIndex): number {
    return this.#idOf(a) < this.#idOf(b) ? -1 : 1;
  }

  advance(epoch: number): void {
    this.#epoch = epoch;
    this.#seed = this.#seedOf(epoch);
  }

  reseed(attempt: number): void {
    this.#seed = this.#seedOf(this.#epoch, attempt);
  }

  revealed(agent: AgentIndex, epoch: number): void {
    this.#accumulator = foldSecret(this.#accumulator, agentIdOf(agent), this.#secretOf(agent, epoch));
  }

  draw(questions: readonly Question[], backed: (agent: AgentIndex) => number): Member[][] {
    const total = BigInt(this.#agents.total);
    const draws = Array.from({ length: this.#agents.count }, (_, agent) => agent)
      .filter((agent) => (this.#agents.units[agent] as number) > 0)
      .map((agent) => ({
        ...{ agent, agentId: agentIdOf(agent), stake: BigInt(backed(agent)) },
        secret: this.#secretOf(agent, this.#epoch),
      }));
    return questions.map(({ index, offeredNow }) => {
      const place = { offered: offeredNow, total, seed: this.#seed, questionId: this.#idOf(index) };
      return draws
        .map(({ agent, agentId, stake, secret }) => ({ agent, seats: seatsOf({ ...place, agentId, stake, secret }) }))
        .filter(({ seats }) => seats > 0);
    });
  }

  #seedOf(epoch: number, attempt?: number): Hex {
    return epochSeed(this.#accumulator, this.#ids.prevrandao(epoch, attempt), epoch);
  }

  #secretOf(agent: AgentIndex, epoch: number): Hex {
    let chain = this.#chains.get(agent);
    if (chain === undefined) {
      chain = createSecretChain({ seed: this.#ids.chainSeed(agent), length: CHAIN_LENGTH });
      this.#chains.set(agent, chain);
    }
    return chain.secretOf(firstTipEpoch(this.#agents.enrolledIn(agent)), epoch);
  }

  #idOf(question: QuestionIndex): Hex {
    return this.#questionIds[question] as Hex;
  }
}
