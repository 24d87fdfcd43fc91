import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fromRoot } from "../../lib/paths.ts";
import { seededRandom } from "../../../packages/network/src/testing/fuzz.ts";
import { DECODERS } from "./decoders.ts";

describe("the decoders of the network", () => {
  it("are all there", () => {
    const sources = globSync("**/*.ts", { cwd: fromRoot("packages", "network", "src") });
    const exported = sources.flatMap((path) => {
      const text = readFileSync(fromRoot("packages", "network", "src", path), "utf8");
      return [...text.matchAll(/^export const (\w+)(?:: Codec<.*>)? = createCodec\(/gm)].map(([, name]) => name);
    });
    assert.deepEqual(DECODERS.map(({ name }) => name).sort(), exported.sort());
  });

  it("read their samples, and bear malformed ones", () => {
    for (const [i, { fuzz }] of DECODERS.entries()) assert.ok(fuzz(500, seededRandom(i)).refused > 0);
  });
});
