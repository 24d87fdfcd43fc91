import type { Hex } from "@assay/protocol";
import { NetworkError } from "../errors.ts";
import type { AgentPeer, Exchange, ServeLimits } from "../node/exchange.ts";
import type { NetworkReport } from "../report.ts";
import { cidOf } from "./cid.ts";
import { receiveContent } from "./receive.ts";
import { type ContentStore, PART_SIZE } from "./store.ts";
import { contentHeaderCodec, contentRequestCodec } from "./wire.ts";

/** What contents are asked for by. */
export const CONTENTS_PROTOCOL = "/assay/contents/1";

/** What one peer may ask for. */
export const CONTENT_LIMITS: ServeLimits = { maxRequest: contentRequestCodec.maxSize, concurrency: 4, perMinute: 240 };

/** What a service of contents is made of. */
export interface ContentServiceOptions {
  readonly exchange: Exchange;
  readonly store: ContentStore;
  readonly report: NetworkReport;
  /** Told of a peer that sent other bytes than it was asked for, such as to lower its score. */
  readonly onFault?: (peer: AgentPeer, error: NetworkError) => void;
  /** Milliseconds that one peer has for a content; 15 s unless told. */
  readonly peerTimeoutMs?: number;
}

/** Whom to ask, and how much to take. */
export interface FetchOptions {
  /** Ends it. */
  readonly signal: AbortSignal;
  /** All who are connected unless told. */
  readonly peers?: readonly AgentPeer[];
  /** Bytes; what the store keeps unless told. */
  readonly maxSize?: number;
}

/** Peers that are asked for a content at the same time. */
const PARALLEL = 2;

const PEER_TIMEOUT_MS = 15_000;

/** Faults are those of a peer itself: of what it sent, not of what it lacks. */
const FAULTS: readonly string[] = ["CONTENT_MISMATCH", "MALFORMED"];

/** Peers whose faults are remembered. */
const MAX_FAULTY = 1_024;

/**
 * Gives contents to peers, and gets them from peers.
 *
 * What is verified when: a content's CID is the hash of all of its bytes, so a part cannot be verified by itself. While a content
 * arrives, its declared size, the size of every part, and the number of bytes are held to; each part is hashed as it comes; the first
 * byte too many ends it. Whether the bytes are the right ones is known with the last of them: a peer can waste one content's worth of
 * traffic, and memory for it, before it is found out, once for each time that it is asked. Nothing is stored or handed on before that.
 */
export class ContentService {
  readonly #options: ContentServiceOptions;
  readonly #faults = new Map<string, number>();

  /** Serves the store's contents from now on. */
  constructor(options: ContentServiceOptions) {
    this.#options = options;
    options.exchange.serve(CONTENTS_PROTOCOL, CONTENT_LIMITS, (request) => this.#give(request));
  }

  /** How often peers sent other bytes than they were asked for, by peer id. */
  get faults(): ReadonlyMap<string, number> {
    return this.#faults;
  }

  /**
   * A content, from the store or from the first peer that has it; kept in the store if it came from a peer.
   * @throws NetworkError `CONTENT_MISSING` if none of the peers has given it; `TOO_LARGE` if all that have it say so; `TIMEOUT`
   * @example
   * const bytes = await contents.fetch(contentHashOf("bafkrei..."), { signal: AbortSignal.timeout(30_000) });
   */
  async fetch(contentHash: Hex, { signal, peers, maxSize }: FetchOptions): Promise<Uint8Array> {
    const { exchange, store } = this.#options;
    const kept = this.#local(contentHash);
    if (kept !== null) return kept;
    const limit = maxSize ?? store.bounds.maxSize;
    const bytes = await this.#ask(contentHash, peers ?? exchange.peers, limit, signal);
    this.#try(contentHash, () => store.put(bytes));
    return bytes;
  }

  /**
   * Contents of questions, whatever their URIs are, as an agent's verifier asks for them.
   * @throws NetworkError as {@link fetch} does
   */
  source(): (content: { readonly contentHash: Hex; readonly uri: string }, signal: AbortSignal) => Promise<Uint8Array> {
    return ({ contentHash }, signal) => this.fetch(contentHash, { signal });
  }

  #local(contentHash: Hex): Uint8Array | null {
    const bytes = this.#try(contentHash, () => this.#options.store.get(contentHash));
    if (bytes !== null) this.#touch(contentHash);
    return bytes;
  }

  #touch(contentHash: Hex): void {
    this.#try(contentHash, () => this.#options.store.touch(contentHash));
  }

  /** A store that fails is as one that has nothing: the others may have it, and no peer is told of this one's disk. */
  #try<T>(contentHash: Hex, work: () => T): T | null {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      const { report } = this.#options;
      report({
        level: "error",
        event: "content-store",
        message: error.message,
        fields: { contentHash, code: error.code },
      });
      return null;
    }
  }

  /** Asks a few at a time, those without faults first; the first content that is whole ends the others. */
  async #ask(contentHash: Hex, peers: readonly AgentPeer[], maxSize: number, signal: AbortSignal): Promise<Uint8Array> {
    const faultsOf = ({ peerId }: AgentPeer) => this.#faults.get(peerId) ?? 0;
    const queue = [...peers].sort((a, b) => faultsOf(a) - faultsOf(b)).values();
    const done = new AbortController();
    const either = AbortSignal.any([signal, done.signal]);
    const failures: string[] = [];
    const worker = async (): Promise<Uint8Array> => {
      for (const peer of queue) {
        if (either.aborted) break;
        try {
          return await this.#askPeer(contentHash, peer, maxSize, either);
        } catch (error) {
          if (!(error instanceof NetworkError)) throw error;
          failures.push(error.code);
          if (!either.aborted) this.#note(contentHash, peer, error);
        }
      }
      throw new NetworkError("CONTENT_MISSING", "no peer is left");
    };
    try {
      return await Promise.any(Array.from({ length: PARALLEL }, worker));
    } catch (error) {
      const causes = (error as AggregateError).errors as Error[];
      throw causes.find((cause) => !(cause instanceof NetworkError)) ?? explain(contentHash, failures, signal);
    } finally {
      done.abort();
    }
  }

  async #askPeer(contentHash: Hex, peer: AgentPeer, maxSize: number, signal: AbortSignal): Promise<Uint8Array> {
    const { exchange, peerTimeoutMs = PEER_TIMEOUT_MS } = this.#options;
    const request = contentRequestCodec.encode([contentHash]);
    const until = AbortSignal.any([signal, AbortSignal.timeout(peerTimeoutMs)]);
    const maxTotal = maxSize + contentHeaderCodec.maxSize;
    const options = { maxFrame: PART_SIZE, maxTotal, signal: until };
    return receiveContent(exchange.request(peer, CONTENTS_PROTOCOL, request, options), contentHash, maxSize);
  }

  #note(contentHash: Hex, peer: AgentPeer, error: NetworkError): void {
    const { report, onFault } = this.#options;
    const { peerId, agentId } = peer;
    const faulty = FAULTS.includes(error.code);
    const fields = { contentHash, peerId, agentId, code: error.code };
    report({
      level: faulty ? "warn" : "debug",
      event: faulty ? "content-fault" : "content-not-given",
      message: `agent ${agentId} has not given ${cidOf(contentHash)}: ${error.message}`,
      fields,
    });
    if (!faulty) return;
    const faults = (this.#faults.get(peerId) ?? 0) + 1;
    this.#faults.delete(peerId);
    this.#faults.set(peerId, faults);
    const [oldest] = this.#faults.keys();
    if (this.#faults.size > MAX_FAULTY && oldest !== undefined) this.#faults.delete(oldest);
    onFault?.(peer, error);
  }

  /** A part at a time, as the peer takes them, so that slow peers cost no memory. */
  async *#give(request: Uint8Array): AsyncGenerator<Uint8Array> {
    const { store } = this.#options;
    const [contentHash] = contentRequestCodec.decode(request);
    const size = this.#try(contentHash, () => (store.check(contentHash) ? store.sizeOf(contentHash) : null));
    if (size === null) throw missing(contentHash);
    this.#touch(contentHash);
    yield contentHeaderCodec.encode([size]);
    for (let part = 0; part * PART_SIZE < size; part++) {
      const data = this.#try(contentHash, () => store.partOf(contentHash, part));
      if (data === null) throw missing(contentHash);
      yield data;
    }
  }
}

function missing(contentHash: Hex): NetworkError {
  return new NetworkError("CONTENT_MISSING", `${cidOf(contentHash)} is not here`);
}

function explain(contentHash: Hex, failures: readonly string[], signal: AbortSignal): NetworkError {
  const cid = cidOf(contentHash);
  if (signal.aborted) return new NetworkError("TIMEOUT", `${cid} did not come in time`, { retryable: true });
  const counts = [...new Set(failures)].map((code) => `${code} ${failures.filter((each) => each === code).length}`);
  const asked = `${failures.length} peers asked${counts.length > 0 ? `: ${counts.join(", ")}` : ""}`;
  const have = failures.filter((code) => code !== "CONTENT_MISSING");
  const code = have.length > 0 && have.every((each) => each === "TOO_LARGE") ? "TOO_LARGE" : "CONTENT_MISSING";
  return new NetworkError(code, `no peer has given ${cid} (${asked})`, { retryable: true });
}
