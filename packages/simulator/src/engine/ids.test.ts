import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Wallet } from "ethers";
import { CONSENSUS, Ids } from "./ids.ts";

const ADDRESS = "0x00000000000000000000000000000000000000aa";

describe("ids", () => {
  it("follow from the seed, each from a label of its own", () => {
    const of = (seed: number) => {
      const ids = new Ids(seed);
      return [ids.chainSeed(0), ids.chainSeed(1), ids.contentHash(0), ids.salt(0), ids.canarySalt(0), ids.purseKey(0)];
    };
    assert.deepEqual(of(1), of(1));
    assert.equal(new Set([...of(1), ...of(2)]).size, 12);
    assert.notEqual(new Ids(1).prevrandao(1), new Ids(1).prevrandao(2));
  });

  it("name a purse by its key", () => {
    const ids = new Ids(3);
    assert.equal(ids.purse(4), new Wallet(ids.purseKey(4)).address);
    assert.equal(ids.purse(4), ids.purse(4));
  });

  it("tell questions apart by number, purse and canary, and canaries by the deployment", () => {
    const ids = new Ids(1);
    const elsewhere = new Ids(1, ADDRESS);
    const plain = ids.questionId(0, { purse: 0 });
    const known = ids.questionId(0, { purse: 0, canary: { answer: 1 } });
    const others = [
      ids.questionId(1, { purse: 0 }),
      ids.questionId(0, { purse: 1 }),
      ids.questionId(0, { purse: 0, canary: { answer: null } }),
      elsewhere.questionId(0, { purse: 0, canary: { answer: 1 } }),
    ];
    assert.equal(new Set([plain, known, ...others]).size, 6);
    assert.equal(elsewhere.questionId(0, { purse: 0 }), plain);
    assert.equal(ids.consensus, CONSENSUS);
    assert.match(plain, /^0x00000001[0-9a-f]{40}$/);
  });
});
