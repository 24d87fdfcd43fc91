import { PAGE_STYLE } from "./style.ts";

export type Cell = string | number | null;

export interface TableData {
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** A figure that is to be read first. */
export interface Card {
  readonly figure: string;
  readonly name: string;
  readonly detail: string;
}

export interface LegendEntry {
  readonly name: string;
  readonly colour: string;
  /** A key of the symbols that a legend knows. */
  readonly symbol: keyof typeof SYMBOLS;
}

const SYMBOLS = {
  circle: (c: string) => `<circle cx="9" cy="7" r="6" fill="${c}"/>`,
  triangle: (c: string) => `<path d="M9 1 15 13H3z" fill="${c}"/>`,
  square: (c: string) => `<rect x="4" y="2" width="10" height="10" fill="${c}"/>`,
  star: (c: string) => `<path d="M9 0 11 5 16 5 12 8.500 13.500 14 9 10.700 4.500 14 6 8.500 2 5 7 5z" fill="${c}"/>`,
  diamond: (c: string) => `<path d="M9 0 15 7 9 14 3 7z" fill="${c}"/>`,
  tick: (c: string) => `<path d="M9 0V14" stroke="${c}" stroke-width="3"/>`,
  line: (c: string) => `<path d="M0 7H18" stroke="${c}" stroke-width="2"/>`,
  dash: (c: string) => `<path d="M0 7H18" stroke="${c}" stroke-width="3" stroke-dasharray="6 3"/>`,
  dot: (c: string) => `<path d="M0 7H18" stroke="${c}" stroke-width="3" stroke-dasharray="2 3"/>`,
  dashdot: (c: string) => `<path d="M0 7H18" stroke="${c}" stroke-width="3" stroke-dasharray="10 3 2 3"/>`,
};

/** A page of its own that loads nothing. @param body of HTML, below the heading */
export function renderPage(head: { title: string; heading: string; subtitle: string }, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(head.title)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<main>
<header>
<h1>${escapeHtml(head.heading)}</h1>
<p>${escapeHtml(head.subtitle)}</p>
</header>
${body}
</main>
</body>
</html>
`;
}

/** Figures side by side. */
export function renderCards(cards: readonly Card[]): string {
  const card = ({ figure, name, detail }: Card) =>
    `<div class="card"><strong>${escapeHtml(figure)}</strong><span>${escapeHtml(name)}</span><small>${escapeHtml(detail)}</small></div>`;
  return `<div class="cards">${cards.map(card).join("")}</div>`;
}

/** A chart with its data; in a window too small for its texts the chart scrolls. @param caption what one sees */
export function renderFigure(
  svg: string,
  data: TableData,
  { width = "half", caption = "" }: { width?: "half" | "wide" | "square"; caption?: string } = {},
): string {
  const below = caption === "" ? "" : `<figcaption>${escapeHtml(caption)}</figcaption>`;
  return `<figure class="${width}"><div>${svg}</div>${below}<details><summary>The data</summary>${renderTable(data)}</details></figure>`;
}

/** A table; columns of numbers are aligned to the right. */
export function renderTable({ head, rows }: TableData): string {
  const isNumber = (value: Cell | undefined) =>
    value === null || value === undefined || /^[-+−]?[\d ,.]+(e[-+]?\d+)?%?$/.test(String(value));
  const classes = head.map((_, i) => (rows.every((row) => isNumber(row[i])) ? ' class="n"' : ""));
  const line = (tag: "th" | "td", cells: readonly Cell[]) =>
    `<tr>${cells.map((value, i) => `<${tag}${classes[i] ?? ""}>${escapeHtml(String(value ?? ""))}</${tag}>`).join("")}</tr>`;
  const body = rows.map((row) => line("td", row)).join("\n");
  return `<div class="scroll"><table><thead>${line("th", head)}</thead><tbody>${body}</tbody></table></div>`;
}

/** Names of what a chart shows, with its colours and symbols. */
export function renderLegend(entries: readonly LegendEntry[]): string {
  const entry = ({ name, colour, symbol }: LegendEntry) =>
    `<span><svg width="18" height="14" aria-hidden="true">${SYMBOLS[symbol](colour)}</svg>${escapeHtml(name)}</span>`;
  return `<div class="legend">${entries.map(entry).join("")}</div>`;
}

/** A list of sentences. */
export function renderList(lines: readonly string[]): string {
  return `<ul>${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join("")}</ul>`;
}

export function escapeHtml(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}
