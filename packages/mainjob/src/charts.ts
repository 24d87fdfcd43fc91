import { type LegendEntry, PAGE_COLOURS, renderPlot, timelineChart } from "@assay/charts";
import * as Plot from "@observablehq/plot";
import { ROLE_COLOURS, ROLE_DASHES } from "./palette.ts";
import type { AccuracyRow } from "./report-data.ts";
import type { TimelinePoint } from "./timeline.ts";

const SERIES = {
  swarm: { colour: PAGE_COLOURS.ink, symbol: "circle" },
  "best agent": { colour: PAGE_COLOURS.green, symbol: "triangle" },
  "median agent": { colour: PAGE_COLOURS.skyBlue, symbol: "square" },
  majority: { colour: PAGE_COLOURS.orange, symbol: "diamond" },
  "majority of the same seats": { colour: PAGE_COLOURS.purple, symbol: "star" },
} as const;

/** Pixels between the points of one row, and between rows. */
const SERIES_GAP = 14;
const ROW_HEIGHT = 84;

/** Legend of {@link accuracyChart}, in the colours and symbols of its points. */
export const ACCURACY_LEGEND: readonly LegendEntry[] = Object.entries(SERIES).map(([name, style]) => ({
  name,
  ...style,
}));

/** The swarm against its best and median agent and the plain majority, a row a domain. */
export function accuracyChart(rows: readonly AccuracyRow[]): string {
  const points = rows.flatMap(({ name, ...row }) => [
    { name, series: "best agent", value: row.best },
    { name, series: "median agent", value: row.median },
    { name, series: "majority", value: row.majority },
    { name, series: "majority of the same seats", value: row.seatMajority },
    { name, series: "swarm", value: row.swarm },
  ]);
  const least = Math.min(...points.map(({ value }) => value));
  const names = Object.keys(SERIES);
  return renderPlot(
    {
      width: 900,
      height: 70 + ROW_HEIGHT * rows.length,
      marginLeft: 150,
      marginRight: 60,
      x: {
        domain: [Math.floor(least * 20 - 0.5) / 20, 1],
        label: "accuracy",
        labelOffset: 40,
        grid: true,
        tickFormat: ".2f",
      },
      y: { domain: rows.map(({ name }) => name), label: null, type: "point", padding: 0.5 },
      color: { domain: names, range: Object.values(SERIES).map(({ colour }) => colour) },
      symbol: { domain: names, range: Object.values(SERIES).map(({ symbol }) => symbol) },
      marks: [
        Plot.ruleY(rows, { y: "name", dy: -ROW_HEIGHT / 2, stroke: PAGE_COLOURS.faint }),
        ...names.map((series, i) => {
          const own = points.filter((point) => point.series === series);
          const dy = (i - (names.length - 1) / 2) * SERIES_GAP;
          return Plot.dot(own, { x: "value", y: "name", dy, symbol: "series", fill: "series", r: 6 });
        }),
        ...names.map((series, i) => {
          const own = points.filter((point) => point.series === series);
          const dy = (i - (names.length - 1) / 2) * SERIES_GAP;
          return Plot.text(own, {
            x: "value",
            y: "name",
            dx: 11,
            dy,
            textAnchor: "start",
            text: ({ value }: { value: number }) => value.toFixed(3),
            fontWeight: series === "swarm" ? 700 : 400,
          });
        }),
      ],
    },
    "Accuracy of the swarm, its best and median agent and plain majority, by domain",
  );
}

/** A quantity over epochs, a line for each kind of agent. */
export function kindsChart(
  points: readonly TimelinePoint[],
  value: "trust" | "gain",
  label: string,
  description: string,
): string {
  const series = [...Map.groupBy(points, ({ kind }) => kind)].map(([name, own]) => {
    const role = own[0]?.role ?? "honest";
    return {
      name,
      points: own.map((point) => ({ x: point.epoch, y: point[value] })),
      colour: ROLE_COLOURS[role],
      dash: ROLE_DASHES[role],
      strong: role !== "honest",
    };
  });
  // Below half an agent is worse than a guess.
  const range = value === "trust" ? ({ range: [0.2, 1], reference: 0.5 } as const) : {};
  return timelineChart(series, { description, xLabel: "epoch", yLabel: label, ...range });
}
