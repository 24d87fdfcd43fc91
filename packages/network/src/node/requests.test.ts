import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { NetworkError } from "../errors.ts";
import { FakeDirectory, startNode, type TestNode, until } from "../testing/nodes.ts";
import type { Handler, RequestOptions } from "./exchange.ts";

const LIMITS = { maxRequest: 1_000, concurrency: 100, perMinute: 10_000 };
const SIZES = { maxFrame: 64 * 1024, maxTotal: 64 * 2 ** 20 };

const directory = new FakeDirectory();
let a: TestNode;
let b: TestNode;
let served = 0;

/** Has the second node answer, and asks it. */
function ask(
  handler: Handler,
  options: Partial<RequestOptions> = {},
  { request = Uint8Array.of(1), limits = LIMITS } = {},
): AsyncIterable<Uint8Array> {
  const protocol = `/test/${served++}`;
  b.node.serve(protocol, limits, handler);
  return a.node.request(b.node.self, protocol, request, { ...SIZES, signal: AbortSignal.timeout(20_000), ...options });
}

async function all(frames: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const found: Uint8Array[] = [];
  for await (const frame of frames) found.push(frame);
  return found;
}

before(async () => {
  a = await startNode(1n, directory);
  b = await startNode(2n, directory, { limits: { idleMs: 1_000 } });
  await a.node.connect(b.node.addresses[0] as string);
});
after(() => Promise.all([a.node.close(), b.node.close()]));

describe("a request", () => {
  it("is answered in frames, by who knows who asks", async () => {
    const frames = ask(
      async function* (request, peer) {
        assert.deepEqual(peer, a.node.self);
        yield request;
        yield new Uint8Array(0); // nothing
        yield Uint8Array.of(Number(peer.agentId));
      },
      {},
      { request: Uint8Array.of(7, 8) },
    );
    assert.deepEqual(await all(frames), [Uint8Array.of(7, 8), Uint8Array.of(1)]);
    const protocol = `/test/${served - 1}`;
    await until(() => b.node.counters.served[protocol]?.ok === 1, "it is counted");
    assert.deepEqual(a.node.counters.asked[protocol], { ok: 1 });
  });

  it("may have no frames at all, and an empty request", async () => {
    const nothing = ask(async function* () {}, {}, { request: new Uint8Array(0) });
    assert.deepEqual(await all(nothing), []);
  });

  it("is refused with the handler's reason, and with none of its secrets", async () => {
    const refused = ask(() => {
      throw new NetworkError("OVERCOMMITTED", "too much");
    });
    await assert.rejects(all(refused), { code: "OVERCOMMITTED", message: "too much" });
    for (const error of [new Error("password"), new NetworkError("STORE_UNREADABLE", "password")]) {
      const broken = ask(() => {
        throw error;
      });
      await assert.rejects(all(broken), { code: "REFUSED", message: "the peer cannot answer now" });
    }
  });

  it("is refused where nobody serves it", async () => {
    const frames = a.node.request(b.node.self, "/test/none", Uint8Array.of(1), {
      ...SIZES,
      signal: AbortSignal.timeout(5_000),
    });
    await assert.rejects(all(frames), { code: "PEER_UNREACHABLE" });
  });

  it("is refused when it is too large, before its handler", async () => {
    const request = new Uint8Array(1_001);
    const frames = ask(() => assert.fail("not to be called"), {}, { request });
    await assert.rejects(all(frames), { code: "TOO_LARGE" });
  });

  it("ends where an answer is too large, in a frame or as a whole", async () => {
    const answer: Handler = async function* () {
      for (let i = 0; i < 10; i++) yield new Uint8Array(5_000);
    };
    await assert.rejects(all(ask(answer, { maxFrame: 4_999 })), { code: "TOO_LARGE" });
    await assert.rejects(all(ask(answer, { maxTotal: 49_999 })), { code: "TOO_LARGE" });
    assert.equal((await all(ask(answer, { maxFrame: 5_000, maxTotal: 50_000 }))).length, 10);
  });

  it("is refused when there are too many of a peer, at once or in a minute", async () => {
    const { promise: open, resolve } = Promise.withResolvers<void>();
    const waiting: Handler = async function* () {
      await open;
      yield Uint8Array.of(1);
    };
    const protocol = `/test/${served++}`;
    b.node.serve(protocol, { ...LIMITS, concurrency: 2 }, waiting);
    const options = { ...SIZES, signal: AbortSignal.timeout(20_000) };
    const one = () => all(a.node.request(b.node.self, protocol, Uint8Array.of(1), options));
    const first = [one(), one()];
    await assert.rejects(one(), { code: "RATE_LIMITED" });
    resolve();
    assert.equal((await Promise.all(first)).flat().length, 2);
    assert.equal((await one()).length, 1);

    const few = `/test/${served++}`;
    b.node.serve(few, { ...LIMITS, perMinute: 2 }, waiting);
    const another = () => all(a.node.request(b.node.self, few, Uint8Array.of(1), options));
    await another();
    await another();
    await assert.rejects(another(), { code: "RATE_LIMITED" });
    await until(() => b.node.counters.served[few]?.RATE_LIMITED === 1, "it is counted");
  });

  it("slows the sender down to the pace of who reads", async () => {
    let sent = 0;
    const total = 200;
    const frames = ask(async function* () {
      for (; sent < total; sent++) yield new Uint8Array(64 * 1024);
    });
    let read = 0;
    for await (const frame of frames) {
      assert.equal(frame.length, 64 * 1024);
      if (++read === 1) {
        await new Promise((resolve) => setTimeout(resolve, 500));
        // What the windows of the stream hold, and no more.
        assert.ok(sent < 80, `${sent} frames were sent while one was read`);
      }
    }
    assert.equal(read, total);
  });

  it("gives a reader up that does not go on, and frees what it held", async () => {
    let cleaned = false;
    let signalled: AbortSignal | null = null;
    const frames = ask(async function* (_request, _peer, signal) {
      signalled = signal;
      try {
        for (;;) yield new Uint8Array(64 * 1024);
      } finally {
        cleaned = true;
      }
    })[Symbol.asyncIterator]();
    await frames.next();
    await until(() => cleaned, "the idle reader is given up");
    await assert.rejects(async () => {
      for (;;) if ((await frames.next()).done) break;
    }, NetworkError);
    assert.ok(signalled !== null);
    await frames.return?.();
  });

  it("ends on both sides when who asked goes away", async () => {
    let ended = false;
    const frames = ask(async function* (_request, _peer, signal) {
      signal.addEventListener("abort", () => (ended = true));
      yield Uint8Array.of(1);
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    });
    for await (const _ of frames) break;
    await until(() => ended, "the handler is told");
  });

  it("ends at its signal, though the handler heeds none", async () => {
    const frames = ask(
      async function* () {
        await new Promise(() => undefined);
        yield Uint8Array.of(1);
      },
      { signal: AbortSignal.timeout(200) },
    );
    await assert.rejects(all(frames), { code: "TIMEOUT" });
    const protocol = `/test/${served - 1}`;
    await until(() => b.node.counters.served[protocol]?.TIMEOUT === 1, "the other side has ended it too");
  });

  it("connects first, if it must, and fails where nobody is", async () => {
    const c = await startNode(3n, directory);
    try {
      c.node.serve("/test/far", LIMITS, async function* () {
        yield Uint8Array.of(3);
      });
      const options = { ...SIZES, signal: AbortSignal.timeout(20_000) };
      const [answer] = await all(a.node.request(c.node.self, "/test/far", Uint8Array.of(1), options));
      assert.deepEqual(answer, Uint8Array.of(3));
      await c.node.close();
      await until(() => a.node.peers.every(({ agentId }) => agentId !== 3n), "it is gone");
      await assert.rejects(all(a.node.request(c.node.self, "/test/far", Uint8Array.of(1), options)), {
        code: "PEER_UNREACHABLE",
      });
    } finally {
      await c.node.close();
    }
  });

  it("does not outlive the peer that answers it", async () => {
    const c = await startNode(4n, directory);
    const { promise: open } = Promise.withResolvers<void>();
    c.node.serve("/test/dies", LIMITS, async function* () {
      yield Uint8Array.of(1);
      await open;
    });
    const options = { ...SIZES, signal: AbortSignal.timeout(20_000) };
    const frames = a.node.request(c.node.self, "/test/dies", Uint8Array.of(1), options)[Symbol.asyncIterator]();
    assert.equal((await frames.next()).done, false);
    await c.node.close();
    await assert.rejects(frames.next(), { code: "PEER_UNREACHABLE" });
  });
});
