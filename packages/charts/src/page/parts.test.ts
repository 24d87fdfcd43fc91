import assert from "node:assert/strict";
import { it } from "node:test";
import { renderCards, renderFigure, renderLegend, renderList, renderPage, renderTable } from "./parts.ts";

it("makes a page that loads nothing and shows texts as they are", () => {
  const body = renderCards([{ figure: "9%", name: "a & b", detail: "<script>" }]) + renderList(["1 < 2"]);
  const html = renderPage({ title: "A", heading: '"Quoted"', subtitle: "below" }, body);
  assert.match(html, /^<!doctype html>/);
  assert.doesNotMatch(html, /<(script|link|img|iframe)\b|@import|url\(/i);
  for (const text of ["a &amp; b", "&lt;script&gt;", "&quot;Quoted&quot;", "<li>1 &lt; 2</li>"]) {
    assert.ok(html.includes(text), text);
  }
});

it("aligns columns of numbers to the right, signs, units and gaps included", () => {
  const html = renderTable({
    head: ["kind", "net", "share"],
    rows: [
      ["honest", "+1.25", "93%"],
      ["lazy", "-0.5", null],
    ],
  });
  assert.match(html, /<th>kind<\/th><th class="n">net<\/th><th class="n">share<\/th>/);
  assert.match(html, /<td>lazy<\/td><td class="n">-0.5<\/td><td class="n"><\/td>/);
});

it("puts a chart's caption and data below it", () => {
  const data = { head: ["x"], rows: [[1]] };
  const html = renderFigure("<svg></svg>", data, { caption: "What one sees", width: "wide" });
  assert.match(html, /<figure class="wide">.*<figcaption>What one sees<\/figcaption><details>.*<table>/);
  assert.doesNotMatch(renderFigure("<svg></svg>", data), /figcaption/);
});

it("draws each entry of a legend in its colour", () => {
  const html = renderLegend([{ name: "swarm", colour: "var(--blue)", symbol: "circle" }]);
  assert.match(html, /<circle [^>]*fill="var\(--blue\)"\/><\/svg>swarm/);
});
