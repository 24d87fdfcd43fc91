import * as Plot from "@observablehq/plot";
import { OKABE_ITO } from "./palette.ts";
import { renderPlotFile } from "./render.ts";

const WIDTH = 900;
/** Pixels: of a bar with its gap, of the margins, of a character of a label and between the entries of the legend. */
const ROW = 21;
const MARGINS = { top: 40, right: 70, bottom: 46, left: 240 };
const CHARACTER = 7;
const ENTRY_GAP = 36;

/** How a bar is filled. They differ in lightness and outline too, not in colour alone. */
const FILLS = {
  own: { fill: OKABE_ITO.blue },
  other: { fill: "#9aa3ad" },
  quoted: { fill: "white", stroke: "#5b6570", strokeDasharray: "3 2" },
} as const;

type Kind = keyof typeof FILLS;
const KINDS = Object.keys(FILLS) as Kind[];

export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly kind: Kind;
}

/** Bars under a heading. */
export interface BarGroup {
  readonly title: string;
  readonly bars: readonly Bar[];
}

export interface BarChartOptions {
  /** For those who cannot see the chart. */
  readonly description: string;
  readonly xLabel: string;
  /** What the fills mean, for the legend; kinds that are left out are not in it. */
  readonly legend: Readonly<Partial<Record<Kind, string>>>;
}

/** Horizontal bars from 0 on one scale, group below group, each with its label and its value, as an SVG file. */
export function barChart(groups: readonly BarGroup[], { description, xLabel, legend }: BarChartOptions): string {
  const headings = groups.map(({ title }) => ({ key: title, title }));
  const bars = groups.flatMap(({ title, bars }) => bars.map((bar) => ({ ...bar, key: `${title}: ${bar.label}` })));
  // A heading, the bars, an empty line.
  const keys = groups.flatMap(({ title, bars }) => [
    title,
    ...bars.map(({ label }) => `${title}: ${label}`),
    `${title}, end`,
  ]);
  const text = { x: 0, y: "key", textAnchor: "start" } as const;
  const marks = KINDS.flatMap((kind) => {
    const own = bars.filter((bar) => bar.kind === kind);
    const fontWeight = kind === "own" ? 700 : 400;
    const show = ({ value }: Bar) => value.toLocaleString("en");
    return [
      Plot.barX(own, { x: "value", y: "key", ...FILLS[kind] }),
      Plot.text(own, { ...text, text: "label", dx: -8, textAnchor: "end", fontWeight }),
      Plot.text(own, { ...text, x: "value", text: show, dx: 6, fontWeight }),
    ];
  });
  return renderPlotFile(
    {
      width: WIDTH,
      height: MARGINS.top + MARGINS.bottom + ROW * keys.length,
      marginTop: MARGINS.top,
      marginRight: MARGINS.right,
      marginBottom: MARGINS.bottom,
      marginLeft: MARGINS.left,
      x: { label: xLabel, labelOffset: 40, grid: true, axis: "bottom", tickFormat: "~s" },
      y: { domain: keys, axis: null, padding: 0.18 },
      marks: [
        ...marks,
        Plot.text(headings, { ...text, text: "title", dx: 2, fontWeight: 700 }),
        Plot.ruleX([0], { stroke: FILLS.quoted.stroke }),
        ...legendMarks(legend),
      ],
    },
    description,
  );
}

/** A swatch and a text for each kind, side by side in the margin above. */
function legendMarks(legend: BarChartOptions["legend"]): Plot.Markish[] {
  let left = 0;
  return KINDS.flatMap((kind) => {
    const text = legend[kind];
    if (text === undefined) return [];
    const dx = left;
    left += text.length * CHARACTER + ENTRY_GAP;
    const at = { frameAnchor: "top-left", dy: -22, fontSize: 13 } as const;
    return [
      Plot.dot([0], { frameAnchor: "top-left", symbol: "square", r: 6, dx: dx + 8, dy: -22, ...FILLS[kind] }),
      Plot.text([text], { ...at, text: (name: string) => name, dx: dx + 20, lineAnchor: "middle" }),
    ];
  });
}
