import { createHash } from "node:crypto";
import {
  type GossipSub,
  gossipsub,
  type GossipSubComponents,
  type GossipsubMessage,
  type Message,
  StrictNoSign,
  TopicValidatorResult,
} from "@libp2p/gossipsub";
import type { PeerId, Stream } from "@libp2p/interface";
import { NetworkError } from "../errors.ts";
import type { NetworkReport } from "../report.ts";
import { TokenBucket } from "./bucket.ts";
import { count, type NodeCounters } from "./counters.ts";
import type { AgentPeer } from "./exchange.ts";
import type { Gossip, GossipValidator, GossipVerdict } from "./gossip.ts";
import { Parcels } from "./parcels.ts";
import { scoreOf, scoreTopic, scoring, sendsTo, settle } from "./scoring.ts";

/** What {@link Topics} are made of. */
export interface TopicsOptions {
  readonly counters: NodeCounters;
  readonly report: NetworkReport;
  /** Milliseconds that never jump. */
  readonly now: () => number;
  readonly peerOf: (peerId: string) => AgentPeer | null;
  /** Messages of one peer a minute; who sends more is to blame. */
  readonly messagesPerMinute: number;
  readonly maxPerAddress: number;
}

interface Topic {
  readonly maxSize: number;
  readonly validator: GossipValidator;
}

interface Flow {
  readonly bucket: TokenBucket;
  /** Messages that are being judged. */
  pending: number;
  stream: Stream | null;
}

/** Most bytes of a message of any topic. */
const MAX_MESSAGE = 64 * 1024;
/** Most bytes that peers say to each other at once: several messages, and what they have. */
const MAX_RPC = 2 * 2 ** 20;
/** Most bytes that wait for a peer that reads slowly; then its stream is ended. */
const MAX_WAITING = 4 * 2 ** 20;
/** Messages of one peer that are judged at once; while there are more it is not read from. */
const MAX_PENDING = 256;

const VERDICTS: Readonly<Record<GossipVerdict, TopicValidatorResult>> = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
};

/**
 * Messages by GossipSub. They are not signed by the peers that publish them (`StrictNoSign`): what moves here is signed by its agent
 * already, and a message that is known by the hash of its content is passed on once, whoever publishes it, while a second signature
 * would make the same content a new message as often as somebody signs it.
 */
export class Topics implements Gossip {
  readonly #options: TopicsOptions;
  readonly #topics = new Map<string, Topic>();
  readonly #flows = new Map<string, Flow>();
  #pubsub: GossipSub | null = null;
  #parcels: Parcels | null = null;

  constructor(options: TopicsOptions) {
    this.#options = options;
  }

  /** Makes the service of a libp2p node. */
  readonly service = (components: GossipSubComponents): GossipSub => {
    const pubsub = gossipsub({
      globalSignaturePolicy: StrictNoSign,
      // Judged by #hear, and handed on to all but those who have sent it meanwhile.
      asyncValidation: true,
      // Of the topic too: else content that is invalid in one topic could not come in another any more.
      msgIdFn: ({ topic, data }) => createHash("sha256").update(`${topic}\0`).update(data).digest(),
      msgIdToStrFn: (id) => Buffer.from(id.buffer, id.byteOffset, id.length).toString("base64"),
      fallbackToFloodsub: false,
      allowPublishToZeroTopicPeers: true,
      ignoreDuplicatePublishError: true,
      doPX: false,
      maxInboundDataLength: MAX_RPC,
      maxOutboundBufferSize: MAX_WAITING,
      maxInboundStreams: 2,
      maxOutboundStreams: 2,
      decodeRpcLimits: {
        maxSubscriptions: 1_000,
        maxMessages: 2_000,
        maxControlMessages: 1_000,
        maxIhaveMessageIDs: 5_000,
        maxIwantMessageIDs: 5_000,
        maxIdontwantMessageIDs: 512,
        maxPeerInfos: 0,
      },
      dataTransform: {
        // Before all else that is done with a message: what throws here is invalid.
        inboundTransform: (topic, data) => this.#fitting(topic, data),
        outboundTransform: (_, data) => data,
      },
      ...scoring(this.#options.maxPerAddress),
    })(components);
    this.#pubsub = pubsub;
    this.#parcels = new Parcels(pubsub);
    pubsub.addEventListener("gossipsub:message", ({ detail }) => void this.#hear(pubsub, detail));
    for (const topic of this.#topics.keys()) this.#join(topic);
    return pubsub;
  };

  subscribe(topic: string, maxSize: number, validator: GossipValidator): () => void {
    if (this.#topics.has(topic)) throw new RangeError(`${topic} is subscribed to already`);
    if (maxSize > MAX_MESSAGE) throw new RangeError(`messages have at most ${MAX_MESSAGE} bytes`);
    const own = { maxSize, validator };
    this.#topics.set(topic, own);
    this.#join(topic);
    return () => {
      if (this.#topics.get(topic) !== own) return;
      this.#topics.delete(topic);
      if (this.#pubsub?.getTopics().includes(topic)) this.#pubsub.unsubscribe(topic);
    };
  }

  async publish(topic: string, message: Uint8Array): Promise<number> {
    const maxSize = this.#topics.get(topic)?.maxSize ?? MAX_MESSAGE;
    if (message.length > maxSize) {
      throw new NetworkError("TOO_LARGE", `a message of ${message.length} bytes; ${topic} takes ${maxSize}`);
    }
    // A message to nobody would count as sent, and could not be sent again for a while.
    const heard = this.#pubsub?.getSubscribers(topic).some((peer) => this.sendsTo(peer.toString()));
    if (this.#pubsub === null || heard !== true) return 0;
    const { recipients } = await this.#pubsub.publish(topic, message);
    return recipients.length;
  }

  /** How a peer stands: 0 is as a stranger, below {@link GRAYLIST} nothing is taken of it. */
  scoreOf(peerId: string): number {
    return this.#pubsub === null ? 0 : scoreOf(this.#pubsub, peerId);
  }

  /** Whether gossip is sent to a peer. */
  sendsTo(peerId: string): boolean {
    return this.#pubsub !== null && sendsTo(this.#pubsub, peerId);
  }

  /** Begins once the node does, and again for each stream of a peer. */
  flowFrom(peerId: string, stream: Stream): void {
    this.#flowOf(peerId).stream = stream;
  }

  /** A peer is gone. */
  forget(peerId: string): void {
    this.#flows.delete(peerId);
  }

  /** Sends what waits to be sent with more, as before the node ends. */
  flush(): void {
    this.#parcels?.flush();
  }

  /** Subscribes at the node once that has begun. */
  start(): void {
    for (const topic of this.#topics.keys()) this.#pubsub?.subscribe(topic);
  }

  #join(topic: string): void {
    if (this.#pubsub === null) return;
    scoreTopic(this.#pubsub, topic);
    if ((this.#pubsub as GossipSub & { isStarted(): boolean }).isStarted()) this.#pubsub.subscribe(topic);
  }

  #fitting(topic: string, data: Uint8Array): Uint8Array {
    const found = this.#topics.get(topic);
    if (found !== undefined && data.length <= found.maxSize) return data;
    count(this.#options.counters.messages, "invalid");
    throw new NetworkError("TOO_LARGE", `a message of ${data.length} bytes; ${topic} takes ${found?.maxSize ?? 0}`);
  }

  async #hear(pubsub: GossipSub, { msgId, propagationSource: from, msg }: GossipsubMessage): Promise<void> {
    settle(pubsub, msgId, from.toString(), await this.#judge(from, msg));
  }

  async #judge(from: PeerId, { topic, data }: Message): Promise<TopicValidatorResult> {
    const { report, counters, peerOf } = this.#options;
    const peer = peerOf(from.toString());
    const found = this.#topics.get(topic);
    if (peer === null || found === undefined) {
      count(counters.messages, "unproven");
      return TopicValidatorResult.Ignore;
    }
    const flow = this.#flowOf(peer.peerId);
    if (!flow.bucket.take()) {
      count(counters.messages, "flood");
      return TopicValidatorResult.Reject;
    }
    this.#hold(flow, 1);
    let verdict: GossipVerdict = "ignore";
    try {
      verdict = await found.validator(data, peer);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      report({ level: "warn", event: "validator-failed", message, fields: { topic } });
    } finally {
      this.#hold(flow, -1);
    }
    count(counters.messages, verdict);
    return VERDICTS[verdict];
  }

  /** Counts what is being judged, and does not read from a peer of whose messages there are too many. */
  #hold(flow: Flow, change: 1 | -1): void {
    flow.pending += change;
    const { stream, pending } = flow;
    if (stream === null || stream.status !== "open") return;
    if (pending >= MAX_PENDING && stream.readStatus === "readable") stream.pause();
    if (pending <= MAX_PENDING / 2 && stream.readStatus === "paused") stream.resume();
  }

  #flowOf(peerId: string): Flow {
    let flow = this.#flows.get(peerId);
    if (flow === undefined) {
      const { messagesPerMinute, now } = this.#options;
      flow = {
        bucket: new TokenBucket(Math.ceil(messagesPerMinute / 6), messagesPerMinute, now),
        pending: 0,
        stream: null,
      };
      this.#flows.set(peerId, flow);
    }
    return flow;
  }
}
