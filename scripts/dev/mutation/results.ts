/** What a campaign found, and the reasons why some mutants live. */
import { type Mutant, OPERATORS } from "./mutant.ts";

/**
 * `killed` by a failing test, `timeout` by one that did not end, `survived`; `invalid` if it does not compile, `same` if the
 * compiler makes the same code of it: these two are no mutants, and others of their stratum took their places.
 */
type Status = "killed" | "timeout" | "survived" | "invalid" | "same";

export interface Result {
  readonly id: string;
  readonly status: Status;
  /** Test that found it, with its file. */
  readonly by?: string;
  /** Whether every test that reaches it was run; without it a survivor is one of the time it was given. */
  readonly complete?: boolean;
  /** Of a survivor, in one line each. */
  readonly before?: string;
  readonly after?: string;
}

/** Results with what they were measured on. */
export interface Report {
  readonly seed: string;
  /** Mutants that the sample was to hold. */
  readonly sample: number;
  /** All mutants that there are. */
  readonly population: number;
  readonly commit: string;
  /** Hash of each mutated source, by its path below `contracts/`. */
  readonly sources: Readonly<Record<string, string>>;
  readonly results: readonly Result[];
}

/** Why a survivor is left alive; with the texts that it was given for. */
export interface Reason {
  readonly before: string;
  readonly after: string;
  readonly reason: string;
}

export interface Count {
  readonly name: string;
  readonly killed: number;
  readonly timeouts: number;
  readonly survived: number;
  readonly invalid: number;
  readonly same: number;
}

/** Counts of each file and of each operator, and of all. */
export function countResults(results: readonly Result[]): { files: Count[]; operators: Count[]; all: Count } {
  const files = new Map<string, Result[]>();
  const operators = new Map<string, Result[]>(OPERATORS.map((operator) => [operator, []]));
  for (const result of results) {
    const { file, operator } = partsOf(result.id);
    files.set(file, [...(files.get(file) ?? []), result]);
    operators.set(operator, [...(operators.get(operator) ?? []), result]);
  }
  const counts = (groups: Map<string, Result[]>) => [...groups].map(([name, group]) => countOf(name, group));
  const sorted = counts(files).sort((a, b) => (a.name < b.name ? -1 : 1));
  return { files: sorted, operators: counts(operators), all: countOf("all", results) };
}

function countOf(name: string, results: readonly Result[]): Count {
  const count = (status: Status) => results.filter((result) => result.status === status).length;
  return {
    name,
    killed: count("killed"),
    timeouts: count("timeout"),
    survived: count("survived"),
    invalid: count("invalid"),
    same: count("same"),
  };
}

/** File and operator that a mutant's name says. */
function partsOf(id: string): { readonly file: string; readonly operator: string } {
  const [file = "", , , name = ""] = id.split(":");
  return { file, operator: name.split("-")[0] ?? "" };
}

/** Mutants that a test could find. */
export function valid({ killed, timeouts, survived }: Count): number {
  return killed + timeouts + survived;
}

/** Share of the valid mutants that were found, in percent. */
export function score(count: Count): number {
  return valid(count) === 0 ? 0 : (100 * (count.killed + count.timeouts)) / valid(count);
}

/**
 * The share found that strata of other sizes than in the sample would give: each stratum counts as many times as it has mutants.
 *
 * @param population all mutants
 */
export function weightedScore(results: readonly Result[], population: readonly Mutant[]): number {
  const sizes = Map.groupBy(population, ({ file, operator }) => `${file} ${operator}`);
  let [found, all] = [0, 0];
  for (const [name, group] of Map.groupBy(results, ({ id }) => `${partsOf(id).file} ${partsOf(id).operator}`)) {
    const count = countOf(name, group);
    if (valid(count) === 0) continue;
    const size = sizes.get(name)?.length ?? 0;
    found += (size * score(count)) / 100;
    all += size;
  }
  return all === 0 ? 0 : (100 * found) / all;
}

/** Where results and reasons do not fit each other, a line each. */
export function checkReasons(results: readonly Result[], reasons: Readonly<Record<string, Reason>>): string[] {
  const faults: string[] = [];
  const survivors = new Map(results.filter(({ status }) => status === "survived").map((result) => [result.id, result]));
  for (const [id, { before, after }] of survivors) {
    const reason = reasons[id];
    if (reason === undefined) faults.push(`no reason for ${id}: ${before} -> ${after}`);
    else if (reason.before !== before || reason.after !== after) {
      faults.push(`the reason for ${id} is for another text: ${reason.before} -> ${reason.after}`);
    }
  }
  for (const id of Object.keys(reasons))
    if (!survivors.has(id)) faults.push(`a reason for ${id}, which is no survivor`);
  return faults;
}

/** Files of a report whose source has changed since, or is new or gone. */
export function changedSince(report: Report, sources: Readonly<Record<string, string>>): string[] {
  const names = new Set([...Object.keys(report.sources), ...Object.keys(sources)]);
  return [...names].filter((name) => report.sources[name] !== sources[name]).sort();
}
