import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Signer, TransactionRequest } from "ethers";
import { Budget, BudgetSigner } from "./spending.ts";

const LIMITS = { total: 100n, perCall: 60n, fees: 1_000n };
const budgetOf = () => new Budget(LIMITS, (wei) => `${wei} wei`);
const nothing = () => [];
const code = (expected: string) => (error: unknown) => (error as { code?: string }).code === expected;

/** A signer whose transactions cost up to 200 wei of gas. */
function signerOf(budget: Budget, send: (tx: TransactionRequest) => Promise<{ hash: string }>): BudgetSigner {
  const provider = { getFeeData: async () => ({ maxFeePerGas: 2n, maxPriorityFeePerGas: 1n, gasPrice: 2n }) };
  const inner = { provider, estimateGas: async () => 100n, sendTransaction: send, signTypedData: async () => "0x" };
  return new BudgetSigner(inner as unknown as Signer, budget);
}

describe("Budget", () => {
  it("gives tokens back where nothing was sent or signed, and keeps them counted where something was", async () => {
    const budget = budgetOf();
    const fail = async (acted: boolean) => {
      budget.reserve(40n);
      if (acted) budget.act();
      throw new Error("failed");
    };
    await assert.rejects(budget.run(async () => fail(false), nothing));
    assert.equal(budget.left.tokens, 100n);
    await assert.rejects(budget.run(async () => fail(true), nothing));
    assert.equal(budget.left.tokens, 60n);
  });

  it("refuses what is more than a call, or all calls, may spend, to the wei", async () => {
    const budget = budgetOf();
    const spend = (wei: bigint) =>
      budget.run(async () => {
        budget.reserve(wei);
        budget.act();
      }, nothing);
    await assert.rejects(spend(61n), code("OVER_LIMIT"));
    await spend(60n);
    await assert.rejects(spend(41n), code("OVER_LIMIT"));
    await spend(40n);
    assert.equal(budget.left.tokens, 0n);
    await assert.rejects(spend(1n), code("OVER_LIMIT"));
  });

  it("runs one call at a time, the next one whatever became of the last", async () => {
    const budget = budgetOf();
    const order: string[] = [];
    const call = (name: string) => async () => {
      order.push(`${name} begins`);
      await new Promise((done) => setTimeout(done, 5));
      order.push(`${name} ends`);
      if (name === "first") throw new Error("failed");
    };
    const [first] = await Promise.allSettled([budget.run(call("first"), nothing), budget.run(call("second"), nothing)]);
    assert.equal(first.status, "rejected");
    assert.deepEqual(order, ["first begins", "first ends", "second begins", "second ends"]);
  });
});

describe("BudgetSigner", () => {
  it("sends with the most that the gas may cost, which is counted until a receipt says what it did cost", async () => {
    const budget = budgetOf();
    const sent: TransactionRequest[] = [];
    const signer = signerOf(budget, async (tx) => ({ hash: `0x${sent.push(tx)}` }));
    await budget.run(
      async () => {
        await signer.sendTransaction({ to: "0x" });
        assert.equal(budget.left.fees, 800n);
        await signer.sendTransaction({ to: "0x", gasLimit: 50n });
        assert.equal(budget.left.fees, 700n);
      },
      () => [{ hash: "0x1", fee: 30n }],
    );
    assert.equal(budget.left.fees, 1_000n - 30n - 100n);
    assert.deepEqual(sent[0], { to: "0x", gasLimit: 100n, maxFeePerGas: 2n, maxPriorityFeePerGas: 1n });
  });

  it("counts what may have been sent, and sends nothing whose gas could cost more than is left", async () => {
    const budget = budgetOf();
    let tries = 0;
    const signer = signerOf(budget, async () => {
      tries++;
      throw new Error("no answer");
    });
    await assert.rejects(
      budget.run(async () => signer.sendTransaction({ to: "0x" }), nothing),
      /no answer/,
    );
    assert.equal(budget.left.fees, 800n);
    await assert.rejects(signer.sendTransaction({ to: "0x", gasLimit: 401n }), code("OVER_LIMIT"));
    assert.equal(tries, 1);
  });

  it("signs no messages and no transactions that it would not see", async () => {
    const signer = signerOf(budgetOf(), async () => ({ hash: "0x" }));
    await assert.rejects(async () => signer.signMessage(), code("OVER_LIMIT"));
    await assert.rejects(async () => signer.signTransaction(), code("OVER_LIMIT"));
  });
});
