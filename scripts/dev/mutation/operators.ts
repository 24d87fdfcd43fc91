import { child, type Node, type Range, rangeOf, walk } from "./ast.ts";
import type { Mutant, Operator } from "./mutant.ts";
import { yulEdits } from "./yul.ts";

/** A change that an operator wants made; `variant` tells apart what one operator does to one place. */
export interface Edit extends Range {
  readonly operator: Operator;
  readonly variant: string;
  readonly replacement: string;
}

type Swaps = Readonly<Record<string, string>>;

/** To the neighbour, which differs in the case of equality only, and to the opposite. */
const BOUNDARY: Swaps = { "<": "<=", "<=": "<", ">": ">=", ">=": ">" };
const NEGATED: Swaps = { "<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "==" };
const LOGIC: Swaps = { "&&": "||", "||": "&&" };
const ARITHMETIC: Swaps = {
  ...{ "+": "-", "-": "+", "*": "/", "/": "*", "%": "*", "**": "*" },
  ...{ "<<": ">>", ">>": "<<", "&": "|", "|": "&", "^": "&" },
};
const ASSIGNED: Swaps = {
  "+=": "-=",
  "-=": "+=",
  "*=": "/=",
  "/=": "*=",
  "|=": "&=",
  "&=": "|=",
  "^=": "&=",
  "<<=": ">>=",
  ">>=": "<<=",
};

/** Functions of which a call stands for a `require`. */
const CHECKS = /^(require|assert|_require\w*|_check\w*)$/;

/**
 * Every mutant of a source.
 *
 * @param file path below `contracts/`
 * @param unit the source's syntax tree
 */
export function mutantsOf(file: string, source: Buffer, unit: Node): Mutant[] {
  const mutants: Mutant[] = [];
  const seen = new Set<string>();
  walk(unit, (node, parent) => {
    if (node.nodeType === "ArrayTypeName" || node.nodeType === "PragmaDirective") return false;
    for (const { operator, variant, replacement, ...range } of editsOf(node, parent, source)) {
      const before = source.subarray(0, range.start).toString();
      const line = before.split("\n").length;
      const column = before.length - before.lastIndexOf("\n");
      const id = `${file}:${line}:${column}:${operator}-${variant}`;
      if (seen.has(id)) throw new Error(`two mutants are called ${id}`);
      seen.add(id);
      const original = source.subarray(range.start, range.end).toString();
      mutants.push({ id, file, line, operator, ...range, original, replacement });
    }
    return true;
  });
  return mutants;
}

function editsOf(node: Node, parent: Node | undefined, source: Buffer): Edit[] {
  switch (node.nodeType) {
    case "BinaryOperation":
      return binary(node, source);
    case "UnaryOperation":
      return unary(node, source);
    case "Assignment":
      return compound(node, source);
    case "Literal":
      return literal(node);
    case "MemberAccess":
      return extreme(node, source);
    case "ModifierInvocation":
      if (node["kind"] === "baseConstructorSpecifier") return [];
      return [{ operator: "modifier", variant: "remove", ...rangeOf(node), replacement: "" }];
    case "IfStatement":
    case "WhileStatement":
    case "Conditional":
      return [...condition(node, source), ...(node.nodeType === "IfStatement" ? guard(node, source) : [])];
    case "RevertStatement":
      return parent?.nodeType === "IfStatement" && child(parent, "trueBody") === node
        ? [] // goes with its condition
        : [{ operator: "require", variant: "remove", ...statement(node, source), replacement: "{}" }];
    case "ExpressionStatement":
      return expression(node, parent, source);
    case "VariableDeclarationStatement":
      return initializer(node, source);
    case "YulFunctionCall":
    case "YulLiteral":
    case "YulAssignment":
      return yulEdits(node, parent, source);
    default:
      return [];
  }
}

function binary(node: Node, source: Buffer): Edit[] {
  const symbol = node["operator"] as string;
  const place = symbolBetween(source, node, "leftExpression", "rightExpression", symbol);
  const edit = (operator: Operator, variant: string, swaps: Swaps): Edit[] =>
    swaps[symbol] === undefined ? [] : [{ operator, variant, ...place, replacement: swaps[symbol] }];
  return [
    ...edit("comparison", "boundary", BOUNDARY),
    ...edit("comparison", "negate", NEGATED),
    ...edit("comparison", "swap", LOGIC),
    ...edit("arithmetic", "swap", ARITHMETIC),
  ];
}

function unary(node: Node, source: Buffer): Edit[] {
  const { start, end } = rangeOf(node);
  const operand = child(node, "subExpression");
  const symbol = node["operator"] as string;
  if (operand === undefined) return [];
  if (symbol === "++" || symbol === "--") {
    const at = node["prefix"] === true ? start : end - 2;
    const replacement = symbol === "++" ? "--" : "++";
    return [{ operator: "arithmetic", variant: "swap", start: at, end: at + 2, replacement }];
  }
  if (!["!", "~", "-"].includes(symbol)) return [];
  const rest = text(source, { start: start + 1, end });
  return [{ operator: symbol === "!" ? "comparison" : "arithmetic", variant: "remove", start, end, replacement: rest }];
}

function compound(node: Node, source: Buffer): Edit[] {
  const symbol = node["operator"] as string;
  const other = ASSIGNED[symbol];
  if (other === undefined) return [];
  const place = symbolBetween(source, node, "leftHandSide", "rightHandSide", symbol);
  return [{ operator: "arithmetic", variant: "swap", ...place, replacement: other }];
}

function literal(node: Node): Edit[] {
  const value = String(node["value"]);
  const edit = (variant: string, replacement: string): Edit => ({
    ...{ operator: "constant", variant, ...rangeOf(node), replacement },
  });
  if (node["kind"] === "bool") return [edit("flip", value === "true" ? "false" : "true")];
  if (node["kind"] !== "number" || typeof node["subdenomination"] === "string") return [];
  const digits = value.replaceAll("_", "");
  if (!/^(\d+|0x[\da-f]+)$/i.test(digits)) return [];
  const number = BigInt(digits);
  // Hex as wide as it was, where it may stand for bytes.
  const next = digits.startsWith("0x")
    ? `0x${(number + 1n).toString(16).padStart(digits.length - 2, "0")}`
    : String(number + 1n);
  return [edit("increment", next), ...(number === 0n ? [] : [edit("zero", "0")])];
}

/** `type(uint128).max`, one less. */
function extreme(node: Node, source: Buffer): Edit[] {
  const inner = child(node, "expression");
  const isType = inner?.nodeType === "FunctionCall" && child(inner, "expression")?.["name"] === "type";
  if (!isType || node["memberName"] !== "max") return [];
  const range = rangeOf(node);
  return [{ operator: "constant", variant: "decrement", ...range, replacement: `(${text(source, range)} - 1)` }];
}

/** A condition that no other operator turns round. */
function condition(node: Node, source: Buffer): Edit[] {
  const asked = child(node, "condition");
  if (asked === undefined || ["BinaryOperation", "UnaryOperation", "Literal"].includes(asked.nodeType)) return [];
  const range = rangeOf(asked);
  return [{ operator: "comparison", variant: "not", ...range, replacement: `!(${text(source, range)})` }];
}

/** `if (...) revert ...;` */
function guard(node: Node, source: Buffer): Edit[] {
  if (child(node, "trueBody")?.nodeType !== "RevertStatement" || child(node, "falseBody")) return [];
  return [{ operator: "require", variant: "remove", ...statement(node, source), replacement: "{}" }];
}

function expression(node: Node, parent: Node | undefined, source: Buffer): Edit[] {
  // Without it the loop would only not end.
  if (parent?.nodeType === "ForStatement" && child(parent, "body") !== node) return [];
  const inner = child(node, "expression");
  const remove = (operator: Operator): Edit[] => [
    { operator, variant: "remove", ...statement(node, source), replacement: "{}" },
  ];
  if (inner?.nodeType === "Assignment") return remove("assignment");
  if (inner?.nodeType === "UnaryOperation" && ["++", "--", "delete"].includes(inner["operator"] as string)) {
    return remove("assignment");
  }
  const called = inner?.nodeType === "FunctionCall" ? child(inner, "expression") : undefined;
  return CHECKS.test(String(called?.["name"] ?? called?.["memberName"])) ? remove("require") : [];
}

/** `uint256 x = y`, without `= y`. What is 0 or false anyway is left. */
function initializer(node: Node, source: Buffer): Edit[] {
  const value = child(node, "initialValue");
  const declarations = node["declarations"] as (Node | null)[];
  const [declared] = declarations;
  if (value === undefined || declarations.length !== 1 || declared === null || declared === undefined) return [];
  if (declared["storageLocation"] !== "default" || /^(0|false)$/.test(text(source, rangeOf(value)))) return [];
  const [start, { end }] = [rangeOf(declared).end, rangeOf(value)];
  return [{ operator: "assignment", variant: "initial", start, end, replacement: "" }];
}

/** A statement with the semicolon that solc leaves out. */
function statement(node: Node, source: Buffer): Range {
  const { start, end } = rangeOf(node);
  const [semicolon = ""] = /^\s*;/.exec(source.subarray(end, end + 64).toString()) ?? [];
  return { start, end: end + semicolon.length };
}

function symbolBetween(source: Buffer, node: Node, left: string, right: string, symbol: string): Range {
  const from = rangeOf(child(node, left) as Node).end;
  const between = text(source, { start: from, end: rangeOf(child(node, right) as Node).start });
  // A comment may hold anything.
  const bare = between.replace(/\/\/.*|\/\*[^]*?\*\//g, (comment) => " ".repeat(Buffer.byteLength(comment)));
  const at = bare.indexOf(symbol);
  if (at < 0) throw new Error(`no ${symbol} in "${between}"`);
  return { start: from + at, end: from + at + symbol.length };
}

function text(source: Buffer, { start, end }: Range): string {
  return source.subarray(start, end).toString();
}
