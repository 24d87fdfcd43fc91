import { randomBytes as processRandomBytes } from "node:crypto";
import { join } from "node:path";
import { type Address, type Hex, type StatementContext, UNBONDING_EPOCHS } from "@assay/protocol";
import type { Terms } from "@assay/sdk";
import { ContentService } from "./contents/service.ts";
import type { ContentStore } from "./contents/store.ts";
import { Answers } from "./answers.ts";
import { ChainTime } from "./chain-time.ts";
import { NetworkError } from "./errors.ts";
import { createChainView } from "./identity/chain-view.ts";
import { Directory } from "./identity/directory.ts";
import type { Ledger } from "./ledger/ledger.ts";
import { followOutcomes } from "./ledger/outcomes.ts";
import type { NetworkOptions } from "./network-options.ts";
import { closeStores, type NetworkStores, openStores, statementContextOf } from "./network-stores.ts";
import type { AgentPeer } from "./node/exchange.ts";
import { AssayNode } from "./node/node.ts";
import { type PrivateProof, proveAnswer } from "./private/proof.ts";
import { type PrivateReply, PrivateService } from "./private/service.ts";
import type { PrivateStore } from "./private/store.ts";
import type { PrivateQuestion } from "./private/wire.ts";
import { type AssayStatementChain, openStatementChain } from "./statements/chain.ts";
import { toSignedStatement } from "./statements/message.ts";
import { type AcceptedStatement, StatementService } from "./statements/service.ts";
import type { StatementStore } from "./statements/store.ts";
import { type AskOptions, Swarm, type SwarmResult, type SwarmSubject, type TakenStatement } from "./swarm/asker.ts";
import { AgentWeights } from "./swarm/weights.ts";

/** Unless told otherwise. */
const DEFAULTS = { minStake: 1n };
/** Whole epochs from now on for which a pledge cannot be lowered. */
const CERTAIN_EPOCHS = UNBONDING_EPOCHS - 1;
/** Statements that a newly connected agent is asked for, of each domain. */
const CATCH_UP = 200;
/** How long that may take, ms. */
const CATCH_UP_MS = 30_000;
/** Milliseconds between two looks at what has come and gone. */
const TICK_MS = 1_000;
/** Milliseconds between two times that expired statements are let go. */
const RELEASE_MS = 60_000;

/**
 * An agent's place in the network: it hears and keeps statements, asks others and answers them, and gives and takes contents.
 * @example
 * const network = await AgentNetwork.open({ assay, keys, binding, folder, listen: [], domains: [1], report });
 * const { outcome, support, answers } = await network.ask({ domainId: 1, content: utf8ToBytes("water is wet") });
 * await network.close();
 */
export class AgentNetwork {
  readonly node: AssayNode;
  readonly directory: Directory;
  readonly statements: StatementService;
  readonly store: StatementStore;
  readonly contents: ContentService;
  readonly contentStore: ContentStore;
  readonly ledger: Ledger;
  /** What is said to one agent alone. */
  readonly privately: PrivateService;
  readonly privateStore: PrivateStore;
  readonly #stores: NetworkStores;
  readonly #options: NetworkOptions;
  readonly #terms: Terms;
  readonly #context: StatementContext;
  readonly #time: ChainTime;
  readonly #chain: AssayStatementChain;
  readonly #swarm: Swarm;
  readonly #answers: Answers | null;
  readonly #stop = new AbortController();
  readonly #following: Promise<unknown>[] = [];
  /** Peers that were asked for what they have, as long as they are connected. */
  #greeted = new Set<string>();
  #ownVoid: () => void = () => undefined;
  #closing: Promise<void> | null = null;

  /** Use {@link AgentNetwork.open}. */
  private constructor(
    options: NetworkOptions,
    parts: {
      readonly terms: Terms;
      readonly time: ChainTime;
      readonly chain: AssayStatementChain;
      readonly directory: Directory;
      readonly stores: NetworkStores;
    },
  ) {
    const { assay, keys, binding, report, listen } = options;
    const { terms, time, chain, directory, stores } = parts;
    const monotonic = options.monotonic ?? (() => performance.now());
    this.#options = options;
    this.#terms = terms;
    this.#time = time;
    this.#chain = chain;
    this.#context = statementContextOf(assay, terms);
    this.directory = directory;
    [this.store, this.contentStore, this.ledger] = [stores.statements, stores.contents, stores.ledger];
    [this.privateStore, this.#stores] = [stores.privately, stores];
    this.node = new AssayNode({
      ...{ keys, binding, directory, listen, report },
      ...{ now: monotonic, random: options.random ?? Math.random },
      ...(options.bootstrap !== undefined && { bootstrap: options.bootstrap }),
      ...(options.targetPeers !== undefined && { targetPeers: options.targetPeers }),
      ...(options.limits !== undefined && { limits: options.limits }),
    });
    const { node } = this;
    const now = () => time.now;
    this.statements = new StatementService({
      ...{ context: this.#context, gossip: node, exchange: node, chain, store: this.store },
      ...{ now, monotonic, report },
    });
    this.contents = new ContentService({ exchange: node, store: this.contentStore, report });
    const weights = new AgentWeights(assay, this.ledger, monotonic);
    this.#swarm = new Swarm({
      exchange: node,
      minBond: async (domainId) => (await chain.domain(domainId)).minBond,
      longestValidity: async () => this.#longest,
      weightsOf: (domainId, agentIds) => weights.of(domainId, agentIds),
      take: (bytes, domainId, from) => this.#take(bytes, domainId, from),
      offer: (content) => void this.contentStore.put(content),
      now,
      ...{ monotonic, report },
    });
    const { answering, onMessage, randomBytes = processRandomBytes } = options;
    const answers =
      answering === undefined
        ? null
        : new Answers({
            ...{
              assay,
              agentId: binding.agentId,
              terms,
              context: this.#context,
              answering,
              exchange: node,
              chain,
              stores,
            },
            ...{
              statements: this.statements,
              contents: this.contents,
              longest: this.#longest,
              now,
              randomBytes,
              report,
            },
          });
    this.#answers = answers;
    this.privately = new PrivateService({
      ...{ exchange: node, keys, store: this.privateStore, now, randomBytes, report },
      context: { ...this.#context, registry: assay.addresses.registry as Address },
      ...(onMessage !== undefined && { onMessage }),
      ...(answers !== null && {
        onQuestion: (question: PrivateQuestion, peer: AgentPeer, signal: AbortSignal) =>
          answers.answerPrivately(question, peer, signal),
      }),
      checkStatement: async (statement) => void (await this.statements.judge(statement)),
    });
  }

  /**
   * Opens the stores, reads the chain, listens, and begins to look for peers.
   * @throws NetworkError `STORE_UNREADABLE`, `STORE_UNWRITABLE`, `CHAIN_UNREACHABLE`, `CANNOT_LISTEN`; `UNBOUND`, `UNSTAKED` or
   * `BAD_SIGNATURE` where others would not talk to it
   */
  static async open(options: NetworkOptions): Promise<AgentNetwork> {
    const { assay, binding, confirmations, pollMs, report } = options;
    const monotonic = options.monotonic ?? (() => performance.now());
    const terms = await assay.terms();
    const time = new ChainTime(assay, monotonic);
    await time.start();
    const stores = openStores(options, terms, () => time.now);
    let close = async () => {
      time.close();
      closeStores(stores);
    };
    try {
      const reading = {
        ...(confirmations !== undefined && { confirmations }),
        ...(pollMs !== undefined && { pollMs }),
      };
      const onRetry = (error: unknown) =>
        report({ level: "warn", event: "chain-unreachable", message: `bindings cannot be read: ${String(error)}` });
      const { listing } = stores;
      const view = await createChainView(assay, { ...reading, cursor: listing.cursor, onRetry });
      const directory = new Directory({
        ...{ view, listing },
        minStake: options.minStake ?? DEFAULTS.minStake,
        report,
        now: monotonic,
      });
      const trust = confirmations === undefined ? {} : { trust: confirmations };
      const chain = await openStatementChain({
        ...{ assay, monotonic, report, ...trust },
        ...(pollMs !== undefined && { pollMs }),
      });
      // What others will check, now rather than by being refused.
      await directory.check(binding);
      const network = new AgentNetwork(options, { terms, time, chain, directory, stores });
      close = () => network.close();
      await network.#start();
      return network;
    } catch (error) {
      await close();
      throw error;
    }
  }

  /** Agents that are connected. */
  get peers(): readonly AgentPeer[] {
    return this.node.peers;
  }

  /** Unix seconds of the chain. */
  get now(): number {
    return this.#time.now;
  }

  /** Questions of others by what came of them; null where it answers none. */
  get answered(): Readonly<Record<"answered" | "abstained" | "refused", number>> | null {
    return this.#answers?.counts ?? null;
  }

  /** Newest block whose events are known; null before the first look. */
  get trustedBlock(): number | null {
    return this.directory.trustedBlock;
  }

  /**
   * Asks the agents of a domain that are connected. Each answer is a statement that its agent's pledge answers for, and is kept to be
   * challenged with.
   * @throws NetworkError `PEER_UNREACHABLE` if none is connected; ContractError `UNKNOWN_DOMAIN`
   */
  async ask(subject: SwarmSubject, options: AskOptions = {}): Promise<SwarmResult> {
    await this.statements.join(subject.domainId);
    return this.#swarm.ask(subject, options);
  }

  /**
   * Asks one agent, which must be connected, what nobody else sees. What was exchanged is kept with both agents' receipts.
   * @throws NetworkError `PEER_UNREACHABLE`; as {@link PrivateService.ask} does
   */
  async askPrivately(agentId: bigint, question: PrivateQuestion, signal: AbortSignal): Promise<PrivateReply> {
    await this.statements.join(question.domainId);
    return this.privately.ask(this.peerOf(agentId), question, signal);
  }

  /** What was asked and answered in private, opened for whoever is to be shown it. @throws NetworkError `MALFORMED` if it is not kept */
  async prove(agentId: bigint, reply: Pick<PrivateReply, "question" | "answer">): Promise<PrivateProof> {
    const question = this.privateStore.find("sent", agentId, reply.question.id);
    const answer = this.privateStore.find("received", agentId, reply.answer.id);
    if (question === null || answer === null) throw new NetworkError("MALFORMED", "the receipts are not kept any more");
    return proveAnswer(this.#context.claims, question, answer);
  }

  /** An agent that is connected. @throws NetworkError `PEER_UNREACHABLE` */
  peerOf(agentId: bigint): AgentPeer {
    const peer = this.peers.find((each) => each.agentId === agentId);
    if (peer !== undefined) return peer;
    throw new NetworkError("PEER_UNREACHABLE", `agent ${agentId} is not connected`, { retryable: true });
  }

  /** Waits until so many agents are connected, or for so long. @returns how many are */
  async untilPeers(count: number, ms: number, signal?: AbortSignal): Promise<number> {
    const until = Date.now() + ms;
    while (this.peers.length < count && Date.now() < until && signal?.aborted !== true) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return this.peers.length;
  }

  /** What was answered or heard, in the form that `statement challenge` takes; null if it is not kept. */
  exportStatement(hash: Hex): string | null {
    return this.store.export(hash);
  }

  /** Ends all connections, and closes the stores. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #start(): Promise<void> {
    const { assay, domains, folder, confirmations, pollMs, report } = this.#options;
    const { signal } = this.#stop;
    this.directory.start();
    this.#ownVoid = this.directory.onVoid(({ agentId }, reason) => {
      if (agentId !== this.node.self.agentId) return;
      const why = reason?.message ?? "it has published another one";
      const message = `others do not talk to agent ${agentId} any more: ${why}; bind it again, and start anew`;
      report({ level: "error", event: "unbound", message, fields: { agentId, code: reason?.code ?? "UNBOUND" } });
    });
    this.#following.push(
      this.#chain.follow(signal).catch((error: unknown) => {
        report({ level: "error", event: "statement-chain-failed", message: String(error) });
      }),
      followOutcomes(
        {
          ...{ assay, context: this.#context, statements: this.store, ledger: this.ledger, report },
          ...{ cursorPath: join(folder, "outcomes.json"), now: () => this.#time.now },
          ...(confirmations !== undefined && { confirmations }),
          ...(pollMs !== undefined && { pollMs }),
        },
        signal,
      ),
    );
    await this.node.start();
    for (const domainId of domains) await this.statements.join(domainId);
    const ticking = setInterval(() => {
      this.#greet();
      void this.#answers?.gossip();
    }, TICK_MS).unref();
    const releasing = setInterval(() => this.#release(), RELEASE_MS).unref();
    signal.addEventListener("abort", () => {
      clearInterval(ticking);
      clearInterval(releasing);
    });
  }

  async #close(): Promise<void> {
    this.#stop.abort();
    this.#ownVoid();
    await this.#answers?.gossip();
    this.statements.close();
    await this.privately.close();
    await this.node.close();
    await this.directory.close();
    await Promise.allSettled(this.#following);
    this.#time.close();
    closeStores(this.#stores);
  }

  /** Longest time for which a pledge is certain, s. */
  get #longest(): number {
    return CERTAIN_EPOCHS * this.#terms.epochLength;
  }

  /** Keeps a statement that was answered with until it cannot be before a committee any more. */
  async #take(bytes: Uint8Array, domainId: number, from: AgentPeer): Promise<TakenStatement> {
    const accepted = await this.statements.receive(bytes, domainId, from);
    const { message, hash } = accepted;
    try {
      this.store.pin([hash]);
    } catch (error) {
      const what = `an answer is kept no longer than other statements: ${String(error)}`;
      this.#options.report({ level: "warn", event: "statement-store-failed", message: what });
    }
    const signed = toSignedStatement(this.#context, message);
    return { hash, signed, evidence: message.evidence, covered: coveredBy(accepted) };
  }

  /** Asks agents that have come for what was said before. */
  #greet(): void {
    const { peers } = this.node;
    const present = new Set(peers.map(({ peerId }) => peerId));
    this.#greeted = new Set([...this.#greeted].filter((peerId) => present.has(peerId)));
    for (const peer of peers) {
      if (this.#greeted.has(peer.peerId)) continue;
      this.#greeted.add(peer.peerId);
      void this.#catchUp(peer);
    }
  }

  async #catchUp(peer: AgentPeer): Promise<void> {
    const { report } = this.#options;
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(CATCH_UP_MS)]);
    for (const domainId of this.statements.domains) {
      try {
        await this.statements.fetch(peer, { domainId, limit: CATCH_UP }, signal);
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        const message = `agent ${peer.agentId} has not told what was said before: ${String(error)}`;
        report({ level: "debug", event: "catch-up-failed", message, fields: { agentId: peer.agentId, domainId } });
        return;
      }
    }
  }

  #release(): void {
    try {
      const before = this.#time.now - UNBONDING_EPOCHS * this.#terms.epochLength;
      for (const store of [this.store, this.#stores.secrets]) store.release(before);
    } catch (error) {
      const message = `expired statements are not let go: ${String(error)}`;
      this.#options.report({ level: "warn", event: "statement-store-failed", message });
    }
  }
}

/** Wei of pledge that answer for a statement, if all others that are known of its agent were challenged first. */
function coveredBy({ message, slashable, committed }: AcceptedStatement): bigint {
  const { bond } = message.statement;
  const others = committed === null ? 0n : committed - bond;
  const left = slashable - others;
  return left <= 0n ? 0n : left < bond ? left : bond;
}
