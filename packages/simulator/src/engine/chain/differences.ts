/** A place where two values are not the same. */
export interface Difference {
  /** Such as `[3].balance`; empty for the values themselves. */
  readonly path: string;
  readonly left: unknown;
  readonly right: unknown;
}

/** What a comparison came to. */
export interface Comparison {
  /** Single values compared. */
  readonly compared: number;
  readonly differences: readonly Difference[];
}

/** Compares plain values: objects and arrays by their entries, in order, all others by identity. */
export function compare(left: unknown, right: unknown): Comparison {
  const differences: Difference[] = [];
  let compared = 0;
  const visit = (path: string, a: unknown, b: unknown): void => {
    if (!isComposite(a) || !isComposite(b) || Array.isArray(a) !== Array.isArray(b)) {
      compared++;
      if (!Object.is(a, b)) differences.push({ path, left: a, right: b });
      return;
    }
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      visit(Array.isArray(a) ? `${path}[${key}]` : `${path}.${key}`, a[key], b[key]);
    }
  };
  visit("", left, right);
  return { compared, differences };
}

/** One line for each of the first few differences. */
export function describeDifferences(
  differences: readonly Difference[],
  names: { readonly left: string; readonly right: string },
  limit = 8,
): string {
  const lines = differences.slice(0, limit).map(({ path, left, right }) => {
    const gap = typeof left === "bigint" && typeof right === "bigint" ? ` (${right - left} between them)` : "";
    return `  ${path === "" ? "all of it" : path}: ${names.left} ${show(left)}, ${names.right} ${show(right)}${gap}`;
  });
  if (differences.length > limit) lines.push(`  and ${differences.length - limit} more`);
  return lines.join("\n");
}

function isComposite(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function show(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  return value === undefined
    ? "nothing"
    : JSON.stringify(value, (_, one: unknown) => (typeof one === "bigint" ? `${one}n` : one));
}
