import type { webcrypto } from "node:crypto";
import { Aes128Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core";
import { encode } from "cborg";
import { NetworkError } from "../errors.ts";
import { hexWire, uintWire } from "../wire/fields.ts";
import type { Wire } from "../wire/codec.ts";
import type { Channel, Party } from "./party.ts";

/** RFC 9180: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM; in auth mode, so that who opens knows who sealed. */
export const privateSuite = new CipherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes128Gcm(),
});

/** Bytes of an encapsulated key. */
export const ENCAPSULATED_SIZE = 32;

/** Bytes that sealing adds. */
export const TAG_SIZE = 16;

/** What was sealed. */
export interface SealedBytes {
  /** Encapsulated key. */
  readonly enc: Uint8Array;
  readonly ciphertext: Uint8Array;
}

const LABEL = "assay/private/1";

/**
 * Seals bytes by the sender's key for the recipient's. They open only for the same channel: protocol, chain, registry, purpose, both agents
 * and all four keys; and with the same `aad`.
 * @throws NetworkError `MALFORMED` if the recipient's key is no X25519 key
 */
export async function seal(
  channel: Channel,
  senderKey: webcrypto.CryptoKeyPair,
  plaintext: Uint8Array,
  aad: Uint8Array,
): Promise<SealedBytes> {
  try {
    const recipientPublicKey = await importKey(channel.recipient.hpkeKey);
    const { enc, ct } = await privateSuite.seal(
      { recipientPublicKey, senderKey, info: infoOf(channel) },
      plaintext,
      aad,
    );
    return { enc: new Uint8Array(enc), ciphertext: new Uint8Array(ct) };
  } catch (cause) {
    const message = `nothing can be sealed for agent ${channel.recipient.agentId}: its key is no X25519 key`;
    throw new NetworkError("MALFORMED", message, { cause });
  }
}

/**
 * The opposite of {@link seal}.
 * @throws NetworkError `BAD_SIGNATURE` if the sender's key did not seal just this for just this; there is no telling what differs
 */
export async function open(
  channel: Channel,
  recipientKey: webcrypto.CryptoKeyPair,
  { enc, ciphertext }: SealedBytes,
  aad: Uint8Array,
): Promise<Uint8Array> {
  try {
    const senderPublicKey = await importKey(channel.sender.hpkeKey);
    const params = { recipientKey, senderPublicKey, enc, info: infoOf(channel) };
    return new Uint8Array(await privateSuite.open(params, ciphertext, aad));
  } catch (cause) {
    const what = `a ${channel.purpose} of agent ${channel.sender.agentId} cannot be opened`;
    const why = "changed on the way, or not sealed by that agent for this one, this purpose and this network";
    throw new NetworkError("BAD_SIGNATURE", `${what}: ${why}`, { cause });
  }
}

async function importKey(bytes: Uint8Array): Promise<webcrypto.CryptoKey> {
  return (await privateSuite.kem.deserializePublicKey(bytes)) as webcrypto.CryptoKey;
}

function infoOf({ context, purpose, sender, recipient }: Channel): Uint8Array {
  const ends = [...partyWire(sender), ...partyWire(recipient)];
  return encode([LABEL, uintWire(BigInt(context.chainId)), hexWire(context.registry), purpose, ...ends]);
}

function partyWire({ agentId, networkKey, hpkeKey }: Party): Wire[] {
  return [uintWire(agentId), hexWire(networkKey), hpkeKey];
}
