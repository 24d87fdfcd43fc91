import { type Address, canaryCommitment, type Hex, keccak, questionId, ZERO_HASH } from "@assay/protocol";
import { computeAddress } from "ethers";
import type { AgentIndex, Asked, PurseIndex, QuestionIndex } from "./engine.ts";

/** The one domain: the first of its deployment. */
export const DOMAIN_ID = 1;
/** Of the stake token. */
export const DECIMALS = 18;
/** Secrets of an agent's chain: the most epochs of a simulation after the one of its enrolment. */
export const CHAIN_LENGTH = 2_048;
/** `Consensus` where the engine on a chain deploys it: ids of questions entered as canaries depend on it. */
export const CONSENSUS: Address = "0x99fb47f1351a0784df4677cf78de71c577c9790e";

/** An agent's id: agents are registered in order, from 0. */
export function agentIdOf(agent: AgentIndex): bigint {
  return BigInt(agent);
}

/**
 * All that is secret, or free to choose, in an exact engine and in one on a chain, from the seed: so that both see the same seats.
 * Each value follows from the seed and a label of its own, whatever else was asked for.
 */
export class Ids {
  readonly seed: number;
  /** Address of `Consensus`. */
  readonly consensus: Address;
  readonly #purses = new Map<PurseIndex, Address>();

  /**
   * @param seed of the simulation
   * @param consensus of the chain that this is to be equal to
   */
  constructor(seed: number, consensus: Address = CONSENSUS) {
    this.seed = seed;
    this.consensus = consensus;
  }

  /** Private key of a purse. */
  purseKey(purse: PurseIndex): Hex {
    return this.#derive(`purse/${purse}`);
  }

  purse(purse: PurseIndex): Address {
    const known = this.#purses.get(purse);
    if (known !== undefined) return known;
    const address = computeAddress(this.purseKey(purse)) as Address;
    this.#purses.set(purse, address);
    return address;
  }

  /** Seed of an agent's chain of {@link CHAIN_LENGTH} secrets. */
  chainSeed(agent: AgentIndex): Hex {
    return this.#derive(`chain/${agent}`);
  }

  /**
   * Of the block of the epoch's first transaction, 256 bits.
   * @param attempt of somebody who grinds the seed; 0 is the usual one
   */
  prevrandao(epoch: number, attempt = 0): bigint {
    return BigInt(this.#derive(`prevrandao/${epoch}${attempt === 0 ? "" : `/${attempt}`}`));
  }

  contentHash(question: QuestionIndex): Hex {
    return this.#derive(`content/${question}`);
  }

  salt(question: QuestionIndex): Hex {
    return this.#derive(`salt/${question}`);
  }

  canarySalt(question: QuestionIndex): Hex {
    return this.#derive(`canary/${question}`);
  }

  /** 32 zero bytes if the question is not entered for the audit draw. */
  canaryCommitment(question: QuestionIndex, { purse, canary }: Pick<Asked, "purse" | "canary">): Hex {
    if (canary === undefined) return ZERO_HASH;
    const { consensus } = this;
    return canaryCommitment({
      ...{ consensus, asker: this.purse(purse), answer: canary.answer, salt: this.canarySalt(question) },
    });
  }

  /** 24 bytes. */
  questionId(question: QuestionIndex, asked: Pick<Asked, "purse" | "canary">): Hex {
    return questionId({
      domainId: DOMAIN_ID,
      contentHash: this.contentHash(question),
      asker: this.purse(asked.purse),
      canaryCommitment: this.canaryCommitment(question, asked),
      salt: this.salt(question),
    });
  }

  #derive(label: string): Hex {
    return keccak(new TextEncoder().encode(`${this.seed}/engine/${label}`));
  }
}
