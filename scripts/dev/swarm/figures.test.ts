import assert from "node:assert/strict";
import { it } from "node:test";
import { figuresOf, type Mark } from "./figures.ts";

const SPAN = { first: 10, epochs: 2, agentIds: [1n, 2n], startOf: (epoch: number) => epoch * 30, epochLength: 30 };
const mark = (kind: Mark["kind"], agentId: bigint, epoch: number, at = 0): Mark => ({ kind, agentId, epoch, at });

it("counts what was committed and revealed in the epochs that count, by agent", () => {
  const marks = [
    mark("committed", 1n, 9, 299),
    ...[mark("committed", 1n, 10, 303), mark("committed", 1n, 11, 336), mark("committed", 2n, 10, 315)],
    ...[mark("revealed", 1n, 10), mark("revealed", 1n, 11), mark("forfeited", 2n, 10), mark("forfeited", 2n, 12)],
  ];
  assert.deepEqual(figuresOf(marks, SPAN, new Set(["1 10", "2 10"])), {
    ...{ epochs: 2, agents: 2, committed: 0.75, revealed: 0.5, worstAgent: 0, forfeited: 1, latest: 0.5, voting: 0.5 },
  });
});
