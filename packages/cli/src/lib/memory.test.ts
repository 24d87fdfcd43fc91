import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";

describe("keepSmall", () => {
  it("keeps small what new objects take", () => {
    const program = `
      import { getHeapSpaceStatistics } from "node:v8";
      import { keepSmall } from ${JSON.stringify(new URL("memory.ts", import.meta.url).href)};
      keepSmall();
      let kept = [];
      for (let i = 0; i < 2_000_000; i++) {
        if (kept.length > 100_000) kept = [];
        kept.push({ i, list: [i] });
      }
      const { space_size: size } = getHeapSpaceStatistics().find(({ space_name: name }) => name === "new_space");
      console.log(size);`;
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
      encoding: "utf8",
    });
    // Some 128 MiB without.
    assert.ok(Number(stdout) > 0 && Number(stdout) < 32 * 2 ** 20, stdout + stderr);
  });
});
