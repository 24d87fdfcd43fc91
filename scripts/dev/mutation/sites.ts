import { child, type Node, type Range, rangeOf, walk } from "./ast.ts";
import type { Statement } from "./instrument.ts";
import type { Mutant } from "./mutant.ts";

/** Where each mutant of the contracts takes effect. */
export class Sites {
  readonly #units: ReadonlyMap<string, Node>;
  readonly #statements: ReadonlyMap<string, readonly Statement[]>;
  /** Places by the id of the constant that they use. */
  readonly #uses = new Map<number, { file: string; range: Range }[]>();

  constructor(units: ReadonlyMap<string, Node>, statements: readonly Statement[]) {
    this.#units = units;
    this.#statements = Map.groupBy(statements, ({ file }) => file);
    for (const [file, unit] of units) {
      walk(unit, (node) => {
        const declaration = node["referencedDeclaration"];
        const isUse = node.nodeType === "Identifier" || node.nodeType === "MemberAccess";
        if (!isUse || typeof declaration !== "number") return;
        const uses = this.#uses.get(declaration) ?? [];
        uses.push({ file, range: rangeOf(node) });
        this.#uses.set(declaration, uses);
      });
    }
  }

  /**
   * Tags of statements of which one must be executed for the mutant to matter; null where that cannot be told, as for what is
   * no part of a statement.
   */
  tagsOf({ file, start, end }: Mutant): Set<string> | null {
    const tags = new Set<string>();
    return this.#collect(file, { start, end }, tags, new Set()) ? tags : null;
  }

  #collect(file: string, range: Range, tags: Set<string>, seen: Set<number>): boolean {
    const around = this.#statements.get(file)?.filter((statement) => contains(statement, range)) ?? [];
    const [innermost] = around.sort((a, b) => a.end - a.start - (b.end - b.start));
    if (innermost !== undefined) {
      tags.add(innermost.tag);
      return true;
    }
    const constant = this.#constantAround(file, range);
    if (constant !== undefined) {
      const { id } = constant as unknown as { id: number };
      if (seen.has(id)) return true;
      seen.add(id);
      return (this.#uses.get(id) ?? []).every((use) => this.#collect(use.file, use.range, tags, seen));
    }
    const first = this.#firstStatementBehind(file, range);
    if (first === undefined) return false;
    tags.add(first.tag);
    // A modifier that refuses lets nothing of the function be executed.
    for (const statement of this.#modifierAround(file, range)) tags.add(statement.tag);
    return true;
  }

  /** Statements of the modifier that is named there. */
  #modifierAround(file: string, range: Range): readonly Statement[] {
    let declaration: unknown;
    walk(this.#units.get(file) as Node, (node) => {
      if (!contains(rangeOf(node), range)) return false;
      if (node.nodeType === "ModifierInvocation") declaration = child(node, "modifierName")?.["referencedDeclaration"];
      return true;
    });
    for (const [source, unit] of this.#units) {
      let body: Range | undefined;
      walk(unit, (node) => {
        if (node.nodeType === "ModifierDefinition" && node["id"] === declaration) body = rangeOf(node);
      });
      if (body === undefined) continue;
      return this.#statements.get(source)?.filter((statement) => contains(body as Range, statement)) ?? [];
    }
    return [];
  }

  #constantAround(file: string, range: Range): Node | undefined {
    let found: Node | undefined;
    walk(this.#units.get(file) as Node, (node) => {
      if (!contains(rangeOf(node), range)) return false;
      if (node.nodeType === "VariableDeclaration" && node["constant"] === true) found = node;
      return true;
    });
    return found;
  }

  /** Of a function whose head the range stands in. */
  #firstStatementBehind(file: string, range: Range): Statement | undefined {
    let body: Range | undefined;
    walk(this.#units.get(file) as Node, (node) => {
      if (!contains(rangeOf(node), range)) return false;
      if (node.nodeType === "FunctionDefinition") body = rangeOf(child(node, "body") ?? node);
      return true;
    });
    if (body === undefined) return undefined;
    const inside = this.#statements.get(file)?.filter((statement) => contains(body as Range, statement)) ?? [];
    return inside.sort((a, b) => a.start - b.start)[0];
  }
}

function contains(outer: Range, inner: Range): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}
