import { evidenceUnder, LAST_GENERATION } from "@assay/protocol";
import { network } from "hardhat";
import { compare } from "./utils/compare.ts";
import { packStanding, standing } from "./utils/standings.ts";

const { ethers } = await network.create();

describe("Standings, against their twin", function () {
  it("should believe the same evidence", async function () {
    const harness = await ethers.deployContract("TrustHarness");
    await compare("evidence under a generation", {
      input: (random) => {
        const s = random.oneIn(8) ? null : standing(random);
        const other = random.edgy(0, LAST_GENERATION);
        return {
          standing: s,
          allocations: random.uint(200),
          generation: random.oneIn(3) ? other : (s?.generation ?? 0),
        };
      },
      solidity: async (inputs) => {
        const evidence = await harness.evidence(
          inputs.map(({ standing: s, allocations, generation }) => ({
            word: packStanding(s, allocations),
            generation,
          })),
        );
        return evidence.map((e) => [e.alpha, e.beta, e.verdicts]);
      },
      twin: ({ standing: s, generation }) => {
        const { alpha, beta, verdicts } = evidenceUnder(s, generation);
        return [alpha, beta, verdicts];
      },
    });
  });

  it("should pack evidence in its place and keep the allocations", async function () {
    const harness = await ethers.deployContract("TrustHarness");
    await compare("packed evidence", {
      input: (random) => ({ word: random.uint(256), standing: standing(random) }),
      solidity: (inputs) =>
        harness.withEvidence(
          inputs.map(({ word, standing: { generation, ...evidence } }) => ({ word, generation, evidence })),
        ),
      twin: ({ word, standing: s }) => packStanding(s, word & ((1n << 200n) - 1n)),
    });
  });
});
