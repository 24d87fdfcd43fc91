import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ClientError } from "../src/errors/assay-error.ts";
import { type Cursor, type Watched, watchEvents, type WatchOptions } from "../src/watch.ts";
import { ADDRESSES, FakeChain } from "./fake-chain.ts";

type Item = Watched<"consensus.EpochRolled">;

const describeItem = (item: Item): string => {
  if (item.type === "log") return `log ${item.event.args.epoch} @${item.event.blockNumber}`;
  if (item.type === "checkpoint") return `to ${item.cursor.block}`;
  return `reorg to ${item.cursor.block}: ${item.removed.map(({ args }) => args.epoch).join()}`;
};

/** Watches a chain until it has nothing new, and after each of `turns` again. */
async function watch(
  chain: FakeChain,
  turns: readonly (() => void)[] = [],
  options: WatchOptions = {},
): Promise<{ items: Item[]; seen: string[]; waits: number[]; cursor: Cursor }> {
  const stop = new AbortController();
  const items: Item[] = [];
  const waits: number[] = [];
  const left = [...turns];
  const sleep = async (ms: number) => {
    waits.push(ms);
    if (ms !== POLL) return;
    const turn = left.shift();
    if (turn === undefined) stop.abort();
    else turn();
  };
  const given = { sleep, pollMs: POLL, random: () => 1, signal: stop.signal, ...options };
  for await (const item of watchEvents(chain.provider, ADDRESSES, ["consensus.EpochRolled"], given)) items.push(item);
  return { items, seen: items.map(describeItem), waits, cursor: items.at(-1)?.cursor as Cursor };
}

const POLL = 7;

describe("watchEvents", () => {
  it("hands over what there is, then what comes, each once and in order", async () => {
    const chain = new FakeChain();
    chain.mine([1, 2]);
    chain.mine();
    const { seen, items } = await watch(chain, [() => undefined, () => chain.mine([3])]);
    assert.deepEqual(seen, ["log 1 @1", "log 2 @1", "to 2", "log 3 @3", "to 3"]);
    const [first] = items;
    assert.ok(first?.type === "log");
    const { event, cursor } = first;
    assert.deepEqual(
      [event.name, event.logIndex, event.blockHash],
      ["consensus.EpochRolled", 0, chain.blocks[1]?.hash],
    );
    assert.deepEqual([cursor.block, cursor.logIndex], [1, 0]);
  });

  it("reports what a reorganisation has replaced, newest first, and hands over what came instead", async () => {
    const chain = new FakeChain();
    chain.mine([1]);
    const reorg = () => {
      chain.drop(2);
      chain.mine([2, 3], "other");
      chain.mine([5], "other");
    };
    const { seen } = await watch(chain, [() => chain.mine([2, 3]), () => chain.mine([4]), reorg]);
    assert.deepEqual(seen.slice(2), [
      ...["log 2 @2", "log 3 @2", "to 2", "log 4 @3", "to 3"],
      ...["reorg to 1: 4,3,2", "log 2 @2", "log 3 @2", "log 5 @3", "to 3"],
    ]);
  });

  it("begins anew where the chain has nothing left of what was read", async () => {
    const chain = new FakeChain();
    chain.mine([1]);
    const replace = () => {
      chain.blocks = [];
      for (const epoch of [7, 8, 9]) chain.mine([epoch], "new chain");
    };
    const { seen } = await watch(chain, [replace]);
    assert.deepEqual(seen, ["log 1 @1", "to 1", "reorg to -1: 1", "log 7 @0", "log 8 @1", "log 9 @2", "to 2"]);
  });

  it("does not take a node that is behind for a reorganisation", async () => {
    const chain = new FakeChain();
    for (const epoch of [1, 2, 3]) chain.mine([epoch]);
    const all = chain.blocks;
    const { seen } = await watch(chain, [() => chain.drop(2), () => chain.drop(1), () => (chain.blocks = all)]);
    assert.deepEqual(seen, ["log 1 @1", "log 2 @2", "log 3 @3", "to 3"]);
  });

  it("notices a reorganisation that happens while it reads", async () => {
    const chain = new FakeChain();
    chain.mine([1]);
    let asked = 0;
    chain.before = (what) => {
      if (what !== "getLogs" || ++asked !== 2) return;
      chain.drop(2);
      chain.mine([10], "other");
      chain.mine([20], "other");
    };
    const { seen } = await watch(chain, [() => chain.mine([2])]);
    assert.deepEqual(seen, ["log 1 @1", "to 1", "reorg to -1: 1", "log 10 @1", "log 20 @2", "to 2"]);
  });

  it("goes on from a cursor, in the middle of a block too, and notices what was replaced meanwhile", async () => {
    const chain = new FakeChain();
    chain.mine([1]);
    chain.mine([2, 3]);
    const { items } = await watch(chain);
    const cursorOf = (epoch: number) => {
      const item = items.find((found) => found.type === "log" && found.event.args.epoch === epoch);
      return JSON.parse(JSON.stringify(item?.cursor)) as Cursor;
    };
    chain.mine([4]);
    assert.deepEqual((await watch(chain, [], { cursor: cursorOf(2) })).seen, ["log 3 @2", "log 4 @3", "to 3"]);
    assert.deepEqual((await watch(chain, [], { cursor: cursorOf(3) })).seen, ["log 4 @3", "to 3"]);
    assert.deepEqual((await watch(chain, [], { cursor: items.at(-1)!.cursor })).seen, ["log 4 @3", "to 3"]);
    chain.drop(2);
    chain.mine([3], "other");
    assert.deepEqual((await watch(chain, [], { cursor: cursorOf(2) })).seen, ["reorg to 1: ", "log 3 @2", "to 2"]);
  });

  it("keeps blocks back until they are confirmed, or final", async () => {
    const chain = new FakeChain();
    for (const epoch of [1, 2, 3, 4]) chain.mine([epoch]);
    const confirmed = await watch(chain, [() => chain.mine()], { confirmations: 3 });
    assert.deepEqual(confirmed.seen, ["log 1 @1", "to 1", "log 2 @2", "to 2"]);
    assert.deepEqual((await watch(chain, [], { confirmations: "finalized" })).seen.at(-1), "to 3");
    assert.deepEqual((await watch(chain, [], { confirmations: 99 })).seen, []);
  });

  it("asks for fewer blocks at once where the provider refuses, and begins where it is told", async () => {
    const chain = new FakeChain();
    for (let epoch = 1; epoch <= 30; epoch++) chain.mine([epoch]);
    chain.maxRange = 4;
    const { items } = await watch(chain, [], { fromBlock: 10 });
    const epochs = items.flatMap((item) => (item.type === "log" ? item.event.args.epoch : []));
    assert.deepEqual(
      epochs,
      Array.from({ length: 21 }, (_, i) => i + 10),
    );
    const sizes = chain.ranges.map(([from, to]) => to - from + 1);
    assert.ok(sizes.filter((size) => size > 4).length < 6, `refused ranges: ${sizes.join()}`);
  });

  it("waits longer with each failure of the connection, and goes on where it was", async () => {
    const chain = new FakeChain();
    chain.mine([1]);
    let failing = 0;
    const failures: unknown[] = [];
    chain.before = () => {
      if (failing-- > 0) throw Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
    };
    const outage = () => {
      chain.mine([2]);
      failing = 10;
    };
    const onRetry = (error: unknown) => failures.push(error);
    const { seen, waits } = await watch(chain, [outage], { onRetry });
    assert.deepEqual(seen, ["log 1 @1", "to 1", "log 2 @2", "to 2"]);
    assert.deepEqual(
      waits.filter((ms) => ms !== POLL),
      [500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000],
    );
    assert.equal(failures.length, 10);
    const spread = await watch(chain, [() => (failing = 1)], { random: () => 0 });
    assert.deepEqual(
      spread.waits.filter((ms) => ms !== POLL),
      [250],
    );
  });

  it("counts a request that is not answered as a failure of the connection", async () => {
    const chain = new FakeChain();
    chain.mine([1]);
    let hanging = true;
    chain.before = () => (hanging ? new Promise<never>(() => undefined) : undefined);
    const errors: unknown[] = [];
    const onRetry = (error: unknown) => {
      errors.push(error);
      hanging = false;
    };
    const { seen } = await watch(chain, [], { timeoutMs: 20, onRetry });
    assert.deepEqual(seen, ["log 1 @1", "to 1"]);
    assert.ok(errors[0] instanceof ClientError && errors[0].code === "NODE_UNREACHABLE");
  });

  it("gives up where the node refuses again and again", async () => {
    const chain = new FakeChain();
    chain.before = () => {
      throw new Error("method not allowed");
    };
    await assert.rejects(watch(chain), /method not allowed/);
  });

  it("ends at the signal, even in the middle of a request", async () => {
    const chain = new FakeChain();
    chain.before = () => new Promise<never>(() => undefined);
    const stop = new AbortController();
    const watching = watchEvents(chain.provider, ADDRESSES, ["consensus.EpochRolled"], { signal: stop.signal });
    const ended = watching.next();
    stop.abort();
    assert.deepEqual(await ended, { value: undefined, done: true });
  });
});
