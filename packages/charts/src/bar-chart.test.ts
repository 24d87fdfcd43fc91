import assert from "node:assert/strict";
import { it } from "node:test";
import { barChart } from "./bar-chart.ts";

const groups = [
  {
    title: "vote",
    bars: [
      { label: "ours", value: 20_000, kind: "own" },
      { label: "theirs", value: 200_000, kind: "other" },
    ],
  },
  {
    title: "ask",
    bars: [
      { label: "ours", value: 90_000, kind: "own" },
      { label: "an old one", value: 300_000, kind: "quoted" },
    ],
  },
] as const;

/** Widths of the bars with this attribute, in the order of the chart. */
function widths(svg: string, attribute: string): number[] {
  const group = new RegExp(`<g (?=[^>]*aria-label="bar")[^>]*${attribute}[^>]*>(.*?)</g>`).exec(svg)?.[1] ?? "";
  return [...group.matchAll(/ width="([\d.]+)"/g)].map(([, width]) => Number(width));
}

it("draws bars to one scale, each with its label and value, under the headings of their groups", () => {
  const legend = { own: "us", other: "others", quoted: "quoted ones" };
  const svg = barChart(groups, { description: "Gas of two things", xLabel: "gas", legend });
  assert.match(svg, /^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  assert.match(svg, /<svg [^>]*aria-label="Gas of two things"/);
  const own = widths(svg, 'fill="#0072b2"');
  const other = widths(svg, 'fill="#9aa3ad"');
  const quoted = widths(svg, 'stroke-dasharray="3 2"');
  assert.deepEqual([own.length, other.length, quoted.length], [2, 1, 1]);
  const scale = (own[0] as number) / 20_000;
  for (const [width, value] of [
    [own[1], 90_000],
    [other[0], 200_000],
    [quoted[0], 300_000],
  ] as const) {
    assert.ok(Math.abs((width as number) / value - scale) < 1e-6, `${width} for ${value}`);
  }
  const texts = [...svg.matchAll(/<text[^>]*>([^<]+)<\/text>/g)].map(([, text]) => text);
  for (const text of ["vote", "ask", "theirs", "an old one", "200,000", "300,000", "us", "others", "quoted ones"]) {
    assert.equal(texts.filter((found) => found === text).length, 1, text);
  }
  assert.equal(texts.filter((found) => found === "ours").length, 2);
});

it("leaves kinds out of the legend that have no text", () => {
  const svg = barChart(groups, { description: "", xLabel: "gas", legend: { own: "us" } });
  assert.match(svg, />us<\/text>/);
  assert.equal(svg.match(/<g [^>]*aria-label="dot"/g)?.length, 1);
});
