/** What of solc's syntax tree the operators look at. */

export interface Node {
  readonly nodeType: string;
  /** "start:length:file", in bytes. */
  readonly src: string;
  readonly [key: string]: unknown;
}

/** A piece of a source, in bytes. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export function rangeOf({ src }: Node): Range {
  const [start = 0, length = 0] = src.split(":").map(Number);
  return { start, end: start + length };
}

/** A property that is a node. */
export function child(node: Node | undefined, key: string): Node | undefined {
  const value = node?.[key];
  return isNode(value) ? value : undefined;
}

/** Visits a node and all below it, parents first. Nodes below one for which `visit` returns false are left out. */
export function walk(node: Node, visit: (node: Node, parent: Node | undefined) => boolean | void, parent?: Node): void {
  if (visit(node, parent) === false) return;
  for (const value of Object.values(node)) {
    for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) if (isNode(item)) walk(item, visit, node);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "nodeType" in value && "src" in value;
}
