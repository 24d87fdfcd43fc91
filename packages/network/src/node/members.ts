import type { Connection } from "@libp2p/interface";
import { NetworkError } from "../errors.ts";
import type { AgentPeer } from "./exchange.ts";

interface Member {
  readonly connection: Connection;
  readonly proof: PromiseWithResolvers<AgentPeer>;
  peer: AgentPeer | null;
}

/** Connections, and which agents have proved that they are at the other end. */
export class Members {
  readonly #members = new Map<string, Member>();

  /** Agents at the other end of proven connections, each once. */
  get peers(): AgentPeer[] {
    const proven = [...this.#members.values()].flatMap(({ peer }) => peer ?? []);
    return [...new Map(proven.map((peer) => [peer.peerId, peer])).values()];
  }

  /** All connections, proven or not. */
  get connections(): Connection[] {
    return [...this.#members.values()].map(({ connection }) => connection);
  }

  add(connection: Connection): void {
    if (this.#members.has(connection.id)) return;
    const proof = Promise.withResolvers<AgentPeer>();
    proof.promise.catch(() => undefined); // nobody may be waiting
    this.#members.set(connection.id, { connection, proof, peer: null });
  }

  has(connection: Connection): boolean {
    return this.#members.has(connection.id);
  }

  prove(connection: Connection, peer: AgentPeer): void {
    const member = this.#members.get(connection.id);
    if (member === undefined) return;
    member.peer = peer;
    member.proof.resolve(peer);
  }

  /** @param reason told to who waits for the proof */
  remove(connection: Connection, reason: NetworkError): void {
    const member = this.#members.get(connection.id);
    this.#members.delete(connection.id);
    member?.proof.reject(reason);
  }

  /** The agent at the other end; null if it has not proved itself. */
  peerAt(connection: Connection): AgentPeer | null {
    return this.#members.get(connection.id)?.peer ?? null;
  }

  /** The agent of a peer that is connected, and has proved itself; null if there is none. */
  peerOf(peerId: string): AgentPeer | null {
    return this.#find(peerId)?.peer ?? null;
  }

  /** An open connection to a proven peer; null if there is none. */
  connectionTo(peerId: string): Connection | null {
    return this.#find(peerId)?.connection ?? null;
  }

  /** @throws NetworkError the reason for which the peer was sent away; `PEER_UNREACHABLE` if it went */
  proofOf(connection: Connection): Promise<AgentPeer> {
    const member = this.#members.get(connection.id);
    if (member !== undefined) return member.proof.promise;
    return Promise.reject(new NetworkError("PEER_UNREACHABLE", "the connection is closed", { retryable: true }));
  }

  #find(peerId: string): Member | undefined {
    for (const member of this.#members.values()) {
      const { connection, peer } = member;
      if (peer !== null && connection.status === "open" && peer.peerId === peerId) return member;
    }
    return undefined;
  }
}
