import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { heatMap } from "./heat-map.ts";
import { intervalChart } from "./interval-chart.ts";
import { marginBars, marginChart } from "./margin-chart.ts";
import { moneyChart } from "./money-chart.ts";
import { PAGE_COLOURS } from "./palette.ts";
import { textTable } from "./text-table.ts";
import { timelineChart } from "./timeline-chart.ts";

const textsOf = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]+)<\/text>/g)].map(([, text]) => text);

describe("timelineChart", () => {
  it("draws and names each line that has points, in its colour", () => {
    const points = [
      { x: 0, y: 1 },
      { x: 4, y: 2 },
    ];
    const series = [
      { name: "honest", points, colour: PAGE_COLOURS.blue },
      { name: "lazy", points, colour: PAGE_COLOURS.orange, dash: "6 3", strong: true },
      { name: "absent", points: [], colour: PAGE_COLOURS.green },
    ];
    const svg = timelineChart(series, { description: "Money", xLabel: "epoch", yLabel: "fees" });
    assert.match(svg, /aria-label="Money"/);
    assert.equal(svg.match(/<path [^>]*stroke="var\(--blue\)"|<g [^>]*stroke="var\(--blue\)"/g)?.length, 1);
    assert.match(svg, /stroke-dasharray="6 3"/);
    const texts = textsOf(svg);
    assert.ok(texts.includes("honest") && texts.includes("lazy") && !texts.includes("absent"));
  });
});

describe("marginBars", () => {
  it("counts verdicts by twentieths of support and by how they ended", () => {
    const bars = marginBars([
      { supportBps: 10_000, end: "right" },
      { supportBps: 9_600, end: "right" },
      { supportBps: 9_600, end: "wrong" },
      { supportBps: 5_000, end: "unresolved" },
    ]);
    assert.deepEqual(
      bars.map(({ from, result, count }) => [from, result, count]),
      [
        [0.5, "unresolved", 1],
        [0.95, "right", 2],
        [0.95, "wrong", 1],
      ],
    );
    assert.match(marginChart(bars, "Margins"), /aria-label="Margins"/);
  });
});

describe("moneyChart", () => {
  it("names everybody and the unit", () => {
    const texts = textsOf(moneyChart([{ name: "lazy", won: 1, lost: 2 }], "fees a seat", "Money"));
    assert.ok(texts.includes("lazy") && texts.some((text) => text?.startsWith("fees a seat")));
  });
});

describe("intervalChart", () => {
  it("shows each estimate in per cent", () => {
    const rows = [
      { name: "swarm", mean: 0.912, low: 0.9, high: 0.93, colour: PAGE_COLOURS.blue, strong: true },
      { name: "majority", mean: 0.875, low: 0.86, high: 0.89, colour: PAGE_COLOURS.orange },
    ];
    const texts = textsOf(intervalChart(rows, "accuracy", "Accuracy"));
    for (const text of ["swarm", "91.2%", "majority", "87.5%"]) assert.ok(texts.includes(text), text);
  });
});

describe("heatMap", () => {
  const members = (size: number) =>
    Array.from({ length: size }, (_, i) => ({ name: `agent ${i}`, group: i < 2 ? "honest" : "colluders" }));
  const square = (size: number) =>
    Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => (i === j ? null : 0.5)));

  it("fills what is known, and names few members themselves", () => {
    const svg = heatMap(members(3), square(3), { description: "Alike", label: "alike" });
    const cells = /<g aria-label="rect"[^>]*>(.*?)<\/g>/.exec(svg)?.[1] ?? "";
    assert.equal(cells.match(/<rect /g)?.length, 6);
    assert.doesNotMatch(cells, /fill="undefined"/);
    assert.ok(textsOf(svg).includes("agent 2"));
  });

  it("names the groups of many", () => {
    const texts = textsOf(heatMap(members(40), square(40), { description: "Alike", label: "alike" }));
    assert.ok(texts.includes("honest") && texts.includes("colluders") && !texts.includes("agent 2"));
  });
});

describe("textTable", () => {
  it("aligns texts to the left and the rest to the right", () => {
    assert.equal(textTable(["kind", "net"], [["honest", "1"]], 1), "kind    net\n------  ---\nhonest    1");
  });
});
