import * as Plot from "@observablehq/plot";
import type { LegendEntry } from "./page/parts.ts";
import { PAGE_COLOURS } from "./palette.ts";
import { renderPlot } from "./render.ts";

/** How a verdict ended, and its colour. */
const VERDICT_COLOURS = {
  right: PAGE_COLOURS.blue,
  unresolved: PAGE_COLOURS.orange,
  wrong: PAGE_COLOURS.vermilion,
} as const;

export type VerdictEnd = keyof typeof VERDICT_COLOURS;
export const VERDICT_LEGEND: readonly LegendEntry[] = Object.entries(VERDICT_COLOURS).map(([name, colour]) => ({
  name,
  colour,
  symbol: "square",
}));

const ENDS = Object.keys(VERDICT_COLOURS) as VerdictEnd[];

/** Verdicts of one end whose support lies in [from, to). */
export interface MarginBar {
  readonly from: number;
  readonly to: number;
  readonly result: VerdictEnd;
  readonly count: number;
}

const BINS = 20;
/** Empty share of a bin. */
const BIN_GAP = 0.006;

/** Verdicts by support, in bins of a twentieth; full support is in the last one. */
export function marginBars(
  verdicts: readonly { readonly supportBps: number; readonly end: VerdictEnd }[],
): MarginBar[] {
  const groups = Map.groupBy(verdicts, ({ supportBps, end }) => {
    const bin = Math.min(BINS - 1, Math.floor((supportBps * BINS) / 10_000));
    return `${bin} ${end}`;
  });
  return [...groups]
    .map(([key, members]) => {
      const [bin, result] = key.split(" ") as [string, VerdictEnd];
      return { from: Number(bin) / BINS, to: (Number(bin) + 1) / BINS, result, count: members.length };
    })
    .sort((a, b) => a.from - b.from || ENDS.indexOf(a.result) - ENDS.indexOf(b.result));
}

/** How many verdicts had how much support, by how they ended: a bar beside the other in each bin. */
export function marginChart(bars: readonly MarginBar[], description: string): string {
  const placed = bars.map(({ from, to, result, count }) => {
    const width = (to - from - BIN_GAP) / ENDS.length;
    const left = from + BIN_GAP / 2 + ENDS.indexOf(result) * width;
    return { left, right: left + width, result, count };
  });
  const least = Math.min(0.5, ...bars.map(({ from }) => from));
  return renderPlot(
    {
      height: 280,
      marginLeft: 50,
      marginTop: 28,
      x: {
        label: "support of the leading outcome (share of weight)",
        labelOffset: 40,
        domain: [least, 1],
        ticks: 6,
        tickFormat: ".0%",
      },
      y: { label: "verdicts (square root scale)", type: "sqrt", grid: true, ticks: 5 },
      color: { domain: ENDS, range: Object.values(VERDICT_COLOURS) },
      marks: [
        Plot.rect(placed, { x1: "left", x2: "right", y1: 0, y2: "count", fill: "result" }),
        Plot.text(placed, {
          x: ({ left, right }: { left: number; right: number }) => (left + right) / 2,
          y: "count",
          text: "count",
          dy: -7,
          fontSize: 10,
        }),
        Plot.ruleY([0]),
      ],
    },
    description,
  );
}
