import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { GossipSub } from "@libp2p/gossipsub";
import { Parcels } from "./parcels.ts";

interface Rpc {
  readonly subscriptions: readonly unknown[];
  readonly messages: readonly { readonly data: Uint8Array }[];
  readonly control?: unknown;
}

/** A gossipsub that has a stream to two peers, and remembers what it has sent. */
function setUp() {
  const sent: [peer: string, messages: number, control: unknown][] = [];
  const pubsub = {
    streamsOutbound: new Map([
      ["a", {}],
      ["b", {}],
    ]),
    sendRpc(peerId: string, { messages, control }: Rpc): boolean {
      sent.push([peerId, messages.length, control]);
      return this.streamsOutbound.has(peerId);
    },
  };
  const parcels = new Parcels(pubsub as unknown as GossipSub);
  const send = (peerId: string, size: number, more: Partial<Rpc> = {}) =>
    pubsub.sendRpc(peerId, { subscriptions: [], messages: [{ data: new Uint8Array(size) }], ...more });
  return { sent, send, parcels };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("a parcel", () => {
  it("has all messages to a peer of one turn of the event loop", async () => {
    const { sent, send } = setUp();
    for (const peer of ["a", "b", "a", "a"]) assert.equal(send(peer, 100), true);
    assert.deepEqual(sent, []);
    await turn();
    const first = [
      ["a", 3, undefined],
      ["b", 1, undefined],
    ];
    assert.deepEqual(sent, first);
    assert.equal(send("b", 100), true);
    await turn();
    await turn();
    assert.deepEqual(sent, [...first, ["b", 1, undefined]]);
  });

  it("goes at once before what is no message, and when it is full", () => {
    const { sent, send } = setUp();
    send("a", 100);
    const control = { graft: [] };
    send("a", 0, { messages: [], control });
    send("b", 0, { control });
    send("b", 0, { subscriptions: ["topic"] });
    const first = [
      ["a", 1, undefined],
      ["a", 0, control],
      ["b", 1, control],
      ["b", 1, undefined],
    ];
    assert.deepEqual(sent, first);
    for (let i = 0; i < 17; i++) send("a", 65_536);
    for (let i = 0; i < 1_001; i++) send("b", 1);
    assert.deepEqual(sent.slice(first.length), [
      ["a", 16, undefined],
      ["b", 1_000, undefined],
    ]);
  });

  it("goes when it is told to, and is none for who has no stream", () => {
    const { sent, send, parcels } = setUp();
    assert.equal(send("c", 100), false);
    send("a", 100);
    parcels.flush();
    parcels.flush();
    assert.deepEqual(sent, [["a", 1, undefined]]);
  });
});
