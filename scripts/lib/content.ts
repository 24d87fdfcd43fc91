import { AssayError } from "@assay/agent";
import type { Command } from "commander";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { parseBytes32 } from "./input.ts";

/** Contents up to this size travel in the claim's own URI, bytes. */
const MAX_INLINE = 8_192;

/** What a claim is about. */
export interface Content {
  /** SHA-256 of the content's bytes. */
  readonly contentHash: string;
  readonly uri: string;
}

/** Options of {@link addContentOptions}. */
export interface ContentOptions {
  readonly text?: string;
  readonly file?: string;
  readonly contentHash?: string;
  readonly uri?: string;
}

/** Adds the options that say what a claim is about. */
export function addContentOptions(program: Command): Command {
  return program
    .option("--text <text>", "the content itself")
    .option("--file <path>", "file with the content")
    .option("--content-hash <hash>", "SHA-256 of a content that stands elsewhere", parseBytes32)
    .option("--uri <uri>", "where committees find the content (default: the content itself, as a data: URI)");
}

/** SHA-256 as 32 bytes of hex. */
function hashContent(content: Uint8Array): string {
  return `0x${createHash("sha256").update(content).digest("hex")}`;
}

/**
 * The content that the options name.
 * @throws AssayError `BadInput` unless exactly one of text, file and hash is given, or if it is too long to travel in its URI
 */
export function readContent(options: ContentOptions): Content {
  const { text, file, contentHash, uri } = options;
  if ([text, file, contentHash].filter((given) => given !== undefined).length !== 1) {
    throw new AssayError("BadInput", "say what the claim is about: one of --text, --file and --content-hash");
  }
  if (contentHash !== undefined) return { contentHash, uri: uri ?? "" };
  const bytes = file === undefined ? new TextEncoder().encode(text) : readBytes(file);
  if (uri === undefined && bytes.length > MAX_INLINE) {
    const message = `the content has ${bytes.length} bytes, more than the ${MAX_INLINE} that go into a transaction: publish it and give its --uri`;
    throw new AssayError("BadInput", message);
  }
  return { contentHash: hashContent(bytes), uri: uri ?? toDataUri(bytes) };
}

/** The bytes of a `data:` URI if they have that hash; null for any other URI or content. */
export function contentOf({ contentHash, uri }: Content): Uint8Array | null {
  const match = /^data:[^,]*?(;base64)?,(.*)$/s.exec(uri);
  if (match === null) return null;
  const [, base64, body = ""] = match;
  let bytes: Uint8Array;
  try {
    bytes = base64 === undefined ? new TextEncoder().encode(decodeURIComponent(body)) : Buffer.from(body, "base64");
  } catch {
    return null;
  }
  return hashContent(bytes) === contentHash.toLowerCase() ? bytes : null;
}

function toDataUri(bytes: Uint8Array): string {
  return `data:;base64,${Buffer.from(bytes).toString("base64")}`;
}

function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AssayError("BadInput", `cannot read the content: ${reason}`, { cause });
  }
}
