import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { Writable } from "node:stream";
import { describe, it } from "node:test";
import { createColors, type Io, isTerminal, Progress, table, toJson, wantsColors } from "./io.ts";

describe("wantsColors", () => {
  it("is true on a terminal only, and not where the user wants none", () => {
    assert.equal(wantsColors(true, {}), true);
    assert.equal(wantsColors(true, { NO_COLOR: "" }), true);
    assert.equal(wantsColors(false, { FORCE_COLOR: "1", CI: "1" }), false);
    assert.equal(wantsColors(true, { NO_COLOR: "1" }), false);
    assert.equal(wantsColors(true, { TERM: "dumb" }), false);
  });
});

describe("interruption", () => {
  const importing = `import { processIo } from ${JSON.stringify(new URL("io.ts", import.meta.url).href)};`;
  const run = (program: string) =>
    spawnSync(process.execPath, ["--input-type=module", "-e", importing + program], { encoding: "utf8" });

  it("keeps alive what goes on for ever while an endpoint fails, and nothing else", () => {
    const failing = (message: string) =>
      run(`
        processIo().interruption();
        Promise.reject(new Error("${message}"));
        setTimeout(() => console.log("alive"), 50);`);
    const { status, stdout, stderr } = failing("socket hang up");
    assert.deepEqual([status, stdout, stderr], [0, "alive\n", "warning: socket hang up\n"]);
    assert.notEqual(failing("a mistake").status, 0);
  });
});

describe("isTerminal", () => {
  it("is false of a pipe, which does not say", () => {
    assert.equal(isTerminal(new Writable() as NodeJS.WriteStream), false);
    assert.equal(isTerminal({ isTTY: true }), true);
  });
});

describe("Progress", () => {
  /** What is written to standard error. */
  function written(live: boolean, act: (progress: Progress) => void): string {
    let text = "";
    const stderr = new Writable({
      write: (chunk: Buffer, _, done) => {
        text += chunk.toString();
        done();
      },
    });
    const unused = () => Promise.reject(new Error("not to be asked"));
    const io: Io = {
      ...{ stdout: stderr, stderr, live, interactive: false, colors: createColors(false), env: {} },
      ...{ interruption: () => new AbortController().signal, confirm: unused, secret: unused },
    };
    act(new Progress(io));
    return text;
  }
  const twice = (progress: Progress) => {
    progress.show("one");
    progress.show("one");
    progress.show("two");
    progress.done();
  };

  it("writes over its line on a terminal, and removes it at the end", () => {
    assert.equal(written(true, twice), "\r\u001b[2Kone\r\u001b[2Ktwo\r\u001b[2K");
  });

  it("writes a line for each change elsewhere", () => {
    assert.equal(written(false, twice), "one\ntwo\n");
  });
});

describe("table and toJson", () => {
  it("align columns, and write bigints as decimal strings", () => {
    assert.deepEqual(
      table([
        ["A", "LONG"],
        ["longer", "x"],
      ]),
      ["A       LONG", "longer  x"],
    );
    assert.equal(toJson({ a: 10n ** 20n, b: [1n] }), '{"a":"100000000000000000000","b":["1"]}');
  });
});
