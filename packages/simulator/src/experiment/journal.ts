import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Metrics } from "./metrics.ts";

/** One run of the study. */
export interface Entry {
  /** Of the cell, and of its configuration. */
  readonly id: string;
  readonly hash: string;
  readonly seed: number;
  readonly metrics: Metrics;
}

/** Runs that are finished, a line of JSON each: whoever starts again goes on where it was stopped. */
export class Journal {
  readonly #file: string;
  readonly #entries = new Map<string, Entry>();

  /** @param file is created; lines that were cut off, as by a crash, are skipped */
  constructor(file: string) {
    this.#file = file;
    mkdirSync(dirname(file), { recursive: true });
    if (!existsSync(file)) return;
    for (const line of readFileSync(file, "utf8").split("\n")) {
      const entry = parse(line);
      if (entry !== null) this.#entries.set(keyOf(entry), entry);
    }
    // What was cut off must not swallow the next line.
    appendFileSync(file, "\n");
  }

  /** A run that was recorded of this very configuration. */
  find(key: Pick<Entry, "id" | "hash" | "seed">): Entry | undefined {
    return this.#entries.get(keyOf(key));
  }

  add(entry: Entry): void {
    appendFileSync(this.#file, `${JSON.stringify(entry)}\n`);
    this.#entries.set(keyOf(entry), entry);
  }
}

function keyOf({ id, hash, seed }: Pick<Entry, "id" | "hash" | "seed">): string {
  return `${id} ${hash} ${seed}`;
}

function parse(line: string): Entry | null {
  try {
    const entry = JSON.parse(line) as Partial<Entry> | null;
    return entry?.id === undefined || entry.hash === undefined || entry.metrics === undefined ? null : (entry as Entry);
  } catch {
    return null;
  }
}
