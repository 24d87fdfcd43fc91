import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

const WIDTH = 560;
const STYLE = { fontSize: "12px", fontFamily: "inherit", overflow: "visible" } as const;

/** What is used of an element here; TypeScript knows no DOM in this repository. */
interface SvgElement {
  readonly outerHTML: string;
  setAttribute(name: string, value: string): void;
}

/**
 * Draws a plot, to be put into an HTML page.
 * @param description for those who cannot see it
 * @returns an `svg` element
 */
export function renderPlot(options: Plot.PlotOptions, description: string): string {
  return draw(options, description).outerHTML;
}

/** Draws a plot as a file of its own: on white, whatever the page that shows it looks like. */
export function renderPlotFile(options: Plot.PlotOptions, description: string): string {
  const style = { ...STYLE, fontFamily: "system-ui, sans-serif", background: "white", color: "#1a1a1a" };
  const svg = draw({ ...options, style }, description);
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return `${svg.outerHTML}\n`;
}

function draw(options: Plot.PlotOptions, description: string): SvgElement {
  const { document } = parseHTML("<html><body></body></html>") as unknown as { document: unknown };
  const settings = { width: WIDTH, marginBottom: 46, style: STYLE, ariaLabel: description, ...options, document };
  const svg = Plot.plot(settings) as unknown as SvgElement;
  svg.setAttribute("role", "img");
  return svg;
}
