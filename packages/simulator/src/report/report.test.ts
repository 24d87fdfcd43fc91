import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { agreementByKind, agreementOf } from "./agreement.ts";
import { combine } from "./combine.ts";
import { type Estimate, meanEstimate, medianOf, shareEstimate } from "./estimate.ts";
import { GAS, gasOf } from "./gas.ts";
import { renderReport } from "./html.ts";
import { toJson } from "./json.ts";
import { FEE, madeUpResult } from "./kit.ts";
import type { Contender } from "./names.ts";
import { summarize, type Summary } from "./summary.ts";
import { accuracyTable, costTable, findings, kindTable, signed, titleOf } from "./texts.ts";

const close = (actual: number | undefined, expected: number, within = 1e-9) =>
  assert.ok(actual !== undefined && Math.abs(actual - expected) <= within, `${actual} is not ${expected}`);
const of = (summary: Summary, contender: Contender) =>
  summary.accuracies.find((one) => one.contender === contender)?.accuracy as Estimate;

describe("estimates", () => {
  it("are Wilson's of a share", () => {
    const { mean, low, high } = shareEstimate(8, 10) as Estimate;
    assert.equal(mean, 0.8);
    close(low, 0.4902, 1e-4);
    close(high, 0.9433, 1e-4);
    close(shareEstimate(0, 5)?.low, 0);
    assert.equal(shareEstimate(0, 0), null);
  });

  it("are Student's of a mean", () => {
    const { mean, low, high } = meanEstimate([1, 2, 3]) as Estimate;
    assert.equal(mean, 2);
    close(high - 2, 4.303 / Math.sqrt(3), 1e-9);
    close(2 - low, high - 2);
    assert.deepEqual(meanEstimate([5]), { mean: 5, low: 5, high: 5 });
    assert.equal(meanEstimate([]), null);
  });

  it("have a median in the middle", () => {
    assert.equal(medianOf([3, 1, 2]), 2);
    assert.equal(medianOf([4, 1, 2, 3]), 2.5);
    assert.equal(medianOf([]), null);
  });
});

describe("summarize", () => {
  const result = madeUpResult();
  const summary = summarize(result, [1, 10]);

  it("scores the swarm on all questions and on those it decided", () => {
    const right = result.questions.filter(({ outcome, truth }) => outcome === truth);
    close(of(summary, "swarm").mean, right.length / 200);
    const decided = result.questions.filter(({ status }) => status === "resolved");
    const rightDecided = right.filter(({ status }) => status === "resolved");
    close(of(summary, "swarmDecided").mean, rightDecided.length / decided.length);
    close(summary.decided?.mean, decided.length / 200);
  });

  it("counts no answer as a guess", () => {
    const worth = result.questions.map(({ baselines: { majority }, truth }) =>
      majority === null ? 0.5 : Number(majority === truth),
    );
    close(of(summary, "majority").mean, worth.reduce((sum, value) => sum + value, 0) / 200);
  });

  it("leaves out questions whose truth nobody knows", () => {
    const questions = result.questions.map((question, i) => (i < 50 ? { ...question, truth: null } : question));
    const some = summarize({ ...result, questions });
    assert.equal(some.questions, 200);
    assert.equal(some.scored, 150);
  });

  it("counts money in seat fees, by kind", () => {
    const [honest, colluders] = summary.kinds;
    assert.deepEqual([honest?.strategy, honest?.agents, honest?.stakeShare], ["honest", 16, 0.8]);
    assert.equal(honest?.medianNet, 82.5);
    close(colluders?.netPerSeat ?? undefined, -0.5);
    assert.equal(summary.attackersNet, -200);
    assert.equal(summarize({ ...result, books: { ...result.books, briber: -7n * FEE } }).attackersNet, -207);
  });

  it("counts as captured only what was resolved to a wrong target", () => {
    const attacked = result.questions.filter(({ target }) => target !== null);
    const captured = attacked.filter(({ status, outcome, target }) => status === "resolved" && outcome === target);
    assert.equal(summary.attacked, attacked.length);
    close(summary.captured?.mean, captured.length / attacked.length);
    assert.equal(summarize({ ...result, questions: [] }).captured, null);
  });

  it("follows accuracy over time by windows that end at the last question", () => {
    const swarm = summary.overTime.find(({ name }) => name === "swarm");
    assert.equal(swarm?.points.at(-1)?.x, 200);
    const last = result.questions.slice(-summary.window);
    close(swarm?.points.at(-1)?.y, last.filter(({ outcome, truth }) => outcome === truth).length / summary.window);
  });

  it("says what a verdict costs in gas and at given prices", () => {
    const total = Object.values(gasOf(result)).reduce((sum, gas) => sum + gas, 0);
    close(summary.cost.gasPerVerdict, total / 200);
    close(summary.cost.prices[1]?.ethPerVerdict, (total / 200) * 1e-8);
    assert.equal(summary.cost.fees?.mean, 9);
  });
});

describe("combine", () => {
  it("takes means over seeds, and intervals over seeds", () => {
    const all = [1, 2, 3].map((seed) => summarize(madeUpResult(seed), [1]));
    const mean = combine(all);
    const each = all.map((summary) => of(summary, "swarm").mean);
    assert.deepEqual(of(mean, "swarm"), meanEstimate(each));
    assert.deepEqual(mean.seeds, [1, 2, 3]);
    assert.equal(mean.kinds.length, 2);
    assert.deepEqual(combine(all.slice(0, 1)), all[0]);
  });

  it("is partial if one of them is", () => {
    const partial = summarize({ ...madeUpResult(2), complete: false });
    assert.equal(combine([summarize(madeUpResult(1)), partial]).complete, false);
  });
});

describe("agreementOf", () => {
  it("is 1 for those who are wrong together, about chance for others, and empty on the diagonal", () => {
    const result = madeUpResult();
    const agreement = agreementOf({ ...result, panel: [...result.panel, { ...result.panel[0], agent: 1 } as never] });
    assert.equal(agreement.members[0]?.group, "honest");
    assert.ok(agreement.pairs.flat().some((pair) => pair?.together === 1));
    assert.ok(agreement.pairs.every((row, i) => row[i] === null));
    const byKind = agreementByKind(agreement);
    const colluders = byKind.find(({ a, b }) => a === "colluders" && b === "colluders");
    const honest = byKind.find(({ a, b }) => a === "honest" && b === "honest");
    assert.ok(colluders !== undefined && honest !== undefined);
    assert.ok(colluders.together > colluders.expected + 0.1);
    close(honest.together, honest.expected, 0.05);
  });
});

describe("GAS", () => {
  it("is what was measured", () => {
    const { Consensus } = JSON.parse(
      readFileSync(new URL("../../../../snapshots/gas.json", import.meta.url), "utf8"),
    ) as { Consensus: Record<string, number> };
    const page = readFileSync(new URL("../../../../docs/gas.md", import.meta.url), "utf8");
    const figure = (name: string) =>
      Number(new RegExp(`^\\| \`${name}\` +\\| +([\\d,]+)`, "m").exec(page)?.[1]?.replaceAll(",", ""));
    assert.deepEqual(GAS, {
      beat: figure("beatFixed"),
      vote: figure("perFurtherVote"),
      ask: figure("ask"),
      finalize: figure("finalizeInline"),
      join: figure("join"),
      leave: Consensus["allocate: leaves"],
      appeal: Consensus.appeal,
      spendBudget: Consensus.spendBudget,
      openCanary: Consensus["openCanary: starts a round"],
      forfeit: Consensus.forfeit,
      reclaim: Consensus["reclaim: unspent budget"],
      settle: Consensus["settle: right"],
      roll: Consensus["roll: first of the epoch"],
    });
  });

  it("has every kind that is counted", () => {
    assert.throws(() => gasOf({ transactions: { dance: 1 }, epochs: [] }), /gas of "dance"/);
  });
});

describe("what is printed", () => {
  const summary = summarize(madeUpResult(), [1]);

  it("names everybody, and what is not known by a dash", () => {
    assert.match(titleOf(summary), /^animals: 200 questions, 20 agents, of the stake colluders 20.0%/);
    for (const name of ["the swarm", "Dawid-Skene", "oracle weights"]) assert.ok(accuracyTable(summary).includes(name));
    assert.match(kindTable(summary), /colluders/);
    assert.match(costTable(summary), /1 gwei/);
    assert.ok(findings(summary).length >= 4);
    const nothing = summarize({ ...madeUpResult(), questions: [], agents: [], epochs: [], panel: [] });
    assert.doesNotMatch(
      [accuracyTable(nothing), kindTable(nothing), ...findings(nothing)].join(),
      /NaN|undefined|null/,
    );
  });

  it("shows signs, but none of nothing", () => {
    assert.deepEqual([signed(1.25, 1), signed(-1, 0), signed(-0.001, 2)], ["+1.3", "-1", "0.00"]);
  });

  it("is a page that loads nothing and carries each chart's data", () => {
    const html = renderReport(summary);
    assert.doesNotMatch(html, /<(script|link|img|iframe|object|embed)\b/i);
    assert.doesNotMatch(html, /\b(src|href)=|@import|url\(/i);
    for (const [address] of html.matchAll(/https?:\/\/[^"'\s<]+/g)) assert.match(address, /^http:\/\/www\.w3\.org\//);
    const charts = html.match(/<figure /g)?.length ?? 0;
    assert.equal(charts, 7); // accuracy, over time, trust, money over time, money, margins, heat map
    assert.equal(html.match(/<details>/g)?.length, charts);
    assert.doesNotMatch(html, /NaN|undefined/);
    assert.doesNotMatch(html, /Partial/);
  });

  it("says so where it is partial, and stands where nothing was asked yet", () => {
    const nothing = { ...madeUpResult(), complete: false, questions: [], epochs: [], panel: [] };
    const html = renderReport(summarize(nothing, [1]));
    assert.match(html, /<h2>Partial<\/h2>/);
    assert.doesNotMatch(html, /NaN|undefined|Infinity/);
  });

  it("is the same JSON for the same result", () => {
    assert.equal(toJson(summary), toJson(summarize(madeUpResult(), [1])));
    assert.match(toJson(summary), /"seatFee": "1000000000000000000"/);
  });
});
