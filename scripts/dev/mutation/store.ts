/** Where a campaign keeps what it has found: each result at once in `cache/`, all of them in `test/mutation` at its end. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../process.ts";
import type { Reason, Report, Result } from "./results.ts";

const FOLDER = join(ROOT, "test", "mutation");
const RESULTS = join(FOLDER, "results.json");
const REASONS = join(FOLDER, "survivors.json");

/** Results of earlier runs on the same sources; the later of two on one mutant counts. */
export class Journal {
  readonly #path: string;
  readonly #results = new Map<string, Result>();

  /** @param sourcesHash names the sources that the results are of */
  constructor(sourcesHash: string) {
    const folder = join(ROOT, "cache", "mutation");
    mkdirSync(folder, { recursive: true });
    this.#path = join(folder, `results-${sourcesHash}.jsonl`);
    if (!existsSync(this.#path)) return;
    for (const line of readFileSync(this.#path, "utf8").split("\n")) {
      if (!line.endsWith("}")) continue; // cut off while it was written
      const result = JSON.parse(line) as Result;
      this.#results.set(result.id, result);
    }
  }

  get(id: string): Result | undefined {
    return this.#results.get(id);
  }

  survivors(): string[] {
    return [...this.#results.values()].filter(({ status }) => status === "survived").map(({ id }) => id);
  }

  add(result: Result): void {
    this.#results.set(result.id, result);
    appendFileSync(this.#path, `${JSON.stringify(result)}\n`);
  }
}

export function readReport(): Report | null {
  return existsSync(RESULTS) ? (JSON.parse(readFileSync(RESULTS, "utf8")) as Report) : null;
}

/** One result a line, so that differences can be read. */
export function writeReport(report: Report, path = RESULTS): void {
  const { results, ...head } = report;
  const lines = results.map((result) => `    ${JSON.stringify(result)}`).join(",\n");
  const text = JSON.stringify(head, null, 2).replace(/\n}$/, `,\n  "results": [\n${lines}\n  ]\n}\n`);
  writeFileSync(path, text);
}

export function readReasons(): Record<string, Reason> {
  return existsSync(REASONS) ? (JSON.parse(readFileSync(REASONS, "utf8")) as Record<string, Reason>) : {};
}
