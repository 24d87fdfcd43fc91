import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hashContent } from "@assay/sdk";
import { getBytes, hexlify } from "ethers";
import { base36 } from "multiformats/bases/base36";
import { base58btc } from "multiformats/bases/base58";
import { CID } from "multiformats/cid";
import { create } from "multiformats/hashes/digest";
import { seededRandom } from "../testing/fuzz.ts";
import { cidBytesOf, cidOf, contentHashOf, contentHashOfUri, uriOf } from "./cid.ts";

describe("the CID of a content", () => {
  it("is the one that IPFS gives to raw bytes", () => {
    // The block of `ipfs add --raw-leaves --cid-version 1` of the text "hello world", without a line's end.
    const cid = "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";
    assert.equal(cidOf(hashContent("hello world")), cid);
    assert.equal(contentHashOf(cid), hashContent("hello world"));
    assert.equal(uriOf(hashContent("hello world")), `ipfs://${cid}`);
  });

  it("follows from the hash, and the hash from it, whatever the base", () => {
    const random = seededRandom(1);
    for (let i = 0; i < 1000; i++) {
      const hash = hashContent(`${random()}`);
      const cid = CID.decode(cidBytesOf(hash));
      for (const text of [cidOf(hash), cid.toString(base58btc), cid.toString(base36)])
        assert.equal(contentHashOf(text), hash);
      assert.equal(contentHashOf(cidBytesOf(hash)), hash);
      assert.equal(contentHashOfUri(uriOf(hash)), hash);
    }
  });

  it("is refused if it is of anything else than raw bytes under SHA-256", () => {
    const digest = create(0x12, getBytes(hashContent("x")));
    const message = /only raw contents under SHA-256/;
    const refused = (cid: CID) => assert.throws(() => contentHashOf(cid.toString()), { code: "MALFORMED", message });
    refused(CID.createV0(digest));
    refused(CID.createV1(0x70, digest));
    refused(CID.createV1(0x55, create(0x1b, digest.digest)));
    refused(CID.createV1(0x55, create(0x12, digest.digest.subarray(0, 20))));
    for (const text of ["", "bafkrei", "x".repeat(50), "b".repeat(1_000_000), cidOf(hashContent("x")).slice(0, -4)]) {
      assert.throws(() => contentHashOf(text), { code: "MALFORMED", message: /is no CID|only raw/ });
    }
    assert.throws(() => contentHashOf(new Uint8Array(200)), { code: "MALFORMED" });
  });

  it("is read from ipfs: URIs of a whole content only", () => {
    const hash = hashContent("x");
    for (const uri of [
      `${uriOf(hash)}/file`,
      cidOf(hash),
      `https://ipfs.io/ipfs/${cidOf(hash)}`,
      "ipfs://",
      "ipfs://Qm",
    ]) {
      assert.equal(contentHashOfUri(uri), null, uri);
    }
  });

  it("is refused with a typed error, however malformed", () => {
    const random = seededRandom(2);
    let read = 0;
    for (let i = 0; i < 20_000; i++) {
      const bytes = cidBytesOf(hashContent(`${i}`)).slice(0, random() < 0.1 ? Math.floor(random() * 36) : 36);
      const at = Math.floor(random() * bytes.length);
      if (bytes.length > 0) bytes[at] = Math.floor(random() * 256);
      for (const input of [bytes, `b${Buffer.from(bytes).toString("base64url")}`]) {
        try {
          const hash = contentHashOf(input);
          read++;
          if (typeof input !== "string") assert.equal(hexlify(cidBytesOf(hash)), hexlify(input));
        } catch (error) {
          assert.equal((error as { code?: unknown }).code, "MALFORMED", String(error));
        }
      }
    }
    assert.ok(read > 1000);
  });
});
