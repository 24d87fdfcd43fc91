/** What a run has shown, of which sources, in `results.json` and in docs/proofs.md. */
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { replaceMarked } from "../gas/document.ts";
import { hashOf } from "../mutation/sources.ts";
import { ROOT } from "../process.ts";
import type { PlantedBug } from "./planted.ts";
import type { Property } from "./property.ts";
import { sourceHashes } from "./source.ts";

const FOLDER = join(ROOT, "scripts", "dev", "proofs");
const RESULTS = join(FOLDER, "results.json");
const PAGE = join(ROOT, "docs", "proofs.md");

export interface Proved {
  readonly name: string;
  readonly function: string;
  readonly theory: string;
  readonly status: "proved" | "refuted" | "open";
  readonly seconds: number;
  /** Claims put to the solver and shown. */
  readonly claims: number;
  readonly paths: number;
  /** Sources that its functions and constants are of. */
  readonly files: readonly string[];
}

export interface Report {
  /** Version of the solver. */
  readonly z3: string;
  /** Of the whole run. */
  readonly seconds: number;
  /** Hash of each source that a property is of, by its path below `contracts/`. */
  readonly sources: Readonly<Record<string, string>>;
  /** Hash of the executor and the properties. */
  readonly prover: string;
  readonly properties: readonly Proved[];
  /** Planted bugs, and the claim that each of them makes fail. */
  readonly planted: Readonly<Record<string, string>>;
}

function z3Version(): string {
  return (createRequire(import.meta.url)("z3-solver/package.json") as { version: string }).version;
}

/** Hash of everything here that the results depend on. */
function proverHash(): string {
  const files = globSync("**/*.ts", { cwd: FOLDER }).filter((file) => !file.endsWith(".test.ts"));
  const texts = files
    .sort()
    .map((file) => `${file.replaceAll("\\", "/")}\n${readFileSync(join(FOLDER, file), "utf8")}`);
  return hashOf(Buffer.from(texts.join("\n")));
}

/** A report of a run on the sources as they are. */
export function reportOf(properties: readonly Proved[], planted: Record<string, string>, seconds: number): Report {
  const hashes = sourceHashes();
  const files = [...new Set(properties.flatMap((property) => property.files))].sort();
  return {
    z3: z3Version(),
    seconds,
    sources: Object.fromEntries(files.map((file) => [file, hashes.get(file) ?? ""])),
    prover: proverHash(),
    properties,
    planted,
  };
}

export function readReport(): Report {
  return JSON.parse(readFileSync(RESULTS, "utf8")) as Report;
}

/** Writes `results.json`, one property a line, and the table of docs/proofs.md. */
export async function writeReport(report: Report): Promise<void> {
  writeFileSync(
    RESULTS,
    await format(JSON.stringify(report), { ...(await resolveConfig(RESULTS)), filepath: RESULTS }),
  );
  writeFileSync(PAGE, await fillPage(readFileSync(PAGE, "utf8"), report));
}

/** The page with the results in their place. */
export async function fillPage(page: string, report: Report): Promise<string> {
  const text = replaceMarked(page, "results", tableOf(report));
  return format(text, { ...(await resolveConfig(PAGE)), filepath: PAGE });
}

function tableOf({ z3, seconds, properties, planted }: Report): string {
  const rows = properties.map(
    ({ name, function: of, status, claims, seconds: each }) =>
      `| \`${of}\` | ${name} | ${status} | ${claims} | ${each} |`,
  );
  const count = (status: string) => properties.filter((property) => property.status === status).length;
  const claims = properties.reduce((sum, each) => sum + each.claims, 0);
  return [
    `${properties.length} properties, ${count("proved")} proved and ${count("open")} open, by ${claims} claims; ${Object.keys(planted).length} planted bugs, all refuted. One run with Z3 ${z3} took ${seconds} s.`,
    "",
    "| Function | What holds | Status | Claims | Seconds |",
    "| -------- | ---------- | ------ | ------ | ------- |",
    ...rows,
  ].join("\n");
}

/** Where a report is not of these sources, properties and bugs, a line each. */
export function staleness(report: Report, properties: readonly Property[], bugs: readonly PlantedBug[]): string[] {
  const hashes = sourceHashes();
  const faults = Object.entries(report.sources)
    .filter(([file, hash]) => hashes.get(file) !== hash)
    .map(([file]) => `contracts/${file} has changed since it was proved`);
  if (report.prover !== proverHash()) faults.push("the executor or a property has changed since");
  if (report.z3 !== z3Version()) faults.push(`it was proved with Z3 ${report.z3}, not ${z3Version()}`);
  const ids = (all: readonly { readonly function: string; readonly name: string }[]) =>
    all.map((each) => `${each.function}: ${each.name}`);
  const [had, has] = [ids(report.properties), ids(properties)];
  faults.push(...has.filter((id) => !had.includes(id)).map((id) => `not proved: ${id}`));
  faults.push(...had.filter((id) => !has.includes(id)).map((id) => `no such property: ${id}`));
  faults.push(
    ...bugs.filter(({ name }) => report.planted[name] === undefined).map(({ name }) => `not planted: ${name}`),
  );
  return faults;
}
