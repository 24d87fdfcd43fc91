import type { Address, Hex, LinkParts, QuestionOrigin } from "@assay/protocol";
import { DOMAIN_ID } from "../ids.ts";
import type { ContractName, Encoder } from "./encoder.ts";
import type { Call } from "./local-chain.ts";
import { bytesWords, type Value, wordOf } from "./words.ts";

/** Transactions of a run. */
export class Calls {
  readonly #encoder: Encoder;

  constructor(encoder: Encoder) {
    this.#encoder = encoder;
  }

  register(from: Address): Call {
    return this.#call("registry", from, "register()");
  }

  deposit(from: Address, agentId: bigint, amount: bigint): Call {
    return this.#call("vault", from, "deposit", agentId, amount);
  }

  enroll(from: Address, agentId: bigint, anchor: Hex): Call {
    return this.#call("consensus", from, "enroll", agentId, anchor);
  }

  allocate(from: Address, agentId: bigint, amount: bigint): Call {
    return this.#call("consensus", from, "allocate", agentId, DOMAIN_ID, amount);
  }

  roll(from: Address): Call {
    return this.#call("consensus", from, "roll");
  }

  finalize(from: Address, id: Hex): Call {
    return this.#call("consensus", from, "finalize", id);
  }

  forfeit(from: Address, agentId: bigint, { tip, commitment, exposure, backing }: LinkParts): Call {
    return this.#call("consensus", from, "forfeit", agentId, tip, commitment, exposure, backing);
  }

  /** @param packed as `encodeBeat` makes it */
  beat(from: Address, packed: Hex): Call {
    return this.#callWith("consensus", from, "beatPacked", wordOf(32) + bytesWords(packed));
  }

  settle(from: Address, agentId: bigint, epoch: number, receipts: Hex): Call {
    const head = [agentId, epoch, 96].map(wordOf).join("");
    return this.#callWith("consensus", from, "settle", head + bytesWords(receipts));
  }

  /** From the asker. */
  ask(origin: QuestionOrigin, budgetRounds: number): Call {
    const head = [...valuesOf(origin), budgetRounds, 224].map(wordOf).join("");
    return this.#callWith("consensus", origin.asker, "ask", head + bytesWords("0x"));
  }

  appeal(from: Address, id: Hex): Call {
    return this.#call("consensus", from, "appeal", id);
  }

  spendBudget(from: Address, id: Hex): Call {
    return this.#call("consensus", from, "spendBudget", id);
  }

  /** From the asker. @param answer 255: no canary */
  openCanary(origin: QuestionOrigin, answer: number, salt: Hex): Call {
    return this.#call("consensus", origin.asker, "openCanary", ...valuesOf(origin), answer, salt);
  }

  reclaim(from: Address, origin: QuestionOrigin): Call {
    return this.#call("consensus", from, "reclaim", ...valuesOf(origin));
  }

  #call(contract: ContractName, from: Address, name: string, ...values: readonly Value[]): Call {
    return this.#callWith(contract, from, name, values.map(wordOf).join(""));
  }

  /** @param words of the arguments, in hex digits */
  #callWith(contract: ContractName, from: Address, name: string, words: string): Call {
    return { from, ...this.#encoder.call(contract, name, words) };
  }
}

function valuesOf({ domainId, asker, contentHash, canaryCommitment, salt }: QuestionOrigin): readonly Value[] {
  return [domainId, asker, contentHash, canaryCommitment, salt];
}
