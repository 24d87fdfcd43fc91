import { readFileSync } from "node:fs";
import {
  COUNT_START,
  countOutcome,
  type Evidence,
  EVIDENCE_CAP,
  EVIDENCE_FLOOR,
  initialCounts,
  MAX_VERDICTS,
  ONE,
  rarity,
  seatWeight,
  updateEvidence,
} from "@assay/protocol";
import { expect } from "chai";
import { network } from "hardhat";
import { compare, rows } from "./utils/compare.ts";
import type { Random } from "./utils/random.ts";

const { ethers } = await network.create();

interface Vector {
  readonly id: number;
  readonly a: number;
  readonly b: number;
  readonly n: number;
  readonly counts: number[] | null;
  readonly outcome: number;
  readonly agree: boolean;
  readonly mult: number;
  readonly g: number;
  readonly weight_before: number;
  readonly a_after: number;
  readonly b_after: number;
  readonly n_after: number;
  readonly weight_after: number;
  readonly counts_after: number[] | null;
}

const fixture = new URL("../../packages/protocol/fixtures/trust.json", import.meta.url);
const { vectors } = JSON.parse(readFileSync(fixture, "utf8")) as { readonly vectors: readonly Vector[] };

function evidence(random: Random): Evidence {
  const alpha = random.edgy(EVIDENCE_FLOOR, EVIDENCE_CAP - EVIDENCE_FLOOR);
  return {
    alpha,
    beta: random.edgy(EVIDENCE_FLOOR, EVIDENCE_CAP - alpha),
    verdicts: random.edgy(0, MAX_VERDICTS),
  };
}

/** Counts as a history of final outcomes leaves them, or anything that fits. */
function counts(random: Random): number[] {
  const outcomes = random.pick([2, 3, 8, 9, 16, random.int(2, 16)]);
  if (random.oneIn(4)) {
    // Their sum is about the cap once the first is counted.
    const others = random.array(outcomes - 1, () => random.int(EVIDENCE_FLOOR, 4_000));
    return [EVIDENCE_CAP - ONE - others.reduce((sum, c) => sum + c, 0) + random.int(-1, 1), ...others];
  }
  if (random.bool())
    return random.array(outcomes, () => random.edgy(EVIDENCE_FLOOR, Math.floor(EVIDENCE_CAP / outcomes)));
  let history = initialCounts(outcomes);
  const usual = random.int(0, outcomes - 1);
  const length = random.int(0, 400);
  for (let i = 0; i < length; i++) {
    history = countOutcome(history, random.oneIn(4) ? random.int(0, outcomes - 1) : usual);
  }
  return history;
}

const triple = (e: { alpha: bigint; beta: bigint; verdicts: bigint }) => [e.alpha, e.beta, e.verdicts];

describe("Trust, against its twin", function () {
  it("should pass the 200 vectors of the trust rule", async function () {
    const harness = await ethers.deployContract("TrustHarness");
    expect(vectors.length).to.equal(200);
    const before = vectors.map(({ a, b, n }) => ({ alpha: a, beta: b, verdicts: n }));
    expect(await harness.weights(before)).to.deep.equal(vectors.map((v) => BigInt(v.weight_before)));
    const after = await harness.update(
      vectors.map((v, i) => ({ evidence: before[i] as Evidence, agree: v.agree, quantity: v.mult * v.g })),
    );
    expect(after.map(triple)).to.deep.equal(vectors.map((v) => [v.a_after, v.b_after, v.n_after].map(BigInt)));
    const weightsAfter = await harness.weights(after.map(({ alpha, beta, verdicts }) => ({ alpha, beta, verdicts })));
    expect(weightsAfter).to.deep.equal(vectors.map((v) => BigInt(v.weight_after)));
    // Domains with open answers have no rarity and count nothing: the caller of both rules sees to that.
    const counting = vectors.filter(
      (v): v is Vector & { counts: number[]; counts_after: number[] } => v.counts !== null,
    );
    expect(counting.length).to.be.greaterThan(100);
    const counted = await harness.count.staticCall(counting.map((v) => ({ counts: v.counts, outcome: v.outcome })));
    expect(counted.g).to.deep.equal(counting.map((v) => BigInt(v.g)));
    expect(counted.counts.map((c) => [...c])).to.deep.equal(counting.map((v) => v.counts_after.map(BigInt)));
  });

  it("should weigh a seat alike", async function () {
    const harness = await ethers.deployContract("TrustHarness");
    await compare("weight", {
      input: evidence,
      solidity: (inputs) => harness.weights([...inputs]),
      twin: seatWeight,
    });
  });

  it("should update evidence alike", async function () {
    const harness = await ethers.deployContract("TrustHarness");
    await compare("update", {
      input: (random) => {
        const [e, agree] = [evidence(random), random.bool()];
        const quantity = random.pick([1, 2, 8]) * random.edgy(64, 1024);
        // One in four ends about the cap.
        const rest = EVIDENCE_CAP - e.alpha - quantity + random.int(-1, 1);
        const beta = random.oneIn(4) && rest >= EVIDENCE_FLOOR ? rest : e.beta;
        return { evidence: { ...e, beta }, agree, quantity };
      },
      solidity: async (inputs) => (await harness.update([...inputs])).map(triple),
      twin: (u) => {
        const { alpha, beta, verdicts } = updateEvidence(u.evidence, u.agree, u.quantity);
        return [alpha, beta, verdicts];
      },
    });
  });

  it("should find the same rarity and count alike", async function () {
    const harness = await ethers.deployContract("TrustHarness");
    await compare("count", {
      input: (random) => {
        const c = counts(random);
        return { counts: c, outcome: random.int(0, c.length - 1) };
      },
      solidity: async (inputs) => {
        const counted = await harness.count.staticCall([...inputs]);
        return rows(counted.g, counted.counts);
      },
      twin: ({ counts: c, outcome }) => [rarity(c, outcome), countOutcome(c, outcome)],
    });
  });

  it("should begin with the same counts", async function () {
    const harness = await ethers.deployContract("TrustHarness");
    const outcomes = Array.from({ length: 15 }, (_, i) => i + 2);
    const loaded = await harness.initialStatistics.staticCall(outcomes);
    expect(loaded.map((l) => [...l.counts])).to.deep.equal(outcomes.map((k) => initialCounts(k).map(BigInt)));
    expect(COUNT_START).to.equal(1024);
  });
});
