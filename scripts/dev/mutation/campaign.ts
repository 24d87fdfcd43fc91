import type { Baseline } from "./baseline.ts";
import { type Build, changedContracts, type Compiler } from "./compiler.ts";
import type { Dependents } from "./dependents.ts";
import type { Layer } from "./layers.ts";
import { diffOf, type Mutant, mutate } from "./mutant.ts";
import type { Request } from "./protocol.ts";
import { Experience, planFor } from "./plan.ts";
import type { Result } from "./results.ts";
import type { Bench } from "./runner.ts";
import type { Sites } from "./sites.ts";

export interface Equipment {
  readonly sources: ReadonlyMap<string, Buffer>;
  readonly compiler: Compiler;
  readonly base: Build;
  readonly baseline: Baseline;
  readonly sites: Sites;
  readonly dependents: Dependents;
  readonly tell: (line: string) => void;
}

/** Runs the tests on one mutant after the other. */
export class Campaign {
  readonly #with: Equipment;
  readonly #layers: readonly Layer[];
  readonly #experience = new Experience();
  /** Milliseconds of each test without a mutant, by file; none of those that fail then. */
  readonly #sound = new Map<string, Promise<Readonly<Record<string, number>>>>();
  /** Whether a test passes in a layer with no mutant on. */
  readonly #confirmed = new Map<string, boolean>();

  constructor(equipment: Equipment, layers: readonly Layer[]) {
    this.#with = equipment;
    this.#layers = layers;
  }

  /**
   * Runs the tests that reach a mutant until one fails.
   * @param budget milliseconds of tests, as long as they take without a mutant, after which the mutant is let go
   * @param before an earlier result: the test that found the mutant then is the first to be run
   */
  async examine(mutant: Mutant, budget: number, bench: Bench, before?: Result): Promise<Result> {
    const { id, file } = mutant;
    const at = this.#layers.findIndex(({ numbers }) => numbers.has(id));
    const layer = this.#layers[at];
    const own = layer === undefined ? this.#compile(mutant) : undefined;
    if (typeof own === "string") return { id, status: own };
    const { sources, baseline, sites } = this.#with;
    const { workspace, runner } = bench;
    const number = layer?.numbers.get(id) ?? 0;

    let spent = 0;
    let complete = true;
    const plan = planFor(file, sites.tagsOf(mutant), baseline, this.#experience);
    for (const sweep of [hintOf(before), ...plan]) {
      for (const asked of sweep) {
        complete &&= spent <= budget;
        if (spent > budget) break;
        const sound = await this.#soundTests(asked.file, bench);
        const tests = asked.tests?.filter((test) => sound[test] !== undefined) ?? [];
        if (tests.length === 0) continue;
        workspace.put(layer?.build ?? own ?? null, layer !== undefined);
        for (const test of tests) spent += sound[test] ?? 0;
        const { results, stuck } = await runner.run({ files: [{ ...asked, tests }], number });
        if (stuck?.how === "crash") throw new Error(`the tests' process died in "${stuck.test}" of ${asked.file}`);
        const failed = results.find((result) => result.failed !== null)?.failed ?? null;
        let found = stuck !== null;
        if (failed !== null) {
          // By itself, as chains go by the clock: on a busy machine an epoch may be over before a file of tests is.
          const again = await runner.run({ files: [{ ...asked, tests: [failed.test] }], number });
          const passes = again.results[0]?.passed[failed.test] !== undefined;
          found = !passes && (await this.#confirm(at, asked.file, failed.test, bench));
        }
        this.#experience.note(file, asked.file, found);
        if (failed !== null && !found) complete = false; // its other tests were not run
        if (!found) continue;
        const by = `${asked.file}: ${(stuck ?? failed)?.test}`;
        // mocha's own words
        const isTimeout = stuck !== null || /^Timeout of \d+ms exceeded/.test(failed?.message ?? "");
        return { id, status: isTimeout ? "timeout" : "killed", by };
      }
    }
    // Within a layer all mutants make other code.
    if (layer !== undefined) {
      const alone = this.#compile(mutant);
      if (typeof alone === "string") return { id, status: alone };
    }
    return { id, status: "survived", complete, ...diffOf(sources.get(file) as Buffer, mutant) };
  }

  /** A build with this mutant alone, or why there is none. */
  #compile(mutant: Mutant): Build | "invalid" | "same" {
    const { sources, compiler, base, dependents } = this.#with;
    const { file } = mutant;
    const text = mutate(sources.get(file) as Buffer, mutant);
    const build = compiler.compileChanged(file, text, dependents.of(file, mutant));
    if (build === null) return "invalid";
    return changedContracts(base, build).length === 0 ? "same" : build;
  }

  /** Whether a test that failed in a layer does so because of the mutant. Guards cost gas, which few tests notice. */
  async #confirm(at: number, file: string, test: string, { runner }: Bench): Promise<boolean> {
    const layer = this.#layers[at];
    if (layer === undefined || at === 0) return true;
    const key = `${at} ${file} ${test}`;
    const known = this.#confirmed.get(key);
    if (known !== undefined) return known;
    const { results, stuck } = await runner.run({ files: [{ file, tests: [test] }], all: true });
    const passes = stuck === null && results[0]?.passed[test] !== undefined;
    this.#confirmed.set(key, passes);
    return passes;
  }

  /** The tests of a file that pass without a mutant in the first layer, run when the file is first wanted. */
  async #soundTests(file: string, bench: Bench): Promise<Readonly<Record<string, number>>> {
    let known = this.#sound.get(file);
    if (known === undefined) {
      known = this.#runSound(file, bench);
      this.#sound.set(file, known);
    }
    return known;
  }

  async #runSound(file: string, { workspace, runner }: Bench): Promise<Readonly<Record<string, number>>> {
    workspace.put(this.#layers[0]?.build ?? null, true);
    const { results, stuck } = await runner.run({ files: [{ file }], all: true });
    if (stuck !== null) throw new Error(`"${stuck.test}" does not end without a mutant (${stuck.how})`);
    const sound = { ...results[0]?.passed };
    for (const test of Object.keys(results[0]?.failures ?? {})) {
      // Once more by itself, as above.
      const alone = (await runner.run({ files: [{ file, tests: [test] }], all: true })).results[0];
      const duration = alone?.passed[test];
      if (duration !== undefined) sound[test] = duration;
      else
        this.#with.tell(
          `left out, as it fails without a mutant, not optimized: ${file}: ${test} (${alone?.failures[test]})`,
        );
    }
    return sound;
  }
}

/** The one test that a result names. */
function hintOf({ by }: Partial<Result> = {}): Request["files"][number][] {
  const [, file, test] = /^(\S+): ([^]*)$/.exec(by ?? "") ?? [];
  return file === undefined || test === undefined ? [] : [{ file, tests: [test] }];
}
