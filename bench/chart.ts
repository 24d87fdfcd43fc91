import { type BarGroup, barChart } from "@assay/charts";
import type { Row, Work } from "./rows.ts";
import { group, isAssay } from "./table.ts";

const HEADINGS: Partial<Record<Work, string>> = {
  vote: "One voter's whole life in one question",
  ask: "Pose a question",
  assert: "Assert a claim with a bond",
  dispute: "Dispute it",
  "settle undisputed": "Settle it undisputed",
  "settle disputed": "Settle it after the vote",
  attest: "Put one's name to a statement",
  challenge: "Bring a statement before the voters",
  join: "Join, for the first time",
};

/** The figures as bars on one scale, as an SVG file. */
export function drawChart(rows: readonly Row[]): string {
  const groups = new Map(group(rows).map((one) => [one.work, one]));
  const barGroups = Object.entries(HEADINGS).map(([work, title]): BarGroup => {
    const bars = (groups.get(work as Work)?.rows ?? []).map((row) => ({
      label: row.measured ? row.system : `${row.system} (quoted)`,
      value: row.gas,
      kind: isAssay(row) ? ("own" as const) : row.measured ? ("other" as const) : ("quoted" as const),
    }));
    return { title, bars };
  });
  return barChart(barGroups, {
    description: "Gas of the same work in Assay and in its peers",
    xLabel: "gas",
    legend: { own: "Assay", other: "measured in the same run", quoted: "quoted from an earlier measurement" },
  });
}
