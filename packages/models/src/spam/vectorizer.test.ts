import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FeatureCache } from "./features.ts";
import { dot, fitStandardizer, fitTfIdf } from "./vectorizer.ts";

const cache = new FeatureCache();
const example = (text: string, truth: number) => ({ features: cache.get(text), truth });
const examples = [
  example("cheap pills today, cheap and good", 1),
  example("cheap watches today", 1),
  example("the meeting is today", 0),
  example("the meeting was good", 0),
];

describe("fitTfIdf", () => {
  it("keeps the words that separate the classes", () => {
    const vectorize = fitTfIdf(examples, 3);
    // "cheap", "meeting" and "the" separate; "today" and "good" do not.
    assert.ok(vectorize(cache.get("cheap")).some((value) => value > 0));
    assert.ok(vectorize(cache.get("meeting")).some((value) => value > 0));
    assert.ok(vectorize(cache.get("today good")).every((value) => value === 0));
  });
  it("gives vectors of unit length", () => {
    const vector = fitTfIdf(examples, 3)(cache.get("cheap meeting, cheap"));
    assert.ok(Math.abs(dot(vector, vector) - 1) < 1e-12);
  });
});

describe("fitStandardizer", () => {
  it("centres, scales and clips", () => {
    const standardize = fitStandardizer([
      [1, 5],
      [3, 5],
    ]);
    assert.deepEqual(standardize([2, 5]), [0, 0]);
    assert.deepEqual(standardize([3, 6]), [1, 1]);
    assert.deepEqual(standardize([100, -100]), [3, -3]);
  });
});

describe("FeatureCache", () => {
  it("hides markup from words and keeps it in the source", () => {
    const { words, source, visible } = cache.get(
      "<html><b>Free</b> offer<!-- hidden --><script>evil()</script></html>",
    );
    assert.deepEqual([...words.keys()], ["free", "offer"]);
    assert.ok(source.includes("<script>") && !visible.includes("hidden") && !visible.includes("evil"));
  });
  it("computes once", () => assert.equal(cache.get("same text"), cache.get("same text")));
});
