import {
  type Appeal,
  burnOf,
  lossPerSeat,
  MAX_SEAT_FEE,
  settlementTerms,
  splitBurn,
  type Tally,
  verdictOf,
  type VerdictRules,
} from "@assay/protocol";
import { ZeroAddress } from "ethers";
import { network } from "hardhat";
import { compare } from "./utils/compare.ts";
import { canary, NO_OUTCOME, tally } from "./utils/questions.ts";
import type { Random } from "./utils/random.ts";

const { ethers } = await network.create();
const APPELLANT = "0x00000000000000000000000000000000000a55a1";
const MAX_BOND = (1n << 86n) - 1n;

/** A resolved question needs a clear winner, which a random tally seldom has. */
function decided(random: Random, t: Tally): Tally {
  if (random.oneIn(3)) return t;
  const winner = random.int(0, t.seats.length - 1);
  const seats = t.seats.map((n, o) => (o === winner ? Math.max(n, random.edgy(1, 65_535)) : Math.min(n, 40)));
  return { seats, weights: seats.map((n, o) => (o === winner ? n * 4096 : Math.min(t.weights[o] as number, n * 256))) };
}

function appeal(random: Random, outcomes: number): Appeal | null {
  if (random.oneIn(4)) return null;
  return { against: random.oneIn(4) ? null : random.int(0, Math.min(outcomes, 3) - 1) };
}

function settling(random: Random) {
  const single = random.oneIn(10);
  const t = single ? { seats: [0, 1], weights: [0, random.edgy(0, 4096)] } : decided(random, tally(random));
  const outcomes = t.seats.length;
  const rules: VerdictRules = {
    // Only below the least size of a committee can a single seat decide.
    firstRoundSeats: single ? random.int(1, 3) : random.edgy(3, 255),
    supermajorityBps: random.edgy(5_001, 10_000),
    lastRound: random.bool(),
  };
  const seatFee = random.edgyBig(1n, MAX_SEAT_FEE);
  const rounds = random.int(1, 4);
  const inputs = {
    seatFee,
    seatBond: random.oneIn(16) ? MAX_BOND : seatFee * BigInt(random.edgy(8, 64)),
    burnBps: random.edgy(1_000, 5_000),
    firstRoundSeats: rules.firstRoundSeats,
    rounds,
    rarity: random.edgy(64, 1024),
    canary: canary(random, Math.min(outcomes, 3)),
    appeals: random.array(rounds - 1, () => appeal(random, outcomes)),
    budget: 0,
  };
  return { tally: t, rules, inputs };
}

describe("Settlement, against its twin", function () {
  it("should settle a question on the same terms and pay the same at once", async function () {
    const harness = await ethers.deployContract("QuestionsHarness");
    const statuses = new Set<bigint>();
    await compare("settlement", {
      input: settling,
      solidity: async (all) => {
        const settled = await harness.settle.staticCall(
          all.map(({ tally: t, rules, inputs }) => {
            const { outcome } = verdictOf(t, rules);
            return {
              tally: { seats: [...t.seats], weights: [...t.weights] },
              rules,
              inputs: {
                ...inputs,
                canaryConfirmed: inputs.canary.kind === "answer" && inputs.canary.outcome === outcome,
                appeals: inputs.appeals.map((a) => ({
                  appellant: a === null ? ZeroAddress : APPELLANT,
                  against: a === null || a.against === null ? 0 : 1 + a.against,
                })),
              },
            };
          }),
        );
        return settled.map(({ terms: t, payouts }) => {
          statuses.add(t.status);
          return [
            ...[t.status, t.rounds, t.outcome, t.supportBps, t.evidence, t.riskSeats, t.loss, t.gain],
            t.refundable,
            payouts.appellants,
            payouts.toSink,
          ];
        });
      },
      twin: ({ tally: t, rules, inputs }) => {
        const { terms, payouts } = settlementTerms(inputs, verdictOf(t, rules));
        const status = terms.status === "resolved" ? 2 : 3;
        const outcome = terms.outcome ?? NO_OUTCOME;
        // Fees that the asker may reclaim stay in the pot: the contract pays them later.
        return [
          ...[status, terms.rounds, outcome, terms.supportBps, terms.evidence, terms.riskSeats, terms.loss, terms.gain],
          terms.refundable,
          payouts.appellants,
          payouts.toSink,
        ];
      },
      batch: 50,
    });
    if (statuses.size !== 2) throw new Error("the inputs do not reach both statuses");
  });

  it("should take the same loss from a seat", async function () {
    const harness = await ethers.deployContract("QuestionsHarness");
    await compare("loss per seat", {
      input: (random) => {
        const leadingWeight = random.edgy(0, 65_535 * 4096);
        return {
          seatBond: random.edgyBig(8n, MAX_BOND),
          leadingWeight,
          weight: leadingWeight + random.edgy(0, random.bool() ? leadingWeight : 15 * 65_535 * 4096),
          rarity: random.edgy(64, 1024),
        };
      },
      solidity: (inputs) => harness.losses([...inputs]),
      twin: ({ seatBond, leadingWeight, weight, rarity }) => lossPerSeat(seatBond, leadingWeight, weight, rarity),
    });
  });

  it("should burn the same and leave the keeper the same", async function () {
    const harness = await ethers.deployContract("QuestionsHarness");
    const keepers = { nobody: ZeroAddress, owner: APPELLANT, other: "0x00000000000000000000000000000000000a55a2" };
    await compare("burn", {
      input: (random) => ({
        amount: random.edgyBig(0n, (1n << 104n) - 1n),
        burnBps: random.edgy(1_000, 5_000),
        keeper: random.pick(["nobody", "owner", "other"] as const),
      }),
      solidity: (inputs) => harness.burns(inputs.map((b) => ({ ...b, keeper: keepers[b.keeper], owner: APPELLANT }))),
      twin: (b) => [burnOf(b.amount, b.burnBps), splitBurn(b.amount, b.keeper === "other").keeper],
    });
  });
});
