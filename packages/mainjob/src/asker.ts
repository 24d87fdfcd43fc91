import { canaryCommitment, claimIdOf, type Hex, questionId, ZERO_HASH } from "@assay/protocol";
import type { IConsensus } from "../../../typechain/interfaces/IConsensus.sol/IConsensus.js";
import { derive } from "./chance.ts";
import type { Chain } from "./chain.ts";
import type { PlannedQuestion } from "./claims.ts";
import type { Ledger, QuestionRecord } from "./ledger.ts";
import type { LocalWallet } from "./local-wallet.ts";
import { mined } from "./roster.ts";

/** `answer` of a canary that is none, and `outcome` of a verdict without one. */
const NONE = 255;
/** `VerdictStatus` of the contracts. */
const UNDECIDED = 2n;

/** Who pays for the questions: asks them, opens their canaries and spends what was prepaid on further rounds. */
export class Asker {
  readonly wallet: LocalWallet;
  readonly #chain: Chain;
  readonly #ledger: Ledger;
  readonly #seed: number;
  readonly #planned = new Map<Hex, PlannedQuestion>();

  constructor(chain: Chain, wallet: LocalWallet, ledger: Ledger, seed: number) {
    this.wallet = wallet;
    this.#chain = chain;
    this.#ledger = ledger;
    this.#seed = seed;
  }

  /** Asks a question, which is voted in the next epoch. */
  async ask(planned: PlannedQuestion): Promise<void> {
    const { claims } = this.#chain.contracts;
    const { domain, item, budgetRounds } = planned;
    const origin = await this.#originOf(planned);
    const commitment = origin.canaryCommitment;
    const uri = `data:,${encodeURIComponent(item.statement)}`;
    const sent = claims
      .connect(this.wallet)
      .ask(domain.id, item.contentHash, uri, budgetRounds, commitment, origin.salt);
    this.#ledger.enter(await mined(sent), "ask");
    this.#planned.set(questionId({ ...origin, domainId: domain.id }), planned);
  }

  /** What its asker intended with a question; undefined where Claims asked it for a dispute or challenge. */
  plannedOf(id: Hex): PlannedQuestion | undefined {
    return this.#planned.get(id);
  }

  /** Opens the canaries of the questions that were voted two epochs ago; one that finds a wrong verdict starts a round. */
  async openCanaries(voted: readonly QuestionRecord[]): Promise<void> {
    const { consensus } = this.#chain.contracts;
    for (const question of voted) {
      const planned = this.#planned.get(question.id);
      if (question.rounds > 1 || !planned?.canary) continue;
      const answer = planned.canary.answer ?? NONE;
      const origin = originStruct(question);
      const sent = consensus.connect(this.wallet).openCanary(origin, answer, this.#canarySalt(planned));
      this.#ledger.enter(await mined(sent), "round");
      if (question.rounds > 1) question.canaryRounds++;
    }
  }

  /** Starts the next round of undecided questions that were voted two epochs ago, from their budget. */
  async spendBudgets(voted: readonly QuestionRecord[], epoch: number): Promise<void> {
    const { claims, consensus } = this.#chain.contracts;
    for (const question of voted) {
      const rounds = this.#planned.get(question.id)?.budgetRounds ?? 0;
      if (question.voteEpoch !== epoch - 2 || question.rounds > rounds) continue;
      const { status } = await claims.verdict(claimIdOf(question.id));
      if (status !== UNDECIDED) continue;
      this.#ledger.enter(await mined(consensus.connect(this.wallet).spendBudget(question.id)), "round");
      question.budgetRounds++;
    }
  }

  /** Takes back what was prepaid and not spent. */
  async reclaim(): Promise<void> {
    const { consensus } = this.#chain.contracts;
    for (const question of this.#ledger.questions.values()) {
      const view = await consensus.question(question.id);
      const unvoted = question.final?.resolved === false && view.gain === 0n;
      if (view.budgetSeats === 0n && !unvoted) continue;
      this.#ledger.enter(await mined(consensus.connect(this.wallet).reclaim(originStruct(question))), "collect");
    }
  }

  #canarySalt({ item }: PlannedQuestion): Hex {
    return derive(this.#seed, `canary/${item.id}`);
  }

  async #originOf(planned: PlannedQuestion) {
    const { consensus } = this.#chain.contracts;
    const { item, canary } = planned;
    const asker = this.wallet.address as Hex;
    const commitment =
      canary === null
        ? ZERO_HASH
        : canaryCommitment({
            consensus: (await consensus.getAddress()) as Hex,
            asker,
            answer: canary.answer,
            salt: this.#canarySalt(planned),
          });
    const salt = derive(this.#seed, `question/${item.id}`);
    return { contentHash: item.contentHash, asker, canaryCommitment: commitment, salt };
  }
}

/** A question's origin as the contracts take it. */
function originStruct(question: QuestionRecord): IConsensus.OriginStruct {
  const { id, asker, contentHash, canaryCommitment, salt } = question;
  return { domainId: BigInt(id.slice(0, 10)), asker, contentHash, canaryCommitment, salt };
}
