import type { Hex } from "@assay/protocol";
import * as v from "valibot";
import { type Codec, createCodec } from "../wire/codec.ts";
import { bytesField, hexField, hexWire, smallField, textField, uintField, uintWire } from "../wire/fields.ts";

/** Protocol of questions to agents of a domain. */
export const SWARM_PROTOCOL = "/assay/swarm/1";
/** Contents up to this size travel with the question; larger ones are fetched by their hash. Bytes. */
export const MAX_INLINE = 16_384;
/** Longest evidence, characters. */
export const MAX_EVIDENCE = 4_096;
/** Longest reason of an abstention, characters. */
export const MAX_REASON = 300;
/** Most bytes of a signed statement, as it is gossiped. */
const MAX_STATEMENT = 4_096;
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
  | {
      readonly kind: "answer";
      /** Signed statement, as it is gossiped. */
      readonly statement: Uint8Array;
      /** In the agent's own words; proves nothing. */
      readonly evidence: string;
    }
  | { readonly kind: "abstain"; readonly reason: string };

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
  // A character takes up to four bytes, three of them for each unit of UTF-16.
  maxSize: MAX_STATEMENT + 3 * MAX_EVIDENCE + 64,
  schema: v.union(
    [
      v.pipe(
        v.strictTuple([v.literal(0), bytesField(MAX_STATEMENT), textField(MAX_EVIDENCE)]),
        v.transform(([, statement, evidence]): SwarmResponse => ({ kind: "answer", statement, evidence })),
      ),
      v.pipe(
        v.strictTuple([v.literal(1), textField(MAX_REASON)]),
        v.transform(([, reason]): SwarmResponse => ({ kind: "abstain", reason })),
      ),
    ],
    "an answer or an abstention expected",
  ),
  toWire: (response) =>
    response.kind === "answer" ? [0, response.statement, response.evidence] : [1, response.reason],
});
