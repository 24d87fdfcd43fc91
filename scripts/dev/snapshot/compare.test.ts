import assert from "node:assert/strict";
import { it } from "node:test";
import { compareFigures, compareTexts } from "./compare.ts";

it("finds nothing between equal figures, whatever their order", () => {
  assert.deepEqual(compareFigures({ a: { b: 1, c: 2 } }, { a: { c: 2, b: 1 } }), []);
});

it("tells old and new value and the difference of what has moved, appeared or gone", () => {
  const before = { Vault: { deposit: 50_000, gone: 7, same: 3 } };
  const after = { Vault: { deposit: 51_000, same: 3, "new: one": 40_000 } };
  assert.deepEqual(compareFigures(before, after), [
    "                   old     new      difference",
    "Vault.deposit   50,000  51,000  +1,000 (2.0 %)",
    "Vault.gone           7    none                ",
    "Vault.new: one    none  40,000                ",
  ]);
});

it("tells a figure that has fallen", () => {
  assert.deepEqual(compareFigures({ a: 200 }, { a: 150 }), [
    "   old  new     difference",
    "a  200  150  -50 (-25.0 %)",
  ]);
});

it("tells which lines of a text have gone and come, and under what", () => {
  const before = "Claims\n  0 a\nVault\n  0 a\n  1 b\n";
  assert.deepEqual(compareTexts(before, "Claims\n  0 a\nVault\n  0 x\n  1 b\n"), ["Vault", "-   0 a", "+   0 x"]);
  assert.deepEqual(compareTexts(before, `${before}Registry\n`), ["+ Registry"]);
  assert.deepEqual(compareTexts(before, before), []);
});
