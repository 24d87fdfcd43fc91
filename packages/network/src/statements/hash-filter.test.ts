import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { keccak } from "@assay/protocol";
import { HashFilter } from "./hash-filter.ts";

const hashOf = (i: number) => keccak(Uint8Array.of(i & 255, (i >> 8) & 255, i >> 16));

describe("a filter of hashes", () => {
  it("says of none that was added that it was not, and of most others that they were not", () => {
    const filter = new HashFilter();
    for (let i = 0; i < 20_000; i++) filter.add(hashOf(i));
    let wrong = 0;
    for (let i = 0; i < 20_000; i++) {
      assert.equal(filter.mayHave(hashOf(i)), true);
      if (filter.mayHave(hashOf(100_000 + i))) wrong++;
    }
    assert.ok(wrong < 20, `${wrong} of 20,000`);
    assert.equal(new HashFilter().mayHave(hashOf(0)), false);
  });
});
