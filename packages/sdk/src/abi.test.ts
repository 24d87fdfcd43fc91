import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { it } from "node:test";
import { ABI_FILES, renderAbi } from "../tools/abi-files.ts";

for (const [contract, file] of Object.entries(ABI_FILES)) {
  it(`has the ABI of ${contract} as it is compiled; "npm run generate -w @assay/sdk" writes it`, () => {
    assert.equal(readFileSync(new URL(`generated/${file}`, import.meta.url), "utf8"), renderAbi(contract));
  });
}
