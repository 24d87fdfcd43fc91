import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { Cursor } from "@assay/sdk";
import { type NetworkError } from "../errors.ts";
import type { NetworkHappening } from "../report.ts";
import { FakeChainView } from "../testing/chain-view.ts";
import { until } from "../testing/nodes.ts";
import type { SignedBinding } from "./binding.ts";
import { Directory, type DirectoryOptions } from "./directory.ts";

let view: FakeChainView;
let clock: number;
let told: NetworkHappening[];
let directory: Directory;

function create(options: Partial<DirectoryOptions> = {}): Directory {
  const report = (happening: NetworkHappening) => told.push(happening);
  directory = new Directory({ view, minStake: 10n, report, now: () => clock, ...options });
  return directory;
}

beforeEach(() => {
  view = new FakeChainView();
  clock = 1_000_000;
  told = [];
});
afterEach(() => directory.close());

describe("a directory", () => {
  it("finds an agent by what it has published, and reads it once for a while", async () => {
    const { binding, addresses } = await view.bind(7n);
    const found = await create().lookup(7n);
    assert.deepEqual(found.binding, binding);
    assert.deepEqual(found.addresses, addresses);
    assert.deepEqual([found.agentId, found.stake, found.block, found.hpkeKey.length], [7n, 100n, 11, 32]);
    assert.deepEqual(directory.ofPeer(found.peerId), [found]);
    await Promise.all([directory.lookup(7n), directory.check(binding)]);
    assert.equal(view.reads.length, 1);
    clock += 30_000;
    await Promise.all([directory.lookup(7n), directory.lookup(7n)]);
    assert.equal(view.reads.length, 2);
  });

  it("refuses agents without binding, stake, wallet, or that were sold or are none", async () => {
    create({ refusalMs: 0 });
    await assert.rejects(directory.lookup(1n), { code: "UNBOUND" });
    await view.bind(7n);
    const { authority, record, stake } = view.agents.get(7n) ?? assert.fail();
    const bad = [
      [{ record: "0x" }, "UNBOUND"],
      [{ record: "0x8101" }, "MALFORMED"],
      [{ record: `0x${"00".repeat(9_000)}` }, "TOO_LARGE"],
      [{ stake: 9n }, "UNSTAKED"],
      [{ stake: 0n }, "UNSTAKED"],
      [{ authority: { owner: view.context.registry, wallet: authority?.wallet ?? null } }, "UNBOUND"],
      [{ authority: { owner: view.context.registry, wallet: view.context.registry } }, "UNBOUND"],
      [{ authority: { owner: authority?.owner ?? "0x", wallet: null } }, "UNBOUND"],
      [{ authority: { owner: authority?.owner ?? "0x", wallet: view.context.registry } }, "BAD_SIGNATURE"],
    ] as const;
    for (const [change, code] of bad) {
      view.set(7n, change);
      await assert.rejects(directory.lookup(7n), { code });
      view.set(7n, { authority, record, stake });
    }
    view.set(8n, { authority, record, stake });
    await assert.rejects(directory.lookup(8n), { code: "UNBOUND" });
    await view.bind(9n, { issuedAt: BigInt(view.time + 601) });
    await assert.rejects(directory.lookup(9n), { code: "EXPIRED" });
    assert.equal((await directory.lookup(7n)).agentId, 7n);
  });

  it("remembers a refusal for a while, so that strangers cost the node little", async () => {
    create();
    await assert.rejects(directory.lookup(1n), { code: "UNBOUND" });
    await assert.rejects(directory.lookup(1n), { code: "UNBOUND" });
    assert.equal(view.reads.length, 1);
    await view.bind(1n);
    clock += 10_000;
    assert.equal((await directory.lookup(1n)).agentId, 1n);
  });

  it("takes the binding that is published, and no earlier one", async () => {
    const { binding: first } = await view.bind(7n);
    create();
    await directory.check(first);
    const { binding: second } = await view.bind(7n, { seed: 99, issuedAt: BigInt(view.time) + 5n });
    // A newer one is a reason to look again.
    assert.deepEqual((await directory.check(second)).binding, second);
    await assert.rejects(directory.check(first), { code: "UNBOUND" });
    const forged: SignedBinding = { ...second, issuedAt: second.issuedAt + 1n };
    await assert.rejects(directory.check(forged), { code: "UNBOUND" });
  });

  it("looks up so many strangers a minute, and no more", async () => {
    create({ strangersPerMinute: 20 });
    const { binding } = await view.bind(7n);
    const strangers = Array.from({ length: 5 }, (_, i) => ({ ...binding, agentId: BigInt(100 + i) }));
    const outcomes = await Promise.allSettled(strangers.map((stranger) => directory.check(stranger)));
    const codes = outcomes.map((outcome) => (outcome as { reason: NetworkError }).reason.code);
    assert.deepEqual(codes, ["UNBOUND", "UNBOUND", "RATE_LIMITED", "RATE_LIMITED", "RATE_LIMITED"]);
    clock += 60_000;
    assert.equal((await directory.check(binding)).agentId, 7n);
  });

  it("says so when what it knew holds no more: by events, and when it reads anew", async () => {
    create().start();
    await view.bind(7n);
    const found = await directory.lookup(7n);
    const voided: [bigint, string | undefined][] = [];
    const end = directory.onVoid((agent, reason) => voided.push([agent.agentId, reason?.code]));
    const { binding } = await view.bind(7n, { seed: 50 });
    await until(() => voided.length === 1, "another binding is told");
    assert.deepEqual((await directory.lookup(7n)).binding, binding);
    assert.deepEqual(directory.ofPeer(found.peerId), []);
    view.set(7n, { authority: { owner: view.context.registry, wallet: null } });
    view.tell({ type: "agent", agentId: 7n, bound: false });
    await until(() => voided.length === 2, "the sale is told");
    await view.bind(7n);
    await until(async () => (await directory.lookup(7n).catch(() => null)) !== null, "it is bound again");
    view.set(7n, { stake: 0n });
    await directory.refresh([7n]); // has just been read
    assert.equal(voided.length, 2);
    clock += 30_000;
    await directory.refresh([7n]);
    assert.deepEqual(voided, [
      [7n, undefined],
      [7n, "UNBOUND"],
      [7n, "UNSTAKED"],
    ]);
    end();
  });

  it("goes on with what it knows while the chain cannot be read, and not for ever", async () => {
    create({ staleMs: 100_000 }).start();
    const { binding } = await view.bind(7n);
    await until(() => directory.trustedBlock === view.block, "it has caught up");
    await directory.lookup(7n);
    view.failure = new Error("no node");
    const voided: (string | undefined)[] = [];
    directory.onVoid((_, reason) => voided.push(reason?.code));
    clock += 99_000;
    await directory.refresh([7n]);
    assert.deepEqual((await directory.check(binding)).binding, binding);
    assert.deepEqual(told[0]?.fields, { trustedBlock: view.block });
    assert.equal(told[0]?.event, "chain-unreachable");
    await assert.rejects(directory.lookup(8n), { code: "CHAIN_UNREACHABLE", retryable: true });
    clock += 1_000;
    await assert.rejects(directory.lookup(7n), { code: "CHAIN_UNREACHABLE" });
    await directory.refresh([7n]);
    assert.deepEqual(voided, ["CHAIN_UNREACHABLE"]);
    view.failure = null;
    clock += 10_000;
    assert.equal((await directory.lookup(7n)).agentId, 7n);
  });

  it("does not believe a node that is behind what it knows", async () => {
    create().start();
    await view.bind(7n);
    await until(() => directory.trustedBlock === view.block, "it has caught up");
    await directory.lookup(7n);
    assert.equal(view.reads.at(-1)?.atLeast, view.block);
    view.set(7n, { stake: 0n });
    view.block -= 5;
    clock += 30_000;
    assert.equal((await directory.lookup(7n)).stake, 100n);
  });

  it("lists agents with a binding, the newest last, and no more than told", async () => {
    create({ maxListed: 3 }).start();
    for (const agentId of [1n, 2n, 3n, 1n, 4n]) await view.bind(agentId);
    view.tell({ type: "agent", agentId: 9n, bound: false });
    await until(() => directory.trustedBlock === view.block, "it has caught up");
    assert.deepEqual(directory.listed, [3n, 1n, 4n]);
  });

  it("forgets who was not asked for longest", async () => {
    create({ maxAgents: 2 });
    for (const agentId of [1n, 2n, 3n]) await view.bind(agentId);
    for (const agentId of [1n, 2n, 1n, 3n]) await directory.lookup(agentId);
    assert.equal(view.reads.length, 3);
    await directory.lookup(1n);
    assert.equal(view.reads.length, 3);
    await directory.lookup(2n);
    assert.equal(view.reads.length, 4);
  });

  it("asks for some stake at least", () => {
    create();
    assert.throws(() => new Directory({ view, minStake: 0n, report: () => undefined, now: () => 0 }), RangeError);
  });

  it("goes on after a restart where it was, and over a listing that cannot be written, saying so once", async () => {
    const kept: (readonly [agents: readonly bigint[], block: number])[] = [];
    let full = false;
    const listing = {
      agents: [3n, 4n],
      keep(agents: Iterable<bigint>, cursor: Cursor) {
        if (full) throw new Error("no room");
        kept.push([[...agents], cursor.block]);
      },
    };
    create({ listing }).start();
    assert.deepEqual(directory.listed, [3n, 4n]);
    const cursorAt = (block: number) => ({ block, logIndex: null, recent: [] });
    const bound = (agentId: bigint) => ({ type: "agent", agentId, bound: true }) as const;
    const block = (at: number) => ({ type: "block", block: at, cursor: cursorAt(at) }) as const;
    view.tell(bound(3n), { type: "agent", agentId: 9n, bound: false }, block(20));
    await until(() => kept.length === 1, "it is kept");
    full = true;
    view.tell(bound(5n), block(21), block(22));
    await until(() => directory.trustedBlock !== null && directory.listed.includes(5n), "it goes on");
    await until(() => told.length === 1, "it says so");
    full = false;
    view.tell(bound(6n), block(23));
    await until(() => kept.length === 2, "it is kept again");
    assert.deepEqual(kept, [
      [[3n], 20],
      [[5n, 6n], 23],
    ]);
    assert.deepEqual(directory.listed, [4n, 3n, 5n, 6n]);
    assert.deepEqual(
      told.map(({ event }) => event),
      ["directory-not-kept"],
    );
  });
});
