import * as v from "valibot";
import { NetworkError, type NetworkErrorCode } from "../errors.ts";
import { type Codec, createCodec } from "../wire/codec.ts";
import { textField } from "../wire/fields.ts";

/** What a peer may be told. Other reasons are this node's own affair, or not for a peer to claim. */
const TOLD: ReadonlySet<string> = new Set<NetworkErrorCode>([
  "MALFORMED",
  "TOO_LARGE",
  "BAD_SIGNATURE",
  "OTHER_NETWORK",
  "UNBOUND",
  "UNSTAKED",
  "CHAIN_UNREACHABLE",
  "EXPIRED",
  "REPLAYED",
  "OVERCOMMITTED",
  "RATE_LIMITED",
  "REFUSED",
  "TIMEOUT",
  "CONTENT_MISSING",
]);

const MAX_MESSAGE = 200;

/** Whether the other side goes on: null, or why not. */
export const verdictCodec: Codec<NetworkError | null> = createCodec({
  name: "verdict",
  maxSize: 1024,
  schema: v.pipe(
    v.nullable(v.strictTuple([textField(32), textField(MAX_MESSAGE)])),
    v.transform((found): NetworkError | null => (found === null ? null : told(found[0], found[1]))),
  ),
  toWire: (refusal) => (refusal === null ? null : [refusal.code, clip(refusal.message)]),
});

/** What a peer is told of an error. */
export function toRefusal(error: unknown): NetworkError {
  if (error instanceof NetworkError && TOLD.has(error.code)) return error;
  return new NetworkError("REFUSED", "the peer cannot answer now", { cause: error });
}

function told(code: string, message: string): NetworkError {
  return new NetworkError(TOLD.has(code) ? (code as NetworkErrorCode) : "REFUSED", message);
}

/** Well-formed, and not too long. */
function clip(message: string): string {
  return message.slice(0, MAX_MESSAGE).toWellFormed();
}
