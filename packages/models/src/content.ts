import { createHash } from "node:crypto";

/** SHA-256 of the UTF-8 bytes, as hex without prefix. */
export function sha256Hex(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

/** How a content hash is written in a statement: enough digits to tell the items apart. */
export function shortHash(hash: string): string {
  return `sha256:${hash.slice(0, 16)}`;
}
