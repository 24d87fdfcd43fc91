import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Assay, ClientError, type EventName, type Watched } from "@assay/sdk";
import type { NetworkHappening } from "../report.ts";
import { BOND, CLOCK, NOW, signer } from "../testing/statements.ts";
import { type AssayStatementChain, openStatementChain, type StatementChainOptions } from "./chain.ts";

const QUERY = { agentId: 7n, domainId: 1, signer: signer.address.toLowerCase(), expiry: BigInt(NOW) };

/** A client that answers with a pledge, and hands events over as they are pushed. */
async function setUp(options: Partial<StatementChainOptions> = {}) {
  const state = { pledge: BOND, ms: 0, reads: [] as unknown[], latest: 100, failure: null as Error | null };
  let gate: Promise<void> = Promise.resolve();
  const happenings: NetworkHappening[] = [];
  const events: Partial<Watched>[] = [];
  let wake = (): void => undefined;
  const assay = {
    startBlock: 3,
    runner: { provider: { getBlockNumber: async () => state.latest } },
    terms: async () => ({ ...CLOCK, chainId: 1n }),
    domains: { terms: async (domainId: number) => ({ outcomes: 3, fee: 10n, active: true, domainId }) },
    claims: { answerableUntil: { request: () => "answerable" }, slashable: { request: () => "slashable" } },
    readMany: async (_requests: unknown, { blockTag }: { blockTag?: unknown }) => {
      state.reads.push(blockTag);
      const { pledge: slashable } = state;
      await gate;
      if (state.failure !== null) throw state.failure;
      return { answerableUntil: 99, slashable };
    },
    watch: async function* (_names: unknown, { signal, fromBlock, onRetry }: WatchArgs) {
      state.reads.push(`from ${fromBlock}`);
      onRetry?.(new Error("line down"));
      while (!signal.aborted) {
        for (const event of events.splice(0)) yield event;
        await new Promise<void>((resolve) => {
          wake = resolve;
          signal.addEventListener("abort", () => resolve());
        });
      }
    },
  } as unknown as Assay;
  const chain = await openStatementChain({
    assay,
    monotonic: () => state.ms,
    report: (happening) => happenings.push(happening),
    ...options,
  });
  const push = async (event: object) => {
    events.push(event);
    wake();
    await new Promise((resolve) => setImmediate(resolve));
  };
  const hold = () => {
    let open = (): void => undefined;
    gate = new Promise((resolve) => (open = resolve));
    return open;
  };
  return { chain, state, push, hold, happenings };
}

interface WatchArgs {
  readonly signal: AbortSignal;
  readonly fromBlock: number;
  readonly onRetry?: (error: unknown) => void;
}

const changeOf = (name: EventName, agentId: bigint, block = 101) => {
  return { type: "log", event: { name, args: { agentId } }, cursor: { block } };
};

/** Follows the events while it acts. */
async function following(chain: AssayStatementChain, act: () => Promise<void>): Promise<void> {
  const abort = new AbortController();
  const followed = chain.follow(abort.signal);
  await act();
  abort.abort();
  await followed;
}

describe("what the statements need of the chain", () => {
  it("is the rules of a domain, and the clock", async () => {
    const { chain } = await setUp();
    assert.deepEqual(await chain.domain(4), { domainId: 4, outcomes: 3, minBond: 40n });
    assert.deepEqual(chain.clock, CLOCK);
  });

  it("is read once for an epoch, a domain and a signer, and again after a while", async () => {
    const { chain, state } = await setUp();
    assert.equal(chain.known(QUERY), null);
    const standing = { answerableUntil: 99, slashable: BOND };
    const both = await Promise.all([chain.standing(QUERY), chain.standing({ ...QUERY, expiry: QUERY.expiry + 59n })]);
    assert.deepEqual(both, [standing, standing]);
    assert.deepEqual(chain.known(QUERY), standing);
    assert.deepEqual(await chain.standing(QUERY), standing);
    assert.equal(state.reads.length, 1);
    for (const other of [{ expiry: QUERY.expiry + 60n }, { domainId: 2 }, { signer: "0x" }, { agentId: 8n }]) {
      assert.equal(chain.known({ ...QUERY, ...other }), null);
    }
    state.ms = 15_000;
    assert.equal(chain.known(QUERY), null);
    state.pledge = 0n;
    assert.equal((await chain.standing(QUERY)).slashable, 0n);
    assert.equal(state.reads.length, 2);
  });

  it("is forgotten when an event or a reorganisation changes it, also while it is being read", async () => {
    const { chain, push, hold, state, happenings } = await setUp();
    await following(chain, async () => {
      await Promise.all([chain.standing(QUERY), chain.standing({ ...QUERY, agentId: 8n })]);
      await push(changeOf("vault.PledgeLowering", 7n));
      assert.deepEqual([chain.known(QUERY), chain.trustedBlock], [null, 101]);
      assert.notEqual(chain.known({ ...QUERY, agentId: 8n }), null);
      const open = hold();
      const early = chain.standing(QUERY);
      await push(changeOf("claims.SignerRetired", 7n, 102));
      open();
      await early;
      assert.equal(chain.known(QUERY), null);
      await push({ type: "reorg", cursor: { block: 90 } });
      assert.deepEqual([chain.known({ ...QUERY, agentId: 8n }), chain.trustedBlock], [null, 90]);
      await push({ type: "checkpoint", cursor: { block: 103 } });
      assert.equal(chain.trustedBlock, 103);
    });
    assert.ok(state.reads.includes("from 100"));
    assert.match(happenings[0]?.message ?? "", /cannot be read: Error: line down/);
  });

  it("is of the block that is trusted", async () => {
    for (const [trust, block] of [
      [undefined, undefined],
      [0, undefined],
      [12, 88],
      [200, 0],
      ["finalized", "finalized"],
    ] as const) {
      const { chain, state } = await setUp(trust === undefined ? {} : { trust });
      await chain.standing(QUERY);
      assert.deepEqual(state.reads, [block]);
    }
  });

  it("fails with a reason where the node does, is not asked for a second then, and comes back", async () => {
    const { chain, state } = await setUp();
    state.failure = new ClientError("NODE_UNREACHABLE", "no such host");
    await assert.rejects(chain.standing(QUERY), { code: "CHAIN_UNREACHABLE", message: /no such host/ });
    await assert.rejects(chain.standing(QUERY), { code: "CHAIN_UNREACHABLE", message: /just now/ });
    assert.equal(state.reads.length, 1);
    state.failure = null;
    state.ms = 1_000;
    assert.equal((await chain.standing(QUERY)).slashable, BOND);
  });

  it("fails where the node does not answer in time", async (context) => {
    const { chain, hold } = await setUp();
    context.mock.timers.enable({ apis: ["setTimeout"] });
    hold();
    const read = chain.standing(QUERY);
    await new Promise((resolve) => setImmediate(resolve));
    context.mock.timers.tick(5_000);
    await assert.rejects(read, { code: "CHAIN_UNREACHABLE", message: /no answer for 5000 ms/ });
  });

  it("is bounded: reads at the same time, agents and standings that are remembered", async () => {
    const { chain, hold, state } = await setUp();
    const open = hold();
    const of = (agentId: number, epochs = 0) => {
      return { ...QUERY, agentId: BigInt(agentId), expiry: QUERY.expiry + 60n * BigInt(epochs) };
    };
    const reads = Array.from({ length: 64 }, (_, i) => chain.standing(of(i)));
    await assert.rejects(chain.standing(of(64)), { code: "RATE_LIMITED" });
    open();
    await Promise.all(reads);
    for (let i = 0; i < 65; i++) await chain.standing(of(1, i));
    assert.deepEqual([chain.known(of(1, 0)), chain.known(of(1, 1))?.slashable], [null, BOND]);
    for (let i = 0; i < 4_096; i++) await chain.standing(of(100 + i));
    assert.deepEqual([chain.known(of(1, 1)), chain.known(of(100))?.slashable], [null, BOND]);
    assert.ok(state.reads.length > 4_096);
  });
});
