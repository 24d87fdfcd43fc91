import assert from "node:assert/strict";
import { it } from "node:test";
import { lineChart } from "./line-chart.ts";
import { OKABE_ITO } from "./palette.ts";

const points = (...values: number[]) => values.map((y, i) => ({ x: 10 ** i, y }));

it("draws a file of its own, with a line, its points and its name for each series", () => {
  const series = [
    { name: "ask", points: points(90, 91, 90) },
    { name: "beat", points: points(200, 210, 205) },
  ];
  const svg = lineChart(series, { description: "Gas by agents", xLabel: "agents", yLabel: "gas", logX: true });
  assert.match(svg, /^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  assert.match(svg, /<svg [^>]*aria-label="Gas by agents"/);
  assert.match(svg, /background: ?white/);
  for (const [i, colour] of [OKABE_ITO.blue, OKABE_ITO.vermilion].entries()) {
    assert.equal(svg.match(new RegExp(`<path [^>]*stroke="${colour}"`, "g"))?.length, 1, "lines");
    assert.equal(svg.match(new RegExp(`<path [^>]*fill="${colour}"`, "g"))?.length, 3, "points");
    assert.match(svg, new RegExp(`<text [^>]*fill="${colour}"[^>]*>${series[i]?.name}</text>`));
  }
  for (const tick of ["1", "10", "100"]) assert.match(svg, new RegExp(`>${tick}</text>`));
});
