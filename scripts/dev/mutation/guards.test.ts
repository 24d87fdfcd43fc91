import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { describe, it } from "node:test";
import type { Node } from "./ast.ts";
import { guardAll, type Guarded, guardOf, layersOf, MUTANT_LIBRARY } from "./guards.ts";
import { mutantsOf } from "./operators.ts";

const solc = createRequire(import.meta.url)("solc") as { compile(input: string): string };

function compile(content: string): { ast: Node; errors: string[] } {
  const sources = { a: { content }, [MUTANT_LIBRARY.filename]: { content: MUTANT_LIBRARY.content } };
  const settings = { outputSelection: { "*": { "": ["ast"] } } };
  const output = JSON.parse(solc.compile(JSON.stringify({ language: "Solidity", sources, settings }))) as {
    sources: Record<string, { ast: Node }>;
    errors?: { severity: string; formattedMessage: string }[];
  };
  const errors = (output.errors ?? []).filter(({ severity }) => severity === "error");
  return { ast: output.sources["a"]?.ast as Node, errors: errors.map(({ formattedMessage }) => formattedMessage) };
}

/** Every mutant of a function's body with its guard, which must compile; null for those that have none. */
function guardsOf(body: string): (string | null)[] {
  const head =
    "contract C {\nerror E(uint256 n);\nuint256 s;\nfunction f(uint256 a, uint256 b) external returns (uint256 c) {\n";
  const source = Buffer.from(`${head}${body}\n}\n}`);
  const { ast, errors } = compile(source.toString());
  assert.deepEqual(errors, []);
  return mutantsOf("C.sol", source, ast).map((mutant) => {
    const guard = guardOf(ast, source, mutant);
    if (guard === null) return null;
    const { text, places } = guardAll(source, [{ mutant, guard, number: 7 }]);
    assert.deepEqual(compile(text).errors, [], text);
    const [place] = places.values();
    return Buffer.from(text).subarray(place?.start, place?.end).toString();
  });
}

describe("guardOf", () => {
  it("chooses between two expressions of one type", () => {
    assert.deepEqual(guardsOf("return a + b;"), ["(__Mutants.on(7) ? (a - b) : (a + b))"]);
    assert.deepEqual(guardsOf("return a > b ? a : b;").slice(0, 1), ["(__Mutants.on(7) ? (a >= b) : (a > b))"]);
  });

  it("takes a number with what gives it a type", () => {
    assert.deepEqual(guardsOf("return a << 8;").slice(1), [
      "(__Mutants.on(7) ? (a << 9) : (a << 8))",
      "(__Mutants.on(7) ? (a << 0) : (a << 8))",
    ]);
    assert.deepEqual(guardsOf("return 8;"), [
      "{ if (__Mutants.on(7)) { return 9; } else { return 8; } }",
      "{ if (__Mutants.on(7)) { return 0; } else { return 8; } }",
    ]);
  });

  it("takes a whole statement where something is removed, also where an else follows", () => {
    assert.deepEqual(guardsOf("if (a > b) s = a; else revert E(b);").slice(2), [
      "{ if (__Mutants.on(7)) { {} } else { revert E(b); } }",
      "{ if (__Mutants.on(7)) { {} } else { s = a; } }",
    ]);
  });

  it("gives a variable no value in place of its first", () => {
    assert.deepEqual(
      guardsOf("uint256 x = a; bool y = a > b; s = y ? x : b;").filter((text) => text?.startsWith(" =")),
      [" = __Mutants.on(7) ? uint256(0) : (a)", " = __Mutants.on(7) ? false : (a > b)"],
    );
  });

  it("leaves assembly to a build of its own", () => {
    assert.deepEqual(guardsOf("assembly { c := add(a, b) }"), [null, null]);
  });
});

describe("layersOf", () => {
  it("keeps guards apart that overlap", () => {
    const item = (file: string, start: number, end: number) =>
      ({ mutant: { file }, guard: { form: "expression", start, end }, number: 1 }) as unknown as Guarded;
    const [a, b, c, d] = [item("A", 0, 9), item("A", 4, 5), item("A", 9, 12), item("B", 0, 9)];
    assert.deepEqual(layersOf([a, b, c, d]), [[a, c, d], [b]]);
  });
});
