import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { createModels, MODEL_KINDS } from "./create-models.ts";
import { evaluate } from "./evaluation.ts";
import { loadTask } from "./load-task.ts";
import type { Model, ModelInput, Task, TaskName } from "./types.ts";

const SEED = 7;

/** Least accuracy of each kind: about four points below the worst of five seeds, so that only a broken model falls through. */
const FLOOR: Record<TaskName, Record<string, number>> = {
  spam: {
    "naive-bayes": 0.87,
    "gram-naive-bayes": 0.85,
    "logistic-regression": 0.88,
    "support-vector-machine": 0.89,
    "nearest-neighbours": 0.87,
    "random-forest": 0.82,
    "neural-network": 0.85,
    compression: 0.76,
    sentiment: 0.66,
    keywords: 0.81,
  },
  language: { cld3: 0.91, fasttext: 0.91, lande: 0.84, eld: 0.9, tinyld: 0.8, franc: 0.87 },
};
const MAJORITY_FLOOR: Record<TaskName, number> = { spam: 0.9, language: 0.93 };

for (const name of ["spam", "language"] as const) {
  describe(`${name} models`, () => {
    let task: Task;
    let models: Model[];
    before(async () => {
      task = await loadTask(name, { seed: SEED, trainSize: name === "spam" ? 2000 : 600, heldOutSize: 400 });
      models = await createModels(task, { seed: SEED, perKind: 1 });
    });

    it("are one of each kind, with unique ids", () => {
      assert.deepEqual(
        models.map(({ kind }) => kind),
        MODEL_KINDS[name],
      );
      assert.equal(new Set(models.map(({ id }) => id)).size, models.length);
      assert.ok(models.length >= (name === "spam" ? 7 : 6));
      assert.ok(models.every((model) => model.task === name));
    });
    it("reach their accuracy on held-out items, and their majority too", () => {
      const evaluation = evaluate(task, models);
      for (const { kind, accuracy } of evaluation.models) {
        assert.ok(accuracy >= (FLOOR[name][kind] ?? 1), `${kind} is right on ${accuracy}`);
      }
      assert.ok(evaluation.majority >= MAJORITY_FLOOR[name], `majority is right on ${evaluation.majority}`);
      assert.ok(evaluation.majority > evaluation.median);
    });
    it("give an outcome of the task and a confidence from a half to one", () => {
      for (const model of models) {
        for (const item of task.heldOut) {
          const { outcome, confidence } = model.predict(item);
          assert.ok(outcome in task.outcomes);
          assert.ok(confidence >= 0.5 && confidence <= 1, `${model.id}: ${confidence}`);
        }
      }
    });
    it("are right more often where they are more confident", () => {
      for (const model of models) {
        const answers = task.heldOut
          .map((item) => ({ ...model.predict(item), truth: item.truth }))
          .sort((x, y) => y.confidence - x.confidence);
        const right = (from: number, to: number): number =>
          answers.slice(from, to).filter(({ outcome, truth }) => outcome === truth).length;
        assert.ok(right(0, 200) > right(200, 400), model.id);
      }
    });
    it("read nothing but the text and the claimed language", () => {
      const allowed = new Set<string | symbol>(["text", "language"]);
      for (const model of models) {
        for (const item of task.heldOut.slice(0, 20)) {
          const guarded = new Proxy<ModelInput>(item, {
            get(target, property) {
              assert.ok(allowed.has(property), `${model.id} reads ${String(property)}`);
              return Reflect.get(target, property) as unknown;
            },
          });
          model.predict(guarded);
        }
      }
    });
    it("are the same again for the same seed", async () => {
      const again = await createModels(task, { seed: SEED, perKind: 1 });
      const answers = (population: readonly Model[]) =>
        population.map((model) => task.heldOut.slice(0, 60).map((item) => model.predict(item)));
      assert.deepEqual(answers(again), answers(models));
    });
  });
}

describe("createModels", () => {
  let task: Task;
  before(async () => {
    task = await loadTask("spam", { seed: SEED, trainSize: 400, heldOutSize: 100 });
  });

  it("trains models of one kind on different shards", async () => {
    const models = await createModels(task, { seed: 1, perKind: 3, shardSize: 100, kinds: ["compression"] });
    assert.deepEqual(
      models.map(({ id }) => id),
      ["compression-1", "compression-2", "compression-3"],
    );
    const confidences = models.map((model) => task.heldOut.map((item) => model.predict(item).confidence).join());
    assert.equal(new Set(confidences).size, 3);
  });
  it("works when shards have to overlap", async () => {
    const models = await createModels(task, {
      seed: 1,
      perKind: 5,
      shardSize: 400,
      kinds: ["keywords", "nearest-neighbours"],
    });
    assert.equal(models.length, 10);
  });
  it("refuses what it cannot do", async () => {
    await assert.rejects(
      createModels(task, { seed: 1, kinds: ["oracle"] }),
      /^RangeError: unknown spam model "oracle": use naive-bayes, /,
    );
    await assert.rejects(createModels(task, { seed: 1, shardSize: 39 }), {
      message: "shardSize must be an integer of at least 40, got 39",
    });
    await assert.rejects(createModels(task, { seed: 1, shardSize: 401 }), {
      message: "shardSize 401 is more than the 400 training items",
    });
    await assert.rejects(createModels(task, { seed: 1, perKind: 0 }), {
      message: "perKind must be an integer of at least 1, got 0",
    });
    await assert.rejects(createModels(task, { seed: 0.5 }), RangeError);
  });
});

describe("language models", () => {
  it("mark the two that were built from the Declaration", async () => {
    const task = await loadTask("language", { seed: 1, trainSize: 200, heldOutSize: 1 });
    const models = await createModels(task, { seed: 1 });
    assert.deepEqual(
      models.filter(({ contaminated }) => contaminated).map(({ kind }) => kind),
      ["tinyld", "franc"],
    );
    assert.throws(() => models[0]?.predict({ id: "x", text: "Alle mennesker er født frie" }), {
      message: "a language claim must name a language",
    });
  });
});
