import {
  allocationAt,
  decodeSnapshots,
  encodeSnapshots,
  latestAllocation,
  MAX_ALLOCATION,
  writeAllocation,
} from "@assay/protocol";
import { network } from "hardhat";
import { compare } from "./utils/compare.ts";
import type { Random } from "./utils/random.ts";

const { ethers } = await network.create();
const WIDTH = 200n;
const MAX_EPOCH = 2 ** 24 - 1;

/** A slot with snapshots and whatever stands above them. */
function word(random: Random): bigint {
  const values = random.array(4, () => random.edgyBig(0n, MAX_ALLOCATION)) as [bigint, bigint, bigint, bigint];
  const base = random.edgy(0, MAX_EPOCH);
  return (random.uint(56) << WIDTH) | encodeSnapshots({ base, values });
}

/** An epoch about the snapshots' own, which the lowest 24 bits hold. */
function near(random: Random, slot: bigint, max: number): number {
  const base = Number(slot & 0xffffffn);
  return random.oneIn(4) ? random.edgy(0, max) : Math.min(max, Math.max(0, base + random.int(-3, 8)));
}

describe("Snapshots, against their twin", function () {
  it("should read the same values", async function () {
    const harness = await ethers.deployContract("RulesHarness");
    await compare("allocations", {
      input: (random) => {
        const slot = word(random);
        return { word: slot, epoch: near(random, slot, 2 ** 32 - 1) };
      },
      solidity: (inputs) => harness.allocations([...inputs]),
      twin: (r) => {
        const snapshots = decodeSnapshots(r.word);
        return [allocationAt(snapshots, r.epoch), latestAllocation(snapshots)];
      },
    });
  });

  it("should write the same word and keep what stands above", async function () {
    const harness = await ethers.deployContract("RulesHarness");
    await compare("allocation writes", {
      input: (random) => {
        const slot = random.oneIn(8) ? 0n : word(random);
        return { word: slot, epoch: near(random, slot, MAX_EPOCH), value: random.edgyBig(0n, MAX_ALLOCATION) };
      },
      solidity: (inputs) => harness.writeAllocations([...inputs]),
      twin: (w) => {
        const written = encodeSnapshots(writeAllocation(decodeSnapshots(w.word), w.epoch, w.value));
        return ((w.word >> WIDTH) << WIDTH) | written;
      },
    });
  });
});
