import {
  askedSeats,
  FULL_PARTICIPATION,
  MAX_ALLOCATION,
  offeredSeats,
  roundSeats,
  seatsOf,
  updateParticipation,
} from "@assay/protocol";
import { network } from "hardhat";
import { compare } from "./utils/compare.ts";

const { ethers } = await network.create();
/** k' of the fourth round of a domain of 255 seats where nobody reveals. */
const MAX_OFFERED = 4 * roundSeats(255, 4);
const min = (a: bigint, b: bigint) => (a < b ? a : b);

describe("Sortition, against its twin", function () {
  it("should draw the same seats", async function () {
    const harness = await ethers.deployContract("RulesHarness");
    await compare("seats", {
      input: (random) => {
        const total = random.edgyBig(0n, MAX_ALLOCATION);
        // Never more than the total on chain; the rule holds for more, as far as the twin counts exactly.
        const most = total === 0n || !random.oneIn(8) ? total : min(MAX_ALLOCATION, total * 2n ** 39n);
        return {
          offered: random.edgy(0, MAX_OFFERED),
          stake: random.edgyBig(0n, most),
          total,
          seed: random.hex(32),
          questionId: random.hex(24),
          agentId: random.edgyBig(0n, 2n ** 256n - 1n),
          secret: random.hex(32),
        };
      },
      solidity: (inputs) => harness.seats([...inputs]),
      twin: seatsOf,
    });
  });

  it("should draw the same seats where a fraction of a seat decides", async function () {
    const harness = await ethers.deployContract("RulesHarness");
    await compare("fractional seats", {
      input: (random) => ({
        offered: random.int(3, 9),
        stake: random.big(1n, 1_000n),
        total: random.big(1_000n, 9_000n),
        seed: random.hex(32),
        questionId: random.hex(24),
        agentId: random.big(0n, 100n),
        secret: random.hex(32),
      }),
      solidity: (inputs) => harness.seats([...inputs]),
      twin: seatsOf,
    });
  });

  it("should offer the same seats", async function () {
    const harness = await ethers.deployContract("RulesHarness");
    await compare<[number, number]>("offered seats", {
      input: (random) => [
        roundSeats(random.edgy(3, 255), random.int(1, 4)),
        random.pick([random.edgy(0, FULL_PARTICIPATION), random.int(16_000, 17_000)]),
      ],
      solidity: (inputs) => harness.offeredSeats([...inputs]),
      twin: ([asked, participation]) => offeredSeats(asked, participation),
    });
  });

  it("should update participation alike", async function () {
    const harness = await ethers.deployContract("RulesHarness");
    await compare("participation", {
      input: (random) => {
        const offered = random.edgy(0, 16_383);
        return {
          participation: random.edgy(0, FULL_PARTICIPATION),
          revealed: random.bool() ? random.int(0, offered) : random.edgy(0, 16 * 65_535),
          offered,
        };
      },
      solidity: (inputs) => harness.updateParticipation([...inputs]),
      twin: (s) => updateParticipation(s.participation, s.revealed, s.offered),
    });
  });

  it("should ask for the same seats in every round of every size", async function () {
    const harness = await ethers.deployContract("RulesHarness");
    await compare<[number, number]>(
      "round seats",
      {
        input: (_, i) => [i >> 2, (i & 3) + 1],
        solidity: (inputs) => harness.roundSeats([...inputs]),
        twin: ([k, r]) => [roundSeats(k, r), askedSeats(k, r)],
      },
      4 * 256,
    );
  });
});
