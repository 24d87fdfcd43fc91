import assert from "node:assert/strict";
import { it } from "node:test";
import { id, Interface, type Signer, ZeroAddress } from "ethers";
import { AssayError } from "../src/errors/assay-error.ts";
import { type Allowance, payableAction, type Sent, writeAction } from "../src/writes.ts";
import { ADDRESSES } from "./fake-chain.ts";

const abi = new Interface([
  "error NotAppealable(bytes24 questionId, uint32 appealEpoch, uint32 epoch)",
  "error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed)",
  "error SafeERC20FailedOperation(address token)",
  "error Error(string)",
]);
const reverted = (name: string, ...args: unknown[]) => ({ data: abi.encodeErrorResult(name, args) });

/** What an appeal does about its allowance if calling it ends so. */
async function approve(ends: unknown, has = 0n): Promise<string> {
  const signer = {
    getAddress: async () => ZeroAddress,
    sendTransaction: async () => null,
    call: async () => throwIt(),
  };
  const throwIt = () => {
    throw ends;
  };
  const context = { addresses: ADDRESSES, runner: signer as unknown as Signer };
  const approved = { hash: "0x" } as unknown as Sent<{ allowance: bigint }>;
  const allowance: Allowance = {
    read: async () => ({ balance: 10n, allowance: has }),
    approve: async () => approved,
  };
  const call = { contract: "consensus", name: "appeal", args: [`0x${"01".repeat(24)}`] } as const;
  const appeal = writeAction(
    context,
    () => call,
    () => null,
  );
  const paying = payableAction(context, allowance, appeal, () => 7n);
  try {
    return (await paying.approve(undefined)) === approved ? "approves" : "does nothing";
  } catch (error) {
    return error instanceof AssayError ? error.code : String(error);
  }
}

it("tells a refusal of the protocol from whatever a token says of a missing allowance", async () => {
  assert.equal(await approve(reverted("NotAppealable", `0x${"01".repeat(24)}`, 7, 6)), "NOT_APPEALABLE");
  assert.equal(await approve(reverted("ERC20InsufficientAllowance", ZeroAddress, 0, 1)), "approves");
  assert.equal(await approve(reverted("SafeERC20FailedOperation", ZeroAddress)), "approves");
  assert.equal(await approve(reverted("Error", "ERC20: insufficient allowance")), "approves");
  assert.equal(await approve({ data: id("TransferFromFailed()").slice(0, 10) }), "approves");
  assert.equal(await approve(Object.assign(new Error("refused"), { code: "ECONNREFUSED" })), "NODE_UNREACHABLE");
  assert.equal(await approve(null, 7n), "does nothing");
});
