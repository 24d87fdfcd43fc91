import { type StatementContext, statementDigest, UNBONDING_EPOCHS } from "@assay/protocol";
import { type Assay, hashContent, type SignedStatement, type Terms } from "@assay/sdk";
import type { ContentService } from "./contents/service.ts";
import { NetworkError } from "./errors.ts";
import type { Answering } from "./network-options.ts";
import type { NetworkStores } from "./network-stores.ts";
import type { AgentPeer, Exchange } from "./node/exchange.ts";
import type { PrivateAnswer } from "./private/service.ts";
import type { PrivateQuestion } from "./private/wire.ts";
import type { NetworkReport } from "./report.ts";
import { statementCodec, toMessage } from "./statements/message.ts";
import type { StatementService } from "./statements/service.ts";
import type { StatementChain } from "./statements/validator.ts";
import { StatementDesk } from "./swarm/desk.ts";
import { ownStatements } from "./swarm/own-statements.ts";
import { find, serveSwarm } from "./swarm/responder.ts";

/** What an agent answers with. */
export interface AnswersOptions {
  readonly assay: Assay;
  readonly agentId: bigint;
  readonly terms: Terms;
  readonly context: StatementContext;
  readonly answering: Answering;
  readonly exchange: Exchange;
  readonly chain: Pick<StatementChain, "domain">;
  readonly stores: NetworkStores;
  readonly statements: StatementService;
  readonly contents: ContentService;
  /** Longest time for which a pledge is certain, s. */
  readonly longest: number;
  /** Unix seconds of the chain. */
  readonly now: () => number;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly report: NetworkReport;
}

/** An answer that is to be gossiped. */
interface Unsent {
  readonly signed: SignedStatement;
  readonly evidence: string;
}

/** Unless told otherwise. */
const DEFAULTS = { concurrency: 8, perMinute: 120 };
/** Answers that wait to be gossiped; the asker has them anyway. */
const MAX_UNSENT = 1_000;

/** How an agent answers others: in the swarm with statements that all hear of, and in private with statements that nobody else does. */
export class Answers {
  /** Questions to the swarm by what came of them. */
  readonly counts: ReturnType<typeof serveSwarm>;
  readonly #options: AnswersOptions;
  readonly #desk: StatementDesk;
  readonly #unsent = new Set<Unsent>();
  /** Private questions that it works on. */
  #working = 0;

  /** Answers the swarm from now on. */
  constructor(options: AnswersOptions) {
    const { answering, exchange, contents, report } = options;
    this.#options = options;
    this.#desk = this.#openDesk();
    const { domains, verify, concurrency, perMinute } = answering;
    this.counts = serveSwarm({
      ...{ exchange, domains, verify, report, desk: this.#desk },
      concurrency: concurrency ?? DEFAULTS.concurrency,
      perMinute: perMinute ?? DEFAULTS.perMinute,
      fetch: (contentHash, from, signal) =>
        contents.fetch(contentHash, { signal, peers: [from, ...exchange.peers.filter((peer) => peer !== from)] }),
      publish: (content, signed, evidence) => this.#publish(content, signed, evidence),
    });
  }

  /** Answers a question that nobody else sees. @throws NetworkError `REFUSED`, `OVERCOMMITTED`; `RATE_LIMITED` while it is busy */
  async answerPrivately(question: PrivateQuestion, peer: AgentPeer, signal: AbortSignal): Promise<PrivateAnswer> {
    const { concurrency = DEFAULTS.concurrency } = this.#options.answering;
    if (this.#working >= concurrency) {
      throw new NetworkError("RATE_LIMITED", "it is busy with other questions", { retryable: true });
    }
    this.#working++;
    try {
      return await this.#answerPrivately(question, peer, signal);
    } finally {
      this.#working--;
    }
  }

  async #answerPrivately(
    { domainId, content }: PrivateQuestion,
    peer: AgentPeer,
    signal: AbortSignal,
  ): Promise<PrivateAnswer> {
    const { domains, verify, policy } = this.#options.answering;
    const minConfidence = domains.get(domainId);
    if (minConfidence === undefined) throw new NetworkError("REFUSED", `it does not answer in domain ${domainId}`);
    const contentHash = hashContent(content);
    const question = { domainId, contentHash, asker: peer.agentId };
    const finding = await find({ verify, minConfidence }, question, content, signal);
    if ("abstain" in finding) throw new NetworkError("REFUSED", finding.abstain);
    const { outcome, evidence = "" } = finding;
    const stating = { domainId, contentHash, outcome, bond: 0n, validFor: policy.maxValidFor, uri: "", secret: true };
    return { statement: await this.#desk.state(stating), evidence: new TextEncoder().encode(evidence) };
  }

  /** Gossips what was answered since. Not at once: a question would have every agent that it is put to talk to all others first. Never rejects. */
  async gossip(): Promise<void> {
    const unsent = [...this.#unsent];
    this.#unsent.clear();
    await Promise.all(unsent.map((each) => this.#gossip(each)));
  }

  #openDesk(): StatementDesk {
    const { assay, agentId, answering, chain, stores, context, longest, now, randomBytes } = this.#options;
    const { signer, policy } = answering;
    const signing = assay.connect(signer);
    return new StatementDesk({
      ...{ agentId, now, randomBytes },
      // No pledge is certain for longer.
      policy: { ...policy, maxValidFor: Math.min(policy.maxValidFor, longest) },
      own: ownStatements({ open: stores.statements, secret: stores.secrets }, context, agentId, now),
      chain: {
        minBond: async (domainId) => (await chain.domain(domainId)).minBond,
        slashable: (id, domainId, until) => assay.claims.slashable(id, domainId, until),
        sign: (statement, uri) => signing.claims.signStatement(statement, uri),
      },
    });
  }

  /** Keeps a content for committees for as long as a statement about it may be before one, and has the statement gossiped. */
  #publish(content: Uint8Array, signed: SignedStatement, evidence: string): Uint8Array {
    const { context, stores, terms, report } = this.#options;
    const by = statementDigest(context, signed.statement);
    const until = Number(signed.statement.expiry) + UNBONDING_EPOCHS * terms.epochLength;
    try {
      stores.contents.put(content, { by, until });
    } catch (error) {
      // Whoever challenges the statement has the content, and has to show it.
      const message = `the content of an answer is not kept: ${String(error)}`;
      report({ level: "warn", event: "content-store", message });
    }
    if (this.#unsent.size < MAX_UNSENT) this.#unsent.add({ signed, evidence });
    return statementCodec.encode(toMessage(context, signed, evidence));
  }

  /** Sends an answer to who hears its domain; later, where there is nobody yet. */
  async #gossip(unsent: Unsent): Promise<void> {
    const { statements, report } = this.#options;
    try {
      const { peers } = await statements.publish(unsent.signed, unsent.evidence, { again: true });
      if (peers === 0 && this.#unsent.size < MAX_UNSENT) this.#unsent.add(unsent);
    } catch (error) {
      const message = `an answer was not gossiped: ${String(error)}`;
      report({ level: "warn", event: "statement-unpublished", message });
    }
  }
}
