import * as Plot from "@observablehq/plot";
import type { LegendEntry } from "./page/parts.ts";
import { PAGE_COLOURS } from "./palette.ts";
import { renderPlot } from "./render.ts";

/** What somebody won and lost, both from 0 up. */
export interface MoneyRow {
  readonly name: string;
  readonly won: number;
  readonly lost: number;
}

export const MONEY_LEGEND: readonly LegendEntry[] = [
  { name: "earned", colour: PAGE_COLOURS.blue, symbol: "square" },
  { name: "slashed", colour: PAGE_COLOURS.vermilion, symbol: "square" },
  { name: "net", colour: PAGE_COLOURS.ink, symbol: "tick" },
];

/** Bars of what was won and lost, with a mark at what remains. @param unit of the axis */
export function moneyChart(rows: readonly MoneyRow[], unit: string, description: string): string {
  return renderPlot(
    {
      height: 66 + 24 * rows.length,
      marginLeft: 170,
      marginRight: 60,
      x: { label: unit, labelOffset: 40, grid: true, axis: "bottom", ticks: 6 },
      y: { domain: rows.map(({ name }) => name), label: null, padding: 0.25 },
      marks: [
        Plot.barX(rows, { y: "name", x: "won", fill: PAGE_COLOURS.blue }),
        Plot.barX(rows, { y: "name", x: ({ lost }: MoneyRow) => -lost, fill: PAGE_COLOURS.vermilion }),
        Plot.tickX(rows, {
          y: "name",
          x: ({ won, lost }: MoneyRow) => won - lost,
          stroke: PAGE_COLOURS.ink,
          strokeWidth: 3,
        }),
        Plot.ruleX([0]),
      ],
    },
    description,
  );
}
