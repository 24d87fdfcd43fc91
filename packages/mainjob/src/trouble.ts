import { claimIdOf, type Hex, type Statement, statementTypedData } from "@assay/protocol";
import type { Item } from "@assay/models";
import type { IClaims } from "../../../typechain/interfaces/IClaims.js";
import { derive } from "./chance.ts";
import { type Chain, EPOCH_LENGTH } from "./chain.ts";
import { type Domain, PARAMETERS } from "./domains.ts";
import type { Ledger, QuestionRecord } from "./ledger.ts";
import type { LocalWallet } from "./local-wallet.ts";
import { mined, type Registered } from "./roster.ts";

/** Bond of the bad assertion and of the false statement: twice the least there may be, wei. */
export const BOND = 8n * BigInt(PARAMETERS.seats) * PARAMETERS.seatFee;

/** `VerdictStatus` of the contracts. */
const PROVISIONAL = 3n;
/** Epochs the statement can be challenged for. */
const STATEMENT_LIFE = 200;

/** How a claim in court ended. */
export interface CourtCase {
  readonly kind: "assertion" | "statement";
  readonly claim: string;
  /** What was asserted, in words. */
  readonly said: string;
  readonly truth: string;
  /** Whether the one who brought it there was found right. */
  readonly fell: boolean;
}

interface Pending {
  readonly kind: CourtCase["kind"];
  readonly claimId: string;
  readonly item: Item;
  readonly domain: Domain;
  /** Who took it to court. */
  readonly opponent: LocalWallet;
  readonly resolve: () => Promise<void>;
}

/** A false assertion that somebody disputes, a false statement that somebody challenges, and narrow verdicts that are appealed. */
export class Trouble {
  readonly #chain: Chain;
  readonly #ledger: Ledger;
  readonly #seed: number;
  readonly #pending: Pending[] = [];
  appeals = 0;

  constructor(chain: Chain, ledger: Ledger, seed: number) {
    this.#chain = chain;
    this.#ledger = ledger;
    this.#seed = seed;
  }

  /** `asserter` claims the opposite of the truth with a bond, and `disputer` takes it to a committee at once. */
  async falseAssertion(asserter: LocalWallet, disputer: LocalWallet, domain: Domain, item: Item): Promise<void> {
    const { claims } = this.#chain.contracts;
    const assertion: IClaims.AssertionStruct = {
      domainId: domain.id,
      outcome: 1 - item.truth,
      contentHash: item.contentHash,
      asserter: asserter.address,
      bond: BOND,
      salt: derive(this.#seed, "assertion"),
    };
    const { outcome, contentHash, salt } = assertion;
    const made = claims.connect(asserter).assertClaim(domain.id, outcome, contentHash, "", BOND, salt);
    this.#ledger.enter(await mined(made), "court");
    this.#ledger.enter(await mined(claims.connect(disputer).dispute(assertion, "")), "court");
    const claimId = await claims.claimIdOf(assertion);
    const resolve = async () => this.#ledger.enter(await mined(claims.connect(disputer).resolve(assertion)), "court");
    this.#pending.push({ kind: "assertion", claimId, item, domain, opponent: disputer, resolve });
  }

  /** Lets the author's own signer sign for it, and pledges what the statement is worth. */
  async preparePledge(author: Registered, signer: LocalWallet): Promise<void> {
    const { claims, vault } = this.#chain.contracts;
    this.#ledger.enter(await mined(vault.connect(author.wallet).pledge(author.agentId, BOND)), "setup");
    this.#ledger.enter(await mined(claims.connect(author.wallet).addSigner(author.agentId, signer.address)), "setup");
  }

  /** The author's signer states the opposite of the truth off chain; `challenger` takes the signature to a committee. */
  async falseStatement(
    author: Registered,
    signer: LocalWallet,
    challenger: LocalWallet,
    domain: Domain,
    item: Item,
  ): Promise<void> {
    const { claims } = this.#chain.contracts;
    const statement: Statement = {
      agentId: author.agentId,
      domainId: domain.id,
      outcome: 1 - item.truth,
      contentHash: item.contentHash,
      bond: BOND,
      expiry: BigInt(this.#chain.genesis + ((await this.#chain.epoch()) + STATEMENT_LIFE) * EPOCH_LENGTH),
      nonce: 1n,
    };
    const context = {
      chainId: (await this.#chain.provider.getNetwork()).chainId,
      claims: (await claims.getAddress()) as Hex,
    };
    const { domain: separator, types, message } = statementTypedData(context, statement);
    const mutableTypes = { Statement: [...types.Statement] };
    const signature = await signer.signTypedData(separator, mutableTypes, message);
    this.#ledger.enter(await mined(claims.connect(challenger).challenge(statement, signature, "")), "court");
    const claimId = await claims.challengeIdOf(statement, 1);
    const resolve = async () =>
      this.#ledger.enter(await mined(claims.connect(challenger).resolveChallenge(statement, 1)), "court");
    this.#pending.push({ kind: "statement", claimId, item, domain, opponent: challenger, resolve });
  }

  /** Who took a claim to court appeals while the verdict is not that it was false. */
  async pressCases(epoch: number): Promise<void> {
    const { claims, consensus } = this.#chain.contracts;
    for (const { claimId, item, opponent } of this.#pending) {
      const question = this.#ledger.question((await claims.claim(claimId)).questionId);
      if (question.voteEpoch !== epoch - 2 || question.rounds >= PARAMETERS.maxRounds) continue;
      const { status, outcome } = await claims.verdict(claimIdOf(question.id));
      if (status === PROVISIONAL && Number(outcome) === item.truth) continue;
      this.#ledger.enter(await mined(consensus.connect(opponent).appeal(question.id)), "round");
      this.appeals++;
    }
  }

  /**
   * Appeals the narrowest decisive verdict among the questions voted two epochs ago if its support is below `belowBps`: a
   * rule that needs no knowledge of the truth.
   */
  async appealNarrowest(
    appellant: LocalWallet,
    voted: readonly QuestionRecord[],
    epoch: number,
    belowBps: number,
  ): Promise<boolean> {
    const { claims, consensus } = this.#chain.contracts;
    let narrowest: { question: QuestionRecord; supportBps: bigint } | null = null;
    for (const question of voted) {
      if (question.voteEpoch !== epoch - 2 || question.rounds >= PARAMETERS.maxRounds) continue;
      const { status, supportBps } = await claims.verdict(claimIdOf(question.id));
      if (status !== PROVISIONAL || supportBps >= BigInt(belowBps)) continue;
      if (narrowest === null || supportBps < narrowest.supportBps) narrowest = { question, supportBps };
    }
    if (narrowest === null) return false;
    this.#ledger.enter(await mined(consensus.connect(appellant).appeal(narrowest.question.id)), "round");
    this.appeals++;
    return true;
  }

  /** Ends what is in court; every verdict must be final. */
  async resolveAll(): Promise<CourtCase[]> {
    const { claims } = this.#chain.contracts;
    const cases: CourtCase[] = [];
    for (const { kind, claimId, item, domain, resolve } of this.#pending) {
      await resolve();
      const { questionId } = await claims.claim(claimId);
      const final = this.#ledger.question(questionId).final;
      const name = (outcome: number) => `${item.statement}: ${domain.task.outcomes[outcome]}`;
      const fell = final?.resolved === true && final.outcome === item.truth;
      cases.push({ kind, claim: claimId, said: name(1 - item.truth), truth: name(item.truth), fell });
    }
    return cases;
  }
}
