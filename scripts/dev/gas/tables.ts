import { LIMITS } from "./limits.ts";
import type { Measured } from "./parts.ts";
import { type Curve, CURVES, findings } from "./shapes.ts";
import type { GasFigures, Row } from "./types.ts";

/** Everything measured, as tables in Markdown. */
export function describe({ figures, growth }: Measured): string {
  const parts = Object.keys(figures).length > 0 ? [figureTable(figures)] : [];
  for (const [name, rows] of Object.entries(growth)) {
    const curve = CURVES[name];
    if (curve !== undefined) parts.push(`### ${curve.title}\n\n${describeCurve(curve, rows)}`);
  }
  return parts.join("\n\n");
}

/** A curve as a table, and how it grows. */
export function describeCurve(curve: Curve, rows: readonly Row[]): string {
  const lines = findings(curve, rows).map(({ text }) => `- ${text}`);
  return `${growthTable(rows, curve)}\n\n${lines.join("\n")}`;
}

function figureTable(figures: Partial<GasFigures>): string {
  const rows = Object.entries(figures).map(([name, gas]) => [
    name,
    gas.toLocaleString("en"),
    LIMITS[name as keyof GasFigures]?.toLocaleString("en") ?? "",
  ]);
  return table(["figure", "gas", "limit"], rows);
}

function growthTable(rows: readonly Row[], { unit, columns }: Curve): string {
  const cell = (value: number | undefined) => value?.toLocaleString("en") ?? "";
  const keys = Object.keys(columns);
  const body = rows.map((row) => [cell(Object.values(row)[0]), ...keys.map((key) => cell(row[key]))]);
  return table([unit, ...Object.values(columns)], body);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const align = head.map((_, i) => (i === 0 ? "---" : "---:"));
  return [head, align, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
