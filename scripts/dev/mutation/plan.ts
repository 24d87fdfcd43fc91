import type { Baseline, TestRecord } from "./baseline.ts";
import type { Request } from "./protocol.ts";

/** How often a test file was asked, and how often it found the mutant; by the file that was mutated. */
export class Experience {
  readonly #seen = new Map<string, { asked: number; killed: number }>();

  note(mutated: string, testFile: string, killed: boolean): void {
    const key = `${mutated} ${testFile}`;
    const { asked, killed: before } = this.#seen.get(key) ?? { asked: 0, killed: 0 };
    this.#seen.set(key, { asked: asked + 1, killed: before + (killed ? 1 : 0) });
  }

  /** Chance that the next mutant of the file is found. */
  chance(mutated: string, testFile: string): number {
    const { asked, killed } = this.#seen.get(`${mutated} ${testFile}`) ?? { asked: 0, killed: 0 };
    return (killed + 1) / (asked + 3);
  }
}

type Files = Request["files"];

/**
 * Tests of a file that a first, quick sweep runs: half of them those that reach least else, as if they were written for this, half
 * those that reach most, and may see whatever went wrong.
 */
const QUICK_TESTS = 6;

/**
 * The tests that reach a mutant, in sweeps: first a few of each file, then all that reach it themselves, last those that only
 * begin with what it has a part in. Within a sweep the files come first that find most mutants for their time.
 *
 * @param mutated file of the mutant
 * @param tags statements of which one must be executed; null for all tests
 */
export function planFor(
  mutated: string,
  tags: ReadonlySet<string> | null,
  baseline: Baseline,
  experience: Experience,
): Files[] {
  const wanted = new Set<number>();
  baseline.statements.forEach(({ tag }, i) => {
    if (tags?.has(tag)) wanted.add(i);
  });
  const reaches = (indices: readonly number[]) => tags === null || indices.some((i) => wanted.has(i));
  const sweeps: [quick: Files[number][], own: Files[number][], fixtures: Files[number][]] = [[], [], []];
  for (const [file, tests] of Object.entries(baseline.tests)) {
    const all = Object.entries(tests);
    const own = all.filter(([, test]) => reaches(test.own));
    const quick = pickQuick(own);
    const rest = own.filter(([test]) => !quick.includes(test)).map(([test]) => test);
    const through = all.filter(([, test]) => !reaches(test.own) && reaches(test.fixtures)).map(([test]) => test);
    [quick, rest, through].forEach((names, i) => {
      if (names.length > 0) sweeps[i]?.push({ file, tests: names, limits: limitsOf(names, tests) });
    });
  }
  const value = ({ file, tests = [] }: Files[number]) => {
    const records = baseline.tests[file] ?? {};
    const time = tests.reduce((sum, test) => sum + (records[test]?.duration ?? 0), 100);
    return experience.chance(mutated, file) / time;
  };
  return sweeps.map((files) => files.sort((a, b) => value(b) - value(a))).filter((files) => files.length > 0);
}

function pickQuick(tests: readonly [string, TestRecord][]): string[] {
  const cost = ({ duration, own }: TestRecord) => (duration + 50) * Math.sqrt(own.length + 1);
  const sorted = [...tests].sort(([, a], [, b]) => cost(a) - cost(b));
  const most = [...tests].sort(([, a], [, b]) => b.own.length - a.own.length);
  const picked = [...sorted.slice(0, QUICK_TESTS / 2), ...most.slice(0, QUICK_TESTS / 2)].map(([test]) => test);
  return [...new Set(picked)];
}

/** Ten times what a test takes without a mutant, and what a busy machine may add. */
function limitsOf(names: readonly string[], tests: Readonly<Record<string, TestRecord>>): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, 20_000 + 10 * (tests[name]?.duration ?? 0)]));
}
