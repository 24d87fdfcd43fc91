import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import { documentedNames, repeated, testNames } from "./attack-names.ts";
import { ROOT } from "./process.ts";

const PAGE = join(ROOT, "docs/security.md");
const FILES = globSync("test/attacks/**/*.test.ts", { cwd: ROOT }).sort();

const defined = () => FILES.flatMap((file) => testNames(readFileSync(join(ROOT, file), "utf8")));
const documented = () => documentedNames(readFileSync(PAGE, "utf8"));

describe("the attack tests", () => {
  it("have names of their own", () => assert.deepEqual(repeated(defined()), []));

  it("are all named in docs/security.md", () => {
    const names = new Set(documented());
    assert.deepEqual(
      defined().filter((name) => !names.has(name)),
      [],
    );
  });

  it("exist where docs/security.md names them, once each", () => {
    const names = new Set(defined());
    assert.deepEqual(
      documented().filter((name) => !names.has(name)),
      [],
    );
    assert.deepEqual(repeated(documented()), []);
  });
});

describe("testNames", () => {
  it("finds the titles of tests, not of suites", () => {
    const source = 'describe("a", () => { it("b", f); describe(c, () => it(`d`, g)); other("e"); });';
    assert.deepEqual(testNames(source), ["b", "d"]);
  });

  it("refuses a title that is put together", () => {
    assert.throws(() => testNames("it(`a ${b}`, f)"), /is not written out: it\(`a \${b}`, f\)/);
    assert.throws(() => testNames("it()"), /is not written out/);
  });
});

describe("documentedNames", () => {
  it("reads the last column of tables about attacks only", () => {
    const page = [
      "| `no` | `no` |",
      "## Attacks on a thing",
      "`no`",
      "| Attack | Test |",
      "| ------ | ---- |",
      "| `f()`  | `one`, `two \\| half` |",
      "## Other",
      "| x | `no` |",
    ];
    assert.deepEqual(documentedNames(page.join("\n")), ["one", "two \\| half"]);
  });
});

describe("repeated", () => {
  it("names each repetition once", () => assert.deepEqual(repeated(["a", "b", "a", "c", "a", "b"]), ["a", "b"]));
});
