import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { drawChart } from "./chart.ts";
import { fillPage } from "./page.ts";
import type { Row } from "./rows.ts";

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
const rows = JSON.parse(read("bench/results.json")) as Row[];

describe("the published figures", () => {
  it("are those of bench/results.json in docs/peers.md", async () => {
    const page = read("docs/peers.md");
    assert.equal(await fillPage(page, rows), page);
  });

  it("are those of bench/results.json in docs/peers.svg", () => {
    assert.equal(read("docs/peers.svg"), drawChart(rows));
  });
});

it("refuses a page without a place for the tables", async () => {
  await assert.rejects(fillPage("# Peers\n", rows), /no place for the measured figures/);
});
