import * as Plot from "@observablehq/plot";
import type { LegendEntry } from "./page/parts.ts";
import { OKABE_ITO, PAGE_COLOURS } from "./palette.ts";
import { renderPlot } from "./render.ts";

/** Names shown at the axes at most; beyond, only the groups are. */
const MOST_NAMES = 30;
const SIZE = 620;
const MARGIN = 130;
/** Ends of the scale: mixed in numbers, so that they cannot be variables of the page. */
const SCALE = { none: "#e4e7eb", all: OKABE_ITO.vermilion } as const;

/** Legend of {@link heatMap}. @param names of 0 and 1 */
export function heatMapLegend(names: Readonly<Record<keyof typeof SCALE, string>>): LegendEntry[] {
  return (["none", "all"] as const).map((key) => ({ name: names[key], colour: SCALE[key], symbol: "square" }));
}

/** One of those that are compared with each other. */
export interface HeatMapMember {
  readonly name: string;
  /** Members of a group stand together. */
  readonly group: string;
}

/**
 * A square of how much each two have in common, 0 to 1: the redder the more, empty what is not known.
 * Groups are set apart by lines and named beside them.
 * @param values by row, then by column
 */
export function heatMap(
  members: readonly HeatMapMember[],
  values: readonly (readonly (number | null)[])[],
  { description, label }: { readonly description: string; readonly label: string },
): string {
  const cells = values.flatMap((row, i) =>
    row.flatMap((value, j) => (value === null ? [] : [{ x: j, x2: j + 1, y: i, y2: i + 1, value }])),
  );
  const groups = groupsOf(members);
  const few = members.length <= MOST_NAMES;
  const names = few
    ? members.map(({ name }, i) => ({ at: i + 0.5, text: name }))
    : groups.map(({ name, from, to }) => ({ at: (from + to) / 2, text: name }));
  const edges = groups.slice(1).map(({ from }) => from);
  const text = { fontSize: few ? 10 : 12, text: "text" } as const;
  return renderPlot(
    {
      width: SIZE + MARGIN,
      height: SIZE + 60,
      marginLeft: MARGIN,
      marginTop: 50,
      marginBottom: 10,
      marginRight: 10,
      x: { domain: [0, members.length], axis: null },
      y: { domain: [members.length, 0], axis: null },
      color: {
        type: "diverging",
        domain: [-1, 1],
        range: Object.values(SCALE),
        interpolate: "rgb",
        label,
      },
      marks: [
        Plot.rect(cells, { x1: "x", x2: "x2", y1: "y", y2: "y2", fill: "value", inset: members.length > 40 ? 0 : 0.5 }),
        Plot.ruleX(edges, { stroke: PAGE_COLOURS.ink, strokeWidth: 1.5 }),
        Plot.ruleY(edges, { stroke: PAGE_COLOURS.ink, strokeWidth: 1.5 }),
        Plot.text(names, { ...text, x: 0, y: "at", dx: -6, textAnchor: "end" }),
        Plot.text(names, { ...text, x: "at", y: 0, dy: -6, rotate: -35, textAnchor: "start" }),
      ],
    },
    description,
  );
}

function groupsOf(members: readonly HeatMapMember[]): { name: string; from: number; to: number }[] {
  const groups: { name: string; from: number; to: number }[] = [];
  for (const [i, { group }] of members.entries()) {
    const last = groups.at(-1);
    if (last?.name === group) last.to = i + 1;
    else groups.push({ name: group, from: i, to: i + 1 });
  }
  return groups;
}
