import assert from "node:assert/strict";
import { it } from "node:test";
import { type Curve, findings } from "./shapes.ts";
import type { Row } from "./types.ts";

const curve = (shape: Curve["shape"]): Curve => ({ title: "", unit: "votes", shape, columns: { beat: "beat" } });

it("takes a flat curve for one, and one that grows by more than a hundredth for none", () => {
  const flat = [
    { votes: 1, beat: 1_000 },
    { votes: 9, beat: 1_009 },
  ];
  assert.deepEqual(findings(curve("flat"), flat), [{ text: "beat: 1,000 to 1,009, 0.90 % apart", holds: true }]);
  const grown = [...flat, { votes: 10, beat: 1_011 }];
  assert.deepEqual(findings(curve("flat"), grown), [{ text: "beat: 1,000 to 1,011, 1.10 % apart", holds: false }]);
});

it("takes a line for one, and a square for none", () => {
  const xs = [1, 2, 3, 4, 5];
  const line = findings(
    curve("linear"),
    xs.map((votes) => ({ votes, beat: 100 + 7 * votes })),
  );
  assert.deepEqual(line, [{ text: "beat: 100 + 7 for each of the votes, at most 0.00 % off", holds: true }]);
  const [square] = findings(
    curve("linear"),
    xs.map((votes) => ({ votes, beat: votes * votes })),
  );
  assert.equal(square?.holds, false);
});

it("leaves out rows without the column", () => {
  const rows: Row[] = [
    { votes: 1, other: 5 },
    { votes: 2, beat: 9 },
    { votes: 3, beat: 9 },
  ];
  assert.deepEqual(findings(curve("steps"), rows), [{ text: "beat: 9 to 9, 0.00 % apart", holds: true }]);
});
