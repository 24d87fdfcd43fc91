import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import { NetworkError } from "../errors.ts";
import { TEST_CONTEXT, testAgent } from "../testing/agents.ts";
import { newPath } from "../testing/files.ts";
import { FakeDirectory, startNode, type TestNode, until } from "../testing/nodes.ts";
import { type PrivateOptions, PrivateService } from "./service.ts";
import { PrivateStore } from "./store.ts";

const signal = AbortSignal.timeout(60_000);
const content = new TextEncoder().encode("water is wet");
const IDLE_MS = 1_500;

async function join({ node, keys }: TestNode, changes: Partial<PrivateOptions> = {}) {
  const now = () => Date.now() / 1000;
  const store = new PrivateStore({ path: newPath(), context: TEST_CONTEXT, agentId: node.self.agentId, now });
  const agent = await testAgent(Number(node.self.agentId));
  const service = new PrivateService({
    ...{ exchange: node, keys, context: TEST_CONTEXT, store, now, randomBytes, report: () => undefined },
    onMessage: () => undefined,
    onQuestion: async (asked) => ({ statement: await agent.sign(asked.content), evidence: new Uint8Array(0) }),
    ...changes,
  });
  return { node, store, service, agent };
}

describe("private exchange over nodes", () => {
  it("goes both ways, waits for slow answers, and says why there is none", async () => {
    const directory = new FakeDirectory();
    const limits = { idleMs: IDLE_MS };
    const nodes = [await startNode(1n, directory, { limits }), await startNode(2n, directory, { limits })] as const;
    const one = await join(nodes[0]);
    const two = await join(nodes[1], {
      waitingMs: IDLE_MS / 8,
      onQuestion: async (asked) => {
        if (asked.domainId === 9) throw new NetworkError("REFUSED", "not this domain");
        await new Promise((resolve) => setTimeout(resolve, 2 * IDLE_MS));
        return { statement: await two.agent.sign(asked.content), evidence: new Uint8Array(0) };
      },
    });
    await one.node.connect(two.node.addresses[0] as string);
    await until(() => two.node.peers.length === 1, "both are proven");
    try {
      await one.service.send(two.node.self, content, signal);
      await two.service.send(one.node.self, new Uint8Array(200_000), signal);
      const { answer } = await one.service.ask(two.node.self, { domainId: 1, content }, signal);
      await until(() => two.store.receipts().some(({ id }) => id === answer.id), "the answer is acknowledged");
      const refused = one.service.ask(two.node.self, { domainId: 9, content }, signal);
      await assert.rejects(refused, { code: "REFUSED", message: /gives no answer: not this domain/ });
      const stale = { ...two.node.self, hpkeKey: one.node.self.hpkeKey };
      await assert.rejects(one.service.send(stale, content, signal), { code: "UNBOUND" });
      assert.equal(one.store.receipts().length, 5);
    } finally {
      await Promise.all([one, two].map(({ service }) => service.close()));
      await Promise.all([one, two].map(({ node }) => node.close()));
    }
  });
});
