import type { Connection, ConnectionGater, MultiaddrConnection, Stream, StreamHandler } from "@libp2p/interface";
import type { Registrar } from "@libp2p/interface-internal";
import type { Multiaddr } from "@multiformats/multiaddr";

/** Peers that are remembered as sent away. */
const MAX_BANNED = 4_096;

/** Lets in so many connections of one address, and none of peers that have just been sent away. */
export class Gate implements ConnectionGater {
  readonly #maxPerAddress: number;
  readonly #now: () => number;
  readonly #refused: (reason: string) => void;
  readonly #open = new Map<string, number>();
  /** Until when, ms; earliest banned first. */
  readonly #banned = new Map<string, number>();

  /** @param now milliseconds that never jump @param refused told why a connection was not let in */
  constructor(maxPerAddress: number, now: () => number, refused: (reason: string) => void) {
    this.#maxPerAddress = maxPerAddress;
    this.#now = now;
    this.#refused = refused;
  }

  /** Lets a peer not in again for a while. */
  ban(peerId: string, ms: number): void {
    this.#banned.delete(peerId);
    this.#banned.set(peerId, this.#now() + ms);
    if (this.#banned.size <= MAX_BANNED) return;
    for (const oldest of this.#banned.keys()) {
      this.#banned.delete(oldest);
      break;
    }
  }

  isBanned(peerId: string): boolean {
    const until = this.#banned.get(peerId);
    if (until === undefined) return false;
    if (until > this.#now()) return true;
    this.#banned.delete(peerId);
    return false;
  }

  denyInboundConnection(connection: MultiaddrConnection): boolean {
    const address = hostOf(connection.remoteAddr);
    const open = this.#open.get(address) ?? 0;
    if (open >= this.#maxPerAddress) return this.#deny("ADDRESS_FULL");
    this.#open.set(address, open + 1);
    connection.addEventListener("close", () => this.#release(address), { once: true });
    return false;
  }

  denyInboundEncryptedConnection(peerId: { toString(): string }): boolean {
    return this.isBanned(peerId.toString()) && this.#deny("BANNED");
  }

  #deny(reason: string): true {
    this.#refused(reason);
    return true;
  }

  #release(address: string): void {
    const open = (this.#open.get(address) ?? 1) - 1;
    if (open > 0) this.#open.set(address, open);
    else this.#open.delete(address);
  }
}

/**
 * What libp2p's own services get to see: their streams come in once the peer has proved itself, and not before.
 * @param arrived told of each stream that comes in
 */
export function gateRegistrar(
  registrar: Registrar,
  proofOf: (connection: Connection) => Promise<unknown>,
  arrived: (stream: Stream, connection: Connection) => void = () => undefined,
): Registrar {
  const gated = Object.create(registrar) as Registrar;
  gated.handle = (protocol, handler, options) => {
    const afterProof: StreamHandler = async (stream, connection) => {
      await proofOf(connection);
      arrived(stream, connection);
      await handler(stream, connection);
    };
    return registrar.handle(protocol, afterProof, options);
  };
  return gated;
}

/** Address without the port. */
function hostOf(address: Multiaddr): string {
  return address.getComponents()[0]?.value ?? address.toString();
}
