import { format } from "prettier";
import type { Row } from "./rows.ts";
import { group, markdownTable } from "./table.ts";

/** Replaces what stands between `<!-- name -->` and `<!-- /name -->`. */
function fill(page: string, name: string, text: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [page.indexOf(open), page.indexOf(close)];
  if (from < 0 || to < from) throw new Error(`the page has no place for the ${name} figures`);
  return `${page.slice(0, from + open.length)}\n\n${text}\n\n${page.slice(to)}`;
}

/** The page with the figures of `rows` in its tables. */
export async function fillPage(page: string, rows: readonly Row[]): Promise<string> {
  const quoted = rows.filter(({ measured }) => !measured);
  const own = rows.filter(({ measured }) => measured);
  const filled = fill(page, "measured", markdownTable(group(own)));
  return format(fill(filled, "quoted", markdownTable(group(quoted, rows))), { parser: "markdown" });
}
