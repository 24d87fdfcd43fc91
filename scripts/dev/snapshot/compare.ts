import { diff } from "node:util";

/** Figures, nested as deep as their file has them. */
export interface Figures {
  readonly [name: string]: number | Figures;
}

/** What has changed between two sets of figures, one line each with old value, new value and difference; none if nothing has. */
export function compareFigures(before: Figures, after: Figures): string[] {
  const [old, now] = [flatten(before), flatten(after)];
  const rows: string[][] = [];
  for (const name of new Set([...old.keys(), ...now.keys()])) {
    const [from, to] = [old.get(name), now.get(name)];
    if (from === to) continue;
    rows.push([name, number(from), number(to), from === undefined || to === undefined ? "" : change(from, to)]);
  }
  return rows.length === 0 ? [] : align([["", "old", "new", "difference"], ...rows]);
}

/** The lines of two texts that differ, marked - and +, below the unindented line they stand under; none if nothing differs. */
export function compareTexts(before: string, after: string): string[] {
  const lines: string[] = [];
  let heading = "";
  let told = "";
  for (const [side, line] of diff(before.split("\n"), after.split("\n"))) {
    if (/^\S/.test(line)) heading = line;
    if (side === 0) continue;
    if (heading !== told && heading !== line) lines.push(heading);
    told = heading;
    lines.push(`${side > 0 ? "-" : "+"} ${line}`);
  }
  return lines;
}

function flatten(figures: Figures, path = ""): Map<string, number> {
  const flat = new Map<string, number>();
  for (const [name, value] of Object.entries(figures)) {
    if (typeof value === "number") flat.set(path + name, value);
    else for (const [below, figure] of flatten(value, `${path}${name}.`)) flat.set(below, figure);
  }
  return flat;
}

const number = (value: number | undefined) => value?.toLocaleString("en") ?? "none";

function change(from: number, to: number): string {
  const percent = from === 0 ? "" : ` (${(100 * (to / from - 1)).toFixed(1)} %)`;
  return `${to > from ? "+" : ""}${number(to - from)}${percent}`;
}

/** Columns: the first to the left, the others to the right. */
function align(rows: readonly string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  "),
  );
}
