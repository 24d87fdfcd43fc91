import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fuzz, seededRandom } from "../testing/fuzz.ts";
import { createMemoryNetwork } from "../testing/exchange.ts";
import { type Acquaintance, Acquaintances, acquaintancesCodec, PEERS_PROTOCOL } from "./acquaintances.ts";
import type { AgentPeer } from "./exchange.ts";

const PUBLIC = "/ip4/9.9.9.9/tcp/4001";
const PRIVATE = "/ip4/10.0.0.7/tcp/4001";

/** Agents 1 and 2, the second of which knows others. */
function setUp(told: Readonly<Record<string, readonly string[]>>, from = PUBLIC) {
  const network = createMemoryNetwork();
  const peerOf = (agentId: bigint): AgentPeer => ({ agentId, peerId: `peer ${agentId}`, hpkeKey: new Uint8Array(32) });
  const clock = { now: 0 };
  const news: bigint[] = [];
  const acquaintances = [1n, 2n].map((agentId) => {
    return new Acquaintances({
      exchange: network.join(peerOf(agentId)),
      addressesOf: async (peer) => told[peer.agentId.toString()] ?? [],
      addressTo: () => from,
      heard: (heard) => agentId === 1n && news.push(heard),
      report: () => undefined,
      now: () => clock.now,
    });
  });
  for (const agentId of Object.keys(told)) network.join(peerOf(BigInt(agentId)));
  return { asker: acquaintances[0] as Acquaintances, clock, news, network };
}

describe("acquaintances", () => {
  it("are whom the peers know, and where", async () => {
    const { asker, news } = setUp({ 3: [PUBLIC], 4: [] });
    await asker.ask();
    assert.deepEqual(asker.of(3n), [PUBLIC]);
    assert.deepEqual(asker.of(4n), []);
    assert.deepEqual(news, [3n]);
  });

  it("are asked for again after a while, and news only where an address is new", async () => {
    const told: Record<string, readonly string[]> = { 3: [PUBLIC] };
    const { asker, clock, news } = setUp(told);
    await asker.ask();
    told["3"] = [PUBLIC, "/ip4/9.9.9.10/tcp/1"];
    await asker.ask();
    assert.equal(news.length, 1);
    clock.now += 60_000;
    await asker.ask();
    assert.deepEqual(news, [3n, 3n]);
    clock.now += 60_000;
    await asker.ask();
    assert.equal(news.length, 2);
  });

  it("are not looked for inside of a private network on the word of somebody outside of it", async () => {
    const outside = setUp({ 3: [PRIVATE, "nonsense"] });
    await outside.asker.ask();
    assert.deepEqual(outside.asker.of(3n), []);
    const inside = setUp({ 3: [PRIVATE] }, PRIVATE);
    await inside.asker.ask();
    assert.deepEqual(inside.asker.of(3n), [PRIVATE]);
  });

  it("harm nothing where a peer talks nonsense", async () => {
    const { asker, network } = setUp({ 3: [PUBLIC] });
    network.wire = { onFrame: () => new Uint8Array([0xff, 0x00]) };
    await asker.ask();
    assert.deepEqual(asker.of(3n), []);
    assert.equal(PEERS_PROTOCOL, "/assay/peers/1");
  });

  it("are read from well-formed lists only", () => {
    const sample: Acquaintance[] = [{ agentId: 7n, addresses: [PUBLIC, PRIVATE] }];
    fuzz(acquaintancesCodec, [sample, []], 20_000, seededRandom(1));
  });
});
