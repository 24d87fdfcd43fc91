import assert from "node:assert/strict";
import { it } from "node:test";
import { measured, type Row } from "./rows.ts";
import { group, markdownTable, plainTable } from "./table.ts";

const rows: Row[] = [
  measured("vote", "Dear", 300, "two calls"),
  measured("vote", "Assay, direct", 100, "a beat"),
  measured("vote", "Cheap", 50, "one call"),
  measured("vote", "Assay, relayed", 40, "half a beat"),
  measured("join", "Dear", 10, "nothing"),
];
const quoted: Row[] = [{ work: "vote", system: "Old", gas: 250, measured: false, madeOf: "memory", source: "a book" }];

it("puts Assay first and then the cheapest, with ratios to Assay's first figure", () => {
  const [join, vote] = group(rows);
  assert.deepEqual(
    vote?.rows.map(({ system, ratio }) => [system, ratio]),
    [
      ["Assay, direct", 1],
      ["Assay, relayed", 0.4],
      ["Cheap", 0.5],
      ["Dear", 3],
    ],
  );
  assert.deepEqual(
    join?.rows.map(({ system, ratio }) => [system, ratio]),
    [["Dear", undefined]],
  );
});

it("takes the ratios of quoted figures from the measured ones", () => {
  assert.equal(group(quoted, rows)[0]?.rows[0]?.ratio, 2.5);
});

it("gives no ratio to a work that costs Assay nothing", () => {
  const [attest] = group([measured("attest", "Assay", 0, ""), measured("attest", "Dear", 7, "")]);
  assert.deepEqual(
    attest?.rows.map(({ ratio }) => ratio),
    [undefined, undefined],
  );
});

it("prints a line for each figure", () => {
  const lines = plainTable(group(rows)).split("\n");
  assert.ok(lines.some((line) => /^ {2}Dear +300 +3\.00$/.test(line)));
  assert.ok(lines.some((line) => /^ {2}Dear +10$/.test(line)));
});

it("has a column of sources only where figures are quoted", () => {
  assert.match(markdownTable(group(quoted, rows)), /\| Old \| 250 \| 2\.50 \| memory \| a book \|$/);
  assert.doesNotMatch(markdownTable(group(rows)), /Source/);
});
