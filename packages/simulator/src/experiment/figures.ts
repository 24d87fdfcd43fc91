import type { PartName } from "./cell.ts";
import type { CellResult, Figure, Results } from "./results.ts";

/** Something to put between two marks of the page. */
export interface Section {
  readonly markdown: string;
  /** Charts by the name of their file. */
  readonly charts?: Readonly<Record<string, string>>;
}

/** Cells of a part that have these labels. */
export function select({ cells }: Results, part: PartName, labels: CellResult["labels"] = {}): CellResult[] {
  return cells.filter(
    (cell) => cell.part === part && Object.entries(labels).every(([name, value]) => cell.labels[name] === value),
  );
}

/** Values of a label, in the order of the cells. */
export function valuesOf(cells: readonly CellResult[], label: string): (string | number)[] {
  return [...new Set(cells.flatMap(({ labels }) => labels[label] ?? []))];
}

/** Mean of the same figure of several cells, whose seeds are independent. */
function meanFigure(figures: readonly (Figure | undefined)[]): Figure | undefined {
  const there = figures.filter((figure) => figure !== undefined);
  if (there.length === 0) return undefined;
  const mean = there.reduce((sum, [value]) => sum + value, 0) / there.length;
  const half = Math.sqrt(there.reduce((sum, [, own]) => sum + own ** 2, 0)) / there.length;
  return [mean, half];
}

/** The mean over some cells of one figure. */
export function over(cells: readonly CellResult[], name: string): Figure | undefined {
  return meanFigure(cells.map(({ figures }) => figures[name]));
}

/** The same of how far the swarm is ahead of a baseline. */
export function aheadOver(cells: readonly CellResult[], baseline: string): Figure | undefined {
  return meanFigure(cells.map(({ ahead }) => ahead[baseline]));
}

/** So many times a figure. */
export function scaled(figure: Figure | undefined, by: number): Figure | undefined {
  return figure && [figure[0] * by, figure[1] * by];
}

/** "91.2 ± 0.4", of a share in per cent. */
export function percent(figure: Figure | undefined): string {
  return figure === undefined ? "" : `${(100 * figure[0]).toFixed(1)} ± ${(100 * figure[1]).toFixed(1)}`;
}

/** The same with its sign, of a difference in points. */
export function points(figure: Figure | undefined): string {
  return figure === undefined ? "" : `${sign(100 * figure[0], 1)} ± ${(100 * figure[1]).toFixed(1)}`;
}

/** An amount with its sign. */
export function amount(figure: Figure | undefined, digits = 2): string {
  return figure === undefined ? "" : `${sign(figure[0], digits)} ± ${figure[1].toFixed(digits)}`;
}

/** A figure without a sign. */
export function plain(figure: Figure | undefined, digits = 1): string {
  return figure === undefined ? "" : `${figure[0].toFixed(digits)} ± ${figure[1].toFixed(digits)}`;
}

function sign(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return value > 0 && Number(text) !== 0 ? `+${text}` : text;
}

/** A table in Markdown, its columns but the first to the right, laid out as the repository's formatter would. */
export function markdownTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const texts = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, i) => Math.max(3, ...texts.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const padded = (row: readonly string[]) =>
    line(widths.map((width, i) => (i === 0 ? (row[i] ?? "").padEnd(width) : (row[i] ?? "").padStart(width))));
  const rule = line(widths.map((width, i) => (i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)));
  const [first = [], ...others] = texts;
  return [padded(first), rule, ...others.map(padded)].join("\n");
}
