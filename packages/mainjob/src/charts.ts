import { OKABE_ITO, type PlacedLabel, placeLabels, renderPlot } from "@assay/charts";
import * as Plot from "@observablehq/plot";
import { ROLE_COLOURS, ROLE_DASHES, VERDICT_COLOURS } from "./palette.ts";
import type { Role } from "./population.ts";
import type { AccuracyRow, MarginBar, MoneyRow } from "./report-data.ts";
import type { TimelinePoint } from "./timeline.ts";

const SERIES = {
  swarm: { colour: OKABE_ITO.black, symbol: "circle" },
  "best agent": { colour: OKABE_ITO.green, symbol: "triangle" },
  "median agent": { colour: OKABE_ITO.skyBlue, symbol: "square" },
  majority: { colour: OKABE_ITO.orange, symbol: "diamond" },
  "majority of the same seats": { colour: OKABE_ITO.purple, symbol: "star" },
} as const;

/** Pixels between the points of one row, and between rows. */
const SERIES_GAP = 14;
const ROW_HEIGHT = 84;

/** Pixels of a line of text. */
const LABEL_HEIGHT = 13;

/** Empty share of a bin of {@link marginChart}. */
const BIN_GAP = 0.006;

/** Legend of {@link accuracyChart}, in the colours and symbols of its points. */
export const ACCURACY_LEGEND = Object.entries(SERIES).map(([name, { colour, symbol }]) => ({ name, colour, symbol }));

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
        Plot.ruleY(rows, { y: "name", dy: -ROW_HEIGHT / 2, stroke: "#dfe3e8" }),
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

/** A quantity over epochs, a line for each kind of agent, labelled at its end. */
export function timelineChart(
  points: readonly TimelinePoint[],
  value: "trust" | "gain",
  label: string,
  description: string,
): string {
  const last = Math.max(...points.map(({ epoch }) => epoch));
  const values = points.map((point) => point[value]);
  const [low, high] = [Math.min(0, ...values), Math.max(...values)];
  const range: [number, number] = value === "trust" ? [0.2, 1] : [low, high];
  const y = { domain: range, nice: value !== "trust" };
  const [bottom = 0, top = 1] = Plot.scale({ y })?.domain as number[];
  const height = 340;
  const margins = { marginTop: 24, marginBottom: 46 };
  const gap = ((top - bottom) * LABEL_HEIGHT) / (height - margins.marginTop - margins.marginBottom);
  const ends = points.filter(({ epoch }) => epoch === last);
  const roleOf = new Map(ends.map(({ kind, role }) => [kind, role]));
  const labels = placeLabels(
    ends.map((point) => ({ text: point.kind, value: point[value] })),
    gap,
  );
  const lines = (role: Role) =>
    Plot.line(
      points.filter((point) => point.role === role),
      {
        x: "epoch",
        y: value,
        z: "kind",
        stroke: ROLE_COLOURS[role],
        strokeDasharray: ROLE_DASHES[role],
        strokeWidth: role === "honest" ? 1.5 : 2.5,
        strokeOpacity: role === "honest" ? 0.7 : 1,
      },
    );
  return renderPlot(
    {
      height,
      marginLeft: 50,
      marginRight: 160,
      ...margins,
      x: { label: "epoch", labelOffset: 40, domain: [0, last], ticks: 8, tickFormat: "d" },
      y: { ...y, label, grid: true },
      marks: [
        value === "trust"
          ? Plot.ruleY([0.5], { stroke: "#888", strokeDasharray: "1 3" })
          : Plot.ruleY([0], { stroke: "#888" }),
        lines("honest"),
        lines("lazy"),
        lines("random"),
        lines("colluding"),
        ...[true, false].map((honest) =>
          Plot.text(
            labels.filter(({ text }) => (roleOf.get(text) === "honest") === honest),
            {
              x: last,
              y: "at",
              text: "text",
              dx: 8,
              textAnchor: "start",
              fill: ({ text }: PlacedLabel) => ROLE_COLOURS[roleOf.get(text) ?? "honest"],
              fontWeight: honest ? 400 : 700,
            },
          ),
        ),
      ],
    },
    description,
  );
}

/** How many verdicts had how much support, by whether they are true: a bar beside the other in each bin. */
export function marginChart(bars: readonly MarginBar[], description: string): string {
  const results = Object.keys(VERDICT_COLOURS);
  const placed = bars.map(({ from, to, result, count }) => {
    const width = (to - from - BIN_GAP) / results.length;
    const left = from + BIN_GAP / 2 + results.indexOf(result) * width;
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
      color: { domain: results, range: Object.values(VERDICT_COLOURS) },
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

/** What an agent of each kind won and lost. */
export function moneyChart(rows: readonly MoneyRow[], description: string): string {
  return renderPlot(
    {
      height: 66 + 24 * rows.length,
      marginLeft: 170,
      marginRight: 60,
      x: { label: "tokens an agent", labelOffset: 40, grid: true, axis: "bottom" },
      y: { domain: rows.map(({ kind }) => kind), label: null, padding: 0.25 },
      marks: [
        Plot.barX(rows, { y: "kind", x: "earned", fill: OKABE_ITO.blue }),
        Plot.barX(rows, { y: "kind", x: ({ slashed }: MoneyRow) => -slashed, fill: OKABE_ITO.vermilion }),
        Plot.tickX(rows, {
          y: "kind",
          x: ({ earned, slashed }: MoneyRow) => earned - slashed,
          stroke: "black",
          strokeWidth: 3,
        }),
        Plot.ruleX([0]),
      ],
    },
    description,
  );
}
