import { FULL_PARTICIPATION, initialCounts } from "@assay/protocol";
import { network } from "hardhat";
import { compare, rows } from "./utils/compare.ts";

const { ethers } = await network.create();

describe("Statistics, against their twin", function () {
  it("should begin alike in every domain", async function () {
    const harness = await ethers.deployContract("TrustHarness");
    await compare(
      "initial statistics",
      {
        input: (_, i) => i + 2,
        solidity: async (inputs) =>
          (await harness.initialStatistics.staticCall([...inputs])).map((l) => [l.counts, l.participation]),
        twin: (outcomes) => [initialCounts(outcomes), FULL_PARTICIPATION],
      },
      15,
    );
  });

  it("should hold every count and participation that the rules can reach", async function () {
    const harness = await ethers.deployContract("TrustHarness");
    await compare("stored statistics", {
      input: (random) => ({
        counts: random.array(random.pick([2, 8, 9, 16, random.int(2, 16)]), () => random.edgy(16, 65_535)),
        participation: random.edgy(0, FULL_PARTICIPATION),
      }),
      solidity: async (inputs) => {
        const stored = await harness.storeStatistics.staticCall([...inputs]);
        return rows(stored.loaded, stored.participation).map(([l, p]) => [l.counts, l.participation, p]);
      },
      twin: ({ counts, participation }) => [counts, participation, participation],
      batch: 50,
    });
  });
});
