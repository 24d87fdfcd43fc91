import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Assay } from "@assay/sdk";
import type { Provider } from "ethers";
import { QuestionBoard } from "./board.ts";
import { SharedChain } from "./shared-chain.ts";

/** A chain that counts what it is asked. */
function fakeChain() {
  const asked = { blocks: 0, events: 0 };
  const head = { number: 1, hash: "0x1", timestamp: 10, down: false };
  const provider = {
    getBlock: async () => {
      asked.blocks++;
      if (head.down) throw new Error("down");
      return { ...head };
    },
  } as unknown as Provider;
  const assay = {
    runner: { provider },
    connect: () => assay,
    events: async () => {
      asked.events++;
      return [];
    },
  } as unknown as Assay;
  return { asked, head, provider, assay };
}

describe("a chain that runtimes share", () => {
  it("is looked at once for all who ask within a while, and again after a failure", async () => {
    const { asked, head, provider, assay } = fakeChain();
    let ms = 0;
    const chain = new SharedChain(assay, provider, () => ms);
    const blocks = await Promise.all([1, 2, 3].map(() => chain.look(500)));
    assert.deepEqual([asked.blocks, new Set(blocks).size], [1, 1]);
    ms = 500;
    await chain.look(500);
    assert.equal(asked.blocks, 1);
    ms = 501;
    head.down = true;
    await assert.rejects(chain.look(500), /down/);
    head.down = false;
    await chain.look(500);
    assert.equal(asked.blocks, 3);
  });

  it("is rolled by one, while the others wait, and by another if that fails", async () => {
    const { provider, assay } = fakeChain();
    const chain = new SharedChain(assay, provider);
    const rolled: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const roll = (name: string) => () => {
      rolled.push(name);
      return promise;
    };
    const all = ["a", "b", "c"].map((name) => chain.roll(7, roll(name)));
    const other = chain.roll(8, roll("d"));
    resolve();
    await Promise.all([...all, other]);
    assert.deepEqual(rolled, ["a", "d"]);
    const failing = chain.roll(9, () => Promise.reject(new Error("no ether")));
    const waiting = chain.roll(9, roll("e"));
    await assert.rejects(failing, /no ether/);
    await waiting;
    await chain.roll(9, roll("f"));
    assert.deepEqual(rolled, ["a", "d", "f"]);
  });
});

describe("the board of questions", () => {
  it("reads once more for all who ask while it reads, and not at all while there is no new block", async () => {
    const { asked, head, assay } = fakeChain();
    const board = new QuestionBoard(assay, 0, 8);
    await Promise.all([1, 2, 3, 4].map(() => board.refresh()));
    assert.deepEqual(asked, { blocks: 2, events: 1 });
    await board.refresh();
    assert.deepEqual(asked, { blocks: 3, events: 1 });
    Object.assign(head, { number: 2, hash: "0x2" });
    await board.refresh();
    assert.equal(asked.events, 2);
    head.hash = "0x3"; // another block in its place
    await board.refresh();
    assert.equal(asked.events, 3);
  });
});
