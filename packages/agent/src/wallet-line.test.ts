import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { address, CALL, closeJournals, fails, FakeNode, forever, newJournal, senderOn } from "../test/fake-node.ts";
import { WalletLine } from "./wallet-line.ts";

/** Two agents of one wallet, each with a journal of its own. */
function pairOn(node: FakeNode, journals = [newJournal(), newJournal()] as const) {
  const line = new WalletLine();
  const [a, b] = [senderOn(node, journals[0], { line }), senderOn(node, journals[1], { line })] as const;
  return { a, b, journals, line };
}

const hashesOf = (receipts: readonly { readonly hash: string }[]) => receipts.map(({ hash }) => hash);

describe("a wallet's line", () => {
  afterEach(closeJournals);

  it("gives every nonce once, and keeps each transaction in the journal of its sender", async () => {
    const node = new FakeNode();
    const { a, b, journals } = pairOn(node);
    const receipts = await Promise.all([a, b, a, b].map((sender) => sender.send(CALL, forever)));
    assert.deepEqual(
      node.broadcasts.map(({ nonce }) => nonce),
      [5, 6, 7, 8],
    );
    const [first, second, third, fourth] = hashesOf(receipts);
    assert.deepEqual(journals[0].transactions.mined(address, 9), [third, first]);
    assert.deepEqual(journals[1].transactions.mined(address, 9), [fourth, second]);
    assert.deepEqual([await a.settle(), await b.settle()], [[], []]);
  });

  it("takes up what another journal holds after a crash, before its nonce is lost", async () => {
    const node = new FakeNode();
    const killed = new Error("killed");
    const journals = [newJournal(), newJournal()] as const;
    const before = senderOn(node, journals[0], { sleep: () => Promise.reject(killed) });
    await assert.rejects(before.send(CALL, forever), killed);
    node.pool.clear(); // and the node was restarted
    const { a, b } = pairOn(node, journals);
    const receipt = await b.send({ ...CALL, data: "0x02" }, forever);
    assert.deepEqual(
      node.broadcasts.map(({ nonce, data }) => [nonce, data]),
      [
        [5, "0x01"],
        [5, "0x01"],
        [6, "0x02"],
      ],
    );
    assert.deepEqual(hashesOf(await a.settle()), [node.broadcasts[0]?.hash]);
    assert.deepEqual(await b.settle(), []);
    assert.notEqual(receipt.hash, node.broadcasts[0]?.hash);
  });

  it("replaces what another journal holds and is past its deadline, and closes it in both", async () => {
    const node = new FakeNode();
    const { a, b, journals } = pairOn(node);
    node.full = true;
    await fails("TOO_LATE", /^test was not sent/, a.send(CALL, { ...forever, deadline: node.time + 25 }));
    node.full = false;
    const receipt = await b.send({ ...CALL, data: "0x02" }, forever);
    const [first, second] = node.broadcasts;
    assert.deepEqual([first?.nonce, second?.nonce, receipt.hash], [5, 5, second?.hash]);
    for (const { transactions } of journals) assert.deepEqual(transactions.pending(address), []);
    assert.deepEqual(journals[0].transactions.mined(address, 9), []);
    assert.deepEqual([await a.settle(), await b.settle()], [[], []]);
  });

  it("hands what it wanted to replace and was mined all the same to whose it is", async () => {
    const node = new FakeNode();
    const { a, journals, line } = pairOn(node);
    node.full = true;
    await fails("TOO_LATE", /^test was not sent/, a.send(CALL, { ...forever, deadline: node.time + 25 }));
    const [older] = node.broadcasts;
    const sleep = async () => {
      if (older !== undefined && node.pool.size > 0) node.include(older);
    };
    const late = senderOn(node, journals[1], { line, sleep });
    await fails("TRANSACTION_DROPPED", /took the nonce/, late.send({ ...CALL, data: "0x02" }, forever));
    assert.deepEqual(journals[0].transactions.mined(address, 9), [older?.hash]);
    assert.deepEqual(journals[1].transactions.mined(address, 9), []);
    assert.deepEqual(hashesOf(await a.settle()), [older?.hash]);
    assert.deepEqual(await late.settle(), []);
  });
});
