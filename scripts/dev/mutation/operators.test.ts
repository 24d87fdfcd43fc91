import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { describe, it } from "node:test";
import type { Node } from "./ast.ts";
import { diffOf, mutate } from "./mutant.ts";
import { mutantsOf } from "./operators.ts";

const solc = createRequire(import.meta.url)("solc") as { compile(input: string): string };

function compile(source: string): { ast: Node; errors: string[] } {
  const input = {
    language: "Solidity",
    sources: { a: { content: source } },
    settings: { outputSelection: { "*": { "": ["ast"] } } },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input))) as {
    sources: { a: { ast: Node } };
    errors?: { severity: string; formattedMessage: string }[];
  };
  const errors = (output.errors ?? []).filter(({ severity }) => severity === "error");
  return { ast: output.sources.a?.ast, errors: errors.map(({ formattedMessage }) => formattedMessage) };
}

/** Names and changed lines of all mutants of a function's body. */
function mutantsOfBody(body: string, head = "function f(uint256 a, uint256 b) external returns (uint256 c)"): string[] {
  const source = Buffer.from(
    `contract C {\n  error E();\n  uint256 s;\n  modifier m() { _; }\n${head} {\n${body}\n}\n}`,
  );
  const { ast, errors } = compile(source.toString());
  assert.deepEqual(errors, []);
  return mutantsOf("C.sol", source, ast).map((mutant) => {
    const { before, after } = diffOf(source, mutant);
    assert.notEqual(before, after);
    assert.deepEqual(compile(mutate(source, mutant)).errors, [], `${mutant.id}: ${after}`);
    return `${mutant.id.split(":").at(-1)}: ${after}`;
  });
}

describe("mutantsOf", () => {
  it("moves a comparison to its neighbour and turns it round", () => {
    assert.deepEqual(mutantsOfBody("return a /* < */ < b ? a : b;"), [
      "comparison-boundary: return a /* < */ <= b ? a : b;",
      "comparison-negate: return a /* < */ >= b ? a : b;",
    ]);
    assert.deepEqual(mutantsOfBody("if (a == b && !(a >= b)) return a;"), [
      "comparison-swap: if (a == b || !(a >= b)) return a;",
      "comparison-negate: if (a != b && !(a >= b)) return a;",
      "comparison-remove: if (a == b && (a >= b)) return a;",
      "comparison-boundary: if (a == b && !(a > b)) return a;",
      "comparison-negate: if (a == b && !(a < b)) return a;",
    ]);
  });

  it("negates a condition that is no comparison", () => {
    assert.deepEqual(mutantsOfBody("if (x) return;", "function f(bool x) external"), [
      "comparison-not: if (!(x)) return;",
    ]);
  });

  it("swaps arithmetic, each operator of a longer term by itself", () => {
    assert.deepEqual(mutantsOfBody("return (a + b) * a % b;"), [
      "arithmetic-swap: return (a + b) * a * b;",
      "arithmetic-swap: return (a + b) / a % b;",
      "arithmetic-swap: return (a - b) * a % b;",
    ]);
    assert.deepEqual(mutantsOfBody("return a << b | ~a;"), [
      "arithmetic-swap: return a << b & ~a;",
      "arithmetic-swap: return a >> b | ~a;",
      "arithmetic-remove: return a << b | a;",
    ]);
  });

  it("removes a check, whatever its form", () => {
    const source =
      "if (a > b) revert E();\nif (a < b) { revert E(); }\n_requireNothing();\n}\nfunction _requireNothing() private {";
    const removed = mutantsOfBody(source).filter((name) => name.startsWith("require"));
    assert.deepEqual(removed, ["require-remove: {}", "require-remove: if (a < b) { {} }", "require-remove: {}"]);
  });

  it("removes an assignment, and the first value of a variable", () => {
    assert.deepEqual(mutantsOfBody("uint256 x = a;\nuint256 zero = 0;\ns += x;\ndelete s;\nc = x; zero++;"), [
      "assignment-initial: uint256 x;",
      "constant-increment: uint256 zero = 1;",
      "assignment-remove: {}",
      "arithmetic-swap: s -= x;",
      "assignment-remove: {}",
      "assignment-remove: {} zero++;",
      "assignment-remove: c = x; {}",
      "arithmetic-swap: c = x; zero--;",
    ]);
  });

  it("leaves the step of a loop, without which it would only not end, but for its direction", () => {
    assert.deepEqual(mutantsOfBody("for (uint256 i = a; i != b; ++i) s = i;"), [
      "assignment-remove: for (uint256 i = a; i != b; ++i) {}",
      "comparison-negate: for (uint256 i = a; i == b; ++i) s = i;",
      "assignment-initial: for (uint256 i; i != b; ++i) s = i;",
      "arithmetic-swap: for (uint256 i = a; i != b; --i) s = i;",
    ]);
  });

  it("removes a modifier", () => {
    assert.deepEqual(mutantsOfBody("", "function f() external m"), ["modifier-remove: function f() external {"]);
  });

  it("changes constants of every kind but strings", () => {
    assert.deepEqual(mutantsOfBody('bytes memory x = "1"; bool y = true; c = 1_000; s = type(uint64).max;'), [
      'assignment-initial: bytes memory x = "1"; bool y; c = 1_000; s = type(uint64).max;',
      'constant-flip: bytes memory x = "1"; bool y = false; c = 1_000; s = type(uint64).max;',
      'assignment-remove: bytes memory x = "1"; bool y = true; {} s = type(uint64).max;',
      'constant-increment: bytes memory x = "1"; bool y = true; c = 1001; s = type(uint64).max;',
      'constant-zero: bytes memory x = "1"; bool y = true; c = 0; s = type(uint64).max;',
      'assignment-remove: bytes memory x = "1"; bool y = true; c = 1_000; {}',
      'constant-decrement: bytes memory x = "1"; bool y = true; c = 1_000; s = (type(uint64).max - 1);',
    ]);
  });

  it("goes into assembly", () => {
    assert.deepEqual(mutantsOfBody("assembly { c := add(a, 32) if eq(a, b) { c := b } }"), [
      "assignment-remove: assembly { {} if eq(a, b) { c := b } }",
      "arithmetic-swap: assembly { c := sub(a, 32) if eq(a, b) { c := b } }",
      "constant-increment: assembly { c := add(a, 33) if eq(a, b) { c := b } }",
      "constant-zero: assembly { c := add(a, 0) if eq(a, b) { c := b } }",
      "assignment-remove: assembly { c := add(a, 32) if eq(a, b) { {} } }",
      "comparison-negate: assembly { c := add(a, 32) if iszero(eq(a, b)) { c := b } }",
    ]);
  });

  it("counts lines and columns of text that is not ASCII", () => {
    const source = Buffer.from("contract C {\n/* ééé */ uint256 x = 7; }");
    const [mutant] = mutantsOf("C.sol", source, compile(source.toString()).ast);
    assert.equal(mutant?.id, "C.sol:2:23:constant-increment");
    assert.equal(mutate(source, mutant), "contract C {\n/* ééé */ uint256 x = 8; }");
  });
});
