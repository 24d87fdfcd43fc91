import type { Hex } from "@assay/protocol";
import * as v from "valibot";
import { NetworkError } from "../errors.ts";
import type { AgentPeer, Exchange, Handler, ServeLimits } from "../node/exchange.ts";
import { type Codec, createCodec } from "../wire/codec.ts";
import { bytesField, hexField, hexWire, smallField } from "../wire/fields.ts";
import { statementCodec } from "./message.ts";
import type { StatementStore } from "./store.ts";

/** Asks a peer for live statements that it has stored, as who has just joined does. */
export const HISTORY_PROTOCOL = "/assay/statements/1";

/** Most statements of a response; who wants more asks again for those before. */
const MAX_PAGE = 64;

export const HISTORY_LIMITS: ServeLimits = { maxRequest: 64, concurrency: 2, perMinute: 120 };

/** Which statements, the newest first. */
export interface HistoryRequest {
  readonly domainId: number;
  /** About this content only; null: about any. */
  readonly contentHash: Hex | null;
  /** Of those before this id of the peer's, which its last response ended with. */
  readonly before: number;
  /** 1 to 64. */
  readonly limit: number;
}

/** A statement of a response. */
interface HistoryEntry {
  /** Of the peer's store. */
  readonly id: number;
  /** As {@link statementCodec} reads it. */
  readonly bytes: Uint8Array;
}

const idField = smallField(Number.MAX_SAFE_INTEGER);

export const historyRequestCodec: Codec<HistoryRequest> = createCodec({
  name: "request for statements",
  maxSize: HISTORY_LIMITS.maxRequest,
  schema: v.pipe(
    v.strictTuple([
      smallField(0xffff_ffff),
      v.nullable(hexField(32)),
      idField,
      v.pipe(smallField(MAX_PAGE), v.minValue(1)),
    ]),
    v.transform(([domainId, contentHash, before, limit]) => ({ domainId, contentHash, before, limit })),
  ),
  toWire: ({ domainId, contentHash, before, limit }) => [
    domainId,
    contentHash === null ? null : hexWire(contentHash),
    before,
    limit,
  ],
});

export const historyEntryCodec: Codec<HistoryEntry> = createCodec({
  name: "stored statement",
  maxSize: statementCodec.maxSize + 16,
  schema: v.pipe(
    v.strictTuple([idField, bytesField(statementCodec.maxSize)]),
    v.transform(([id, bytes]) => ({ id, bytes })),
  ),
  toWire: ({ id, bytes }) => [id, bytes],
});

/** Answers from a store. @param now unix seconds of the chain */
export function historyHandler(store: StatementStore, now: () => number): Handler {
  return async function* (request, _peer, signal) {
    const { domainId, contentHash, before, limit } = historyRequestCodec.decode(request);
    const about = contentHash === null ? {} : { contentHash };
    for (const stored of store.page({ domainId, before, limit, now: now(), ...about })) {
      if (signal.aborted) return;
      yield historyEntryCodec.encode({ id: stored.id, bytes: statementCodec.encode(stored) });
    }
  };
}

/**
 * Statements of a peer's store as it sends them, page after page, the newest first. None of them is validated yet.
 * @param limit most statements
 * @throws NetworkError `MALFORMED` if it sends something else than was asked for, and as requests do
 */
export async function* readHistory(
  exchange: Exchange,
  peer: AgentPeer,
  query: Pick<HistoryRequest, "domainId" | "contentHash"> & { readonly limit: number },
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  let before = Number.MAX_SAFE_INTEGER;
  for (let left = query.limit; left > 0;) {
    const limit = Math.min(left, MAX_PAGE);
    const request = historyRequestCodec.encode({ ...query, before, limit });
    const { maxSize: maxFrame } = historyEntryCodec;
    let received = 0;
    for await (const frame of exchange.request(peer, HISTORY_PROTOCOL, request, {
      maxFrame,
      maxTotal: limit * maxFrame,
      signal,
    })) {
      const { id, bytes } = historyEntryCodec.decode(frame);
      if (id >= before || ++received > limit) {
        throw new NetworkError("MALFORMED", `agent ${peer.agentId} sends other statements than it was asked for`);
      }
      before = id;
      yield bytes;
    }
    if (received < limit) return;
    left -= received;
  }
}
