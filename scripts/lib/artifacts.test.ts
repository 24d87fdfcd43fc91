import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";

import { findArtifacts } from "./artifacts.ts";

describe("findArtifacts", () => {
  const root = mkdtempSync(join(tmpdir(), "assay-artifacts-"));
  after(() => rmSync(root, { recursive: true }));

  /** A folder with an artifact written at `seconds`, or without one. */
  const folder = (name: string, seconds?: number): string => {
    const path = join(root, name);
    mkdirSync(join(path, "contracts", "Consensus.sol"), { recursive: true });
    if (seconds !== undefined) {
      const file = join(path, "contracts", "Consensus.sol", "Consensus.json");
      writeFileSync(file, "{}");
      utimesSync(file, seconds, seconds);
    }
    return path;
  };

  it("takes the one written last, whichever it is", () => {
    const [older, newer] = [folder("older", 1_000), folder("newer", 2_000)];
    assert.equal(findArtifacts([older, newer]), newer);
    assert.equal(findArtifacts([newer, older]), newer);
  });

  it("takes the only one there is, as after a deployment from a new clone", () => {
    assert.equal(findArtifacts([folder("empty"), folder("only", 1_000), join(root, "missing")]), join(root, "only"));
  });

  it("finds nothing where nothing has been compiled", () => {
    assert.equal(findArtifacts([folder("empty"), join(root, "missing")]), null);
  });
});
