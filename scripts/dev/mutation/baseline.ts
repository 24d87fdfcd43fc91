/** What is known of the tests before any mutant: how long each takes, and which statements of the contracts it reaches. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "../process.ts";
import type { Compiler } from "./compiler.ts";
import { COVERAGE_LIBRARY, instrument, type Statement } from "./instrument.ts";
import type { FileResult } from "./protocol.ts";
import { Runner, share } from "./runner.ts";
import { hashOf, isMutated } from "./sources.ts";
import type { Workspace } from "./workspace.ts";

export interface TestRecord {
  /** Milliseconds, with what measuring costs. */
  readonly duration: number;
  /** Indices of the statements that it reaches itself. */
  readonly own: readonly number[];
  /** Of those that its fixtures reach. */
  readonly fixtures: readonly number[];
}

export interface Baseline {
  readonly statements: readonly Statement[];
  /** By file and key. */
  readonly tests: Readonly<Record<string, Readonly<Record<string, TestRecord>>>>;
}

type Tell = (line: string) => void;

/** What all tests depend on, besides other files of `test/`. */
const INPUTS = ["contracts", "packages", "examples", "hardhat.config.ts", "package-lock.json"];

/** Which statements are reached hardly depends on it, and each input tells all of its own. */
const ENVIRONMENT = { HARDHAT_COVERAGE: "true", DIFFERENTIAL_RUNS: "20" };

/** Measures files of tests, and keeps what it finds in `cache/mutation` until the file or what it depends on changes. */
export class BaselineMeter {
  readonly #workspaces: readonly Workspace[];
  readonly #files: readonly string[];
  readonly #tell: Tell;
  readonly #statements: Statement[] = [];
  readonly #instrumented = new Map<string, string>();
  readonly #common = commonHash();
  /** Of the files as they were copied, whatever is done to them meanwhile. */
  readonly #hashes: ReadonlyMap<string, string>;

  constructor(
    workspaces: readonly Workspace[],
    sources: ReadonlyMap<string, Buffer>,
    files: readonly string[],
    tell: Tell,
  ) {
    this.#workspaces = workspaces;
    this.#files = files;
    this.#tell = tell;
    this.#hashes = new Map(files.map((file) => [file, hashOf(readFileSync(join(ROOT, file)))]));
    for (const [file, content] of sources) {
      if (!isMutated(file)) this.#instrumented.set(file, content.toString());
      else {
        const { source, statements } = instrument(file, content.toString());
        this.#instrumented.set(file, source);
        this.#statements.push(...statements);
      }
    }
  }

  async load(compiler: Compiler): Promise<Baseline> {
    const unknown = this.#files.filter((file) => this.#read(file) === undefined);
    if (unknown.length > 0) await this.#measure(compiler, unknown);
    const tests = this.#files.map((file): [string, Baseline["tests"][string]] => [file, this.#read(file) ?? {}]);
    return { statements: this.#statements, tests: Object.fromEntries(tests) };
  }

  async #measure(compiler: Compiler, files: readonly string[]): Promise<void> {
    this.#tell(`running ${files.length} files of tests, to see which statements each test reaches`);
    const compiled = compiler.compileOther(this.#instrumented, COVERAGE_LIBRARY);
    if ("errors" in compiled) throw new Error(compiled.errors[0]?.message);
    const benches = this.#workspaces.map((workspace) => {
      workspace.put(compiled.build);
      return { workspace, runner: new Runner(workspace.folder, ENVIRONMENT) };
    });
    let done = 0;
    try {
      await share(benches, files, async (file, { runner }) => {
        const { results, stuck } = await runner.run({ files: [{ file }], all: true });
        if (stuck !== null) throw new Error(`"${stuck.test}" does not end without a mutant (${stuck.how})`);
        for (const result of results) this.#keep(result);
        if (++done % 5 === 0) this.#tell(`  ${done} of ${files.length} files`);
      });
    } finally {
      for (const { workspace, runner } of benches) {
        runner.stop();
        workspace.put(null);
      }
    }
  }

  #keep({ file, passed, reached = {} }: FileResult): void {
    const indices = new Map(this.#statements.map(({ tag }, i) => [tag, i]));
    const indexed = (tags: readonly string[] = []) =>
      tags.map((tag) => indices.get(tag)).filter((i) => i !== undefined);
    const tests = Object.entries(passed).map(([test, duration]): [string, TestRecord] => [
      test,
      { duration, own: indexed(reached[test]?.own), fixtures: indexed(reached[test]?.fixtures) },
    ]);
    mkdirSync(dirname(this.#path(file)), { recursive: true });
    writeFileSync(this.#path(file), JSON.stringify(Object.fromEntries(tests)));
  }

  #read(file: string): Baseline["tests"][string] | undefined {
    const path = this.#path(file);
    return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Baseline["tests"][string]) : undefined;
  }

  #path(file: string): string {
    return join(ROOT, "cache", "mutation", this.#common, `${file.replaceAll("/", "-")}-${this.#hashes.get(file)}.json`);
  }
}

function commonHash(): string {
  const hash = createHash("sha256");
  for (const input of [...INPUTS, "test"]) {
    for (const file of filesBelow(join(ROOT, input))) {
      if (input !== "test" || !file.endsWith(".test.ts"))
        hash.update(file.slice(ROOT.length)).update(readFileSync(file));
    }
  }
  return hash.digest("hex").slice(0, 16);
}

function filesBelow(path: string): string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(sol|ts)$/.test(entry.name) && !entry.parentPath.includes("node_modules"))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
