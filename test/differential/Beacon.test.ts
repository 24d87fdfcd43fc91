import { epochSeed, foldSecret } from "@assay/protocol";
import { network } from "hardhat";
import { compare, RUNS } from "./utils/compare.ts";
import { Random } from "./utils/random.ts";

const { ethers, networkHelpers } = await network.create();
const BLOCKS = 10;
const MAX = (1n << 128n) - 1n;

describe("Beacon, against its twin", function () {
  it("should fold to the same accumulator, wrapping", async function () {
    const harness = await ethers.deployContract("RulesHarness");
    await compare("fold", {
      input: (random) => ({
        accumulator: random.edgyBig(0n, MAX),
        agentId: random.edgyBig(0n, 2n ** 256n - 1n),
        secret: random.hex(32),
      }),
      solidity: (inputs) => harness.fold.staticCall([...inputs]),
      twin: ({ accumulator, agentId, secret }) => foldSecret(accumulator, agentId, secret),
    });
  });

  it("should roll to the same seed", async function () {
    const harness = await ethers.deployContract("RulesHarness");
    const random = new Random("prevrandao");
    let prevrandao = 0n;
    for (let block = 0; block < BLOCKS; block++) {
      await networkHelpers.setPrevRandao(random.uint(256));
      await networkHelpers.mine();
      await compare(
        `roll of block ${block}`,
        {
          input: (r) => ({ accumulator: r.edgyBig(0n, MAX), epoch: r.edgy(0, 2 ** 24) }),
          solidity: async (inputs) => {
            const rolled = await harness.roll.staticCall([...inputs]);
            prevrandao = rolled.prevrandao;
            return rolled.seeds;
          },
          twin: ({ accumulator, epoch }) => {
            const seed = epochSeed(accumulator, prevrandao, epoch);
            return [seed, seed];
          },
        },
        Math.ceil(RUNS / BLOCKS),
      );
    }
  });
});
