import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Interface } from "ethers";
import { decodeRevert, describeRevert } from "./errors.ts";

const abi = new Interface(["error NotFinal(uint256 question, uint32 epoch)", "error ZeroAmount()"]);
const data = abi.encodeErrorResult("NotFinal", [5, 9]);

describe("decodeRevert", () => {
  it("finds the revert data wherever a node puts it", () => {
    const shapes = [
      { data },
      { error: { data } },
      { info: { error: { data: { data } } } },
      { cause: { cause: { data } } },
      { error: { error: { data } } },
    ];
    for (const shape of shapes) {
      const found = decodeRevert(shape, [abi]);
      assert.ok(found !== null);
      assert.equal(describeRevert(found), "NotFinal(question: 5, epoch: 9)");
    }
  });

  it("knows nothing of other errors", () => {
    assert.equal(decodeRevert(new Error("network down"), [abi]), null);
    assert.equal(decodeRevert({ data: "0x12345678" }, [abi]), null);
    assert.equal(decodeRevert(null, [abi]), null);
  });

  it("does not loop on an error that contains itself", () => {
    const error: { error?: unknown } = {};
    error.error = error;
    assert.equal(decodeRevert(error, [abi]), null);
  });
});
