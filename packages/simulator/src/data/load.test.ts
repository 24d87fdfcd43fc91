import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, it } from "node:test";
import { SimulatorError, type SimulatorErrorCode } from "../errors.ts";
import type { Source } from "../model/config.ts";
import type { Tasks } from "../model/tasks.ts";
import { withFolder } from "./kit.ts";
import { NONE_OF_THESE } from "./labels.ts";
import { loadTasks } from "./load.ts";

const HEADER = "item,worker,label\n";
const ANSWERS = `${HEADER}a,x,yes\na,y,no\nb,x,no\n`;
const GOLD = "item,label\na,yes\nb,no\n";
const DATA = fileURLToPath(new URL("../../../../../shared/data/", import.meta.url));

type Files = Readonly<Record<string, string | Uint8Array>>;

const load = (files: Files, openAs?: "candidates" | "claims", seed = 1): Promise<Tasks> =>
  withFolder(files, (path) => loadTasks({ kind: "folder", path, ...(openAs === undefined ? {} : { openAs }) }, seed));

async function refuses(files: Files, code: SimulatorErrorCode, message: RegExp): Promise<void> {
  await assert.rejects(load(files), (error) => {
    assert.ok(error instanceof SimulatorError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  });
}

/** By item's name, then by worker's, what was answered. */
function table({ items, workers, answers }: Tasks): Record<string, Record<string, string | undefined>> {
  return Object.fromEntries(
    items.map(({ id, labels }, i) => [
      id,
      Object.fromEntries([...(answers[i] ?? [])].map(([w, { outcome }]) => [workers[w], labels[outcome]])),
    ]),
  );
}

const truths = ({ items }: Tasks) => items.map(({ truth, labels }) => (truth === null ? null : labels[truth]));

describe("folders of answers", () => {
  it("are read with quotes, spaces, a byte order mark, columns in any order and in capitals", async () => {
    const tasks = await load({
      "answers.csv": '\ufeffWorker,Label,ITEM,confidence\r\nx, "yes, sure" ,a,0.7\r\ny,no,a,\r\n',
      "gold.csv": 'item,label\na,"yes, sure"\n',
    });
    assert.deepEqual(table(tasks), { a: { x: "yes, sure", y: "no" } });
    assert.deepEqual(truths(tasks), ["yes, sure"]);
    assert.deepEqual(
      [...(tasks.answers[0]?.values() ?? [])].map(({ confidence }) => confidence),
      [0.7, null],
    );
    assert.deepEqual([tasks.outcomes, tasks.openAnswers, tasks.notes], [2, false, []]);
  });

  it("order labels by value, words after numbers", async () => {
    const tasks = await load({ "answers.csv": `${HEADER}a,x,10\na,y,9\nb,x,word\n` });
    assert.deepEqual(tasks.items[0]?.labels, ["9", "10", "word"]);
  });

  it("keep the first of two answers, and tell repetitions from contradictions", async () => {
    const tasks = await load({ "answers.csv": `${ANSWERS}a,x,yes\nb,x,yes\n`, "gold.csv": `${GOLD}a,yes\nb,yes\n` });
    assert.deepEqual(table(tasks), { a: { x: "yes", y: "no" }, b: { x: "no" } });
    assert.deepEqual(truths(tasks), ["yes", "no"]);
    assert.deepEqual(tasks.notes, [
      "answers.csv: answer given twice, the first counts: row 5",
      "answers.csv: answer contradicts an earlier one of the same worker, the first counts: row 6",
      "gold.csv: truth given twice, the first counts: row 4",
      "gold.csv: truth contradicts an earlier one, the first counts: row 5",
    ]);
  });

  it("leave out rows that say nothing, by number", async () => {
    const rows = ",x,yes\na,,yes\nb,y,\n\nb\n";
    const tasks = await load({ "answers.csv": ANSWERS + rows, "gold.csv": `${GOLD},yes\na,\n` });
    assert.deepEqual(table(tasks), { a: { x: "yes", y: "no" }, b: { x: "no" } });
    assert.deepEqual(tasks.notes, [
      "answers.csv: no item, row left out: rows 5, 8",
      "answers.csv: no worker, row left out: rows 6, 9",
      "answers.csv: no label, row left out: row 7",
      "gold.csv: no item, row left out: row 4",
      "gold.csv: no label, row left out: row 5",
    ]);
  });

  it("say which cells and columns are not used", async () => {
    const tasks = await load({
      "answers.csv": "item,worker,label,time\na,x,yes,9,surplus\na,y,no,9\n",
      "gold.csv": GOLD,
    });
    assert.deepEqual(tasks.notes, [
      "answers.csv: more cells than columns, the rest left out: row 2",
      "gold.csv: nobody answered the item, row left out: row 3",
      "answers.csv: column time not used",
    ]);
  });

  it("keep an answer whose confidence is none", async () => {
    const rows = ["0", "1", "1.5", "-0.1", "high", ""].map((confidence, w) => `a,w${w},${w % 2},${confidence}\n`);
    const tasks = await load({
      "answers.csv": `item,worker,label,confidence\n${rows.join("")}`,
      "gold.csv": "item,label\na,1\n",
    });
    const confidences = [...(tasks.answers[0]?.values() ?? [])].map(({ confidence }) => confidence);
    assert.deepEqual(confidences, [0, 1, null, null, null, null]);
    assert.deepEqual(tasks.notes, [
      "answers.csv: confidence is not a number from 0 to 1, the answer counts without one: rows 4, 5, 6",
    ]);
  });

  it("keep items without a truth, and leave out truths without an item", async () => {
    const tasks = await load({ "answers.csv": ANSWERS, "gold.csv": "item,label\nb,no\nelsewhere,yes\n" });
    assert.deepEqual(truths(tasks), [null, "no"]);
    assert.deepEqual(tasks.notes, [
      "gold.csv: nobody answered the item, row left out: row 3",
      "1 items have no truth and are asked, but not scored: item a",
    ]);
  });

  it("may have no truth at all", async () => {
    const without = await load({ "answers.csv": ANSWERS });
    assert.deepEqual(truths(without), [null, null]);
    assert.deepEqual(without.notes, ["there is no gold.csv: no truth is known, no accuracy is reported"]);
    const empty = await load({ "answers.csv": ANSWERS, "gold.csv": "item,label\n" });
    assert.deepEqual(empty.notes, ["gold.csv has no truth of any item answered: no accuracy is reported"]);
  });

  it("name five rows of many", async () => {
    const tasks = await load({ "answers.csv": `${ANSWERS}${"a,x,yes\n".repeat(22)}`, "gold.csv": GOLD });
    assert.deepEqual(tasks.notes, [
      "answers.csv: answer given twice, the first counts: rows 5, 6, 7, 8, 9 and 17 more",
    ]);
  });

  it("are refused where nothing can be made of them", async () => {
    await refuses({ "gold.csv": GOLD }, "DATA_UNREADABLE", /answers\.csv cannot be read: there is no such file/);
    await refuses({ "answers.csv": "" }, "DATA_MALFORMED", /answers\.csv is empty: row 1 must be item,worker,label/);
    await refuses({ "answers.csv": HEADER }, "DATA_UNUSABLE", /has no answers/);
    await refuses(
      { "answers.csv": "item;worker;label\na;x;1\n" },
      "DATA_MALFORMED",
      /row 1: no columns item, worker, label in "item;worker;label"/,
    );
    await refuses(
      { "answers.csv": ANSWERS, "gold.csv": "item,truth\na,yes\n" },
      "DATA_MALFORMED",
      /gold\.csv, row 1: no column label in "item,truth"/,
    );
    await refuses({ "answers.csv": `${HEADER}a,x,yes\nb,x,no\n` }, "DATA_UNUSABLE", /one worker "x"/);
    await refuses({ "answers.csv": `${HEADER}a,x,yes\na,y,yes\n` }, "DATA_UNUSABLE", /one label "yes"/);
    await refuses(
      { "answers.csv": `${HEADER}a,x,yes\nb,,no\n` },
      "DATA_UNUSABLE",
      /one worker.*; .*no worker, row left out: row 3/,
    );
    await refuses({ "answers.csv": `${HEADER}a,x,"yes\n` }, "DATA_MALFORMED", /answers\.csv: Quote Not Closed.*line 2/);
    await assert.rejects(loadTasks({ kind: "folder", path: "/nowhere/at/all" }, 1), { code: "DATA_UNREADABLE" });
  });

  it("are refused with the row of what is not UTF-8, wherever chunks of the file end", async () => {
    const latin = Buffer.concat([Buffer.from(`${ANSWERS}c,x,caf`), Buffer.from([0xe9]), Buffer.from("\nc,y,no\n")]);
    await refuses({ "answers.csv": latin }, "DATA_MALFORMED", /answers\.csv, row 5: bytes that are not UTF-8/);
    await refuses({ "answers.csv": Buffer.from(ANSWERS, "utf16le") }, "DATA_MALFORMED", /row 1/);
    const cut = Buffer.from(`${ANSWERS}c,x,é`).subarray(0, -1);
    await refuses({ "answers.csv": cut }, "DATA_MALFORMED", /row 5: bytes/);
    // Files are read 64 KiB at a time: every place in a character of three bytes falls on such a border.
    for (const shift of [0, 1, 2]) {
      const rows = Array.from({ length: 30_000 }, (_, i) => `${i},${i % 7},${i % 2 === 0 ? "あああ" : "いいい"}\n`);
      const text = `item,worker,label\n${"x".repeat(shift)}${rows.join("")}`;
      const { items } = await load({ "answers.csv": text });
      assert.deepEqual(items[0]?.labels, ["あああ", "いいい"]);
      const broken = Buffer.concat([Buffer.from(text), Buffer.from([0xff])]);
      await refuses({ "answers.csv": broken }, "DATA_MALFORMED", /row 30002: bytes/);
    }
  });
});

describe("open answers", () => {
  // Item a: 20 answers of one worker each, of which "0" is given four times more.
  const many = [
    ...Array.from({ length: 20 }, (_, w) => `a,w${w},${w}`),
    ...Array.from({ length: 4 }, (_, w) => `a,v${w},0`),
    "b,w0,0",
    "b,w1,1",
    "b,v0,0",
  ];
  const files = (gold: string) => ({
    "answers.csv": `${HEADER}${many.join("\n")}\n`,
    "gold.csv": `item,label\n${gold}`,
  });

  it("become candidates: the most frequent, the truth that somebody gave, and none of these", async () => {
    const tasks = await load(files("a,19\nb,7\n"));
    assert.deepEqual([tasks.outcomes, tasks.openAnswers], [16, true]);
    const [a, b] = tasks.items;
    assert.equal(a?.labels.length, 16);
    assert.ok(a.labels.includes("0") && a.labels.includes("19") && a.labels.includes(NONE_OF_THESE), a.labels.join());
    assert.deepEqual([...(b?.labels ?? [])].sort(), [NONE_OF_THESE, "0", "1"]);
    assert.deepEqual(truths(tasks), ["19", NONE_OF_THESE]);
    // Listed: 0 to 13 and 19.
    const { w13, w14, w18, w19 } = table(tasks)["a"] ?? {};
    assert.deepEqual([w13, w14, w18, w19], ["13", NONE_OF_THESE, NONE_OF_THESE, "19"]);
    assert.deepEqual(tasks.notes, [
      "20 labels are more than 16: open answers; each item has a list of candidates of its own: the answers it was given, up to 15, and (none of these)",
      "5 answers are not among the 15 candidates of their items and count as (none of these): item a",
      "nobody gave the true answer to item b: the truth is (none of these), all answers given are wrong",
    ]);
  });

  it("stand in an order that says nothing", async () => {
    const places = await Promise.all(
      Array.from({ length: 20 }, async (_, seed) => {
        const { items } = await load(files("a,0\n"), "candidates", seed);
        return items[0]?.labels.indexOf("0");
      }),
    );
    assert.ok(new Set(places).size > 5, places.join());
  });

  it("become claims about the most frequent answer or the runner-up", async () => {
    const claimed = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      const tasks = await load(files("a,0\nb,7\n"), "claims", seed);
      assert.deepEqual([tasks.outcomes, tasks.openAnswers, tasks.items[1]?.labels], [2, false, ["false", "true"]]);
      const id = tasks.items[1]?.id as string;
      claimed.add(id);
      const said = id === "b: 0" ? { w0: "true", w1: "false", v0: "true" } : { w0: "false", w1: "true", v0: "false" };
      assert.deepEqual(table(tasks)[id], said);
      assert.deepEqual(truths(tasks)[1], "false");
    }
    assert.deepEqual([...claimed].sort(), ["b: 0", "b: 1"]);
  });
});

describe("synthetic tasks", () => {
  const source = {
    ...{ kind: "synthetic", items: 2_000, outcomes: 3, accuracy: 0.7, spread: 0.1 },
    ...{ correlation: 0.5, prevalence: 0.6, density: 0.5 },
  } as const satisfies Source;
  const workers = 20;
  const right = ({ items, answers }: Tasks, w: number) => {
    const own = answers.flatMap((of, i) => (of.has(w) ? [of.get(w)?.outcome === items[i]?.truth] : []));
    return own.filter(Boolean).length / own.length;
  };
  /** Share of the items, of those that both answer, that both have wrong. */
  const bothWrong = ({ items, answers }: Tasks) => {
    const wrong = answers.flatMap((of, i) => {
      const pair = [0, 1].map((w) => of.get(w)?.outcome);
      return pair.includes(undefined) ? [] : [pair.every((outcome) => outcome !== items[i]?.truth)];
    });
    return wrong.filter(Boolean).length / wrong.length;
  };

  it("have the accuracies, the prevalence and the density they are told to have", async () => {
    const tasks = await loadTasks(source, 1, workers);
    const accuracies = tasks.workers.map((_, w) => right(tasks, w));
    const mean = accuracies.reduce((a, b) => a + b) / workers;
    const spread = Math.sqrt(accuracies.reduce((a, b) => a + (b - mean) ** 2, 0) / workers);
    assert.ok(Math.abs(mean - 0.7) < 0.06 && Math.abs(spread - 0.1) < 0.05, `${mean} ${spread}`);
    const usual = tasks.items.filter(({ truth }) => truth === 0).length / 2_000;
    assert.ok(Math.abs(usual - 0.6) < 0.04, `${usual}`);
    const answered = tasks.answers.reduce((total, of) => total + of.size, 0) / 40_000;
    assert.ok(Math.abs(answered - 0.5) < 0.02, `${answered}`);
  });

  it("correlate errors as told, and no accuracy with it", async () => {
    const alone = await loadTasks({ ...source, spread: 0, correlation: 0, density: 1 }, 1, workers);
    const together = await loadTasks({ ...source, spread: 0, correlation: 1, density: 1 }, 1, workers);
    assert.ok(Math.abs(bothWrong(alone) - 0.09) < 0.03, `${bothWrong(alone)}`);
    assert.ok(Math.abs(bothWrong(together) - 0.3) < 0.04, `${bothWrong(together)}`);
    assert.ok(Math.abs(right(together, 0) - 0.7) < 0.04);
    // All make the same mistake.
    assert.ok(together.answers.every((of) => new Set([...of.values()].map(({ outcome }) => outcome)).size === 1));
  });

  it("follow from the seed", async () => {
    const small = { ...source, items: 50 };
    assert.deepEqual(await loadTasks(small, 1), await loadTasks(small, 1));
    assert.notDeepEqual(await loadTasks(small, 1), await loadTasks(small, 2));
  });

  it("are refused out of range, by name", async () => {
    for (const bad of [
      { accuracy: 1.1 },
      { density: 0 },
      { outcomes: 17 },
      { items: 2.5 },
      { spread: -1 },
      { prevalence: NaN },
    ]) {
      const [name] = Object.keys(bad) as [string];
      await assert.rejects(loadTasks({ ...source, ...bad }, 1), (error: SimulatorError) => {
        assert.equal(error.code, "BAD_CONFIG");
        assert.match(error.message, new RegExp(`^synthetic ${name} must be`));
        return true;
      });
    }
  });
});

describe("built-in tasks", () => {
  it("have models as workers, with confidences, and not those built from the very text", async () => {
    const tasks = await loadTasks({ kind: "builtin", task: "language" }, 1);
    assert.equal(tasks.items.length, 1_000);
    assert.ok(tasks.workers.length >= 4 && !tasks.workers.includes("franc-1"), tasks.workers.join());
    assert.match(tasks.notes.join(), /^left out, .*franc-1/);
    for (const of of tasks.answers) {
      assert.equal(of.size, tasks.workers.length);
      for (const { confidence } of of.values()) assert.ok(confidence !== null && confidence >= 0.5 && confidence <= 1);
    }
  });
});

describe("development data", () => {
  for (const [set, items, workers, outcomes, answers] of [
    ["rte", 800, 164, 2, 8_000],
    ["dog", 807, 109, 4, 8_070],
    ["zc_in", 2_040, 25, 2, 10_495],
    ["sp_amt", 500, 143, 2, 10_000],
    ["ms", 700, 44, 10, 2_945],
    ["gsm", 1_319, 44, 16, 57_201],
  ] as const) {
    const path = `${DATA}${set}`;
    it(`${set} is read whole`, { skip: existsSync(path) ? false : `${path} is not there` }, async () => {
      const tasks = await loadTasks({ kind: "folder", path }, 1);
      assert.deepEqual([tasks.items.length, tasks.workers.length, tasks.outcomes], [items, workers, outcomes]);
      assert.equal(
        tasks.answers.reduce((total, of) => total + of.size, 0),
        answers,
      );
      assert.ok(truths(tasks).every((truth) => truth !== null));
    });
  }
});
