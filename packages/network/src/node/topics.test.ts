import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { FakeDirectory, startNode, type TestNode, until } from "../testing/nodes.ts";
import type { GossipValidator } from "./gossip.ts";

const TOPIC = "/test/topic";
const running: TestNode[] = [];

/** Nodes in a row, each connected with the one before it. */
async function startRow(size: number, validator: (index: number) => GossipValidator): Promise<TestNode[]> {
  const directory = new FakeDirectory();
  const nodes: TestNode[] = [];
  for (let i = 0; i < size; i++) {
    const made = await startNode(BigInt(i + 1), directory);
    running.push(made);
    made.node.subscribe(TOPIC, 1_000, validator(i));
    const previous = nodes.at(-1);
    if (previous) await made.node.connect(previous.node.addresses[0] as string);
    nodes.push(made);
  }
  return nodes;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ node }) => node.close()));
});

/** Publishes until it has reached somebody: subscriptions take a moment. */
async function publish({ node }: TestNode, message: Uint8Array): Promise<void> {
  await until(async () => (await node.publish(TOPIC, message)) > 0, "somebody is subscribed");
}

describe("gossip", () => {
  it("reaches all, each once, over those in between", async () => {
    const got: number[] = [];
    const from: (bigint | undefined)[] = [];
    const nodes = await startRow(5, (index) => (message, peer) => {
      if (message.length === 10) {
        got.push(index);
        from[index] = peer?.agentId;
      }
      return "accept";
    });
    await until(async () => {
      // Until all are subscribed; each message is another one.
      await nodes[0]?.node.publish(
        TOPIC,
        Uint8Array.from({ length: 11 }, () => Math.floor(Math.random() * 256)),
      );
      return (nodes[4]?.node.counters.messages.accept ?? 0) > 0;
    }, "a message reaches the last");
    await publish(nodes[0] as TestNode, new Uint8Array(10));
    await until(() => got.length === 4, "it reaches all");
    assert.deepEqual(got.toSorted(), [1, 2, 3, 4]);
    assert.deepEqual(from.slice(1), [1n, 2n, 3n, 4n]);
  });

  it("goes in parcels, of all that a turn has for a peer, and what is too much for one in several", async () => {
    const got: Uint8Array[] = [];
    const nodes = await startRow(2, (index) => (message) => {
      if (index === 1 && message.length === 1_000) got.push(message);
      return "accept";
    });
    const [a, b] = nodes as [TestNode, TestNode];
    await publish(a, Uint8Array.of(1));
    const messages = Array.from({ length: 2_500 }, (_, i) => new Uint8Array(1_000).fill(i >> 8).fill(i & 255, 500));
    const sent = await Promise.all(messages.map((message) => a.node.publish(TOPIC, message)));
    assert.ok(sent.every((peers) => peers === 1));
    await until(() => got.length === messages.length, "all have come");
    assert.deepEqual(got, messages);
    assert.equal(b.node.counters.messages.flood, undefined);
  });

  it("passes on neither what is ignored nor what is rejected, and blames for the latter", async () => {
    const nodes = await startRow(
      3,
      () =>
        ([first]) =>
          first === 1 ? "ignore" : first === 2 ? "reject" : "accept",
    );
    const [a, b, c] = nodes as [TestNode, TestNode, TestNode];
    await until(async () => {
      await a.node.publish(TOPIC, Uint8Array.of(0, Math.floor(Math.random() * 256), Math.floor(Math.random() * 256)));
      return (c.node.counters.messages.accept ?? 0) > 0;
    }, "a message reaches the last");
    const before = b.node.scoreOf(a.node.self.peerId);
    assert.ok(before >= 0);
    await publish(a, Uint8Array.of(1));
    await until(() => b.node.counters.messages.ignore === 1, "one is ignored");
    await publish(a, Uint8Array.of(2));
    await until(() => b.node.counters.messages.reject === 1, "one is rejected");
    await until(() => b.node.scoreOf(a.node.self.peerId) < before, "the score falls");
    assert.equal(c.node.counters.messages.ignore, undefined);
    assert.equal(c.node.counters.messages.reject, undefined);
  });

  it("sends a peer away that sends what is rejected again and again", async () => {
    const [a, b] = (await startRow(2, (index) => () => (index === 1 ? "reject" : "accept"))) as [TestNode, TestNode];
    for (let i = 0; i < 5 && b.node.peers.length > 0; i++) {
      await a.node.publish(TOPIC, Uint8Array.of(i));
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    await until(async () => {
      await a.node.publish(TOPIC, Uint8Array.from([9, Math.floor(Math.random() * 256)]));
      return b.node.peers.length === 0;
    }, "it is sent away");
    assert.equal(b.node.counters.refused.REFUSED, 1);
    await until(() => a.node.peers.length === 0, "and notices");
    await assert.rejects(a.node.connect(b.node.addresses[0] as string), { code: "PEER_UNREACHABLE" });
  });

  it("takes no message that is too large, in or out, and does not show it to the validator", async () => {
    const directory = new FakeDirectory();
    const [a, b] = [await startNode(1n, directory), await startNode(2n, directory)];
    running.push(a, b);
    a.node.subscribe(TOPIC, 2_000, () => "accept");
    b.node.subscribe(TOPIC, 1_000, ({ length }) => (assert.ok(length <= 1_000), "accept"));
    await a.node.connect(b.node.addresses[0] as string);
    await publish(a, new Uint8Array(1_000));
    await until(() => b.node.counters.messages.accept === 1, "one of the largest size passes");
    await a.node.publish(TOPIC, new Uint8Array(1_001));
    await until(() => b.node.counters.messages.invalid === 1, "one that is larger does not");
    await until(() => b.node.scoreOf(a.node.self.peerId) < 0, "it is to blame");
    await assert.rejects(a.node.publish(TOPIC, new Uint8Array(2_001)), { code: "TOO_LARGE" });
    assert.throws(() => a.node.subscribe("/test/large", 65_537, () => "accept"), RangeError);
  });

  it("blames nobody where the validator itself fails, and says so", async () => {
    const nodes = await startRow(2, (index) => () => {
      if (index === 1) throw new Error("no store");
      return "accept";
    });
    const [a, b] = nodes as [TestNode, TestNode];
    await publish(a, Uint8Array.of(1));
    await until(() => b.node.counters.messages.ignore === 1, "it is ignored");
    assert.ok(b.told.some(({ event, message }) => event === "validator-failed" && message === "no store"));
    assert.ok(b.node.scoreOf(a.node.self.peerId) >= 0);
  });

  it("ends with the subscription, and begins anew with another", async () => {
    const directory = new FakeDirectory();
    const [a, b] = [await startNode(1n, directory), await startNode(2n, directory)];
    running.push(a, b);
    await a.node.connect(b.node.addresses[0] as string);
    const end = b.node.subscribe(TOPIC, 10, () => "accept");
    assert.throws(() => b.node.subscribe(TOPIC, 10, () => "accept"), RangeError);
    await publish(a, Uint8Array.of(1));
    await until(() => b.node.counters.messages.accept === 1, "it comes");
    end();
    end();
    await until(
      async () => (await a.node.publish(TOPIC, Uint8Array.of(2, Math.floor(Math.random() * 256)))) === 0,
      "it ends",
    );
    b.node.subscribe(TOPIC, 10, () => "ignore");
    await publish(a, Uint8Array.of(3));
    await until(() => b.node.counters.messages.ignore === 1, "it comes again");
  });

  it("does not read from a peer while too much of it is being judged", async () => {
    const { promise: open, resolve } = Promise.withResolvers<"accept">();
    let judged = 0;
    const nodes = await startRow(2, (index) => () => (index === 1 ? (judged++, open) : "accept"));
    const [a, b] = nodes as [TestNode, TestNode];
    await publish(a, new Uint8Array(999));
    for (let i = 0; i < 3_000; i++) {
      await a.node.publish(
        TOPIC,
        Uint8Array.from({ length: 1_000 }, (_, at) => (i >> (at % 12)) & 255),
      );
    }
    await new Promise((go) => setTimeout(go, 500));
    // So many as are judged at once, and what a window holds.
    assert.ok(judged < 2_000, `${judged} are being judged`);
    resolve("accept");
    await until(() => (b.node.counters.messages.accept ?? 0) > 2_900, "they are judged once it goes on");
  });
});
