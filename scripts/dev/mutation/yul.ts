import { child, type Node, rangeOf } from "./ast.ts";
import type { Edit } from "./operators.ts";

const SWAPS: Readonly<Record<string, readonly [operator: "comparison" | "arithmetic", other: string]>> = {
  lt: ["comparison", "gt"],
  gt: ["comparison", "lt"],
  add: ["arithmetic", "sub"],
  sub: ["arithmetic", "add"],
  mul: ["arithmetic", "div"],
  div: ["arithmetic", "mul"],
  mod: ["arithmetic", "mul"],
  shl: ["arithmetic", "shr"],
  shr: ["arithmetic", "shl"],
  and: ["arithmetic", "or"],
  or: ["arithmetic", "and"],
  xor: ["arithmetic", "and"],
};

/** What the operators do within `assembly`. */
export function yulEdits(node: Node, parent: Node | undefined, source: Buffer): Edit[] {
  switch (node.nodeType) {
    case "YulFunctionCall": {
      const name = child(node, "functionName");
      if (name?.["name"] === "eq" || name?.["name"] === "iszero") {
        const { start, end } = rangeOf(node);
        const replacement = `iszero(${source.subarray(start, end).toString()})`;
        return [{ operator: "comparison", variant: "negate", start, end, replacement }];
      }
      const swap = SWAPS[String(name?.["name"])];
      if (name === undefined || swap === undefined) return [];
      return [{ operator: swap[0], variant: "swap", ...rangeOf(name), replacement: swap[1] }];
    }
    case "YulLiteral": {
      if (node["kind"] !== "number") return [];
      const number = BigInt(String(node["value"]));
      const edit = (variant: string, replacement: bigint): Edit => ({
        ...{ operator: "constant", variant, ...rangeOf(node), replacement: String(replacement) },
      });
      return [edit("increment", number + 1n), ...(number === 0n ? [] : [edit("zero", 0n)])];
    }
    case "YulAssignment":
      // Without it a loop would only not end.
      if (parent?.nodeType === "YulForLoop") return [];
      return [{ operator: "assignment", variant: "remove", ...rangeOf(node), replacement: "{}" }];
    default:
      return [];
  }
}
