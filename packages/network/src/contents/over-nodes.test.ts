import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import type { Hex } from "@assay/protocol";
import { hashContent } from "@assay/sdk";
import { TEST_CONTEXT } from "../testing/agents.ts";
import { newPath } from "../testing/files.ts";
import { FakeDirectory, startNode, until } from "../testing/nodes.ts";
import { ContentService } from "./service.ts";
import { ContentStore } from "./store.ts";

describe("contents over nodes", () => {
  it("come whole, from none to the most bytes, or not at all", async () => {
    const directory = new FakeDirectory();
    const [one, two] = [await startNode(1n, directory), await startNode(2n, directory)].map(({ node }) => {
      const store = new ContentStore({ path: newPath(), context: TEST_CONTEXT, now: () => 0 });
      return { node, store, service: new ContentService({ exchange: node, store, report: () => undefined }) };
    });
    assert.ok(one && two);
    await two.node.connect(one.node.addresses[0] as string);
    await until(() => one.node.peers.length === 1, "both are proven");
    try {
      const signal = AbortSignal.timeout(60_000);
      for (const size of [0, 1, 65_536, 1_048_576]) {
        const hash: Hex = one.store.put(randomBytes(size));
        assert.equal(hashContent(await two.service.fetch(hash, { signal })), hash);
        assert.ok(two.store.check(hash));
      }
      await assert.rejects(two.service.fetch(hashContent("x"), { signal }), {
        ...{ code: "CONTENT_MISSING", message: /\(1 peers asked: CONTENT_MISSING 1\)/ },
      });
      assert.equal(two.service.faults.size, 0);
    } finally {
      await Promise.all([one, two].map(({ node }) => node.close()));
    }
  });
});
