import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Assay } from "@assay/sdk";
import { Roller } from "./roller.ts";

/** A chain whose epochs are begun by hand, and a relay that is never busy. */
function worldOf() {
  const world = { epoch: 3, time: 0, seeded: new Set<number>(), rolls: 0, fails: null as Error | null };
  const beats = {
    epoch: async () => world.epoch,
    seed: async (epoch: number) => (world.seeded.has(epoch) ? "0x01" : null),
    roll: async () => {
      if (world.fails !== null) throw world.fails;
      world.rolls++;
      world.seeded.add(world.epoch);
      return { wait: async () => ({ receipt: { hash: "0x12", gasUsed: 5n } }) };
    },
  };
  const lines: string[] = [];
  const relay = { trouble: null as string | null, between: (work: () => Promise<void>) => work() };
  const options = { patienceMs: 100, now: () => world.time, log: (line: string) => lines.push(line) };
  const roller = new Roller({ beats } as unknown as Assay, relay, options);
  const lookAt = async (time: number) => {
    world.time = time;
    await roller.look();
  };
  return { world, relay, roller, lines, lookAt };
}

describe("Roller", () => {
  it("rolls an epoch that nobody has rolled, once others have had their time", async () => {
    const { world, lines, lookAt, roller } = worldOf();
    await lookAt(0);
    await lookAt(99);
    assert.equal(world.rolls, 0);
    await lookAt(100);
    await lookAt(200);
    assert.equal(world.rolls, 1);
    world.epoch++;
    await lookAt(250);
    await lookAt(349);
    assert.equal(world.rolls, 1);
    await lookAt(350);
    assert.deepEqual([world.rolls, roller.rolled], [2, 2]);
    assert.deepEqual(lines, ["0x12: rolled epoch 3, 5 gas", "0x12: rolled epoch 4, 5 gas"]);
  });

  it("leaves alone what others have rolled, and what the relay cannot send now", async () => {
    const { world, lookAt, relay } = worldOf();
    await lookAt(0);
    world.seeded.add(3);
    await lookAt(100);
    world.epoch++;
    await lookAt(200);
    relay.trouble = "no ether";
    await lookAt(400);
    assert.equal(world.rolls, 0);
    relay.trouble = null;
    await lookAt(500);
    assert.equal(world.rolls, 1);
  });

  it("says why it could not, and tries again", async () => {
    const { world, lookAt, lines } = worldOf();
    world.fails = new Error("no luck");
    await lookAt(0);
    await lookAt(100);
    assert.deepEqual(lines, ["could not roll: no luck"]);
    world.fails = null;
    await lookAt(110);
    assert.equal(world.rolls, 1);
  });
});
