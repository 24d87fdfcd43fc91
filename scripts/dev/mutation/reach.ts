import type { Test } from "mocha";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { Reached } from "./protocol.ts";

type Connection = Awaited<ReturnType<HardhatRuntimeEnvironment["network"]["create"]>>;
type Fixture = (...args: never[]) => Promise<unknown>;

/** What names a test within its file. */
export function keyOf(test: Pick<Test, "fullTitle">): string {
  return test.fullTitle();
}

/** Notes which statements each test reaches, itself and through its fixtures, from the coverage that the chain reports. */
export class Reach {
  #sink = new Set<string>();
  #test: string | undefined;
  #own = new Map<string, Set<string>>();
  #fixtures = new Map<string, Set<string>>();
  /** Statements of a fixture, known once it has been set up. */
  readonly #known = new WeakMap<Fixture, Set<string>>();

  constructor(hre: HardhatRuntimeEnvironment) {
    hre.hooks.registerHandlers("network", {
      onCoverageData: async (_context, tags) => {
        for (const tag of tags) this.#sink.add(tag);
      },
    });
  }

  /** Lets fixtures of a chain be told from tests. */
  watch({ networkHelpers }: Connection): void {
    const load = networkHelpers.loadFixture.bind(networkHelpers) as (fixture: Fixture) => Promise<unknown>;
    const watched = async (fixture: Fixture): Promise<unknown> => {
      const test = this.#sink;
      this.#sink = new Set();
      try {
        return await load(fixture);
      } finally {
        await settled();
        if (!this.#known.has(fixture)) this.#known.set(fixture, this.#sink);
        for (const tag of this.#known.get(fixture) ?? []) this.#through().add(tag);
        this.#sink = test;
      }
    };
    Object.defineProperty(networkHelpers, "loadFixture", { value: watched });
  }

  /** A test begins. What hooks reached before it counts as its fixture. */
  begin(test: string): void {
    const before = this.#test === undefined ? this.#sink : new Set<string>();
    this.#test = test;
    this.#sink = new Set();
    this.#own.set(test, this.#sink);
    for (const tag of before) this.#through().add(tag);
  }

  async end(): Promise<void> {
    await settled();
    this.#test = undefined;
    this.#sink = new Set();
  }

  /** What has been noted since the last call. */
  take(): Record<string, Reached> {
    const reached: Record<string, Reached> = {};
    for (const [test, own] of this.#own) {
      reached[test] = { own: [...own], fixtures: [...(this.#fixtures.get(test) ?? [])] };
    }
    this.#own = new Map();
    this.#fixtures = new Map();
    return reached;
  }

  #through(): Set<string> {
    const test = this.#test ?? "";
    const tags = this.#fixtures.get(test) ?? new Set();
    this.#fixtures.set(test, tags);
    return tags;
  }
}

/** Coverage arrives a moment after the call that it is of. */
async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}
