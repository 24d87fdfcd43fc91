import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Interface, makeError } from "ethers";
import { claimsAbi, consensusAbi, factoryAbi, registryAbi, tokenAbi, vaultAbi } from "../abi.ts";
import { INTERFACES } from "../codec.ts";
import { AssayError, ClientError } from "./assay-error.ts";
import {
  type ContractError,
  decodeRevert,
  describeRevert,
  isContractError,
  isUnreachable,
  toAssayError,
} from "./contract-error.ts";
import { CONTRACT_ERRORS } from "./contract-errors.ts";

const data = INTERFACES.claims.encodeErrorResult("BondTooSmall", [5, 9]);

describe("the table of errors", () => {
  const abis = [claimsAbi, consensusAbi, factoryAbi, registryAbi, tokenAbi, vaultAbi] as const;
  const names = new Set(abis.flatMap((abi) => abi.filter(({ type }) => type === "error").map(({ name }) => name)));

  it("has a code and a hint for every custom error of the contracts, and for nothing else", () => {
    assert.deepEqual(Object.keys(CONTRACT_ERRORS).sort(), [...names].sort());
    for (const { code, hint } of Object.values(CONTRACT_ERRORS)) {
      assert.match(code, /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/);
      assert.match(hint, /^[a-z].{10,}[^.]$/);
    }
  });

  it("gives a code to one error only, but for two that mean the same", () => {
    const codes = Object.values(CONTRACT_ERRORS).map(({ code }) => code);
    const twice = codes.filter((code, i) => codes.indexOf(code) !== i);
    assert.deepEqual(twice, ["EMPTY_BYTECODE"]);
  });
});

describe("toAssayError", () => {
  it("finds the revert data wherever a node puts it", () => {
    const shapes = [
      { data },
      { error: { data } },
      { info: { error: { data: { data } } } },
      { cause: { cause: { data } } },
      { error: { error: { data } } },
      data,
    ];
    for (const shape of shapes) {
      const error = toAssayError(shape);
      assert.ok(isContractError(error, "BOND_TOO_SMALL"));
      assert.deepEqual(error.args, { bond: 5n, minimum: 9n });
      assert.equal(
        error.message,
        "the contract refused: BondTooSmall(bond: 5, minimum: 9) - raise the bond to `minimum` at least",
      );
    }
  });

  it("gives errors that contracts share by name the same code, and their own arguments", () => {
    const ofVault = toAssayError(INTERFACES.vault.encodeErrorResult("InsufficientFreeStake", [1, 2, 3]));
    const ofConsensus = toAssayError(INTERFACES.consensus.encodeErrorResult("InsufficientFreeStake", [1, 2, 3, 4]));
    for (const error of [ofVault, ofConsensus]) assert.ok(isContractError(error, "INSUFFICIENT_FREE_STAKE"));
    assert.deepEqual((ofVault as ContractError).args, { agentId: 1n, needed: 2n, free: 3n });
    assert.deepEqual((ofConsensus as ContractError).args, { agentId: 1n, exposure: 2n, backing: 3n, free: 4n });
    assert.ok(ofVault instanceof AssayError && ofVault.retryable);
  });

  it("tells reasons of other contracts, and refusals without one, as unknown", () => {
    const abi = new Interface(["error Error(string)", "error Nobody()"]);
    const text = toAssayError({ data: abi.encodeErrorResult("Error", ["old token"]) });
    assert.ok(text instanceof ClientError);
    assert.deepEqual([text.code, text.message], ["UNKNOWN_REVERT", "the contract refused: Error(old token)"]);
    for (const refusal of [
      "0x",
      "0x12345678",
      new Error("Transaction reverted without a reason"),
      makeError("missing revert data", "CALL_EXCEPTION", callException),
    ]) {
      assert.equal((toAssayError(refusal) as ClientError).code, "UNKNOWN_REVERT");
    }
  });

  it("knows a lack of ether, and a node that is not there", () => {
    const ether = makeError("insufficient funds", "INSUFFICIENT_FUNDS", { transaction: {} });
    assert.equal((toAssayError(ether) as ClientError).code, "INSUFFICIENT_ETHER");
    const refused = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
    for (const error of [refused, new TypeError("fetch failed"), new Error("call", { cause: refused })]) {
      assert.ok(isUnreachable(error));
      const known = toAssayError(error) as ClientError;
      assert.deepEqual([known.code, known.retryable], ["NODE_UNREACHABLE", true]);
    }
  });

  it("tells a server that is overloaded from one that refuses a request", () => {
    const answer = (responseStatus: string) =>
      makeError("server response", "SERVER_ERROR", { request: "x", info: { responseStatus } });
    assert.deepEqual(
      ["429 Slow", "503 Down", "400 Bad"].map((status) => isUnreachable(answer(status))),
      [true, true, false],
    );
  });

  it("leaves everything else as it is", () => {
    const other = new Error("mine");
    assert.equal(toAssayError(other), other);
    const known = new ClientError("BAD_INPUT", "x");
    assert.equal(toAssayError(known), known);
    assert.equal(toAssayError(null), null);
  });

  it("does not loop on an error that contains itself", () => {
    const error: { error?: unknown } = {};
    error.error = error;
    assert.equal(decodeRevert(error), null);
    assert.equal(describeRevert(decodeRevert({ data })!), "BondTooSmall(bond: 5, minimum: 9)");
  });
});

const callException = {
  action: "call",
  data: null,
  reason: null,
  transaction: { to: null, data: "0x" },
  invocation: null,
  revert: null,
} as const;
