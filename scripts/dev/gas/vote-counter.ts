import { decodeReceipts } from "@assay/protocol";
import type { Assay } from "@assay/sdk";
import type { TransactionReceipt } from "ethers";

/** What a transaction did, whoever's beats it carried. */
export interface Counts {
  readonly revealed: number;
  readonly settled: number;
  readonly finalized: number;
}

/** Counts votes of transactions, in their order: a settlement does not say how many it was, the reveal before it did. */
export class VoteCounter {
  readonly #assay: Assay;
  readonly #ballots = new Map<string, number>();

  constructor(assay: Assay) {
    this.#assay = assay;
  }

  count(receipt: TransactionReceipt): Counts {
    const events = this.#assay.eventsIn(receipt);
    const key = ({ agentId, epoch }: { agentId: bigint; epoch: number }) => `${agentId}:${epoch}`;
    let settled = 0;
    for (const event of events.all("consensus.BallotSettled")) {
      const votes = this.#ballots.get(key(event));
      if (votes === undefined || event.remainder !== "0x")
        throw new Error(`ballot ${key(event)} is not settled in full`);
      settled += votes;
    }
    let revealed = 0;
    for (const event of events.all("consensus.BallotRevealed")) {
      const votes = event.receipts === "0x" ? 0 : decodeReceipts(event.receipts).receipts.length;
      this.#ballots.set(key(event), votes);
      revealed += votes;
    }
    const finalized = events.all("consensus.QuestionFinalized").length;
    return { revealed, settled, finalized };
  }
}
