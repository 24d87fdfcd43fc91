import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { compareTree, compareTrees } from "./trees.ts";

const TREE = `Vault
├── deposit
│   ├── it should take tokens
│   └── when the amount is zero
│       └── it should revert
└── withdraw
    └── it should revert
`;

const ATTACKS = `Attacks
├── given a first round
│   └── capturing it
│       ├── it should win the bond
│       └── given an appeal, it should lose it
└── replay
`;

describe("compareTree", () => {
  const whole = ["should revert", "should revert", "should take tokens"];

  it("is silent where every branch ends in a test and every test has a branch", () => {
    assert.deepEqual(compareTree(TREE, whole), { missing: [], extra: [] });
  });

  it("lets a test say below its line what comes of it", () => {
    assert.deepEqual(compareTree(ATTACKS, ["replay", "capturing it"]), { missing: [], extra: [] });
  });

  it("names each test without a line and each end without a test, repeated ones too", () => {
    assert.deepEqual(compareTree(TREE, ["should revert", "should pay", "should take tokens"]), {
      missing: ["should pay"],
      extra: ["should revert"],
    });
    assert.deepEqual(compareTree(ATTACKS, ["replay"]), {
      missing: [],
      extra: ["should win the bond", "given an appeal, it should lose it"],
    });
  });
});

describe("compareTrees", () => {
  const read = (path: string) => ({ "test/Vault.tree": TREE, "test/a/b.tree": "b\n└── it works\n" })[path] ?? null;
  const whole = ["should revert", "should revert", "should take tokens"];

  it("takes the tree of a file, or of all files of one thing", () => {
    assert.deepEqual(compareTrees(new Map([["test/Vault.test.ts", whole]]), read), []);
    const split = new Map([
      ["test/Vault.deposit.test.ts", whole.slice(1)],
      ["test/Vault.withdraw.test.ts", whole.slice(0, 1)],
    ]);
    assert.deepEqual(compareTrees(split, read), []);
  });

  it("says which tree lacks what", () => {
    assert.deepEqual(compareTrees(new Map([["test/a/b.test.ts", ["fails"]]]), read), [
      'test/a/b.tree does not have the test "fails"',
      'test/a/b.tree ends in what is no test: "works"',
    ]);
  });

  it("names a file without a tree in a folder of trees, and none in another folder", () => {
    const titles = new Map([
      ["test/a/b.test.ts", ["works"]],
      ["test/a/c.test.ts", ["works"]],
      ["test/d/e.test.ts", ["works"]],
    ]);
    assert.deepEqual(compareTrees(titles, read), ["test/a/c.test.ts has no tree beside it"]);
  });
});
