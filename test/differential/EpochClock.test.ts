import { epochAt, isFreeze, roundSchedule } from "@assay/protocol";
import { network } from "hardhat";
import { compare, rows } from "./utils/compare.ts";

const { ethers } = await network.create();

describe("EpochClock, against its twin", function () {
  it("should give the same epoch and freeze", async function () {
    const harness = await ethers.deployContract("RulesHarness");
    await compare("clock", {
      input: (random) => {
        const genesis = random.edgy(0, 2 ** 40);
        const epochLength = random.pick([30, 31, 60, 64, 3_600, 86_400, random.edgy(30, 2 ** 28)]);
        const boundary = random.edgy(0, 2 ** 24) * epochLength;
        const freeze = epochLength - Math.floor(epochLength / 16);
        const offset = random.pick([0, 1, freeze - 1, freeze, epochLength - 1, random.int(0, epochLength - 1)]);
        return { genesis, epochLength, timestamp: genesis + boundary + offset };
      },
      solidity: async (inputs) => {
        const { epoch, freeze } = await harness.epochs([...inputs]);
        return rows(epoch, freeze);
      },
      twin: ({ timestamp, ...clock }) => [epochAt(clock, timestamp), isFreeze(clock, timestamp)],
    });
  });

  it("should call a round final in the same epoch", async function () {
    const harness = await ethers.deployContract("RulesHarness");
    await compare("final from", {
      // Whatever else stands in a question's slot.
      input: (random) => ({ vote: random.edgy(0, 2 ** 32 - 1), low: random.uint(49), high: random.uint(175) }),
      solidity: (inputs) =>
        harness.finalFrom(inputs.map(({ vote, low, high }) => (high << 81n) | (BigInt(vote) << 49n) | low)),
      twin: ({ vote }) => roundSchedule(vote).final,
    });
  });
});
