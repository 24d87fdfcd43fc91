import * as Plot from "@observablehq/plot";
import { placeLabels, type PlacedLabel } from "./labels.ts";
import { PAGE_COLOURS } from "./palette.ts";
import { renderPlot } from "./render.ts";

/** Pixels: of the chart, of its margins, of a line of text, of one of its characters. */
const HEIGHT = 340;
const MARGINS = { marginTop: 24, marginBottom: 46, marginLeft: 50 };
const LABEL_HEIGHT = 13;
const CHARACTER = 6.6;
const LABEL_GAP = 8;

/** A line over time. */
export interface TimelineSeries {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
  readonly colour: string;
  /** As of SVG; says the same as the colour. */
  readonly dash?: string;
  /** To be seen before the others. */
  readonly strong?: boolean;
}

export interface TimelineOptions {
  /** For those who cannot see the chart. */
  readonly description: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** What y shows; if left out, all values and 0. */
  readonly range?: readonly [low: number, high: number];
  /** A value to compare with, dotted. */
  readonly reference?: number;
  readonly width?: number;
}

/** Lines over a common x, each named at its end, for a page. */
export function timelineChart(series: readonly TimelineSeries[], options: TimelineOptions): string {
  const drawn = series.filter(({ points }) => points.length > 0);
  const all = drawn.flatMap(({ points }) => points);
  const [first, last] = [Math.min(0, ...all.map(({ x }) => x)), Math.max(...all.map(({ x }) => x))];
  const values = all.map(({ y }) => y);
  const y = {
    domain: options.range ?? [Math.min(0, ...values), Math.max(0, ...values)],
    nice: options.range === undefined,
  };
  const [bottom = 0, top = 1] = Plot.scale({ y })?.domain as number[];
  const gap = ((top - bottom) * LABEL_HEIGHT) / (HEIGHT - MARGINS.marginTop - MARGINS.marginBottom);
  const byName = new Map(drawn.map((one) => [one.name, one]));
  const labels = placeLabels(
    drawn.map(({ name, points }) => ({ text: name, value: points.at(-1)?.y ?? 0 })),
    gap,
  );
  const longest = Math.max(...drawn.map(({ name }) => name.length));
  return renderPlot(
    {
      height: HEIGHT,
      ...(options.width !== undefined && { width: options.width }),
      marginRight: 2 * LABEL_GAP + CHARACTER * longest,
      ...MARGINS,
      x: { label: options.xLabel, labelOffset: 40, domain: [first, last], ticks: 8 },
      y: { ...y, label: options.yLabel, grid: true },
      marks: [
        Plot.ruleY([options.reference ?? 0], {
          stroke: PAGE_COLOURS.soft,
          ...(options.reference !== undefined && { strokeDasharray: "1 3" }),
        }),
        ...[false, true].flatMap((strong) =>
          drawn
            .filter((one) => (one.strong ?? false) === strong)
            .map(({ points, colour, dash = "none" }) =>
              Plot.line(points, {
                x: "x",
                y: "y",
                stroke: colour,
                strokeDasharray: dash,
                strokeWidth: strong ? 2.5 : 1.5,
                strokeOpacity: strong ? 1 : 0.8,
              }),
            ),
        ),
        ...[false, true].map((strong) =>
          Plot.text(
            labels.filter(({ text }) => (byName.get(text)?.strong ?? false) === strong),
            {
              x: last,
              y: "at",
              text: "text",
              dx: LABEL_GAP,
              textAnchor: "start",
              fill: ({ text }: PlacedLabel) => byName.get(text)?.colour ?? PAGE_COLOURS.ink,
              fontWeight: strong ? 700 : 400,
            },
          ),
        ),
      ],
    },
    options.description,
  );
}
