import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { NetworkError, type NetworkErrorCode } from "../errors.ts";
import type { AgentPeer } from "../node/exchange.ts";
import { collect, createMemoryNetwork } from "./exchange.ts";

const peer = (id: number): AgentPeer => ({ peerId: `peer-${id}`, agentId: BigInt(id), hpkeKey: new Uint8Array(32) });
const limits = { maxRequest: 4, concurrency: 1, perMinute: 60 };
const signal = new AbortController().signal;
const options = { maxFrame: 4, maxTotal: 6, signal };

function pair() {
  const network = createMemoryNetwork();
  const [one, two] = [network.join(peer(1)), network.join(peer(2))];
  two.serve("/echo", limits, async function* (request, from) {
    yield request;
    yield Uint8Array.of(Number(from.agentId));
  });
  return { network, one, two };
}

const fails = (code: NetworkErrorCode, frames: AsyncIterable<Uint8Array>) =>
  assert.rejects(collect(frames), (error) => error instanceof NetworkError && error.code === code);

describe("the exchange in memory", () => {
  it("carries requests and frames between agents", async () => {
    const { one, two } = pair();
    assert.deepEqual(one.peers, [peer(2)]);
    const frames = await collect(one.request(two.self, "/echo", Uint8Array.of(7, 8), options));
    assert.deepEqual(frames, [Uint8Array.of(7, 8), Uint8Array.of(1)]);
  });

  it("refuses as the real one does", async () => {
    const { network, one, two } = pair();
    const ask = (protocol: string, size = 2, to = two.self) => one.request(to, protocol, new Uint8Array(size), options);
    await fails("REFUSED", ask("/other"));
    await fails("TOO_LARGE", ask("/echo", 5));
    two.serve("/long", limits, async function* () {
      for (;;) yield new Uint8Array(4);
    });
    await fails("TOO_LARGE", ask("/long"));
    two.serve("/broken", limits, async function* () {
      yield new Uint8Array(1);
      throw new Error("a secret");
    });
    await assert.rejects(collect(ask("/broken")), /^NetworkError: the peer cannot answer now$/);
    const first = ask("/echo")[Symbol.asyncIterator]();
    await first.next();
    await fails("RATE_LIMITED", ask("/echo"));
    await first.return?.();
    network.leave(2n);
    await fails("PEER_UNREACHABLE", ask("/echo"));
  });

  it("ends a request at its signal, and when the other side leaves", async () => {
    const { network, one, two } = pair();
    const never = new Promise<Uint8Array>(() => undefined);
    two.serve("/never", { ...limits, concurrency: 2 }, async function* () {
      yield await never;
    });
    const abort = new AbortController();
    const stopped = collect(one.request(two.self, "/never", new Uint8Array(1), { ...options, signal: abort.signal }));
    const left = collect(one.request(two.self, "/never", new Uint8Array(1), options));
    abort.abort();
    await assert.rejects(stopped, { code: "TIMEOUT" });
    network.leave(2n);
    await assert.rejects(left, { code: "PEER_UNREACHABLE" });
  });

  it("lets a test change what is on the wire", async () => {
    const { network, one, two } = pair();
    network.wire = {
      onRequest: () => Uint8Array.of(9),
      onFrame: (frame, index) => (index === 1 ? frame : frame.slice(1)),
    };
    const frames = await collect(one.request(two.self, "/echo", Uint8Array.of(7), options));
    assert.deepEqual(frames, [new Uint8Array(0), Uint8Array.of(1)]);
  });
});
