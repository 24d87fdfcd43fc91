import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Hex } from "@assay/sdk/protocol";
import { type Answer, pairwiseAgreement } from "./agreement.ts";

const idOf = (i: number): Hex => `0x00000001${String(i).padStart(40, "0")}`;
/** The right answer to every question is 1. */
const truth = (n: number) => new Map(Array.from({ length: n }, (_, i): [Hex, number] => [idOf(i), 1]));
/** An agent's answers, question by question; `-` for none. */
const answers = (agentId: bigint, text: string): Answer[] =>
  [...text].flatMap((answer, i) => (answer === "-" ? [] : [{ agentId, questionId: idOf(i), outcome: Number(answer) }]));

describe("pairwiseAgreement", () => {
  it("counts what both answered, what each got wrong and what both did, against independence", () => {
    const given = [...answers(7n, "00110011"), ...answers(3n, "0101010-")];
    assert.deepEqual(pairwiseAgreement(given, truth(8)), [
      {
        ...{ agents: [3n, 7n], both: 7, wrong: [4, 4], bothWrong: 2, expected: 16 / 7 },
        correlation: (7 * 2 - 4 * 4) / Math.sqrt(4 * 3 * 4 * 3),
      },
    ]);
  });

  it("puts those that err together first, and those that never err last", () => {
    const given = [...answers(1n, "0011"), ...answers(2n, "0011"), ...answers(3n, "1100"), ...answers(4n, "1111")];
    const found = pairwiseAgreement(given, truth(4)).map(({ agents, correlation }) => [agents.join(), correlation]);
    assert.deepEqual(found, [
      ["1,2", 1],
      ["1,3", -1],
      ["2,3", -1],
      ["1,4", null],
      ["2,4", null],
      ["3,4", null],
    ]);
  });

  it("takes an agent's last answer, and leaves out questions that are not decided and pairs that share none", () => {
    const given = [...answers(1n, "0-"), ...answers(1n, "1-"), ...answers(2n, "0-"), ...answers(3n, "-0")];
    const [pair, ...more] = pairwiseAgreement(given, truth(1));
    assert.deepEqual([pair?.agents, pair?.wrong, more], [[1n, 2n], [0, 1], []]);
  });
});
