import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { judge, type CompilerMessage } from "./warnings-as-errors.ts";

function warning(file: string | undefined, errorCode = "2072"): CompilerMessage {
  const message: CompilerMessage = {
    type: "Warning",
    component: "general",
    severity: "warning",
    message: "Unused local variable.",
    errorCode,
    formattedMessage: "Warning: Unused local variable.\n",
  };
  return file === undefined ? message : { ...message, sourceLocation: { file } };
}

describe("judge", () => {
  it("turns a warning in our sources into an error that still says what it was", () => {
    for (const file of ["project/contracts/A.sol", "project/contracts/test/B.sol", "project/test/solidity/C.t.sol"]) {
      const judged = judge(warning(file), false);
      assert.equal(judged?.severity, "error");
      assert.equal(judged.type, "Error");
      assert.match(judged.formattedMessage ?? "", /^Error \(a warning, as an error\): Unused/);
    }
  });

  it("leaves warnings in packages, and errors, as they are", () => {
    const foreign = warning("npm/@openzeppelin/contracts@5.7.0/A.sol");
    assert.equal(judge(foreign, true), foreign);
    const error: CompilerMessage = { ...warning("project/contracts/A.sol"), type: "TypeError", severity: "error" };
    assert.equal(judge(error, true), error);
  });

  it("holds deployable contracts, built through the IR, to the limits on size", () => {
    for (const code of ["5574", "3860"]) {
      assert.equal(judge(warning("project/contracts/A.sol", code), true)?.severity, "error");
      assert.equal(judge(warning("project/contracts/A.sol", code), false), undefined);
      assert.equal(judge(warning("project/contracts/test/B.sol", code), true), undefined);
    }
  });
});
