import assert from "node:assert/strict";
import { it } from "node:test";
import { id, Interface, ZeroAddress } from "ethers";
import { isRefusedAnyway } from "./allowance.ts";

const abi = new Interface([
  "error NotAppealable(bytes24 questionId, uint32 epoch, uint32 present)",
  "error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed)",
  "error SafeERC20FailedOperation(address token)",
  "error Error(string)",
]);
const reverted = (name: string, ...args: unknown[]) => ({ data: abi.encodeErrorResult(name, args) });

it("tells a refusal of the protocol from whatever a token says of a missing allowance", () => {
  const refused = (error: unknown) => isRefusedAnyway(error, [new Interface(abi.fragments.slice(0, 3))]);
  assert.equal(refused(reverted("NotAppealable", `0x${"01".repeat(24)}`, 7, 6)), true);
  assert.equal(refused(reverted("ERC20InsufficientAllowance", ZeroAddress, 0, 1)), false);
  assert.equal(refused(reverted("SafeERC20FailedOperation", ZeroAddress)), false);
  assert.equal(refused(reverted("Error", "ERC20: insufficient allowance")), false);
  assert.equal(refused({ data: id("TransferFromFailed()").slice(0, 10) }), false);
  assert.equal(refused(new Error("no data")), false);
});
