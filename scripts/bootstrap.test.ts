import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { isAtLeast, staleReason } from "./bootstrap.mjs";

describe("isAtLeast", () => {
  it("compares numbers, not text", () => {
    assert.equal(isAtLeast("v22.13.0", "22.13.0"), true);
    assert.equal(isAtLeast("22.9.0", "22.13.0"), false);
    assert.equal(isAtLeast("100.0.0", "22.13.0"), true);
    assert.equal(isAtLeast("v20.20.2", "22.13.0"), false);
    assert.equal(isAtLeast("22.13.1", "22.13.0"), true);
    assert.equal(isAtLeast("23.0.0", "22.13.0"), true);
  });

  it("refuses what is no version", () => {
    assert.throws(() => isAtLeast("latest", "22.13.0"), /not a version: latest/);
  });
});

describe("staleReason", () => {
  const lock = {
    packages: {
      "": {},
      "packages/protocol": { version: "0.1.0" },
      "node_modules/@nomicfoundation/edr": { version: "1.0.0", integrity: "sha512-a" },
      "node_modules/@nomicfoundation/edr-linux-x64-gnu": { version: "1.0.0", optional: true },
      "node_modules/@nomicfoundation/edr-darwin-arm64": { version: "1.0.0", optional: true },
      "node_modules/a/node_modules/b": { version: "2.0.0", integrity: "sha512-b" },
    },
  };
  const complete = {
    packages: {
      "node_modules/@nomicfoundation/edr": { version: "1.0.0", integrity: "sha512-a" },
      "node_modules/@nomicfoundation/edr-linux-x64-gnu": { version: "1.0.0", optional: true },
      "node_modules/a/node_modules/b": { version: "2.0.0", integrity: "sha512-b" },
    },
  };

  it("is silent when all but other platforms' packages are there", () => {
    assert.equal(staleReason(lock, complete), undefined);
  });

  it("sees that nothing is installed", () => {
    assert.match(staleReason(lock, undefined) ?? "", /not installed yet/);
  });

  it("names a missing package", () => {
    const { "node_modules/a/node_modules/b": _, ...packages } = complete.packages;
    assert.equal(staleReason(lock, { packages }), "b is missing");
  });

  it("names a package of another version, or of other content", () => {
    for (const b of [
      { version: "2.0.1", integrity: "sha512-b" },
      { version: "2.0.0", integrity: "sha512-x" },
    ]) {
      const packages = { ...complete.packages, "node_modules/a/node_modules/b": b };
      assert.equal(staleReason(lock, { packages }), "b is not the one of the lock file");
    }
  });

  it("sees that an old Node left out Hardhat's native part", () => {
    const { "node_modules/@nomicfoundation/edr-linux-x64-gnu": _, ...packages } = complete.packages;
    assert.match(staleReason(lock, { packages }) ?? "", /native part/);
  });
});
