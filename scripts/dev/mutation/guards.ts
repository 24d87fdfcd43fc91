/** Where a source can hold a mutant beside the original, so that one build holds many mutants and each is switched on by itself. */
import { child, type Node, type Range, rangeOf, walk } from "./ast.ts";
import type { Mutant } from "./mutant.ts";

/** An expression or statement that stands twice in a guarded source, with the mutant and without. */
export interface Guard extends Range {
  readonly form: "expression" | "statement" | "initial";
  /** What a variable is without its first value. */
  readonly empty?: string;
}

const STATEMENTS = new Set(["ExpressionStatement", "Return", "EmitStatement", "RevertStatement"]);

/** Types of which both branches of a choice could not be, or would be another: numbers without a type, tuples, functions. */
const TYPELESS = /^(int_const|rational_const|tuple\(|function|type\(|error|modifier|literal_string|module)/;

/** The guard of a mutant; null where it needs a build of its own. */
export function guardOf(unit: Node, source: Buffer, mutant: Mutant): Guard | null {
  const around = ancestors(unit, mutant);
  if (around.some(({ nodeType }) => nodeType === "InlineAssembly" || nodeType === "InheritanceSpecifier")) return null;
  const body = around.find(({ nodeType }) => nodeType === "Block" || nodeType === "UncheckedBlock");
  if (body === undefined) return null; // a modifier, or the value of a constant
  if (mutant.replacement === "{}") return { form: "statement", start: mutant.start, end: mutant.end };
  if (mutant.replacement === "") return initialGuard(around.at(-1), mutant);

  for (const [i, node] of [...around.entries()].reverse()) {
    const parent = around[i - 1];
    if (STATEMENTS.has(node.nodeType)) return { form: "statement", ...withSemicolon(node, source) };
    if (node.nodeType === "VariableDeclarationStatement") {
      const value = child(node, "initialValue");
      return value === undefined ? null : { form: "expression", ...rangeOf(value) };
    }
    const type = (node["typeDescriptions"] as { typeString?: string } | undefined)?.typeString;
    if (type === undefined) return null;
    const isPart = parent?.nodeType === "EmitStatement" || parent?.nodeType === "RevertStatement";
    const isPlace = node["lValueRequested"] === true || isPart || node.nodeType.endsWith("Name");
    if (!isPlace && !TYPELESS.test(type)) return { form: "expression", ...rangeOf(node) };
  }
  return null;
}

/** A mutant with its guard and the number that switches it on, from 1. */
export interface Guarded {
  readonly mutant: Mutant;
  readonly guard: Guard;
  readonly number: number;
}

/**
 * The source with all these mutants in it, of which none is on until its number is. Their guards must not overlap.
 * @returns also where each of them stands now, in bytes
 */
export function guardAll(source: Buffer, mutants: readonly Guarded[]): { text: string; places: Map<Guarded, Range> } {
  const places = new Map<Guarded, Range>();
  let text = `import {__Mutants} from "${MUTANT_LIBRARY.filename}"; `;
  let at = 0;
  for (const guarded of [...mutants].sort((a, b) => a.guard.start - b.guard.start)) {
    const { mutant, guard, number } = guarded;
    const part = (start: number, end: number) => source.subarray(start, end).toString();
    const original = part(guard.start, guard.end);
    const changed = part(guard.start, mutant.start) + mutant.replacement + part(mutant.end, guard.end);
    const on = `__Mutants.on(${number})`;
    text += part(at, guard.start);
    const start = Buffer.byteLength(text);
    if (guard.form === "statement") text += `{ if (${on}) { ${changed} } else { ${original} } }`;
    else if (guard.form === "expression") text += `(${on} ? (${changed}) : (${original}))`;
    else text += original.replace(/=\s*/, () => `= ${on} ? ${guard.empty} : (`) + ")";
    places.set(guarded, { start, end: Buffer.byteLength(text) });
    at = guard.end;
  }
  return { text: text + source.subarray(at).toString(), places };
}

/** Address whose code is as many bytes long as the number of the mutant that is on. */
export const SELECTOR = "0x00000000000000000000000000000000c0de5bad";

/** Asks for the number, as if that were a constant, so that pure functions can ask too. */
export const MUTANT_LIBRARY = {
  filename: "__Mutants.sol",
  content: `// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;
library __Mutants {
    function _on(uint256 number) private view returns (bool) {
        return address(uint160(${SELECTOR.replace(/^0x0+/, "0x")})).code.length == number;
    }
    function _asPure(function(uint256) view returns (bool) f) private pure returns (function(uint256) pure returns (bool) g) {
        assembly { g := f }
    }
    function on(uint256 number) internal pure returns (bool) {
        return _asPure(_on)(number);
    }
}
`,
};

/** Sorts mutants into as few groups as chance has it, so that the guards of none overlap. */
export function layersOf(items: readonly Guarded[]): Guarded[][] {
  const layers: Guarded[][] = [];
  for (const item of items) {
    const free = layers.find((layer) => !layer.some((other) => overlap(item, other)));
    if (free === undefined) layers.push([item]);
    else free.push(item);
  }
  return layers;
}

function overlap(a: Guarded, b: Guarded): boolean {
  return a.mutant.file === b.mutant.file && a.guard.start < b.guard.end && b.guard.start < a.guard.end;
}

function initialGuard(node: Node | undefined, { start, end }: Mutant): Guard | null {
  if (node?.nodeType !== "VariableDeclarationStatement") return null;
  const [declared] = node["declarations"] as (Node | null)[];
  const type = (declared?.["typeDescriptions"] as { typeString?: string } | undefined)?.typeString ?? "";
  if (type === "bool") return { form: "initial", start, end, empty: "false" };
  if (/^(uint\d+|bytes\d+|address)$/.test(type)) return { form: "initial", start, end, empty: `${type}(0)` };
  return null;
}

/** Nodes around a range, the outermost first. */
function ancestors(unit: Node, range: Range): Node[] {
  const around: Node[] = [];
  walk(unit, (node) => {
    const { start, end } = rangeOf(node);
    // A declaration's range is kept by the statement around it.
    if (start > range.start || end < range.end) return false;
    around.push(node);
    return true;
  });
  return around;
}

function withSemicolon(node: Node, source: Buffer): Range {
  const { start, end } = rangeOf(node);
  const [semicolon = ""] = /^\s*;/.exec(source.subarray(end, end + 64).toString()) ?? [];
  return { start, end: end + semicolon.length };
}
