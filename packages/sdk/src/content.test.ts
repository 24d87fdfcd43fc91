import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { it } from "node:test";
import { contentOf, hashContent, inlineContent, MAX_INLINE_CONTENT } from "./content.ts";
import { ClientError } from "./errors/assay-error.ts";

const text = "Größe: 3 m";

it("names a content by its SHA-256, and carries a small one in its URI", () => {
  const { contentHash, uri } = contentOf(text);
  assert.equal(contentHash, `0x${createHash("sha256").update(text).digest("hex")}`);
  assert.equal(Buffer.from(inlineContent({ contentHash, uri })!).toString(), text);
  assert.equal(hashContent(new TextEncoder().encode(text)), contentHash);
});

it("wants a URI for a content that is too long for one", () => {
  const long = new Uint8Array(MAX_INLINE_CONTENT + 1);
  assert.throws(
    () => contentOf(long),
    (error) => error instanceof ClientError && error.code === "BAD_INPUT",
  );
  assert.equal(contentOf(long, "ipfs://x").uri, "ipfs://x");
  assert.ok(contentOf(long.subarray(1)).uri.startsWith("data:;base64,"));
});

it("takes no content whose hash is another, nor one that stands elsewhere", () => {
  const contentHash = hashContent(text);
  const plain = `data:text/plain,${encodeURIComponent(text)}`;
  assert.equal(Buffer.from(inlineContent({ contentHash, uri: plain })!).toString(), text);
  for (const uri of ["data:,other", "data:,%zz", "https://a.test/x", ""]) {
    assert.equal(inlineContent({ contentHash, uri }), null);
  }
});
