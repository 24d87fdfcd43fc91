import { agentLink, hashForward, MAX_SKIPPED_EPOCHS, ZERO_HASH } from "@assay/protocol";
import { network } from "hardhat";
import { compare } from "./utils/compare.ts";

const { ethers } = await network.create();

describe("SecretChain, against its twin", function () {
  it("should hash forward to the same tip", async function () {
    const harness = await ethers.deployContract("RulesHarness");
    const extremes = [0, 1, 2, MAX_SKIPPED_EPOCHS - 1, MAX_SKIPPED_EPOCHS];
    await compare("forward", {
      input: (random, i) => ({
        secret: i % 50 === 7 ? ZERO_HASH : random.hex(32),
        steps: extremes[i] ?? random.int(0, random.oneIn(50) ? MAX_SKIPPED_EPOCHS : 64),
      }),
      solidity: (inputs) =>
        harness.forward(
          inputs.map(({ secret }) => secret),
          inputs.map(({ steps }) => steps),
        ),
      twin: ({ secret, steps }) => hashForward(secret, steps),
      batch: 100,
    });
  });

  it("should link to the same hash", async function () {
    const harness = await ethers.deployContract("RulesHarness");
    await compare("link", {
      input: (random) => ({
        owner: random.hex(20),
        tip: random.hex(32),
        commitment: random.oneIn(4) ? ZERO_HASH : random.hex(32),
        exposure: random.edgyBig(0n, 2n ** 256n - 1n),
        backing: random.edgyBig(0n, 2n ** 256n - 1n),
      }),
      solidity: (inputs) =>
        harness.links(
          [...inputs],
          inputs.map(({ owner }) => owner),
        ),
      twin: (parts) => agentLink(parts, parts.owner),
    });
  });
});
