import * as Plot from "@observablehq/plot";
import { placeLabels } from "./labels.ts";
import { OKABE_ITO } from "./palette.ts";
import { renderPlotFile } from "./render.ts";

const COLOURS = [OKABE_ITO.blue, OKABE_ITO.vermilion, OKABE_ITO.green, OKABE_ITO.purple, OKABE_ITO.orange];
/** Pixels: of the chart, of its margins above and below, of a line of text. */
const HEIGHT = 320;
const MARGINS = 74;
const LABEL_HEIGHT = 14;
/** So few values of x are its ticks. */
const MOST_TICKS = 5;
/** Factor between neighbouring ticks of a logarithmic x, so that their texts do not touch. */
const TICK_FACTOR = 2.5;
const SYMBOLS = ["circle", "square", "triangle", "diamond", "star"] as const;

/** One line: its name, and a value at each x. */
export interface Series {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface LineChartOptions {
  /** For those who cannot see the chart. */
  readonly description: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** Logarithmic x, for values that span magnitudes; they must not be 0. */
  readonly logX?: boolean;
}

/** Lines over a common x, from y = 0, each named at its end, as an SVG file. At most five. */
export function lineChart(series: readonly Series[], options: LineChartOptions): string {
  const points = series.flatMap(({ name, points }) => points.map((point) => ({ ...point, name })));
  const names = series.map(({ name }) => name);
  const xs = [...new Set(points.map(({ x }) => x))].sort((a, b) => a - b);
  const ticks = options.logX ? apart(xs) : xs.length <= MOST_TICKS ? xs : undefined;
  const top = 1.05 * Math.max(...points.map(({ y }) => y));
  const right = Math.max(...points.map(({ x }) => x));
  const ends = series.map(({ name, points }) => ({ text: name, value: points.at(-1)?.y ?? 0 }));
  const labels = placeLabels(ends, (top * LABEL_HEIGHT) / (HEIGHT - MARGINS));
  return renderPlotFile(
    {
      height: HEIGHT,
      marginLeft: 80,
      marginRight: 130,
      marginTop: 28,
      x: { type: options.logX ? "log" : "linear" },
      y: { label: options.yLabel, domain: [0, top], grid: true, tickFormat: ",d" },
      color: { domain: names, range: COLOURS },
      symbol: { domain: names, range: [...SYMBOLS] },
      marks: [
        Plot.axisX({
          label: options.xLabel,
          labelOffset: 40,
          ...(ticks && { ticks }),
          // Not a format: with one, Plot leaves out some texts of a logarithmic axis.
          text: (x: number) => x.toLocaleString("en"),
        }),
        Plot.ruleY([0]),
        Plot.line(points, { x: "x", y: "y", stroke: "name", strokeWidth: 2 }),
        Plot.dot(points, { x: "x", y: "y", fill: "name", symbol: "name", r: 4 }),
        Plot.text(labels, { x: right, y: "at", text: "text", fill: "text", dx: 10, textAnchor: "start" }),
      ],
    },
    options.description,
  );
}

/** Values far enough from each other for a logarithmic axis, the smallest among them. */
function apart(sorted: readonly number[]): number[] {
  const kept: number[] = [];
  for (const x of sorted) if (x >= TICK_FACTOR * (kept.at(-1) ?? 0)) kept.push(x);
  return kept;
}
