import { PARTS, type Row, type Work, WORKS } from "./rows.ts";

/** Rows of one piece of work, each with how many times Assay's gas it takes. */
export interface Group {
  readonly work: Work;
  readonly title: string;
  readonly rows: readonly (Row & { readonly ratio: number | undefined })[];
}

export const isAssay = ({ system }: Row): boolean => system.startsWith("Assay");

/**
 * Sorts rows into {@link WORKS} and {@link PARTS}; within one, Assay's come first, in their order, and then the cheapest.
 * @param base where Assay's figures are that ratios refer to; the first of a piece of work counts
 */
export function group(rows: readonly Row[], base: readonly Row[] = rows): Group[] {
  return Object.entries({ ...WORKS, ...PARTS }).flatMap(([key, title]) => {
    const work = key as Work;
    const own = base.find((row) => row.work === work && isAssay(row))?.gas;
    const inWork = rows.filter((row) => row.work === work);
    const others = inWork.filter((row) => !isAssay(row)).sort((a, b) => a.gas - b.gas);
    const found = [...inWork.filter(isAssay), ...others].map((row) => ({
      ...row,
      ratio: own === undefined || own === 0 ? undefined : row.gas / own,
    }));
    return found.length === 0 ? [] : [{ work, title, rows: found }];
  });
}

const showGas = (gas: number): string => gas.toLocaleString("en");

/** Such as `8.5`; nothing where Assay has no figure, or one of 0. */
const showRatio = (ratio: number | undefined): string => (ratio === undefined ? "" : ratio.toFixed(2));

/** For a terminal. */
export function plainTable(groups: readonly Group[]): string {
  const width = Math.max(...groups.flatMap(({ rows }) => rows.map(({ system }) => system.length)));
  const lines = groups.flatMap(({ title, rows }) => [
    "",
    title,
    ...rows.map(({ system, gas, ratio }) => {
      return `  ${system.padEnd(width)}  ${showGas(gas).padStart(9)}  ${showRatio(ratio).padStart(6)}`.trimEnd();
    }),
  ]);
  return [`${"".padEnd(width + 2)}  ${"gas".padStart(9)}  ${"ratio".padStart(6)}`, ...lines].join("\n");
}

/** For a page. The column of sources is left out where there are none. */
export function markdownTable(groups: readonly Group[]): string {
  const sourced = groups.some(({ rows }) => rows.some(({ source }) => source !== undefined));
  const head = ["Work", "System", "Gas", "Times Assay", "Made of", ...(sourced ? ["Source"] : [])];
  const rule = ["---", "---", "---:", "---:", "---", ...(sourced ? ["---"] : [])];
  const body = groups.flatMap(({ title, rows }) =>
    rows.map(({ system, gas, ratio, madeOf, source }, i) => [
      i === 0 ? `**${title}**` : "",
      system,
      showGas(gas),
      showRatio(ratio),
      madeOf,
      ...(sourced ? [source ?? ""] : []),
    ]),
  );
  return [head, rule, ...body].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
