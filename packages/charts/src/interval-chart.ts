import * as Plot from "@observablehq/plot";
import { PAGE_COLOURS } from "./palette.ts";
import { renderPlot } from "./render.ts";

/** An estimate with its interval. */
export interface IntervalRow {
  readonly name: string;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly colour: string;
  readonly strong?: boolean;
}

const ROW = 26;

/** Estimates below each other, each with its interval and its value; a dotted line goes down from the first. Shares, as per cent. */
export function intervalChart(rows: readonly IntervalRow[], xLabel: string, description: string): string {
  const [least, most] = [Math.min(...rows.map(({ low }) => low)), Math.max(...rows.map(({ high }) => high))];
  const domain = [Math.max(0, Math.floor(least * 20) / 20), Math.min(1, Math.ceil(most * 20) / 20)];
  return renderPlot(
    {
      width: 640,
      height: 60 + ROW * rows.length,
      marginLeft: 190,
      marginRight: 64,
      x: { domain, label: xLabel, labelOffset: 40, grid: true, tickFormat: ".0%", ticks: 6 },
      y: { domain: rows.map(({ name }) => name), label: null, type: "point", padding: 0.6, tickSize: 0 },
      marks: [
        Plot.ruleX(rows.slice(0, 1), { x: "mean", stroke: PAGE_COLOURS.soft, strokeDasharray: "1 3" }),
        ...rows.flatMap((row) => [
          Plot.link([row], { x1: "low", x2: "high", y: "name", stroke: row.colour, strokeWidth: row.strong ? 4 : 2.5 }),
          Plot.dot([row], { x: "mean", y: "name", fill: row.colour, r: row.strong ? 7 : 5 }),
        ]),
        ...[true, false].map((strong) =>
          Plot.text(
            rows.filter((row) => (row.strong ?? false) === strong),
            {
              x: "high",
              y: "name",
              dx: 10,
              textAnchor: "start",
              text: ({ mean }: IntervalRow) => `${(100 * mean).toFixed(1)}%`,
              fontWeight: strong ? 700 : 400,
            },
          ),
        ),
      ],
    },
    description,
  );
}
