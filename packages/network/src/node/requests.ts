import type { Connection, Stream } from "@libp2p/interface";
import { NetworkError } from "../errors.ts";
import type { NetworkReport } from "../report.ts";
import { TokenBucket } from "./bucket.ts";
import { count, type Counts, type NodeCounters } from "./counters.ts";
import type { AgentPeer, Handler, RequestOptions, ServeLimits } from "./exchange.ts";
import { FrameStream } from "./frames.ts";
import { toRefusal, verdictCodec } from "./refusal.ts";

/** What {@link Requests} are made of. */
export interface RequestsOptions {
  readonly counters: NodeCounters;
  readonly report: NetworkReport;
  /** Milliseconds that never jump. */
  readonly now: () => number;
  /** For how long a peer may take to send or take a frame, ms. */
  readonly idleMs: number;
  /** For how long an answer may take as a whole, ms. */
  readonly totalMs: number;
  /** A connection to the peer. @throws NetworkError `PEER_UNREACHABLE` */
  readonly connectionTo: (peer: AgentPeer) => Promise<Connection>;
  /** Ends all of them. */
  readonly signal: AbortSignal;
}

/** What is served. */
export interface Service {
  readonly limits: ServeLimits;
  readonly handler: Handler;
  readonly usage: Map<string, Usage>;
}

interface Usage {
  readonly bucket: TokenBucket;
  running: number;
}

/** After the last frame of an answer, so that an answer that was cut off is no whole one. */
const END = new Uint8Array(0);
/** For how long the other side may take to end a stream, ms. */
const LINGER_MS = 5_000;
/** Peers whose usage is remembered for a protocol. */
const MAX_USAGE = 4_096;

/**
 * Requests over streams: the request in one frame; then a verdict; then, if it is not a refusal, the frames of the answer, and an
 * empty one.
 */
export class Requests {
  readonly #options: RequestsOptions;

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  /** Answers one request. */
  async serve(protocol: string, service: Service, stream: Stream, peer: AgentPeer): Promise<void> {
    const { idleMs, totalMs, signal: stopped, report } = this.#options;
    const ended = new AbortController();
    stream.addEventListener("close", () => ended.abort(), { once: true });
    const signal = AbortSignal.any([ended.signal, stopped, AbortSignal.timeout(totalMs)]);
    const frames = new FrameStream(stream, { maxFrame: service.limits.maxRequest, idleMs, signal });
    const counts = countsOf(this.#options.counters.served, protocol);
    try {
      await this.#answer(service, frames, peer, signal);
      count(counts, "ok");
    } catch (error) {
      const code = error instanceof NetworkError ? error.code : "REFUSED";
      count(counts, code);
      const fields = { protocol, agentId: peer.agentId, code };
      const message = error instanceof Error ? error.message : String(error);
      report({ level: error instanceof NetworkError ? "debug" : "warn", event: "request-refused", message, fields });
    } finally {
      // The other side is to have read the last frame before all is over.
      const end = () => frames.abort(new NetworkError("TIMEOUT", "the stream was left open"));
      if (signal.aborted) end();
      else setTimeout(end, LINGER_MS).unref();
    }
  }

  /** See `Exchange.request`. Begins when it is read. */
  async *request(
    peer: AgentPeer,
    protocol: string,
    request: Uint8Array,
    { maxFrame, maxTotal, signal: given }: RequestOptions,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const { idleMs, signal: stopped, counters } = this.#options;
    const signal = AbortSignal.any([given, stopped]);
    const counts = countsOf(counters.asked, protocol);
    let frames: FrameStream | null = null;
    let outcome = "LEFT";
    try {
      const stream = await this.#open(peer, protocol, signal);
      frames = new FrameStream(stream, { maxFrame: Math.max(maxFrame, verdictCodec.maxSize), idleMs, signal });
      // A peer that refuses does not take the request first. What fails here fails the reading.
      frames.write(request).catch(() => undefined);
      const refusal = verdictCodec.decode(await frames.read());
      if (refusal !== null) throw refusal;
      let left = maxTotal;
      for (;;) {
        const frame = await frames.read();
        if (frame.length === 0) break;
        left -= frame.length;
        if (frame.length > maxFrame || left < 0) {
          throw new NetworkError("TOO_LARGE", `an answer of more than ${maxTotal} bytes, or ${maxFrame} in a frame`);
        }
        yield frame;
      }
      await frames.end();
      frames = null;
      outcome = "ok";
    } catch (error) {
      outcome = error instanceof NetworkError ? error.code : "REFUSED";
      throw error;
    } finally {
      count(counts, outcome);
      frames?.abort(new NetworkError("REFUSED", "the answer is not wanted any more"));
    }
  }

  async #open(peer: AgentPeer, protocol: string, signal: AbortSignal): Promise<Stream> {
    try {
      const connection = await this.#options.connectionTo(peer);
      return await connection.newStream(protocol, { signal });
    } catch (cause) {
      if (cause instanceof NetworkError) throw cause;
      if (signal.aborted) throw new NetworkError("TIMEOUT", "the peer did not answer in time", { cause });
      const why =
        (cause as Error).name === "UnsupportedProtocolError" ? `does not serve ${protocol}` : "cannot be reached";
      throw new NetworkError("PEER_UNREACHABLE", `agent ${peer.agentId} ${why}`, { cause, retryable: true });
    }
  }

  async #answer(service: Service, frames: FrameStream, peer: AgentPeer, signal: AbortSignal): Promise<void> {
    const usage = this.#usageOf(service, peer.peerId);
    if (usage.running >= service.limits.concurrency || !usage.bucket.take()) {
      const refusal = new NetworkError("RATE_LIMITED", "too many requests", { retryable: true });
      await refuse(frames, refusal);
      throw refusal;
    }
    usage.running++;
    try {
      await this.#send(service, frames, peer, signal);
    } finally {
      usage.running--;
    }
  }

  async #send({ handler }: Service, frames: FrameStream, peer: AgentPeer, signal: AbortSignal): Promise<void> {
    let answers: AsyncIterator<Uint8Array> | null = null;
    let next: IteratorResult<Uint8Array>;
    try {
      answers = handler(await frames.read(), peer, signal)[Symbol.asyncIterator]();
      next = await inTime(answers.next(), signal);
    } catch (error) {
      leave(answers);
      await refuse(frames, toRefusal(error)).catch(() => undefined);
      throw error;
    }
    try {
      await frames.write(verdictCodec.encode(null));
      while (next.done !== true) {
        if (next.value.length > 0) await frames.write(next.value);
        next = await inTime(answers.next(), signal);
      }
      await frames.write(END);
      await frames.end();
    } finally {
      if (next.done !== true) leave(answers);
    }
  }

  #usageOf({ usage, limits }: Service, peerId: string): Usage {
    let found = usage.get(peerId);
    if (found === undefined) {
      for (const [other, { running }] of usage) {
        if (usage.size < MAX_USAGE) break;
        if (running === 0) usage.delete(other);
      }
      found = { bucket: new TokenBucket(limits.perMinute, limits.perMinute, this.#options.now), running: 0 };
      usage.set(peerId, found);
    }
    return found;
  }
}

async function refuse(frames: FrameStream, refusal: NetworkError): Promise<void> {
  await frames.write(verdictCodec.encode(refusal));
  await frames.end();
}

/** Lets a handler clean up, and does not wait for it. */
function leave(answers: AsyncIterator<Uint8Array> | null): void {
  answers?.return?.().catch(() => undefined);
}

/** Does not wait for what does not heed the signal. */
function inTime<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const end = () => reject(new NetworkError("TIMEOUT", "the answer was not ready in time, or nobody waits for it"));
  if (signal.aborted) end();
  else signal.addEventListener("abort", end, { once: true });
  return Promise.race([promise, ended]).finally(() => signal.removeEventListener("abort", end));
}

function countsOf(all: Record<string, Counts>, protocol: string): Counts {
  return (all[protocol] ??= {});
}
