/**
 * Replaces what stands between `<!-- mark -->` and `<!-- end -->`.
 * @throws Error if there is no such mark
 */
export function replaceMarked(text: string, mark: string, content: string): string {
  const [start, end] = [`<!-- ${mark} -->`, "<!-- end -->"];
  const from = text.indexOf(start);
  const to = text.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`there is no "${start}" with an "${end}" after it`);
  return `${text.slice(0, from + start.length)}\n\n${content}\n\n${text.slice(to)}`;
}
