import { createHash } from "node:crypto";
import type { Address, Hex } from "@assay/protocol";
import { publicKeyFromRaw } from "@libp2p/crypto/keys";
import { encode } from "cborg";
import { getBytes, hexlify } from "ethers";
import * as v from "valibot";
import { NetworkError } from "../errors.ts";
import { type Codec, createCodec } from "../wire/codec.ts";
import { bytesField, hexField, hexWire, smallField, uintField, uintWire } from "../wire/fields.ts";
import type { Purpose } from "./party.ts";

/** Bytes of a message's id, random. */
export const ID_SIZE = 16;

/** Bytes of what makes a plaintext's commitment unguessable, random. */
export const SALT_SIZE = 32;

/** Most bytes of what is sent: a message, a question with its content, an answer with its evidence. */
export const MAX_BODY = 262_144;

/** Most bytes of a plaintext. */
export const MAX_PLAINTEXT = MAX_BODY + SALT_SIZE + 16;

/** An agent, and the key that signs for it. */
export interface Signatory {
  readonly agentId: bigint;
  /** Ed25519, 32 bytes; a binding says whether it is the agent's. */
  readonly networkKey: Hex;
}

/** What was sent: what its sender signs. */
export interface Delivery {
  readonly chainId: bigint;
  readonly registry: Address;
  readonly purpose: Purpose;
  readonly sender: Signatory;
  readonly recipient: Signatory;
  /** 16 bytes. */
  readonly id: Hex;
  /** Id of the question that it answers; null for what is no answer. */
  readonly inReplyTo: Hex | null;
  /** Unix seconds. */
  readonly sentAt: number;
  /** SHA-256 of what went over the wire. */
  readonly ciphertextHash: Hex;
  /** SHA-256 of the plaintext, which has a salt in it: says nothing until it is opened, and then only one thing. */
  readonly commitment: Hex;
}

/** That something was sent and received, signed by both ends. */
export interface Receipt extends Delivery {
  readonly senderSignature: Hex;
  /** Unix seconds, by the recipient's clock. */
  readonly receivedAt: number;
  readonly recipientSignature: Hex;
}

/** Of the node's network key. */
export type Sign = (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/** Kinds of signatures of a network key begin with labels of their own; those of libp2p begin otherwise. */
const LABELS = { sent: "assay/private/sent/1", received: "assay/private/received/1" } as const;

const PURPOSES: readonly Purpose[] = ["message", "question", "answer"];

/** SHA-256. */
export function sha256(bytes: Uint8Array): Hex {
  return `0x${createHash("sha256").update(bytes).digest("hex")}`;
}

/** Signs as the sender. */
export async function signDelivery(delivery: Delivery, sign: Sign): Promise<Hex> {
  return hexlify(await sign(deliveryBytes(delivery))) as Hex;
}

/** Signs as the recipient: what the sender has signed, and when it came. */
export async function signReceived(delivery: Delivery, receivedAt: number, sign: Sign): Promise<Hex> {
  return hexlify(await sign(receivedBytes(delivery, receivedAt))) as Hex;
}

/** @throws NetworkError `BAD_SIGNATURE` */
export async function verifyDelivery(delivery: Delivery, signature: Hex): Promise<void> {
  await verify(delivery.sender, deliveryBytes(delivery), signature, `a ${delivery.purpose}`);
}

/** @throws NetworkError `BAD_SIGNATURE` */
export async function verifyReceived(delivery: Delivery, receivedAt: number, signature: Hex): Promise<void> {
  await verify(
    delivery.recipient,
    receivedBytes(delivery, receivedAt),
    signature,
    `the receipt of a ${delivery.purpose}`,
  );
}

/**
 * Checks both signatures of a receipt. Whether the keys are the agents' is for their bindings to say.
 * @throws NetworkError `BAD_SIGNATURE`
 */
export async function verifyReceipt({
  senderSignature,
  receivedAt,
  recipientSignature,
  ...sent
}: Receipt): Promise<void> {
  await verifyDelivery(sent, senderSignature);
  await verifyReceived(sent, receivedAt, recipientSignature);
}

/** Body with a salt, as it is sealed. */
export const plaintextCodec: Codec<readonly [salt: Uint8Array, body: Uint8Array]> = createCodec({
  name: "plaintext",
  maxSize: MAX_PLAINTEXT,
  schema: v.strictTuple([bytesField(SALT_SIZE, SALT_SIZE), bytesField(MAX_BODY)]),
  toWire: ([salt, body]) => [salt, body],
});

/**
 * What was said in what a receipt is for.
 * @param plaintext with its salt, as the store keeps it
 * @returns the body. @throws NetworkError `BAD_SIGNATURE` if another plaintext was receipted; `MALFORMED`, `TOO_LARGE`
 */
export function openReceipt({ purpose, commitment }: Delivery, plaintext: Uint8Array): Uint8Array {
  if (sha256(plaintext) !== commitment) {
    throw new NetworkError("BAD_SIGNATURE", `the receipt of the ${purpose} is for another plaintext`);
  }
  return plaintextCodec.decode(plaintext)[1];
}

const signatoryField = v.pipe(
  v.strictTuple([uintField(256), hexField(32)]),
  v.transform(([agentId, networkKey]): Signatory => ({ agentId, networkKey })),
);

export const timeField = smallField(Number.MAX_SAFE_INTEGER);

/** A receipt, as it is kept. */
export const receiptCodec: Codec<Receipt> = createCodec({
  name: "receipt",
  maxSize: 512,
  schema: v.pipe(
    v.strictTuple([
      ...([uintField(256), hexField(20), smallField(PURPOSES.length - 1), signatoryField, signatoryField] as const),
      ...([hexField(ID_SIZE), v.nullable(hexField(ID_SIZE)), timeField, hexField(32), hexField(32)] as const),
      ...([hexField(64), timeField, hexField(64)] as const),
    ]),
    v.transform(([chainId, registry, purpose, sender, recipient, ...rest]): Receipt => {
      const [id, inReplyTo, sentAt, ciphertextHash, commitment, senderSignature, receivedAt, recipientSignature] = rest;
      return {
        ...{ chainId, registry, purpose: PURPOSES[purpose] as Purpose, sender, recipient },
        ...{ id, inReplyTo, sentAt, ciphertextHash, commitment },
        ...{ senderSignature, receivedAt, recipientSignature },
      };
    }),
  ),
  toWire: ({ senderSignature, receivedAt, recipientSignature, ...delivery }) => [
    ...deliveryWire(delivery),
    ...[hexWire(senderSignature), receivedAt, hexWire(recipientSignature)],
  ],
});

/** By which both agents know a receipt: SHA-256 of it as it is kept. */
export function receiptHash(receipt: Receipt): Hex {
  return sha256(receiptCodec.encode(receipt));
}

function deliveryWire(delivery: Delivery) {
  const { chainId, registry, purpose, sender, recipient, id, inReplyTo, sentAt, ciphertextHash, commitment } = delivery;
  return [
    ...[uintWire(chainId), hexWire(registry), PURPOSES.indexOf(purpose)],
    ...[sender, recipient].map(({ agentId, networkKey }) => [uintWire(agentId), hexWire(networkKey)]),
    ...[
      hexWire(id),
      inReplyTo === null ? null : hexWire(inReplyTo),
      sentAt,
      hexWire(ciphertextHash),
      hexWire(commitment),
    ],
  ];
}

function deliveryBytes(delivery: Delivery): Uint8Array {
  return encode([LABELS.sent, deliveryWire(delivery)]);
}

function receivedBytes(delivery: Delivery, receivedAt: number): Uint8Array {
  return encode([LABELS.received, getBytes(sha256(deliveryBytes(delivery))), receivedAt]);
}

async function verify(
  { agentId, networkKey }: Signatory,
  bytes: Uint8Array,
  signature: Hex,
  what: string,
): Promise<void> {
  let valid = false;
  try {
    valid = await publicKeyFromRaw(getBytes(networkKey)).verify(bytes, getBytes(signature));
  } catch {
    // Not a key or no signature at all.
  }
  if (valid) return;
  throw new NetworkError(
    "BAD_SIGNATURE",
    `${what} is not signed by the network key of agent ${agentId}, for this network`,
  );
}
