import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { id } from "ethers";
import {
  address,
  CALL,
  closeJournals,
  fails,
  FakeNode,
  forever,
  GWEI,
  newJournal,
  senderOn,
} from "../test/fake-node.ts";

describe("the sender", () => {
  afterEach(closeJournals);

  it("declares what a call touches, in what it is replaced with too", async () => {
    const [node, journal] = [new FakeNode(), newJournal()];
    const accessList = [{ address: `0x${"dd".repeat(20)}`, storageKeys: [id("slot")] }];
    node.full = true;
    const sleep = async () => {
      node.full = node.broadcasts.length < 3;
      node.mine();
    };
    await senderOn(node, journal, { patience: 1, sleep }).send({ ...CALL, accessList }, forever);
    const lists = node.broadcasts.map((transaction) => JSON.stringify(transaction.accessList).toLowerCase());
    assert.ok(new Set(node.broadcasts.map(({ hash }) => hash)).size > 1);
    assert.deepEqual(new Set(lists), new Set([JSON.stringify(accessList).toLowerCase()]));
  });

  it("keeps a transaction before it is broadcast, and waits until it is mined", async () => {
    const [node, journal] = [new FakeNode(), newJournal()];
    const receipt = await senderOn(node, journal).send(CALL, forever);
    const [sent] = node.broadcasts;
    assert.equal(receipt.hash, sent?.hash);
    assert.deepEqual(
      [sent?.nonce, sent?.to?.toLowerCase(), sent?.data, sent?.gasLimit, sent?.maxFeePerGas, sent?.chainId],
      [5, CALL.to, CALL.data, 125_000n, 3n * GWEI, 31_337n],
    );
    assert.deepEqual(journal.transactions.pending(address), []);
  });

  it("sends one after another, by nonce", async () => {
    const [node, journal] = [new FakeNode(), newJournal()];
    const sender = senderOn(node, journal);
    await Promise.all([1, 2, 3].map(() => sender.send(CALL, forever)));
    assert.deepEqual(
      node.broadcasts.map(({ nonce }) => nonce),
      [5, 6, 7],
    );
  });

  it("offers an eighth more after some blocks, until it is mined", async () => {
    const [node, journal] = [new FakeNode(), newJournal()];
    let blocks = 0;
    const sleep = async () => {
      // It gets too dear when it has been sent.
      if (blocks++ === 0) node.baseFee = 10n * GWEI;
      if (blocks === 2) node.baseFee = 4n * GWEI;
      node.mine();
    };
    const receipt = await senderOn(node, journal, { sleep, patience: 2 }).send(CALL, forever);
    const [first, second] = node.broadcasts;
    assert.equal(node.broadcasts.length, 2);
    assert.equal(receipt.hash, second?.hash);
    assert.deepEqual([first?.nonce, second?.nonce], [5, 5]);
    assert.deepEqual([first?.data, second?.data], [CALL.data, CALL.data]);
    assert.equal(second?.maxFeePerGas, 9n * GWEI);
    assert.equal(second?.maxPriorityFeePerGas, (GWEI * 9n) / 8n);
  });

  it("never offers more than it may, and goes on with what it has", async () => {
    const [node, journal] = [new FakeNode(), newJournal()];
    let blocks = 0;
    const sleep = async () => {
      node.full = blocks++ < 12;
      node.mine();
    };
    const cap = (34n * GWEI) / 10n;
    await senderOn(node, journal, { sleep, patience: 2, maxFeePerGas: cap }).send(CALL, forever);
    const offered = [...new Set(node.broadcasts.map(({ maxFeePerGas }) => maxFeePerGas))];
    assert.deepEqual(offered, [3n * GWEI, (27n * GWEI) / 8n]);
  });

  it("begins nothing that would be mined after its deadline, unless it is urgent", async () => {
    const [node, journal] = [new FakeNode(), newJournal()];
    const sender = senderOn(node, journal, { landingSeconds: 12 });
    const late = { ...forever, deadline: node.time + 12 };
    await fails(
      "TOO_LATE",
      /^test was not sent, or not mined: its deadline is too near, or past$/,
      sender.send(CALL, late),
    );
    assert.deepEqual([node.broadcasts, journal.transactions.pending(address)], [[], []]);
    await sender.send(CALL, { ...late, urgent: true });
    await fails("TOO_LATE", /too near/, sender.send(CALL, { ...forever, deadline: node.time, urgent: true }));
    await sender.send(CALL, { ...forever, deadline: node.time + 13 });
    assert.equal(node.broadcasts.length, 2);
  });

  it("replaces at its nonce what was not mined before its deadline", async () => {
    const [node, journal] = [new FakeNode(), newJournal()];
    const sender = senderOn(node, journal);
    node.full = true;
    await fails("TOO_LATE", /^test was not sent/, sender.send(CALL, { ...forever, deadline: node.time + 25 }));
    node.full = false;
    const receipt = await sender.send({ ...CALL, data: "0x02" }, forever);
    const [first, second] = node.broadcasts;
    assert.deepEqual([first?.nonce, second?.nonce, second?.data], [5, 5, "0x02"]);
    assert.equal(second?.maxFeePerGas, (27n * GWEI) / 8n);
    assert.equal(receipt.hash, second?.hash);
    assert.deepEqual(await sender.settle(), []);
  });

  it("takes up what an earlier process has left, and broadcasts it again as it is", async () => {
    const [node, journal] = [new FakeNode(), newJournal()];
    const killed = new Error("killed");
    const first = senderOn(node, journal, { sleep: () => Promise.reject(killed) });
    await assert.rejects(first.send(CALL, forever), killed);
    node.pool.clear(); // and the node was restarted
    const second = senderOn(node, journal);
    const receipts = await second.settle();
    assert.deepEqual(
      receipts.map(({ hash }) => hash),
      [node.broadcasts[0]?.hash],
    );
    assert.equal(node.broadcasts[1]?.hash, node.broadcasts[0]?.hash);
    assert.deepEqual(await second.settle(), []);
  });

  it("broadcasts again what a reorganisation has dropped while no process ran", async () => {
    const [node, journal] = [new FakeNode(), newJournal()];
    const { hash } = await senderOn(node, journal).send(CALL, forever);
    node.drop(hash);
    const sender = senderOn(node, journal);
    const receipts = await sender.settle();
    assert.deepEqual(
      [receipts.map((receipt) => receipt.hash), node.broadcasts.map((sent) => sent.hash)],
      [[hash], [hash, hash]],
    );
    assert.deepEqual(await sender.settle(), []);
  });

  it("broadcasts again what was dropped before the transaction that it waits for", async () => {
    const [node, journal] = [new FakeNode(), newJournal()];
    let first = "";
    const sleep = async () => {
      const waits = node.broadcasts.length === 2;
      if (waits) node.drop(first);
      node.mine();
    };
    const sender = senderOn(node, journal, { sleep });
    first = (await sender.send(CALL, forever)).hash;
    const { hash } = await sender.send({ ...CALL, data: "0x02" }, { ...forever, deadline: node.time + 100 });
    const broadcast = node.broadcasts.map((sent) => sent.hash);
    assert.deepEqual([broadcast[0], broadcast[1], broadcast[2]], [first, hash, first]);
    await sender.settle();
    assert.deepEqual(new Set(journal.transactions.mined(address, 9)), new Set([first, hash]));
  });

  it("gives it more gas where the reorganisation has left it more to do", async () => {
    const [node, journal] = [new FakeNode(), newJournal()];
    const sender = senderOn(node, journal);
    const { hash } = await sender.send(CALL, forever);
    node.drop(hash);
    node.gas = 120_000n;
    assert.equal((await sender.settle()).length, 1);
    const { hash: again } = node.broadcasts[1] ?? {};
    assert.equal(again, hash);
    node.drop(hash);
    node.gas = 130_000n;
    const [receipt] = await sender.settle();
    const last = node.broadcasts[2];
    assert.deepEqual([last?.nonce, last?.gasLimit, receipt?.hash], [5, 162_500n, last?.hash]);
    assert.deepEqual(journal.transactions.mined(address, 9), [last?.hash]);
  });

  it("hands on what was mined while no process ran, even if something else is sent first", async () => {
    const [node, journal] = [new FakeNode(), newJournal()];
    const killed = new Error("killed");
    await assert.rejects(senderOn(node, journal, { sleep: () => Promise.reject(killed) }).send(CALL, forever), killed);
    node.mine();
    const sender = senderOn(node, journal);
    const receipt = await sender.send({ ...CALL, data: "0x02" }, forever);
    assert.deepEqual(
      node.broadcasts.map(({ nonce, data }) => [nonce, data]),
      [
        [5, "0x01"],
        [6, "0x02"],
      ],
    );
    const settled = await sender.settle();
    assert.deepEqual(
      settled.map(({ hash }) => hash),
      [node.broadcasts[0]?.hash],
    );
    assert.notEqual(receipt.hash, settled[0]?.hash);
  });

  it("says so if another transaction took its nonce", async () => {
    const [node, journal] = [new FakeNode(), newJournal()];
    const sender = senderOn(node, journal, { sleep: async () => node.includeOther() });
    await fails("TRANSACTION_DROPPED", /^another transaction took the nonce of 0x/, sender.send(CALL, forever));
    assert.deepEqual(journal.transactions.pending(address), []);
    assert.deepEqual(await sender.settle(), []);
  });

  it("says so if it failed on chain", async () => {
    const [node, journal] = [new FakeNode(), newJournal()];
    node.reverts = true;
    const sender = senderOn(node, journal);
    await fails("TRANSACTION_REVERTED", /\(test\) failed: simulate it to see why$/, sender.send(CALL, forever));
    assert.deepEqual(journal.transactions.pending(address), []);
  });

  it("goes on later if the node is out of reach", async () => {
    const [node, journal] = [new FakeNode(), newJournal()];
    const sender = senderOn(node, journal, {
      sleep: async () => {
        node.down = true;
      },
    });
    await fails("NODE_UNREACHABLE", /cannot be reached/, sender.send(CALL, forever));
    assert.equal(journal.transactions.pending(address).length, 1);
    node.down = false;
    node.mine();
    assert.equal((await sender.settle()).length, 1);
  });
});
