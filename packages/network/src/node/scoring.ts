import type { GossipSub, GossipsubOpts, TopicValidatorResult } from "@libp2p/gossipsub";
import { createTopicScoreParams } from "@libp2p/gossipsub/score";

/**
 * What gossipsub has and does not say in its types: how a peer stands, the parameters of topics, which come and go, the streams by
 * which it sends, and how it is told what became of a message.
 */
interface Internals {
  getScore(peerId: string): number;
  reportMessageValidationResult(id: string, peerId: string, result: TopicValidatorResult): void;
  readonly score: { readonly params: { readonly topics: Record<string, object> } };
  readonly streamsOutbound: ReadonlyMap<string, unknown>;
}

/** Below it nothing of a peer is taken any more: after three invalid messages within half a minute or so. */
export const GRAYLIST = -80;

/**
 * Invalid messages weigh by their number squared, and are forgotten by half in about half a minute. Whoever is first to bring valid
 * ones, and stays, gains a little, far less than one invalid message costs twice. Few messages are no fault: topics may be quiet.
 */
const TOPIC = createTopicScoreParams({
  topicWeight: 1,
  timeInMeshWeight: 0.01,
  timeInMeshQuantum: 1_000,
  timeInMeshCap: 600,
  firstMessageDeliveriesWeight: 0.5,
  firstMessageDeliveriesDecay: 0.95,
  firstMessageDeliveriesCap: 20,
  meshMessageDeliveriesWeight: 0,
  meshFailurePenaltyWeight: 0,
  invalidMessageDeliveriesWeight: -10,
  invalidMessageDeliveriesDecay: 0.98,
});

/** @param maxPerAddress peers of one IP address that are no fault; those of this machine never are */
export function scoring(maxPerAddress: number): Pick<GossipsubOpts, "scoreParams" | "scoreThresholds"> {
  return {
    scoreParams: {
      topicScoreCap: 20,
      IPColocationFactorWeight: -5,
      IPColocationFactorThreshold: maxPerAddress,
      IPColocationFactorWhitelist: new Set(["127.0.0.1", "::1"]),
      behaviourPenaltyWeight: -10,
      behaviourPenaltyThreshold: 6,
      behaviourPenaltyDecay: 0.9,
      decayInterval: 1_000,
      decayToZero: 0.01,
      // Who comes back has not become another one.
      retainScore: 600_000,
    },
    scoreThresholds: {
      gossipThreshold: -20,
      publishThreshold: -40,
      graylistThreshold: GRAYLIST,
      acceptPXThreshold: 100,
      opportunisticGraftThreshold: 2,
    },
  };
}

/** From now on messages of the topic count. */
export function scoreTopic(pubsub: GossipSub, topic: string): void {
  (pubsub as unknown as Internals).score.params.topics[topic] = TOPIC;
}

/** How a peer stands: 0 is as a stranger. */
export function scoreOf(pubsub: GossipSub, peerId: string): number {
  return (pubsub as unknown as Internals).getScore(peerId);
}

/** Whether gossip is sent to a peer: for a moment after it has come it is not. */
export function sendsTo(pubsub: GossipSub, peerId: string): boolean {
  return (pubsub as unknown as Internals).streamsOutbound.has(peerId);
}

/** Hands on a message that was judged, or blames those who have sent it. @param peerId who was the first of them */
export function settle(pubsub: GossipSub, id: string, peerId: string, result: TopicValidatorResult): void {
  (pubsub as unknown as Internals).reportMessageValidationResult(id, peerId, result);
}
