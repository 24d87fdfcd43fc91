import { isPrivate } from "@libp2p/utils";
import { multiaddr } from "@multiformats/multiaddr";
import * as v from "valibot";
import { NetworkError } from "../errors.ts";
import type { NetworkReport } from "../report.ts";
import { type Codec, createCodec } from "../wire/codec.ts";
import { bytesField, textField, uintField, uintWire } from "../wire/fields.ts";
import type { AgentPeer, Exchange, ServeLimits } from "./exchange.ts";

/** Protocol that peers tell each other by whom else they know. */
export const PEERS_PROTOCOL = "/assay/peers/1";

/** An agent, and where it may be found. */
export interface Acquaintance {
  readonly agentId: bigint;
  /** Multiaddrs. */
  readonly addresses: readonly string[];
}

/** Agents that are told of at once. */
const MAX_TOLD = 64;
const MAX_ADDRESSES = 4;
const MAX_ADDRESS = 128;
/** Agents that were told of and are remembered. */
const MAX_HEARD = 4_096;
/** Milliseconds between two times that one peer is asked. */
const ASK_EVERY = 60_000;
/** For how long it may take to say, ms. */
const ASK_MS = 10_000;

const LIMITS: ServeLimits = { maxRequest: 1, concurrency: 1, perMinute: 6 };

/** @throws as any codec */
export const acquaintancesCodec: Codec<readonly Acquaintance[]> = createCodec({
  name: "list of peers",
  maxSize: MAX_TOLD * (MAX_ADDRESSES * (MAX_ADDRESS + 2) + 40) + 8,
  schema: v.pipe(
    v.array(
      v.pipe(
        v.strictTuple([
          uintField(256),
          v.pipe(v.array(textField(MAX_ADDRESS)), v.maxLength(MAX_ADDRESSES, `${MAX_ADDRESSES} addresses at most`)),
        ]),
        v.transform(([agentId, addresses]): Acquaintance => ({ agentId, addresses })),
      ),
    ),
    v.maxLength(MAX_TOLD, `${MAX_TOLD} agents at most`),
  ),
  toWire: (told) => told.map(({ agentId, addresses }) => [uintWire(agentId), addresses]),
});

const requestCodec: Codec<Uint8Array> = createCodec({
  name: "question for peers",
  maxSize: 1,
  schema: bytesField(0),
  toWire: (nothing) => nothing,
});

/** What acquaintances are made of. */
export interface AcquaintancesOptions {
  readonly exchange: Exchange;
  /** Where peers that are connected say that they listen. */
  readonly addressesOf: (peer: AgentPeer) => Promise<readonly string[]>;
  /** The address that a peer is connected by. */
  readonly addressTo: (peer: AgentPeer) => string | null;
  /** Told of agents at addresses that are new. */
  readonly heard: (agentId: bigint) => void;
  readonly report: NetworkReport;
  /** Milliseconds that never jump. */
  readonly now: () => number;
}

/**
 * Whom the peers know. What they say is a hint and no more: whoever is found at an address has to prove that it is the agent. Addresses
 * inside of a private network are taken only from peers that are inside of one themselves.
 */
export class Acquaintances {
  readonly #options: AcquaintancesOptions;
  /** Least recently heard of first. */
  readonly #heard = new Map<bigint, readonly string[]>();
  readonly #asked = new Map<string, number>();

  /** Tells peers from now on. */
  constructor(options: AcquaintancesOptions) {
    this.#options = options;
    options.exchange.serve(PEERS_PROTOCOL, LIMITS, (request, peer) => this.#tell(request, peer));
  }

  /** Where an agent may be found, as peers say. */
  of(agentId: bigint): readonly string[] {
    return this.#heard.get(agentId) ?? [];
  }

  /** Asks the peers that were not asked for a while. */
  async ask(): Promise<void> {
    const { exchange, now } = this.#options;
    const present = new Set(exchange.peers.map(({ peerId }) => peerId));
    for (const peerId of this.#asked.keys()) if (!present.has(peerId)) this.#asked.delete(peerId);
    const due = exchange.peers.filter(({ peerId }) => now() - (this.#asked.get(peerId) ?? -Infinity) >= ASK_EVERY);
    for (const { peerId } of due) this.#asked.set(peerId, now());
    await Promise.all(due.map((peer) => this.#askOne(peer)));
  }

  async #askOne(peer: AgentPeer): Promise<void> {
    const { exchange, report, addressTo } = this.#options;
    const { maxSize } = acquaintancesCodec;
    const options = { maxFrame: maxSize, maxTotal: maxSize, signal: AbortSignal.timeout(ASK_MS) };
    const inside = isInside(addressTo(peer));
    try {
      const nothing = requestCodec.encode(new Uint8Array(0));
      for await (const frame of exchange.request(peer, PEERS_PROTOCOL, nothing, options)) {
        for (const { agentId, addresses } of acquaintancesCodec.decode(frame)) {
          this.#hear(
            agentId,
            addresses.filter((address) => isUsable(address, inside)),
          );
        }
      }
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      const message = `agent ${peer.agentId} has not said whom it knows: ${error.message}`;
      report({ level: "debug", event: "peers-failed", message, fields: { agentId: peer.agentId, code: error.code } });
    }
  }

  #hear(agentId: bigint, addresses: readonly string[]): void {
    const { exchange, heard } = this.#options;
    if (addresses.length === 0 || agentId === exchange.self.agentId) return;
    const before = this.of(agentId);
    this.#heard.delete(agentId);
    this.#heard.set(agentId, addresses);
    const [oldest] = this.#heard.keys();
    if (this.#heard.size > MAX_HEARD && oldest !== undefined) this.#heard.delete(oldest);
    if (addresses.some((address) => !before.includes(address))) heard(agentId);
  }

  async *#tell(request: Uint8Array, to: AgentPeer): AsyncGenerator<Uint8Array> {
    const { exchange, addressesOf } = this.#options;
    requestCodec.decode(request);
    const others = exchange.peers.filter(({ agentId }) => agentId !== to.agentId).slice(0, MAX_TOLD);
    const told = await Promise.all(
      others.map(async (peer): Promise<Acquaintance> => {
        const addresses = (await addressesOf(peer)).filter((address) => address.length <= MAX_ADDRESS);
        return { agentId: peer.agentId, addresses: addresses.slice(0, MAX_ADDRESSES) };
      }),
    );
    yield acquaintancesCodec.encode(told.filter(({ addresses }) => addresses.length > 0));
  }
}

/** Whether an address is one to dial. @param inside whether the one who named it is in a private network itself */
function isUsable(address: string, inside: boolean): boolean {
  try {
    return inside || !isPrivate(multiaddr(address));
  } catch {
    return false;
  }
}

function isInside(address: string | null): boolean {
  try {
    return address !== null && isPrivate(multiaddr(address));
  } catch {
    return false;
  }
}
