import { verdictOf } from "@assay/protocol";
import { network } from "hardhat";
import { compare } from "./utils/compare.ts";
import { NO_OUTCOME, tally } from "./utils/questions.ts";
import type { Random } from "./utils/random.ts";

const { ethers } = await network.create();

const rules = (random: Random) => ({
  firstRoundSeats: random.bool() ? random.int(3, 15) : random.edgy(3, 255),
  supermajorityBps: random.pick([6_000, 6_667, 7_500, random.edgy(5_001, 10_000)]),
  lastRound: random.bool(),
});

describe("Verdicts, against their twin", function () {
  it("should reach the same verdict on the same tally", async function () {
    const harness = await ethers.deployContract("QuestionsHarness");
    await compare("verdicts", {
      input: (random) => ({ tally: tally(random), rules: rules(random) }),
      solidity: async (inputs) => {
        const verdicts = await harness.verdicts.staticCall(
          inputs.map((d) => ({
            tally: { seats: [...d.tally.seats], weights: [...d.tally.weights] },
            rules: d.rules,
          })),
        );
        return verdicts.map((v) => [
          v.decisive,
          ...[v.outcome, v.seats, v.weight, v.leadingSeats, v.leadingWeight, v.supportBps, v.riskSeats],
        ]);
      },
      twin: (d) => {
        const v = verdictOf(d.tally, d.rules);
        return [
          v.decisive,
          ...[v.outcome ?? NO_OUTCOME, v.seats, v.weight, v.leadingSeats, v.leadingWeight, v.supportBps, v.riskSeats],
        ];
      },
      batch: 100,
    });
  });
});
