import {
  BPS,
  decodeOpen,
  decodeTerms,
  encodeOpen,
  encodeTerms,
  MAX_GAIN,
  MAX_OUTCOMES,
  MAX_RISK_SEATS,
  type Terms,
} from "@assay/protocol";
import { network } from "hardhat";
import { compare } from "./utils/compare.ts";
import { canaryCode, NO_OUTCOME, openQuestion } from "./utils/questions.ts";
import type { Random } from "./utils/random.ts";

const { ethers } = await network.create();
const MAX_LOSS = (1n << 86n) - 1n;
const STATUS = { resolved: 2, unresolved: 3 } as const;

function terms(random: Random): Terms {
  return {
    status: random.pick(["resolved", "unresolved"]),
    rounds: random.int(1, 4),
    outcome: random.oneIn(4) ? null : random.int(0, MAX_OUTCOMES - 1),
    budget: random.edgy(0, 4095),
    supportBps: random.edgy(0, BPS),
    evidence: random.edgy(0, 8192),
    riskSeats: random.edgy(0, MAX_RISK_SEATS),
    loss: random.edgyBig(0n, MAX_LOSS),
    gain: random.edgyBig(0n, MAX_GAIN),
    refundable: random.bool(),
  };
}

const solidityTerms = ({ status, outcome, ...rest }: Terms) => ({
  ...rest,
  status: STATUS[status],
  outcome: outcome ?? NO_OUTCOME,
});

describe("Questions, against their twin", function () {
  it("should read and write an open question's slot alike", async function () {
    const harness = await ethers.deployContract("QuestionsHarness");
    await compare("open questions", {
      input: (random) => openQuestion(random),
      solidity: async (inputs) => {
        const words = inputs.map((q) => ({ ...encodeOpen(q), outcomes: q.tally.seats.length }));
        const { headers, heads, tallies } = await harness.open.staticCall(
          words.map(({ head, more, outcomes }) => ({ head, more: [...more], outcomes })),
        );
        return headers.map((h, i) => [
          [h.rounds, h.canary, h.budget, h.offered, h.offeredNow, h.epoch],
          heads[i] as bigint,
          tallies[i]?.seats as bigint[],
          tallies[i]?.weights as bigint[],
        ]);
      },
      twin: (question) => {
        const words = encodeOpen(question);
        const q = decodeOpen(words, question.tally.seats.length);
        return [
          [q.rounds, canaryCode(q.canary), q.budget, q.offered, q.offeredNow, q.epoch],
          words.head,
          question.tally.seats,
          question.tally.weights,
        ];
      },
      batch: 100,
    });
  });

  it("should pack terms of settlement alike", async function () {
    const harness = await ethers.deployContract("QuestionsHarness");
    await compare("packed terms", {
      input: terms,
      solidity: (inputs) => harness.encodeTerms(inputs.map(solidityTerms)),
      twin: encodeTerms,
    });
  });

  it("should unpack terms of settlement alike, whatever the word", async function () {
    const harness = await ethers.deployContract("QuestionsHarness");
    await compare("unpacked terms", {
      // Bits 254 and 255 of a slot are never used.
      input: (random) => (random.bool() ? encodeTerms(terms(random)) : random.uint(254) | 2n),
      solidity: async (inputs) =>
        (await harness.decodeTerms([...inputs])).map((t) => [
          ...[t.status, t.rounds, t.outcome, t.budget, t.supportBps, t.evidence, t.riskSeats, t.loss, t.gain],
          t.refundable,
        ]),
      twin: (word) => {
        const t = solidityTerms(decodeTerms(word));
        return [
          ...[t.status, t.rounds, t.outcome, t.budget, t.supportBps, t.evidence, t.riskSeats, t.loss, t.gain],
          t.refundable,
        ];
      },
    });
  });
});
