import assert from "node:assert/strict";
import { test } from "node:test";
import { placeLabels } from "./labels.ts";

test("leaves labels alone that are far enough apart", () => {
  const labels = [
    { text: "b", value: 5 },
    { text: "a", value: 1 },
  ];
  assert.deepEqual(
    placeLabels(labels, 1).map(({ text, at }) => [text, at]),
    [
      ["a", 1],
      ["b", 5],
    ],
  );
});

test("moves labels apart, in their order, about their middle", () => {
  const values = [0.9, 0.91, 0.92, 0.2, 0.93];
  const placed = placeLabels(
    values.map((value) => ({ text: String(value), value })),
    0.1,
  );
  for (let i = 1; i < placed.length; i++) {
    assert.ok((placed[i]?.at ?? 0) - (placed[i - 1]?.at ?? 0) >= 0.1 - 1e-9);
    assert.ok((placed[i]?.value ?? 0) >= (placed[i - 1]?.value ?? 0));
  }
  assert.equal(placed[0]?.at, 0.2);
  const middle = placed.slice(1).reduce((sum, { at }) => sum + at, 0) / 4;
  assert.ok(Math.abs(middle - 0.915) < 1e-9);
});
