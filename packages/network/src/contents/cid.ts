import type { Hex } from "@assay/protocol";
import { getBytes, hexlify } from "ethers";
import { CID } from "multiformats/cid";
import { create } from "multiformats/hashes/digest";
import { NetworkError } from "../errors.ts";

/** Codes of https://github.com/multiformats/multicodec: bytes that are no tree of blocks, under SHA-256. */
const RAW = 0x55;
const SHA2_256 = 0x12;

const SCHEME = "ipfs://";

/**
 * The CID of a content: version 1, raw bytes, SHA-256. It says what a content's hash says, so each follows from the other.
 * @param contentHash SHA-256 of the content, as claims have it
 * @example
 * cidOf(hashContent("water is wet")); // bafkrei...
 */
export function cidOf(contentHash: Hex): string {
  return toCid(contentHash).toString();
}

/** The same in bytes, 36 of them. */
export function cidBytesOf(contentHash: Hex): Uint8Array {
  return toCid(contentHash).bytes;
}

/** Where a content is found by its hash: by agents over their network, by others through any gateway of IPFS that has it. */
export function uriOf(contentHash: Hex): string {
  return SCHEME + cidOf(contentHash);
}

/**
 * The content's hash that a CID holds.
 * @param cid as text in any usual base, or in bytes
 * @throws NetworkError `MALFORMED` if it is none, or of a tree of blocks, or of another hash function
 */
export function contentHashOf(cid: string | Uint8Array): Hex {
  const { version, code, multihash } = parse(cid);
  if (version === 1 && code === RAW && multihash.code === SHA2_256 && multihash.size === 32) {
    return hexlify(multihash.digest) as Hex;
  }
  const found = `version ${version}, codec 0x${code.toString(16)}, hash 0x${multihash.code.toString(16)} of ${multihash.size} bytes`;
  throw new NetworkError(
    "MALFORMED",
    `${shorten(cid)} is a CID of ${found}: only raw contents under SHA-256 have claims`,
  );
}

/** The content's hash that an `ipfs://` URI names; null for any other URI, and for what is inside of a folder. */
export function contentHashOfUri(uri: string): Hex | null {
  if (!uri.startsWith(SCHEME)) return null;
  try {
    return contentHashOf(uri.slice(SCHEME.length));
  } catch {
    return null;
  }
}

function toCid(contentHash: Hex): CID {
  return CID.createV1(RAW, create(SHA2_256, getBytes(contentHash)));
}

/** More than any CID has: longer texts are not looked at. */
const MAX_TEXT = 128;

function parse(cid: string | Uint8Array): CID {
  try {
    if (cid.length > MAX_TEXT) throw new Error(`it is longer than ${MAX_TEXT}`);
    return typeof cid === "string" ? CID.parse(cid) : CID.decode(cid);
  } catch (cause) {
    throw new NetworkError("MALFORMED", `${shorten(cid)} is no CID: ${(cause as Error).message}`, { cause });
  }
}

function shorten(cid: string | Uint8Array): string {
  const text = typeof cid === "string" ? cid : hexlify(cid);
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}
