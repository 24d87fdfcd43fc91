import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { newPath } from "../testing/files.ts";
import { FakeDirectory, startNode, type TestNode, until } from "../testing/nodes.ts";
import { CONTEXT, FakeStatementChain, messageOf, NOW, signer, signStatement } from "../testing/statements.ts";
import { statementCodec, statementTopic } from "./message.ts";
import { StatementService } from "./service.ts";
import { StatementStore } from "./store.ts";

const signal = AbortSignal.timeout(60_000);

async function join({ node }: TestNode) {
  const chain = new FakeStatementChain();
  chain.set(7n, signer);
  const store = new StatementStore(newPath(), CONTEXT);
  const now = () => NOW;
  const monotonic = () => performance.now();
  const parts = { context: CONTEXT, gossip: node, exchange: node, chain, store, now, monotonic };
  const service = new StatementService({ ...parts, report: () => undefined });
  await service.join(1);
  return { node, store, service };
}

describe("statements over nodes", () => {
  it("are handed on by who hears them, kept, given to who comes later, and forgeries are blamed on who sends them", async () => {
    const directory = new FakeDirectory();
    const nodes = [];
    for (const agentId of [1n, 2n, 3n, 4n]) nodes.push(await startNode(agentId, directory));
    const [one, two, three, late] = (await Promise.all(nodes.map(join))) as Four<Awaited<ReturnType<typeof join>>>;
    try {
      // In a line: what one says, three has from two.
      await one.node.connect(two.node.addresses[0] as string);
      await three.node.connect(two.node.addresses[0] as string);
      await until(() => two.node.peers.length === 2, "they are proven");
      await until(async () => {
        await one.service.publish(signStatement(), "because");
        return three.store.total.rows > 0;
      }, "statements go all the way, once the nodes know who hears what");
      const [heard] = three.store.byAgent(7n, 1);
      assert.deepEqual([heard?.evidence, heard?.source], ["because", two.node.self.peerId]);

      await late.node.connect(three.node.addresses[0] as string);
      await until(() => late.node.peers.length === 1, "the late one is proven");
      const kept = three.store.page({ domainId: 1, limit: 1_000, now: NOW });
      const { received } = await late.service.fetch(three.node.self, { domainId: 1, limit: 1_000 }, signal);
      assert.ok(received >= kept.length && kept.every(({ hash }) => late.store.has(hash)));

      const forged = { ...messageOf(), signature: messageOf().signature };
      await one.node.publish(statementTopic(CONTEXT, 1), statementCodec.encode(forged));
      await until(() => two.service.verdicts.BAD_SIGNATURE === 1, "the forgery is found out");
      assert.equal(three.service.verdicts.BAD_SIGNATURE, 0);
    } finally {
      for (const { service, node, store } of [one, two, three, late]) {
        service.close();
        await node.close();
        store.close();
      }
    }
  });
});

type Four<T> = [T, T, T, T];
