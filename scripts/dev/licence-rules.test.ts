import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { findForbidden, isPermissive } from "./licence-rules.ts";

describe("isPermissive", () => {
  for (const expression of ["MIT", "(MIT OR GPL-3.0)", "MIT AND ISC", "Apache-2.0 WITH LLVM-exception"]) {
    it(`accepts ${expression}`, () => assert.equal(isPermissive(expression), true));
  }
  for (const expression of ["GPL-3.0", "LGPL-3.0-or-later", "AGPL-3.0", "SSPL-1.0", "MIT AND GPL-3.0", "UNLICENSED"]) {
    it(`refuses ${expression}`, () => assert.equal(isPermissive(expression), false));
  }
  it("refuses what it does not understand", () => assert.equal(isPermissive("(MIT OR GPL-3.0) AND SSPL-1.0"), false));
});

describe("findForbidden", () => {
  it("names third-party packages with a copyleft licence or none, and no others", () => {
    const found = findForbidden({
      "": { license: "MIT" },
      "packages/protocol": {},
      "node_modules/@assay/protocol": { link: true },
      "node_modules/good": { version: "1.0.0", license: "ISC" },
      "node_modules/good/node_modules/copyleft": { version: "1.0.0", license: "GPL-3.0" },
      "node_modules/silent": { version: "1.0.0" },
    });
    assert.deepEqual(found, [
      { path: "node_modules/good/node_modules/copyleft", licence: "GPL-3.0" },
      { path: "node_modules/silent", licence: undefined },
    ]);
  });
});
