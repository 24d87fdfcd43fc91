import type { Hex } from "@assay/protocol";
import * as v from "valibot";
import { statementCodec } from "../statements/message.ts";
import { type Codec, createCodec } from "../wire/codec.ts";
import { bytesField, hexField, hexWire, smallField, textField, uintField, uintWire } from "../wire/fields.ts";

/** Protocol of questions to agents of a domain. */
export const SWARM_PROTOCOL = "/assay/swarm/1";
/** Contents up to this size travel with the question; larger ones are fetched by their hash. Bytes. */
export const MAX_INLINE = 16_384;
/** Longest reason of an abstention, characters. */
export const MAX_REASON = 300;
const MAX_DOMAIN = 2 ** 32 - 1;
/** Longest that an agent is given to answer, ms. */
export const MAX_ANSWER_MS = 600_000;

/** A question to one agent. */
export interface SwarmRequest {
  readonly domainId: number;
  readonly contentHash: Hex;
  /** null: whoever answers fetches it by its hash. */
  readonly content: Uint8Array | null;
  /** Pledge that is to answer for the statement, wei. */
  readonly bond: bigint;
  /** How long it is to be challengeable, seconds. */
  readonly validFor: number;
  /** How long the asker waits, ms. */
  readonly timeoutMs: number;
}

/** What an agent says to a question. */
export type SwarmResponse =
  /** With a signed statement, as it is gossiped. */
  { readonly kind: "answer"; readonly statement: Uint8Array } | { readonly kind: "abstain"; readonly reason: string };

/** @throws as any codec */
export const requestCodec: Codec<SwarmRequest> = createCodec({
  name: "question",
  maxSize: MAX_INLINE + 256,
  schema: v.pipe(
    v.strictTuple([
      smallField(MAX_DOMAIN),
      hexField(32),
      v.nullable(bytesField(MAX_INLINE)),
      uintField(256),
      smallField(MAX_DOMAIN),
      smallField(MAX_ANSWER_MS),
    ]),
    v.transform(([domainId, contentHash, content, bond, validFor, timeoutMs]): SwarmRequest => ({
      ...{ domainId, contentHash, content, bond, validFor, timeoutMs },
    })),
  ),
  toWire: ({ domainId, contentHash, content, bond, validFor, timeoutMs }) => [
    ...[domainId, hexWire(contentHash), content, uintWire(bond), validFor, timeoutMs],
  ],
});

/** @throws as any codec */
export const responseCodec: Codec<SwarmResponse> = createCodec({
  name: "answer",
  maxSize: statementCodec.maxSize + 64,
  schema: v.union(
    [
      v.pipe(
        v.strictTuple([v.literal(0), bytesField(statementCodec.maxSize)]),
        v.transform(([, statement]): SwarmResponse => ({ kind: "answer", statement })),
      ),
      v.pipe(
        v.strictTuple([v.literal(1), textField(MAX_REASON)]),
        v.transform(([, reason]): SwarmResponse => ({ kind: "abstain", reason })),
      ),
    ],
    "an answer or an abstention expected",
  ),
  toWire: (response) => (response.kind === "answer" ? [0, response.statement] : [1, response.reason]),
});
