import type { GossipSub } from "@libp2p/gossipsub";

/** What gossipsub sends, and does not export the type of. */
interface Rpc {
  readonly subscriptions: readonly unknown[];
  readonly messages: readonly RpcMessage[];
  readonly control?: unknown;
}

interface RpcMessage {
  readonly data?: Uint8Array;
}

interface Internals {
  readonly streamsOutbound: ReadonlyMap<string, unknown>;
  /** @returns whether there is a stream to the peer */
  sendRpc(peerId: string, rpc: Rpc): boolean;
}

interface Parcel {
  messages: RpcMessage[];
  bytes: number;
}

/** Most messages of a parcel, and bytes after which none is added: half of what a peer takes at once. */
const MAX_MESSAGES = 1_000;
const MAX_BYTES = 2 ** 20;

/**
 * Sends messages that go to the same peer in one turn of the event loop as one parcel. Gossipsub sends each by itself: a frame, an
 * encryption, two writes to the socket and the peer's answer that it may send more, each of which costs more than the message. What
 * is no message (who subscribes to what, control) goes at once, after the messages before it.
 */
export class Parcels {
  readonly #internals: Internals;
  readonly #send: Internals["sendRpc"];
  readonly #waiting = new Map<string, Parcel>();

  constructor(pubsub: GossipSub) {
    this.#internals = pubsub as unknown as Internals;
    this.#send = this.#internals.sendRpc.bind(pubsub);
    this.#internals.sendRpc = (peerId, rpc) => this.#take(peerId, rpc);
  }

  /** Sends what waits. */
  flush(): void {
    for (const peerId of [...this.#waiting.keys()]) this.#dispatch(peerId);
  }

  #take(peerId: string, rpc: Rpc): boolean {
    const { subscriptions, messages, control } = rpc;
    if (messages.length === 0 || subscriptions.length > 0 || control !== undefined) {
      this.#dispatch(peerId);
      return this.#send(peerId, rpc);
    }
    if (!this.#internals.streamsOutbound.has(peerId)) return false;
    if (this.#waiting.size === 0) setImmediate(() => this.flush());
    const parcel = this.#waiting.get(peerId) ?? { messages: [], bytes: 0 };
    this.#waiting.set(peerId, parcel);
    for (const message of messages) {
      parcel.messages.push(message);
      parcel.bytes += message.data?.length ?? 0;
    }
    if (parcel.messages.length >= MAX_MESSAGES || parcel.bytes >= MAX_BYTES) this.#dispatch(peerId);
    return true;
  }

  #dispatch(peerId: string): void {
    const parcel = this.#waiting.get(peerId);
    if (parcel === undefined) return;
    this.#waiting.delete(peerId);
    this.#send(peerId, { subscriptions: [], messages: parcel.messages });
  }
}
