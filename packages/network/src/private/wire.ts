import type { Hex } from "@assay/protocol";
import * as v from "valibot";
import { encode } from "cborg";
import { type StatementMessage, statementCodec } from "../statements/message.ts";
import { type Codec, createCodec } from "../wire/codec.ts";
import { bytesField, hexField, hexWire, smallField, textField } from "../wire/fields.ts";
import { ID_SIZE, MAX_BODY, MAX_PLAINTEXT, timeField } from "./receipt.ts";
import { ENCAPSULATED_SIZE, type SealedBytes, TAG_SIZE } from "./suite.ts";

/** What is sent sealed. Purpose, agents and network are those of the connection and the request: they are not repeated. */
export interface Sealed extends SealedBytes {
  readonly id: Hex;
  readonly inReplyTo: Hex | null;
  /** Unix seconds. */
  readonly sentAt: number;
  /** X25519 keys that it was sealed with: who has others since knows why it does not open. */
  readonly senderKey: Hex;
  readonly recipientKey: Hex;
  readonly commitment: Hex;
  /** Of the delivery, by the sender's network key. */
  readonly signature: Hex;
}

/** A recipient's side of a receipt. */
export interface Received {
  /** Unix seconds. */
  readonly receivedAt: number;
  readonly signature: Hex;
}

/** What an agent asks another one privately. */
export interface PrivateQuestion {
  readonly domainId: number;
  /** What voters would be shown: the answer is a statement about its SHA-256. */
  readonly content: Uint8Array;
}

/** What is in an answer. */
export interface AnswerBody {
  readonly statement: StatementMessage;
  /** In any form. */
  readonly evidence: Uint8Array;
}

/** What comes first in a request. */
const REQUESTS = { message: 0, question: 1, acknowledgement: 2 } as const;

export type PrivateRequest =
  | { readonly kind: "message" | "question"; readonly sealed: Sealed }
  /** Of an answer: its recipient's side of the receipt. */
  | { readonly kind: "acknowledgement"; readonly id: Hex; readonly received: Received };

/** What comes first in a frame of a response. */
const FRAMES = { received: 0, waiting: 1, answer: 2, refused: 3 } as const;

export type PrivateFrame =
  | { readonly kind: "received"; readonly received: Received }
  /** The answer is being thought about. */
  | { readonly kind: "waiting" }
  | { readonly kind: "answer"; readonly sealed: Sealed }
  /** There will be no answer. */
  | { readonly kind: "refused"; readonly reason: string };

/** Most bytes of evidence that comes with a private answer. */
const MAX_PRIVATE_EVIDENCE = 65_536;

/** Most UTF-16 units of why there is no answer. */
export const MAX_REASON = 200;

/** Bytes of what is sealed besides its ciphertext, at most. */
const ENVELOPE = 384;
const MAX_ANSWER = statementCodec.maxSize + MAX_PRIVATE_EVIDENCE + 16;

/** A question, as it is sealed. */
export const questionCodec: Codec<PrivateQuestion> = createCodec({
  name: "private question",
  maxSize: MAX_BODY,
  schema: v.pipe(
    v.strictTuple([smallField(0xffff_ffff), bytesField(MAX_BODY)]),
    v.transform(([domainId, content]): PrivateQuestion => ({ domainId, content })),
  ),
  toWire: ({ domainId, content }) => [domainId, content],
});

/** An answer, as it is sealed. */
export const answerCodec: Codec<AnswerBody> = createCodec({
  name: "private answer",
  maxSize: MAX_ANSWER,
  schema: v.pipe(
    v.strictTuple([bytesField(statementCodec.maxSize), bytesField(MAX_PRIVATE_EVIDENCE)]),
    v.rawTransform(({ dataset, addIssue, NEVER }): AnswerBody => {
      const [statement, evidence] = dataset.value;
      try {
        return { statement: statementCodec.decode(statement), evidence };
      } catch (error) {
        addIssue({ message: (error as Error).message });
        return NEVER;
      }
    }),
  ),
  toWire: ({ statement, evidence }) => [statementCodec.encode(statement), evidence],
});

/** Additional authenticated data of what is sealed. */
export function aadOf({ id, inReplyTo, sentAt }: Pick<Sealed, "id" | "inReplyTo" | "sentAt">): Uint8Array {
  return encode([hexWire(id), inReplyTo === null ? null : hexWire(inReplyTo), sentAt]);
}

const sealedField = v.pipe(
  v.strictTuple([
    ...([hexField(ID_SIZE), v.nullable(hexField(ID_SIZE)), timeField] as const),
    ...([hexField(32), hexField(32), hexField(32), hexField(64)] as const),
    ...([bytesField(ENCAPSULATED_SIZE, ENCAPSULATED_SIZE), bytesField(MAX_PLAINTEXT + TAG_SIZE)] as const),
  ]),
  v.transform(([id, inReplyTo, sentAt, ...rest]): Sealed => {
    const [senderKey, recipientKey, commitment, signature, enc, ciphertext] = rest;
    return { id, inReplyTo, sentAt, senderKey, recipientKey, commitment, signature, enc, ciphertext };
  }),
);

function sealedWire({ id, inReplyTo, sentAt, enc, ciphertext, ...hex }: Sealed) {
  const { senderKey, recipientKey, commitment, signature } = hex;
  return [
    ...[hexWire(id), inReplyTo === null ? null : hexWire(inReplyTo), sentAt],
    ...[hexWire(senderKey), hexWire(recipientKey), hexWire(commitment), hexWire(signature)],
    ...[enc, ciphertext],
  ];
}

const receivedField = v.pipe(
  v.strictTuple([timeField, hexField(64)]),
  v.transform(([receivedAt, signature]): Received => ({ receivedAt, signature })),
);

const receivedWire = ({ receivedAt, signature }: Received) => [receivedAt, hexWire(signature)];

/** What is asked of a peer. */
export const privateRequestCodec: Codec<PrivateRequest> = createCodec({
  name: "private request",
  maxSize: MAX_PLAINTEXT + TAG_SIZE + ENVELOPE,
  schema: v.union([
    v.pipe(
      v.strictTuple([v.literal(REQUESTS.message), sealedField]),
      v.transform(([, sealed]): PrivateRequest => ({ kind: "message", sealed })),
    ),
    v.pipe(
      v.strictTuple([v.literal(REQUESTS.question), sealedField]),
      v.transform(([, sealed]): PrivateRequest => ({ kind: "question", sealed })),
    ),
    v.pipe(
      v.strictTuple([v.literal(REQUESTS.acknowledgement), hexField(ID_SIZE), receivedField]),
      v.transform(([, id, received]): PrivateRequest => ({ kind: "acknowledgement", id, received })),
    ),
  ]),
  toWire: (request) =>
    request.kind === "acknowledgement"
      ? [REQUESTS.acknowledgement, hexWire(request.id), receivedWire(request.received)]
      : [REQUESTS[request.kind], sealedWire(request.sealed)],
});

/** What comes back. */
export const privateFrameCodec: Codec<PrivateFrame> = createCodec({
  name: "private response",
  maxSize: MAX_ANSWER + TAG_SIZE + ENVELOPE,
  schema: v.union([
    v.pipe(
      v.strictTuple([v.literal(FRAMES.received), receivedField]),
      v.transform(([, received]): PrivateFrame => ({ kind: "received", received })),
    ),
    v.pipe(
      v.strictTuple([v.literal(FRAMES.waiting)]),
      v.transform((): PrivateFrame => ({ kind: "waiting" })),
    ),
    v.pipe(
      v.strictTuple([v.literal(FRAMES.answer), sealedField]),
      v.transform(([, sealed]): PrivateFrame => ({ kind: "answer", sealed })),
    ),
    v.pipe(
      v.strictTuple([v.literal(FRAMES.refused), textField(MAX_REASON)]),
      v.transform(([, reason]): PrivateFrame => ({ kind: "refused", reason })),
    ),
  ]),
  toWire: (frame) => {
    switch (frame.kind) {
      case "received":
        return [FRAMES.received, receivedWire(frame.received)];
      case "waiting":
        return [FRAMES.waiting];
      case "answer":
        return [FRAMES.answer, sealedWire(frame.sealed)];
      case "refused":
        return [FRAMES.refused, frame.reason];
    }
  },
});
