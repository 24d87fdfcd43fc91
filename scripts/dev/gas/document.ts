import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lineChart, replaceMarked } from "@assay/charts";
import { format, resolveConfig } from "prettier";
import { type Curve, CURVES, pointsOf } from "./shapes.ts";
import { describeCurve } from "./tables.ts";
import type { Growth, Row } from "./types.ts";

// The proofs on record are of the files that made them, and those have it from here.
export { replaceMarked } from "@assay/charts";

/**
 * Puts curves into gas.md of a folder, between their marks, and draws each into a file beside it.
 * @returns the files written
 * @throws Error if gas.md has no marks for a curve
 */
export async function documentCurves(growth: Growth, folder: string): Promise<string[]> {
  const page = join(folder, "gas.md");
  let text = readFileSync(page, "utf8");
  const written = [page];
  for (const [name, rows] of Object.entries(growth)) {
    const curve = CURVES[name];
    if (curve === undefined) continue;
    const file = `gas-${name}.svg`;
    writeFileSync(join(folder, file), draw(curve, rows));
    written.push(join(folder, file));
    text = replaceMarked(text, `growth: ${name}`, `![${altText(curve)}](${file})\n\n${describeCurve(curve, rows)}`);
  }
  writeFileSync(page, await format(text, { ...(await resolveConfig(page)), filepath: page }));
  return written;
}

const altText = ({ title }: Curve) => `Gas by ${title[0]?.toLowerCase()}${title.slice(1)}`;

function draw(curve: Curve, rows: readonly Row[]): string {
  const series = Object.entries(curve.columns).map(([key, name]) => ({
    name,
    points: pointsOf(rows, key).map(([x, y]) => ({ x, y })),
  }));
  const { title, logX } = curve;
  return lineChart(series, { description: altText(curve), xLabel: title.toLowerCase(), yLabel: "gas", logX });
}
