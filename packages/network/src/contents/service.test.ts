import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hashContent } from "@assay/sdk";
import { NetworkError, type NetworkErrorCode } from "../errors.ts";
import type { AgentPeer, Handler } from "../node/exchange.ts";
import type { NetworkHappening } from "../report.ts";
import { collect, createMemoryNetwork, type MemoryNetwork } from "../testing/exchange.ts";
import { newPath } from "../testing/files.ts";
import { fuzz, seededRandom } from "../testing/fuzz.ts";
import { uriOf } from "./cid.ts";
import { CONTENT_LIMITS, CONTENTS_PROTOCOL, ContentService, type ContentServiceOptions } from "./service.ts";
import { CONTENT_BOUNDS, ContentStore, PART_SIZE } from "./store.ts";
import { contentHeaderCodec, contentRequestCodec } from "./wire.ts";

const context = { chainId: 31_337n, registry: `0x${"Ab".repeat(20)}` } as const;
const never = new AbortController().signal;
const PART = PART_SIZE;

const peer = (id: number): AgentPeer => ({ peerId: `peer-${id}`, agentId: BigInt(id), hpkeKey: new Uint8Array(32) });

function content(size: number): Uint8Array {
  const random = seededRandom(size);
  return Uint8Array.from({ length: size }, () => random() * 256);
}

const bounds = { ...CONTENT_BOUNDS, maxSize: 400_000 };
const openStore = (changes = {}) => new ContentStore({ path: newPath(), context, bounds, now: () => 0, ...changes });

function agent(network: MemoryNetwork, id: number, changes: Partial<ContentServiceOptions> = {}) {
  const { store = openStore() } = changes;
  const exchange = network.join(peer(id));
  const happened: NetworkHappening[] = [];
  const faults: [bigint, NetworkErrorCode][] = [];
  const service = new ContentService({
    ...{ exchange, store, report: (happening: NetworkHappening) => happened.push(happening) },
    onFault: ({ agentId }: AgentPeer, { code }: NetworkError) => faults.push([agentId, code]),
    ...changes,
  });
  return { store, exchange, service, happened, faults };
}

/** An agent that answers a request for a content as it likes. */
function rogue(network: MemoryNetwork, id: number, frames: (signal: AbortSignal) => AsyncIterable<Uint8Array>) {
  const handler: Handler = (_request, _peer, signal) => frames(signal);
  network.join(peer(id)).serve(CONTENTS_PROTOCOL, CONTENT_LIMITS, handler);
}

const header = (size: number) => contentHeaderCodec.encode([size]);
async function* send(...frames: Uint8Array[]) {
  yield* frames;
}

describe("contents over the network", () => {
  it("come from a peer that has them, and are kept for others", async () => {
    const network = createMemoryNetwork();
    const [one, two, three] = [agent(network, 1), agent(network, 2), agent(network, 3)];
    for (const size of [0, 1, PART, PART + 1, 3 * PART]) {
      const hash = one.store.put(content(size));
      assert.deepEqual(new Uint8Array(await two.service.fetch(hash, { signal: never })), content(size));
      assert.ok(two.store.check(hash));
    }
    network.leave(1n);
    const hash = hashContent(content(3 * PART));
    const source = three.service.source();
    assert.deepEqual(new Uint8Array(await source({ contentHash: hash, uri: uriOf(hash) }, never)), content(3 * PART));
    network.leave(2n);
    assert.equal((await source({ contentHash: hash, uri: "" }, never)).length, 3 * PART);
  });

  it("are said to be missing if nobody has them, and of whom that was asked", async () => {
    const network = createMemoryNetwork();
    const [, two] = [agent(network, 1), agent(network, 2), agent(network, 3)];
    const missing = {
      code: "CONTENT_MISSING",
      message: /no peer has given bafkrei\w+ \(2 peers asked: CONTENT_MISSING 2\)/,
    };
    await assert.rejects(two.service.fetch(hashContent("x"), { signal: never }), missing);
    await assert.rejects(two.service.fetch(hashContent("x"), { signal: never, peers: [] }), /\(0 peers asked\)/);
    assert.deepEqual(two.faults, []);
  });

  it("are not taken from a peer that sends other bytes, too many, too few or none, and come from another one", async () => {
    const right = content(2 * PART + 5);
    const hash = hashContent(right);
    const parts = [right.slice(0, PART), right.slice(PART, 2 * PART), right.slice(2 * PART)] as const;
    const wrong = content(2 * PART + 5).fill(1, 77, 78);
    const cases: [string, Uint8Array[]][] = [
      ["CONTENT_MISMATCH", [header(0)]],
      [
        "CONTENT_MISMATCH",
        [header(wrong.length), wrong.slice(0, PART), wrong.slice(PART, 2 * PART), wrong.slice(2 * PART)],
      ],
      ["CONTENT_MISMATCH", [header(2 * PART), parts[0], parts[1]]],
      ["MALFORMED", []],
      ["MALFORMED", [header(right.length)]],
      ["MALFORMED", [header(right.length), parts[0], parts[1]]],
      ["MALFORMED", [header(right.length), ...parts, Uint8Array.of(1)]],
      ["MALFORMED", [header(right.length), ...parts, new Uint8Array(0)]],
      ["MALFORMED", [header(right.length), parts[0], new Uint8Array(0), parts[1], parts[2]]],
      ["MALFORMED", [header(right.length), parts[0].slice(0, 5), parts[0].slice(5), parts[1], parts[2]]],
      ["MALFORMED", [header(right.length - 1), ...parts]],
      ["MALFORMED", [Uint8Array.of(0xff), ...parts]],
      ["MALFORMED", parts.slice(2)],
    ];
    for (const [code, frames] of cases) {
      const network = createMemoryNetwork();
      const one = agent(network, 1);
      rogue(network, 2, () => send(...frames));
      await assert.rejects(one.service.fetch(hash, { signal: never }), { code: "CONTENT_MISSING" });
      assert.equal(one.store.sizeOf(hash), null);
      assert.deepEqual(one.faults, [[2n, code]]);
      assert.equal(one.service.faults.get("peer-2"), 1);
      agent(network, 3).store.put(right);
      assert.deepEqual(new Uint8Array(await one.service.fetch(hash, { signal: never })), right);
    }
  });

  it("are refused by their declared size, before there is memory for them", async () => {
    const network = createMemoryNetwork();
    const one = agent(network, 1);
    let asked = 0;
    rogue(network, 2, async function* () {
      yield header(Number.MAX_SAFE_INTEGER);
      asked++;
      yield new Uint8Array(PART);
    });
    await assert.rejects(one.service.fetch(hashContent("x"), { signal: never }), { code: "TOO_LARGE" });
    assert.equal(asked, 0);
    const two = agent(network, 3);
    const hash = two.store.put(content(1000));
    const options = { signal: never, peers: [two.exchange.self], maxSize: 999 };
    await assert.rejects(one.service.fetch(hash, options), { code: "TOO_LARGE" });
    assert.equal((await one.service.fetch(hash, { ...options, maxSize: 1000 })).length, 1000);
    assert.deepEqual(one.faults, []);
  });

  it("come from another peer while one is slow, and in the end not at all", async () => {
    const network = createMemoryNetwork();
    const one = agent(network, 1, { peerTimeoutMs: 1_000 });
    const ended: number[] = [];
    for (const id of [2, 3]) {
      rogue(network, id, async function* (signal) {
        signal.addEventListener("abort", () => ended.push(id));
        yield header(10);
        await new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("ended"))));
      });
    }
    const hash = agent(network, 4).store.put(content(10));
    // A timer of one's own keeps the process running: those of the service do not.
    const alive = setInterval(() => undefined, 1000);
    assert.equal((await one.service.fetch(hash, { signal: never })).length, 10);
    assert.deepEqual(ended.sort(), [2, 3]);
    const stop = AbortSignal.timeout(20);
    await assert.rejects(one.service.fetch(hashContent("x"), { signal: stop }), { code: "TIMEOUT" });
    assert.deepEqual(one.faults, []);
    clearInterval(alive);
  });

  it("are asked of a few peers at a time, and of those without faults first", async () => {
    const network = createMemoryNetwork();
    const one = agent(network, 1);
    const order: number[] = [];
    let [now, most] = [0, 0];
    for (const id of [2, 3, 4, 5, 6]) {
      rogue(network, id, async function* () {
        order.push(id);
        most = Math.max(most, ++now);
        await new Promise((resolve) => setImmediate(resolve));
        now--;
        if (id === 2) yield Uint8Array.of(0xff);
        else throw new NetworkError("CONTENT_MISSING", "no");
      });
    }
    for (let i = 0; i < 2; i++) await assert.rejects(one.service.fetch(hashContent("x"), { signal: never }));
    assert.equal(most, 2);
    assert.deepEqual(order.slice(0, 5), [2, 3, 4, 5, 6]);
    assert.equal(one.service.faults.get("peer-2"), 2);
    const good = agent(network, 7);
    const hash = good.store.put(content(4));
    order.length = 0;
    await one.service.fetch(hash, { signal: never });
    assert.deepEqual(
      order.filter((id) => id === 2),
      [],
    );
  });

  it("are handed on even if they cannot be kept, and nobody else is told why not", async () => {
    const network = createMemoryNetwork();
    const one = agent(network, 1);
    const two = agent(network, 2, { store: openStore({ maxFileBytes: 200_000 }) });
    const hash = one.store.put(content(300_000));
    assert.equal((await two.service.fetch(hash, { signal: never })).length, 300_000);
    assert.equal(two.store.sizeOf(hash), null);
    assert.ok(two.happened.some(({ level, fields }) => level === "error" && fields?.code === "STORE_UNWRITABLE"));
    assert.deepEqual(one.happened, []);
  });

  it("break off when they make room in the middle", async () => {
    const network = createMemoryNetwork();
    const one = agent(network, 1, { store: openStore({ bounds: { ...bounds, maxContents: 1 } }) });
    const two = agent(network, 2);
    const hash = one.store.put(content(3 * PART));
    network.wire = {
      onFrame: (frame, index) => {
        if (index === 1) one.store.put(content(1));
        return frame;
      },
    };
    await assert.rejects(two.service.fetch(hash, { signal: never }), { code: "CONTENT_MISSING" });
    assert.deepEqual(two.faults, []);
  });

  it("are asked for by requests that are read strictly", async () => {
    const network = createMemoryNetwork();
    const [one, two] = [agent(network, 1), agent(network, 2)];
    const options = { maxFrame: PART, maxTotal: PART, signal: never };
    for (const request of [
      new Uint8Array(0),
      new Uint8Array(40),
      contentRequestCodec.encode([hashContent("x")]).slice(1),
    ]) {
      const frames = two.exchange.request(one.exchange.self, CONTENTS_PROTOCOL, request, options);
      await assert.rejects(collect(frames), { code: "MALFORMED" });
    }
    const large = two.exchange.request(one.exchange.self, CONTENTS_PROTOCOL, new Uint8Array(99), options);
    await assert.rejects(collect(large), { code: "TOO_LARGE" });
    fuzz(contentRequestCodec, [[hashContent("x")]], 20_000, seededRandom(1));
    fuzz(contentHeaderCodec, [[0], [70_000], [2 ** 52]], 20_000, seededRandom(2));
  });
});
