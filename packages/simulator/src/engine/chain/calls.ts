import type { Address, Hex, LinkParts } from "@assay/protocol";
import type { QuestionOrigin } from "@assay/protocol";
import { DOMAIN_ID } from "../ids.ts";
import type { Deployment } from "./deployment.ts";
import type { Call } from "./local-chain.ts";

/** Transactions of a run. */
export class Calls {
  readonly #deployment: Deployment;

  constructor(deployment: Deployment) {
    this.#deployment = deployment;
  }

  register(from: Address): Call {
    const { contracts, registry } = this.#deployment;
    return { from, to: registry, data: contracts.registry.interface.encodeFunctionData("register()") as Hex };
  }

  deposit(from: Address, agentId: bigint, amount: bigint): Call {
    const { contracts, vault } = this.#deployment;
    const data = contracts.vault.interface.encodeFunctionData("deposit", [agentId, amount]) as Hex;
    return { from, to: vault, data };
  }

  enroll(from: Address, agentId: bigint, anchor: Hex): Call {
    return this.#consensus(from, this.#abi.encodeFunctionData("enroll", [agentId, anchor]));
  }

  allocate(from: Address, agentId: bigint, amount: bigint): Call {
    return this.#consensus(from, this.#abi.encodeFunctionData("allocate", [agentId, DOMAIN_ID, amount]));
  }

  roll(from: Address): Call {
    return this.#consensus(from, this.#abi.encodeFunctionData("roll"));
  }

  finalize(from: Address, id: Hex): Call {
    return this.#consensus(from, this.#abi.encodeFunctionData("finalize", [id]));
  }

  forfeit(from: Address, agentId: bigint, previous: LinkParts): Call {
    return this.#consensus(from, this.#abi.encodeFunctionData("forfeit", [agentId, previous]));
  }

  /** @param packed as `encodeBeat` makes it */
  beat(from: Address, packed: Hex): Call {
    return this.#consensus(from, this.#abi.encodeFunctionData("beatPacked", [packed]));
  }

  settle(from: Address, agentId: bigint, epoch: number, receipts: Hex): Call {
    return this.#consensus(from, this.#abi.encodeFunctionData("settle", [agentId, epoch, receipts]));
  }

  /** From the asker. */
  ask(origin: QuestionOrigin, budgetRounds: number): Call {
    return this.#consensus(origin.asker, this.#abi.encodeFunctionData("ask", [origin, budgetRounds, ""]));
  }

  appeal(from: Address, id: Hex): Call {
    return this.#consensus(from, this.#abi.encodeFunctionData("appeal", [id]));
  }

  spendBudget(from: Address, id: Hex): Call {
    return this.#consensus(from, this.#abi.encodeFunctionData("spendBudget", [id]));
  }

  /** From the asker. @param answer 255: no canary */
  openCanary(origin: QuestionOrigin, answer: number, salt: Hex): Call {
    return this.#consensus(origin.asker, this.#abi.encodeFunctionData("openCanary", [origin, answer, salt]));
  }

  reclaim(from: Address, origin: QuestionOrigin): Call {
    return this.#consensus(from, this.#abi.encodeFunctionData("reclaim", [origin]));
  }

  get #abi() {
    return this.#deployment.contracts.consensus.interface;
  }

  #consensus(from: Address, data: string): Call {
    return { from, to: this.#deployment.consensus, data: data as Hex };
  }
}
