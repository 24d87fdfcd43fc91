import { hkdfSync, type webcrypto } from "node:crypto";
import type { Hex } from "@assay/protocol";
import { DhkemX25519HkdfSha256 } from "@hpke/core";
import { generateKeyPairFromSeed, publicKeyFromRaw } from "@libp2p/crypto/keys";
import type { Ed25519PrivateKey } from "@libp2p/interface";
import { peerIdFromPublicKey } from "@libp2p/peer-id";
import { getBytes, hexlify } from "ethers";
import { NetworkError } from "../errors.ts";

/** What a node is known by, and opens with what is sealed for it. */
export interface NodeKeys {
  /** Ed25519. */
  readonly network: Ed25519PrivateKey;
  /** Its public key, 32 bytes. */
  readonly networkKey: Hex;
  /** Text form of the peer id, which is the public key. */
  readonly peerId: string;
  /** X25519, for HPKE. */
  readonly hpke: webcrypto.CryptoKeyPair;
  /** Its public key, 32 bytes. */
  readonly hpkeKey: Uint8Array;
}

/** Secrets of a node, 32 bytes each. */
export interface NodeSecrets {
  /** Seed of the Ed25519 key. */
  readonly network: Uint8Array;
  /** Input of `DeriveKeyPair` (RFC 9180, section 7.1.3). */
  readonly hpke: Uint8Array;
}

const SECRET_SIZE = 32;

/** Apart by their labels: who learns one of the secrets learns nothing of the other. */
const LABELS = { network: "assay/network-key/1", hpke: "assay/hpke-key/1" } as const;

/**
 * Keys of a node, the same for the same secrets.
 * @param secrets random; or one random seed of 32 bytes, of which both are derived, so that there is one to keep
 * @throws NetworkError `MALFORMED` if a secret is not of 32 bytes
 * @example
 * const keys = await createNodeKeys(randomBytes(32));
 */
export async function createNodeKeys(secrets: NodeSecrets | Uint8Array): Promise<NodeKeys> {
  const { network: seed, hpke: material } = secrets instanceof Uint8Array ? deriveSecrets(secrets) : secrets;
  for (const secret of [seed, material]) requireSecret(secret);
  const kem = new DhkemX25519HkdfSha256();
  const network = await generateKeyPairFromSeed("Ed25519", seed);
  const hpke = (await kem.deriveKeyPair(material)) as webcrypto.CryptoKeyPair;
  return {
    network,
    networkKey: hexlify(network.publicKey.raw) as Hex,
    peerId: peerIdFromPublicKey(network.publicKey).toString(),
    hpke,
    hpkeKey: new Uint8Array(await kem.serializePublicKey(hpke.publicKey)),
  };
}

/** Peer id of an Ed25519 public key, in its text form. @throws NetworkError `MALFORMED` */
export function peerIdOf(networkKey: Hex): string {
  try {
    return peerIdFromPublicKey(publicKeyFromRaw(getBytes(networkKey))).toString();
  } catch (cause) {
    throw new NetworkError("MALFORMED", `${networkKey} is no Ed25519 key`, { cause });
  }
}

function deriveSecrets(seed: Uint8Array): NodeSecrets {
  requireSecret(seed);
  const derive = (label: string) => new Uint8Array(hkdfSync("sha256", seed, new Uint8Array(0), label, SECRET_SIZE));
  return { network: derive(LABELS.network), hpke: derive(LABELS.hpke) };
}

function requireSecret(secret: Uint8Array): void {
  if (secret.length === SECRET_SIZE) return;
  throw new NetworkError("MALFORMED", `a secret of ${secret.length} bytes; ${SECRET_SIZE} are needed`);
}
