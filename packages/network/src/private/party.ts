import type { Hex, NetworkBindingContext } from "@assay/protocol";
import { peerIdFromString } from "@libp2p/peer-id";
import { hexlify } from "ethers";
import { NetworkError } from "../errors.ts";
import type { AgentPeer } from "../node/exchange.ts";

/** What is sealed for one purpose opens for no other. */
export type Purpose = "message" | "question" | "answer";

/** One end of an exchange. */
export interface Party {
  readonly agentId: bigint;
  /** Ed25519, 32 bytes: signs receipts. */
  readonly networkKey: Hex;
  /** X25519, 32 bytes: seals and opens. */
  readonly hpkeKey: Uint8Array;
}

/** Who sends what kind of thing to whom, in which deployment. */
export interface Channel {
  readonly context: NetworkBindingContext;
  readonly purpose: Purpose;
  readonly sender: Party;
  readonly recipient: Party;
}

/** The keys behind a peer that has proved its binding. @throws NetworkError `MALFORMED` if its peer id is of no Ed25519 key */
export function partyOf({ peerId, agentId, hpkeKey }: AgentPeer): Party {
  return { agentId, networkKey: networkKeyOf(peerId), hpkeKey };
}

function networkKeyOf(peerId: string): Hex {
  try {
    const id = peerIdFromString(peerId);
    if (id.type !== "Ed25519") throw new Error(`it is of a key of type ${id.type}`);
    return hexlify(id.publicKey.raw) as Hex;
  } catch (cause) {
    throw new NetworkError("MALFORMED", `${peerId} is no peer id of an Ed25519 key`, { cause });
  }
}
