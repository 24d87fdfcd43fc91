import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { replaceMarked } from "@assay/charts";
import type { Results } from "./results.ts";
import { SECTIONS } from "./tables.ts";

const PAGE = fileURLToPath(new URL("../../../../docs/experiments.md", import.meta.url));

/**
 * Puts the tables of a study into a page, between the marks that it has, and its charts beside it.
 * @returns the files written
 */
export function documentResults(results: Results, page: string = PAGE): string[] {
  let text = readFileSync(page, "utf8");
  const written = [page];
  for (const [name, section] of Object.entries(SECTIONS)) {
    if (!text.includes(`<!-- experiment: ${name} -->`)) continue;
    const { markdown, charts = {} } = section(results);
    text = replaceMarked(text, `experiment: ${name}`, markdown + footnote(results));
    for (const [file, svg] of Object.entries(charts)) {
      writeFileSync(join(dirname(page), file), svg);
      written.push(join(dirname(page), file));
    }
  }
  writeFileSync(page, text);
  return written;
}

function footnote({ complete, seeds }: Results): string {
  return complete ? "" : `\n\n_Partial: not every configuration has been run with all ${seeds} seeds._`;
}
