import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { BUGS } from "./planted.ts";
import { PROPERTIES } from "./properties/index.ts";
import { fillPage, readReport, staleness } from "./results.ts";

const report = readReport();

describe("the proofs on record", () => {
  it("are of these sources, properties and bugs: else run npm run test:proofs again", () => {
    assert.deepEqual(staleness(report, PROPERTIES, BUGS), []);
  });

  it("refute no property", () => {
    assert.deepEqual(
      report.properties.filter(({ status }) => status === "refuted"),
      [],
    );
  });

  it("are those of docs/proofs.md", async () => {
    const page = readFileSync(new URL("../../../docs/proofs.md", import.meta.url), "utf8");
    assert.equal(await fillPage(page, report), page);
  });
});

describe("staleness", () => {
  it("names what has changed", () => {
    const [first, ...others] = report.properties;
    const [source = ""] = Object.keys(report.sources);
    const other = {
      ...report,
      sources: { ...report.sources, [source]: "0" },
      prover: "0",
      z3: "0.0.0",
      properties: [{ ...first, name: "other" } as (typeof others)[number], ...others],
      planted: {},
    };
    const faults = staleness(other, PROPERTIES, BUGS);
    assert.ok(faults.includes(`contracts/${source} has changed since it was proved`));
    assert.ok(faults.includes("the executor or a property has changed since"));
    assert.ok(faults.some((fault) => fault.startsWith("it was proved with Z3 0.0.0")));
    assert.ok(faults.includes(`not proved: ${first?.function}: ${first?.name}`));
    assert.ok(faults.includes(`no such property: ${first?.function}: other`));
    assert.ok(faults.includes(`not planted: ${BUGS[0]?.name}`));
  });
});
