import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { madeUpResult } from "../report/kit.ts";
import { summarize } from "../report/summary.ts";
import { checkConfig } from "../run/check.ts";
import { type Cell, hashOf, idOf, PARTS } from "./cell.ts";
import { cellsOf } from "./cells.ts";
import { documentResults } from "./document.ts";
import { codeFingerprint } from "./fingerprint.ts";
import { Journal } from "./journal.ts";
import { metricsOf } from "./metrics.ts";
import { parseStudy, type StudyOptions } from "./options.ts";
import { resultsOf, resultsText } from "./results.ts";
import { study } from "./study.ts";
import { SECTIONS } from "./tables.ts";

const folder = () => mkdtempSync(join(tmpdir(), "assay-study-"));
/** The fingerprint of the code itself, as the study makes it. */
const CODE = codeFingerprint();
const cells = cellsOf("/there/is/no/such/folder");
const metrics = (seed: number) => metricsOf(summarize(madeUpResult(seed)));
const entryOf = (cell: Cell, seed: number) => ({
  id: idOf(cell),
  hash: hashOf(cell, CODE),
  seed,
  metrics: metrics(seed),
});

describe("cellsOf", () => {
  it("has cells of every part, each with an id of its own and a configuration that can be simulated", () => {
    assert.deepEqual([...new Set(cells.map(({ part }) => part))].sort(), Object.keys(PARTS).sort());
    assert.equal(new Set(cells.map(idOf)).size, cells.length);
    for (const { config } of cells) checkConfig({ ...config, seed: 1 });
  });

  it("takes the public sets where they are at hand", () => {
    const root = folder();
    assert.equal(cellsOf(root).length, cells.length);
    writeFileSync(join(root, "rte"), "");
    assert.ok(cellsOf(root).some(({ labels }) => labels["source"] === "rte"));
  });

  it("hashes what a cell's results depend on, and not where its data lie", () => {
    const [cell] = cells as [Cell];
    assert.notEqual(hashOf(cell, CODE), hashOf({ ...cell, config: { ...cell.config, canaries: 0.5 } }, CODE));
    assert.notEqual(hashOf(cell, CODE), hashOf(cell, "other"));
    const at = (path: string) =>
      hashOf({ ...cell, config: { ...cell.config, source: { kind: "folder", path } } }, CODE);
    const [one, other] = [folder(), folder()].map((root) => join(root, "rte")) as [string, string];
    for (const path of [one, other]) {
      mkdirSync(path);
      writeFileSync(join(path, "answers.csv"), "item,worker,label\n");
    }
    assert.equal(at(one), at(other));
    writeFileSync(join(one, "answers.csv"), "item,worker,label\n1,1,1\n");
    assert.notEqual(at(one), at(other));
  });
});

describe("Journal", () => {
  it("remembers runs, of the very configuration, and skips what was cut off", () => {
    const file = join(folder(), "deep", "runs.jsonl");
    const [cell] = cells as [Cell];
    new Journal(file).add(entryOf(cell, 1));
    appendFileSync(file, '{"id": "cut');
    const again = new Journal(file);
    again.add(entryOf(cell, 2));
    const third = new Journal(file);
    for (const seed of [1, 2]) assert.deepEqual(third.find(entryOf(cell, seed)), entryOf(cell, seed));
    assert.equal(third.find({ ...entryOf(cell, 1), hash: "other" }), undefined);
    assert.equal(third.find(entryOf(cell, 3)), undefined);
  });
});

describe("results", () => {
  const file = join(folder(), "runs.jsonl");
  const journal = new Journal(file);
  for (const cell of cells) for (const seed of [1, 2, 3]) journal.add(entryOf(cell, seed));

  it("are means over seeds with intervals, and how far the swarm is ahead seed by seed", () => {
    const results = resultsOf(cells, journal, { seeds: [1, 2, 3], code: CODE });
    assert.ok(results.complete && results.cells.length === cells.length);
    const [first] = results.cells;
    const runs = [1, 2, 3].map(metrics);
    const mean = runs.reduce((sum, run) => sum + (run["swarm"] ?? 0), 0) / 3;
    assert.ok(Math.abs((first?.figures["swarm"]?.[0] ?? 0) - mean) < 1e-3);
    const ahead = runs.reduce((sum, run) => sum + (run["swarm"] ?? 0) - (run["majority"] ?? 0), 0) / 3;
    assert.ok(Math.abs((first?.ahead["majority"]?.[0] ?? 0) - ahead) < 1e-3);
  });

  it("are small, and the same text for the same runs", () => {
    const text = resultsText(resultsOf(cells, journal, { seeds: [1, 2, 3], code: CODE }));
    assert.equal(text, resultsText(resultsOf(cells, new Journal(file), { seeds: [1, 2, 3], code: CODE })));
    assert.ok(text.length < 2 ** 20);
    assert.deepEqual(JSON.parse(text), resultsOf(cells, journal, { seeds: [1, 2, 3], code: CODE }));
  });

  it("say so where runs are missing", () => {
    const results = resultsOf(cells, journal, { seeds: [1, 2, 3, 4], code: CODE });
    assert.equal(results.complete, false);
    assert.equal(results.cells[0]?.seeds, 3);
  });

  it("fill the sections that a page has marks for, with charts beside it", () => {
    const page = join(folder(), "page.md");
    const marks = Object.keys(SECTIONS).map((name) => `## ${name}\n\n<!-- experiment: ${name} -->\n<!-- end -->\n`);
    writeFileSync(page, `# Experiments\n\n${marks.join("\n")}\nThe end.\n`);
    const written = documentResults(resultsOf(cells, journal, { seeds: [1, 2, 3], code: CODE }), page);
    const text = readFileSync(page, "utf8");
    assert.match(text, /The end\.\n$/);
    assert.doesNotMatch(text, /NaN|undefined|null|Partial/);
    for (const [, file] of text.matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)) {
      assert.ok(written.some((path) => path.endsWith(`/${file}`)));
    }
    assert.equal(written.length, 6); // the page and five charts
    for (const chart of written.slice(1)) assert.doesNotMatch(readFileSync(chart, "utf8"), /NaN|undefined/);
  });

  it("leave a page without marks alone, and mark what is partial", () => {
    const page = join(folder(), "page.md");
    writeFileSync(page, "# Nothing\n");
    assert.deepEqual(documentResults(resultsOf(cells, journal, { seeds: [1], code: CODE }), page), [page]);
    assert.equal(readFileSync(page, "utf8"), "# Nothing\n");
    writeFileSync(page, "<!-- experiment: race -->\n<!-- end -->\n");
    documentResults(resultsOf(cells, journal, { seeds: [1, 4], code: CODE }), page);
    assert.match(readFileSync(page, "utf8"), /_Partial/);
  });
});

describe("study", () => {
  it("goes on where it was stopped", async () => {
    const work = folder();
    const options = parseStudy(["--only", "race", "--seeds", "1", "--work", work, "--out", join(work, "out.json")]);
    const lines = () => readFileSync(join(work, "runs.jsonl"), "utf8").split("\n").filter(Boolean);
    const journal = new Journal(join(work, "runs.jsonl"));
    // All of it but the smallest crowd is done already.
    const race = cells.filter(({ part }) => part === "race");
    for (const cell of race.slice(1)) journal.add(entryOf(cell, 1));
    const said: string[] = [];
    const progress = { update: () => undefined, clear: () => undefined, end: (text: string) => said.push(text) };
    const io = { out: (text: string) => said.push(text), progress, signal: new AbortController().signal };
    await study({ ...(options as StudyOptions), dataRoot: work }, io);
    assert.equal(lines().length, race.length);
    assert.match(said.join("\n"), new RegExp(`${race.length} of ${race.length} runs`));
    assert.match(said.join("\n"), /PARTIAL: start again to go on/); // the other parts
    await study({ ...(options as StudyOptions), dataRoot: work }, io);
    assert.equal(lines().length, race.length);
  });

  it("refuses parts that there are none of, and says what there is", () => {
    assert.throws(() => parseStudy(["--only", "luck"]), /no part "luck"; there are quality, parts, attacks/);
    assert.throws(() => parseStudy(["--seeds", "none"]), /--seeds/);
    const { help } = parseStudy(["--help"]) as { help: string };
    for (const part of Object.keys(PARTS)) assert.ok(help.includes(part));
  });
});
