import { child, type Node, type Range, rangeOf, walk } from "./ast.ts";

/** A function, modifier or state variable: whatever has code of its own that contracts may take in. */
interface Unit {
  readonly file: string;
  readonly range: Range;
  /** Ids of what it refers to. */
  readonly refers: ReadonlySet<number>;
  /** Reached by a call to another address, so that its code is not taken in. */
  readonly apart: boolean;
}

const UNITS = new Set(["FunctionDefinition", "ModifierDefinition", "VariableDeclaration"]);

/** Which contracts a piece of a source is compiled into. */
export class Dependents {
  readonly #units = new Map<number, Unit>();
  /** Ids of all units of a contract, its bases' included. */
  readonly #members = new Map<number, number[]>();
  /** For each contract, by `file:name`, the ids of all units that are part of it. */
  readonly #parts = new Map<string, ReadonlySet<number>>();

  constructor(sources: ReadonlyMap<string, Node>) {
    const contracts: { id: number; name: string; file: string; bases: number[] }[] = [];
    const own = new Map<number, number[]>();
    for (const [file, source] of sources) {
      walk(source, (node, parent) => {
        const id = node["id"] as number;
        if (node.nodeType === "ContractDefinition") {
          const bases = node["linearizedBaseContracts"] as number[];
          contracts.push({ id, name: String(node["name"]), file, bases });
        }
        const isTop = parent?.nodeType === "ContractDefinition" || parent?.nodeType === "SourceUnit";
        if (!isTop || !UNITS.has(node.nodeType)) return;
        const isLibrary = parent["contractKind"] === "library";
        const apart = isLibrary && ["external", "public"].includes(String(node["visibility"]));
        this.#units.set(id, { file, range: rangeOf(node), refers: refersTo(node), apart });
        const contract = parent["id"] as number;
        own.set(contract, [...(own.get(contract) ?? []), id]);
      });
    }
    for (const { id, bases } of contracts)
      this.#members.set(
        id,
        bases.flatMap((base) => own.get(base) ?? []),
      );
    for (const { id, name, file } of contracts) this.#parts.set(`${file}:${name}`, this.#partsOf(id));
  }

  /** Names of contracts by their file; none if nothing uses the piece. */
  of(file: string, range: Range): Map<string, string[]> {
    const around = [...this.#units].find(
      ([, unit]) => unit.file === file && unit.range.start <= range.start && range.end <= unit.range.end,
    );
    const found = new Map<string, string[]>();
    if (around === undefined) return found;
    for (const [contract, parts] of this.#parts) {
      if (!parts.has(around[0])) continue;
      const [source = "", name = ""] = contract.split(":");
      found.set(source, [...(found.get(source) ?? []), name]);
    }
    return found;
  }

  #partsOf(contract: number): Set<number> {
    const parts = new Set<number>();
    const waiting = [...(this.#members.get(contract) ?? [])];
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      if (parts.has(id)) continue;
      parts.add(id);
      for (const next of this.#units.get(id)?.refers ?? []) {
        // A contract that is created is taken in as a whole.
        if (this.#members.has(next)) waiting.push(...(this.#members.get(next) ?? []));
        else if (this.#units.get(next)?.apart === false) waiting.push(next);
      }
    }
    return parts;
  }
}

function refersTo(unit: Node): Set<number> {
  const ids = new Set<number>();
  const add = (id: unknown) => {
    if (typeof id === "number") ids.add(id);
  };
  walk(unit, (node) => {
    switch (node.nodeType) {
      case "NewExpression":
        add(child(child(node, "typeName"), "pathNode")?.["referencedDeclaration"]);
        return false;
      case "UserDefinedTypeName":
        return false; // a type has no code
      case "InlineAssembly":
        for (const { declaration } of node["externalReferences"] as { declaration: number }[]) add(declaration);
        return false;
      default:
        add(node["referencedDeclaration"]);
        add(node["function"]); // of an operator for a type of the user's
        return true;
    }
  });
  return ids;
}
