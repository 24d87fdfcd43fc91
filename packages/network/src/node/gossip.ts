import type { AgentPeer } from "./exchange.ts";

/**
 * What a node makes of a message: `accept` hands it on; `ignore` drops it and blames nobody; `reject` drops it and lowers the score
 * of the peer it came from.
 */
export type GossipVerdict = "accept" | "ignore" | "reject";

/** Judges a message of a topic before it is handed on. */
export type GossipValidator = (message: Uint8Array, from: AgentPeer | null) => GossipVerdict | Promise<GossipVerdict>;

/** Messages to all who subscribe to a topic. */
export interface Gossip {
  /**
   * @param maxSize bytes of a message
   * @returns ends the subscription
   */
  subscribe(topic: string, maxSize: number, validator: GossipValidator): () => void;
  /** @returns how many peers it was sent to @throws NetworkError `TOO_LARGE` */
  publish(topic: string, message: Uint8Array): Promise<number>;
}
