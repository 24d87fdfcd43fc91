import { type Contracts, eventsOf } from "@assay/agent";
import { decodeReceipts, type Hex } from "@assay/protocol";
import type { ContractTransactionReceipt } from "ethers";

/** What a transaction did, whoever's beats it carried. */
export interface Counts {
  readonly revealed: number;
  readonly settled: number;
  readonly finalized: number;
}

/** Counts votes of transactions, in their order: a settlement does not say how many it was, the reveal before it did. */
export class VoteCounter {
  readonly #contracts: Contracts;
  readonly #ballots = new Map<string, number>();

  constructor(contracts: Contracts) {
    this.#contracts = contracts;
  }

  count(receipt: ContractTransactionReceipt): Counts {
    const contracts = this.#contracts;
    const key = ({ agentId, epoch }: { agentId: bigint; epoch: bigint }) => `${agentId}:${epoch}`;
    let settled = 0;
    for (const event of eventsOf(contracts, receipt, "BallotSettled")) {
      const votes = this.#ballots.get(key(event));
      if (votes === undefined || event.remainder !== "0x")
        throw new Error(`ballot ${key(event)} is not settled in full`);
      settled += votes;
    }
    let revealed = 0;
    for (const event of eventsOf(contracts, receipt, "BallotRevealed")) {
      const votes = event.receipts === "0x" ? 0 : decodeReceipts(event.receipts as Hex).receipts.length;
      this.#ballots.set(key(event), votes);
      revealed += votes;
    }
    const { interface: abi } = contracts.consensus;
    const finalized = receipt.logs.filter((log) => abi.parseLog(log)?.name === "QuestionFinalized").length;
    return { revealed, settled, finalized };
  }
}
