import { createHash } from "node:crypto";
import type { Hex, StatementContext } from "@assay/protocol";
import type { SignedStatement } from "@assay/sdk";
import { NetworkError, type NetworkErrorCode } from "../errors.ts";
import type { AgentPeer, Exchange } from "../node/exchange.ts";
import type { Gossip, GossipVerdict } from "../node/gossip.ts";
import type { NetworkReport } from "../report.ts";
import { HISTORY_LIMITS, HISTORY_PROTOCOL, historyHandler, readHistory } from "./history.ts";
import { statementCodec, statementTopic, toMessage } from "./message.ts";
import { type Refusal, type StatementReason, VERDICTS } from "./reasons.ts";
import type { StatementStore } from "./store.ts";
import type { PutResult, StoredStatement } from "./stored.ts";
import { type DomainRules, type JudgedStatement, type StatementChain, StatementValidator } from "./validator.ts";
import { VerdictLog } from "./verdict-log.ts";

/** What a service is made of. */
export interface StatementServiceOptions {
  /** Deployment whose statements it takes. */
  readonly context: StatementContext;
  readonly gossip: Gossip;
  readonly exchange: Exchange;
  readonly chain: StatementChain;
  readonly store: StatementStore;
  /** Unix seconds of the chain. */
  readonly now: () => number;
  /** Milliseconds that never jump. */
  readonly monotonic: () => number;
  readonly report: NetworkReport;
}

/** A statement that was accepted, whoever it came from. */
export interface AcceptedStatement extends JudgedStatement {
  /** Peer that it came from; null for one of this node's own. */
  readonly source: string | null;
  /** Bonds of the agent's live statements that this node keeps, this one among them, wei; null if it could not be kept. */
  readonly committed: bigint | null;
  /** Live statements of the agent that say the opposite. */
  readonly opposed: readonly StoredStatement[];
}

/** A statement of one's own that was sent. */
export interface PublishedStatement {
  readonly hash: Hex;
  /** Peers that it was sent to. */
  readonly peers: number;
  /** Why it may be worth less than it says. */
  readonly warnings: readonly string[];
}

/** Which statements to ask a peer for. */
export interface FetchQuery {
  readonly domainId: number;
  /** About this content only; about any unless told. */
  readonly contentHash?: Hex;
  /** Most statements, the newest first. */
  readonly limit: number;
}

/** What came of asking a peer. */
export interface FetchResult {
  readonly received: number;
  /** Of those, the ones that were new and good. */
  readonly accepted: number;
}

/** Besides the verdicts. */
interface ServiceCounts {
  /** Accepted, and not kept because the store could not be written. */
  unstored: number;
  /** Accepted statements that contradict one of the same agent. */
  equivocations: number;
  /** Accepted statements of agents whose live bonds are more than their pledge. */
  overdrawn: number;
}

interface Joined {
  readonly rules: DomainRules;
  readonly leave: () => void;
}

/** Answers that are remembered until they come by gossip. */
const MAX_UNHEARD = 4_096;
/** Milliseconds between two purges of the store. */
const PURGE_EVERY = 60_000;

/** Takes part in the statements of domains: hears, judges, keeps and hands on those of others, and publishes one's own. */
export class StatementService {
  readonly #options: StatementServiceOptions;
  readonly #validator: StatementValidator;
  readonly #log: VerdictLog;
  readonly #joined = new Map<number, Joined>();
  readonly #listeners = new Set<(statement: AcceptedStatement) => void>();
  readonly #counts: ServiceCounts = { unstored: 0, equivocations: 0, overdrawn: 0 };
  /** Digests of messages that peers have answered with, and that have not come by gossip yet. */
  readonly #unheard = new Set<string>();
  #purgedAt: number;
  #storeFails = false;

  constructor(options: StatementServiceOptions) {
    const { context, chain, store, now, monotonic, report, exchange } = options;
    this.#options = options;
    this.#log = new VerdictLog(report, monotonic);
    this.#validator = new StatementValidator({ context, chain, now, monotonic, isKnown: (hash) => store.isKept(hash) });
    this.#purgedAt = monotonic();
    exchange.serve(HISTORY_PROTOCOL, HISTORY_LIMITS, historyHandler(store, now));
  }

  /** Statements by what became of them. */
  get verdicts(): Readonly<Record<StatementReason, number>> {
    return this.#log.counts;
  }

  get counts(): Readonly<ServiceCounts> {
    return this.#counts;
  }

  /** Domains whose statements it hears. */
  get domains(): readonly number[] {
    return [...this.#joined.keys()];
  }

  /** Hears a domain's statements from now on. @throws ContractError `UNKNOWN_DOMAIN`, or why the chain cannot be read */
  async join(domainId: number): Promise<void> {
    if (this.#joined.has(domainId)) return;
    const { chain, gossip, context } = this.#options;
    const rules = await chain.domain(domainId);
    if (this.#joined.has(domainId)) return;
    const { maxSize } = statementCodec;
    const leave = gossip.subscribe(statementTopic(context, domainId), maxSize, (bytes, from) =>
      this.#hear(bytes, rules, from),
    );
    this.#joined.set(domainId, { rules, leave });
  }

  leave(domainId: number): void {
    this.#joined.get(domainId)?.leave();
    this.#joined.delete(domainId);
  }

  /** Leaves all domains. The store is the caller's to close. */
  close(): void {
    for (const domainId of this.domains) this.leave(domainId);
    this.#listeners.clear();
  }

  /**
   * Tells of each statement that is accepted, in the order of their arrival.
   * @param listener what it throws is reported
   * @returns ends it
   */
  onStatement(listener: (statement: AcceptedStatement) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Sends a statement of one's own to who hears its domain, which must be joined, after the same checks as they make.
   * @param how.again whether one that is stored already may be sent
   * @throws NetworkError with what they would refuse it for: `OTHER_NETWORK`, `BAD_SIGNATURE`, `EXPIRED`, `OVERCOMMITTED`, ...
   */
  async publish(
    signed: SignedStatement,
    evidence?: string,
    { again = false }: { readonly again?: boolean } = {},
  ): Promise<PublishedStatement> {
    const { context, gossip } = this.#options;
    const bytes = statementCodec.encode(toMessage(context, signed, evidence));
    const { domainId } = signed.statement;
    const joined = this.#joined.get(domainId);
    if (joined === undefined) throw new NetworkError("REFUSED", `domain ${domainId} is not joined`);
    const judgement = await this.#validator.judge(bytes, joined.rules, { again });
    if (judgement.refusal !== null) throw toError(judgement.refusal);
    const { accepted } = judgement;
    const { hash, slashable, committed } = this.#tell(accepted, null, await this.#storeWithOthers(accepted, null));
    const warnings: string[] = [];
    if (committed === null) warnings.push("it is not stored, so that this node cannot hand it on later");
    else if (committed > slashable) {
      const message = `live statements of agent ${signed.statement.agentId} have bonds of ${committed} wei, and ${slashable} of its pledge are certain: who challenges late finds less`;
      warnings.push(message);
    }
    return { hash, peers: await gossip.publish(statementTopic(context, domainId), bytes), warnings };
  }

  /**
   * Asks a peer for what it has stored of a joined domain, and takes what is good of it, as if it had been heard.
   * @throws NetworkError `MALFORMED` where the peer sends what no honest peer would; as requests do
   */
  async fetch(peer: AgentPeer, query: FetchQuery, signal: AbortSignal): Promise<FetchResult> {
    const { domainId, contentHash = null, limit } = query;
    const joined = this.#joined.get(domainId);
    if (joined === undefined) throw new NetworkError("REFUSED", `domain ${domainId} is not joined`);
    const result = { received: 0, accepted: 0 };
    const { exchange } = this.#options;
    for await (const bytes of readHistory(exchange, peer, { domainId, contentHash, limit }, signal)) {
      result.received++;
      const { accepted, refusal } = await this.#validator.judge(bytes, joined.rules, { rated: false });
      if (refusal !== null) {
        this.#log.refused(refusal, peer.peerId);
        if (VERDICTS[refusal.reason] === "ignore") continue;
        throw new NetworkError("MALFORMED", `agent ${peer.agentId} sends a bad statement: ${refusal.message}`);
      }
      this.#take(accepted, peer.peerId);
      result.accepted++;
    }
    return result;
  }

  /**
   * Takes a statement that a peer has answered with, whether it is new or not.
   * @throws NetworkError with what is wrong with it, or with the domain: it must be joined
   */
  async receive(bytes: Uint8Array, domainId: number, peer: AgentPeer): Promise<AcceptedStatement> {
    const joined = this.#joined.get(domainId);
    if (joined === undefined) throw new NetworkError("REFUSED", `domain ${domainId} is not joined`);
    const { accepted, refusal } = await this.#validator.judge(bytes, joined.rules, { rated: false, again: true });
    if (refusal === null) {
      this.#unheard.add(digestOf(bytes));
      const [oldest] = this.#unheard;
      if (this.#unheard.size > MAX_UNHEARD && oldest !== undefined) this.#unheard.delete(oldest);
      return this.#take(accepted, peer.peerId);
    }
    this.#log.refused(refusal, peer.peerId);
    throw toError(refusal);
  }

  /**
   * Judges a statement, and neither keeps it nor tells anybody.
   * @throws NetworkError with what is wrong with it, or with the domain: it must be joined
   */
  async judge(signed: SignedStatement): Promise<JudgedStatement> {
    const joined = this.#joined.get(signed.statement.domainId);
    if (joined === undefined) throw new NetworkError("REFUSED", `domain ${signed.statement.domainId} is not joined`);
    const bytes = statementCodec.encode(toMessage(this.#options.context, signed));
    const { accepted, refusal } = await this.#validator.judge(bytes, joined.rules, { rated: false, again: true });
    if (refusal !== null) throw toError(refusal);
    return accepted;
  }

  async #hear(bytes: Uint8Array, rules: DomainRules, from: AgentPeer | null): Promise<GossipVerdict> {
    // Known already, and still to be handed on: only the very same bytes, as anybody could vary what nobody has signed.
    const again = this.#unheard.size > 0 && this.#unheard.delete(digestOf(bytes));
    const { accepted, refusal } = await this.#validator.judge(bytes, rules, { rated: !again, again });
    if (refusal !== null) {
      this.#log.refused(refusal, from?.peerId ?? null);
      return VERDICTS[refusal.reason];
    }
    const source = from?.peerId ?? null;
    this.#tell(accepted, source, await this.#storeWithOthers(accepted, source));
    return "accept";
  }

  /** Keeps an accepted statement, and tells of it. */
  #take(judged: JudgedStatement, source: string | null): AcceptedStatement {
    return this.#tell(judged, source, this.#store(judged, source));
  }

  #tell(judged: JudgedStatement, source: string | null, stored: PutResult | null): AcceptedStatement {
    this.#log.accepted();
    const taken = { ...judged, source, committed: stored?.committed ?? null, opposed: stored?.opposed ?? [] };
    if (taken.committed !== null && taken.committed > judged.slashable) this.#counts.overdrawn++;
    if (taken.opposed.length > 0) this.#reportEquivocation(taken);
    for (const listener of this.#listeners) {
      try {
        listener(taken);
      } catch (cause) {
        const message = `what was to be done with a statement failed: ${String(cause)}`;
        this.#options.report({ level: "error", event: "statement-listener-failed", message });
      }
    }
    return taken;
  }

  /** With all that comes in the same turn of the event loop; by itself where those cannot be kept together. */
  async #storeWithOthers(judged: JudgedStatement, source: string | null): Promise<PutResult | null> {
    const { store, now } = this.#options;
    const { hash, message, bytes } = judged;
    try {
      if (this.#storeFails) return this.#store(judged, source);
      const result = await store.putWithOthers({ hash, message, bytes, source, receivedAt: now() });
      this.#purge();
      return result;
    } catch {
      return this.#store(judged, source);
    }
  }

  /** A store that fails harms nothing else: what is heard is still judged and handed on. */
  #store({ hash, message, bytes }: JudgedStatement, source: string | null): PutResult | null {
    const { store, now, report } = this.#options;
    try {
      const result = store.put({ hash, message, bytes, source, receivedAt: now() });
      this.#purge();
      if (this.#storeFails) {
        report({ level: "info", event: "statement-store-recovered", message: "statements are stored again" });
      }
      this.#storeFails = false;
      return result;
    } catch (error) {
      this.#counts.unstored++;
      if (!this.#storeFails) {
        const why = error instanceof Error ? error.message : String(error);
        report({ level: "error", event: "statement-store-failed", message: `statements are not stored: ${why}` });
      }
      this.#storeFails = true;
      return null;
    }
  }

  #purge(): void {
    const { store, now, monotonic } = this.#options;
    if (monotonic() - this.#purgedAt < PURGE_EVERY) return;
    this.#purgedAt = monotonic();
    store.purge(now());
  }

  #reportEquivocation({ hash, message: { statement }, opposed }: AcceptedStatement): void {
    this.#counts.equivocations++;
    this.#options.report({
      level: "warn",
      event: "statement-equivocation",
      message: `agent ${statement.agentId} says outcome ${statement.outcome} of ${statement.contentHash}, and has said ${opposed[0]?.statement.outcome}`,
      fields: { agentId: statement.agentId, hash, opposed: opposed.map((each) => each.hash) },
    });
  }
}

function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("base64");
}

/** What a refusal of one's own statement is thrown as. */
const ERRORS: Partial<Record<StatementReason, NetworkErrorCode>> = {
  TOO_LARGE: "TOO_LARGE",
  MALFORMED: "MALFORMED",
  EXPIRED: "EXPIRED",
  EXPIRING: "EXPIRED",
  TOO_FAR_AHEAD: "EXPIRED",
  EARLY: "EXPIRED",
  BAD_SIGNATURE: "BAD_SIGNATURE",
  NOT_A_SIGNER: "BAD_SIGNATURE",
  REPLAYED: "REPLAYED",
  OVERCOMMITTED: "OVERCOMMITTED",
  RATE_LIMITED: "RATE_LIMITED",
  BUSY: "RATE_LIMITED",
  CHAIN_UNREACHABLE: "CHAIN_UNREACHABLE",
};

function toError({ reason, message, cause }: Refusal): NetworkError {
  return new NetworkError(ERRORS[reason] ?? "REFUSED", message, { cause });
}
