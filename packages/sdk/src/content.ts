import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { decodeBase64, encodeBase64 } from "ethers";
import { ClientError } from "./errors/assay-error.ts";
import { type Hex, toHex } from "./protocol.ts";

/** Contents up to this size travel in the claim's own URI, bytes. */
export const MAX_INLINE_CONTENT = 8_192;

/** What a claim is about. */
export interface Content {
  /** SHA-256 of the content's bytes. */
  readonly contentHash: Hex;
  /** Where committees find the content. */
  readonly uri: string;
}

/** SHA-256, by which claims name their contents. */
export function hashContent(content: Uint8Array | string): Hex {
  return toHex(sha256(typeof content === "string" ? utf8ToBytes(content) : content));
}

/**
 * A content that is found under a URI, or that travels in the claim itself.
 * @param uri a `data:` URI of the content unless told
 * @throws ClientError `BAD_INPUT` if it has no URI and more than {@link MAX_INLINE_CONTENT} bytes
 * @example
 * await assay.questions.ask({ domainId: 1, ...contentOf("water is wet") });
 */
export function contentOf(content: Uint8Array | string, uri?: string): Content {
  const bytes = typeof content === "string" ? utf8ToBytes(content) : content;
  if (uri === undefined && bytes.length > MAX_INLINE_CONTENT) {
    const message = `the content has ${bytes.length} bytes, more than the ${MAX_INLINE_CONTENT} that go into a transaction: publish it and give its URI`;
    throw new ClientError("BAD_INPUT", message);
  }
  return { contentHash: hashContent(bytes), uri: uri ?? `data:;base64,${encodeBase64(bytes)}` };
}

/** The bytes of a `data:` URI if they have that hash; null for any other URI or content. */
export function inlineContent({ contentHash, uri }: Content): Uint8Array | null {
  const bytes = dataUriBytes(uri);
  return bytes !== null && hashContent(bytes) === contentHash.toLowerCase() ? bytes : null;
}

/** What a `data:` URI holds; null for any other URI, or one that is malformed. */
export function dataUriBytes(uri: string): Uint8Array | null {
  const match = /^data:[^,]*?(;base64)?,(.*)$/s.exec(uri);
  if (match === null) return null;
  const [, base64, body = ""] = match;
  try {
    return base64 === undefined ? utf8ToBytes(decodeURIComponent(body)) : decodeBase64(body);
  } catch {
    return null;
  }
}
