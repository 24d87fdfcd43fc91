/** Nodes on hosts of their own, in network namespaces, among faults and attackers. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { contentOf, formatSignedStatement, parseSignedStatement } from "@assay/sdk";
import type { Hex, StatementContext } from "@assay/protocol";
import { SigningKey } from "ethers";
import { compileContracts } from "../../lib/artifacts.ts";
import { fromRoot } from "../../lib/paths.ts";
import { type Door, openDoor } from "../../testing/door.ts";
import { createNamespaces, hasNetem, type Namespaces, whyNoNamespaces } from "../../testing/namespaces.ts";
import type { NodeErrand } from "./errand.ts";
import type { FloodErrand, FloodHandlers } from "./flood.ts";
import { type Host, programOf } from "./hosts.ts";
import { signStatement } from "./load.ts";
import { Remote } from "./orders.ts";
import { CHAIN_ID, createNetworkWorld, type NetworkWorld } from "./world.ts";

const TOKEN = 10n ** 18n;
/** Hosts with a node each, those after them, and agents: the last one signs what it likes, and has no node. */
const NODES = 5;
const ATTACKERS = [5, 6] as const;
const AGENTS = 6;
const EQUIVOCATOR = 5;
const PORT = 4_001;
const EPOCH = 3_600;
/** Strangers of each attacker. */
const STRANGERS = 30;
/** Connections that came from one address, at most: `DEFAULT_LIMITS.maxPerAddress`. */
const PER_ADDRESS = 16;
/** Milliseconds that a partition lasts: longer than a dial takes. */
const PARTITION_MS = 12_000;
/** Long enough for what takes seconds, on any machine. */
const PATIENCE = 90;

const why = whyNoNamespaces();

describe("nodes on hosts of their own", { skip: why ?? false, timeout: 600_000 }, () => {
  let world: NetworkWorld;
  let hosts: Namespaces;
  let door: Door;
  let context: StatementContext;
  const nodes: Host[] = [];
  let stated = 0;

  before(async () => {
    await compileContracts();
    hosts = createNamespaces(NODES + ATTACKERS.length);
    const addressesOf = (agent: number) => (agent < NODES ? [addressOf(agent)] : []);
    const shape = { agents: AGENTS, epochLength: EPOCH, seatFee: TOKEN, pledge: 500n * TOKEN };
    world = await createNetworkWorld({ ...shape, addressesOf });
    door = await openDoor(hosts.machine, Number(new URL(world.url).port));
    context = { chainId: BigInt(CHAIN_ID), claims: world.assay.addresses.claims as Hex };
    for (let node = 0; node < NODES; node++) nodes.push(startNode(node));
    await Promise.all(nodes.map((node) => node.ready));
    await everybodyConnected();
  });
  after(async () => {
    await Promise.all(nodes.map((node) => node.kill()));
    await door?.shut();
    await world?.close();
    hosts?.close();
  });

  const addressOf = (node: number) => `/ip4/${hosts.addressOf(node)}/tcp/${PORT}`;
  const nodeOf = (node: number) => nodes[node] as Host;

  function startNode(node: number, how: Partial<NodeErrand> = {}): Host {
    const place = world.places[node];
    if (place === undefined) throw new RangeError(`there is no agent ${node}`);
    const folder = join(world.folder, `node-${node}`);
    const errand = { place, folder, listen: [addressOf(node)], ...how };
    const url = `http://${hosts.machine}:${door.port}`;
    const { domainId, assay } = world;
    const host = { url, chainId: CHAIN_ID, addresses: assay.addresses, domainId, nodes: [errand], pollMs: 500 };
    return new Remote(hosts.run(node, process.execPath, programOf("host", host), {}, "pipe"));
  }

  function startFlood(host: number, errand: FloodErrand): Remote<FloodHandlers, null> {
    const program = fromRoot("scripts", "dev", "network", "flood.ts");
    return new Remote(hosts.run(host, process.execPath, [program, JSON.stringify(errand)], {}, "pipe"));
  }

  async function peersOf(node: number): Promise<readonly string[]> {
    const [peers = []] = await nodeOf(node).tell("peers", null);
    return peers;
  }

  async function everybodyConnected(): Promise<void> {
    await until("everybody is connected", async () => {
      const all = await Promise.all(nodes.map((_, node) => peersOf(node)));
      return all.every((peers) => peers.length === NODES - 1);
    });
    await sleep(2_000); // until gossipsub has had a heartbeat
  }

  /** An agent states something new, or what it is told to. */
  async function state(agent: number, { text = `content ${++stated}`, outcome = 1 } = {}): Promise<string> {
    const { agentId, signerKey } = world.places[agent] as NetworkWorld["places"][number];
    const statement = {
      ...{ agentId: BigInt(agentId), domainId: world.domainId, outcome, contentHash: contentOf(text).contentHash },
      ...{ bond: world.minBond, expiry: BigInt((await world.now()) + 16 * EPOCH), nonce: BigInt(++stated) },
    };
    return formatSignedStatement(signStatement(context, statement, new SigningKey(signerKey)));
  }

  async function publish(node: number, agent = node): Promise<Hex> {
    const { hash } = await nodeOf(node).tell("publish", { node: 0, statement: await state(agent) });
    return hash;
  }

  async function have(who: readonly number[], hashes: readonly Hex[]): Promise<boolean> {
    const found = await Promise.all(who.map((node) => nodeOf(node).tell("has", { node: 0, hashes })));
    return found.every(({ length }) => length === hashes.length);
  }

  const ALL = [0, 1, 2, 3, 4];

  it("hear every statement though a tenth of all packets is lost, each way", async (t) => {
    if (!hasNetem()) t.diagnostic("this kernel has no netem: nothing is delayed");
    hosts.shape({ loss: 0.1, delayMs: 20 });
    const hashes: Hex[] = [];
    for (let i = 0; i < 10; i++) hashes.push(await publish(i % NODES));
    await until("all have all", () => have(ALL, hashes));
    hosts.shape({});
  });

  it("keep what they have while they are cut off from each other, and have all of it once they are not", async () => {
    hosts.partition([3, 4]);
    const ours = [await publish(0), await publish(1)];
    const theirs = [await publish(3)];
    await until("each side has its own", async () => (await have([0, 1, 2], ours)) && (await have([3, 4], theirs)));
    await sleep(PARTITION_MS);
    for (const node of [0, 1, 2]) assert.deepEqual(await nodeOf(node).tell("has", { node: 0, hashes: theirs }), []);
    for (const node of [3, 4]) assert.deepEqual(await nodeOf(node).tell("has", { node: 0, hashes: ours }), []);
    hosts.heal();
    await until("all have all", () => have(ALL, [...ours, ...theirs]));
    await everybodyConnected();
  });

  it("refuse strangers without a binding, and hear each other all the same", async () => {
    const before = { ...(await nodeOf(0).tell("memory", null)), open: await openAt(0) };
    const targets = [0, 1].map(addressOf);
    const floods = ATTACKERS.map((host) => startFlood(host, { targets, peers: STRANGERS, noisy: true }));
    await Promise.all(floods.map((flood) => flood.ready));
    const times: number[] = [];
    for (let i = 0; i < 5; i++) {
      await sleep(1_000);
      const began = performance.now();
      const hash = await publish(2 + (i % 3));
      await until("it has arrived", () => have(ALL, [hash]));
      times.push(performance.now() - began);
      const open = await openAt(0);
      assert.ok(open <= before.open + ATTACKERS.length * PER_ADDRESS, `${open} connections`);
    }
    const counts = await Promise.all(floods.map((flood) => flood.tell("counts", null)));
    const dialled = counts.reduce((sum, each) => sum + each.dialled, 0);
    assert.ok(dialled >= 2 * STRANGERS, `${dialled} dials are no flood`);
    assert.ok(Math.max(...times) < 15_000, `statements took ${times.map(Math.round).join(", ")} ms`);
    for (const node of [0, 1]) {
      const { refused } = (await nodeOf(node).tell("status", { node: 0 })).counters;
      assert.ok(Object.values(refused).reduce((sum, count) => sum + count, 0) >= 5, JSON.stringify(refused));
      const honest = world.places.slice(0, NODES).map(({ agentId }) => agentId);
      for (const peer of await peersOf(node)) assert.ok(honest.includes(peer));
    }
    await Promise.all(floods.map((flood) => flood.kill()));
    await until("the strangers are gone", async () => (await openAt(0)) <= before.open);
    const grown = (await nodeOf(0).tell("memory", null)).heapUsed - before.heapUsed;
    assert.ok(grown < 32 * 2 ** 20, `the heap has grown by ${grown} bytes`);
    await everybodyConnected();
  });

  it("find honest peers by themselves though attackers hold all places for who comes in", async () => {
    const VICTIM = 4;
    await nodeOf(VICTIM).stop();
    const silent = { targets: [addressOf(VICTIM)], peers: STRANGERS, noisy: false };
    const floods = ATTACKERS.map((host) => startFlood(host, silent));
    await Promise.all(floods.map((flood) => flood.ready));
    // Fewer places than the attackers have connections.
    nodes[VICTIM] = startNode(VICTIM, { limits: { maxConnections: 24 } });
    await nodeOf(VICTIM).ready;
    const held = async () => {
      const counts = await Promise.all(floods.map((flood) => flood.tell("counts", null)));
      return counts.reduce((sum, { open }) => sum + open, 0);
    };
    await until("the attackers hold the places", async () => (await held()) >= 16);
    await until("the victim has its peers", async () => (await peersOf(VICTIM)).length >= 3);
    assert.ok((await openAt(VICTIM)) <= 24 + 1 + NODES);
    const hash = await publish(0);
    await until("it hears what is said", () => have([VICTIM], [hash]));
    const own = await publish(VICTIM);
    await until("it is heard", () => have(ALL, [own]));
    await Promise.all(floods.map((flood) => flood.kill()));
    await everybodyConnected();
  });

  it("have all that they had acknowledged after they were killed while writing, and catch up", async () => {
    const KILLED = 3;
    const acknowledged: Hex[] = [];
    const publishing = (async () => {
      for (;;) acknowledged.push(await publish(KILLED, 1 + (acknowledged.length % 3)));
    })().catch((error: { code?: unknown }) => assert.equal(error.code, "GONE"));
    await until("it writes", () => acknowledged.length >= 20);
    await nodeOf(KILLED).kill();
    await publishing;
    const missed = [await publish(0), await publish(0, 4)];
    nodes[KILLED] = startNode(KILLED);
    await nodeOf(KILLED).ready;
    assert.equal(await have([KILLED], acknowledged), true);
    await until("it has caught up", () => have([KILLED], missed));
    await until("it has asked what was said", async () => {
      const { asked } = (await nodeOf(KILLED).tell("status", { node: 0 })).counters;
      return (asked["/assay/statements/1"]?.["ok"] ?? 0) > 0;
    });
    await until("others have what it had said", () => have(ALL, acknowledged));
    await everybodyConnected();
  });

  it("go on without the chain for a while, say so, and read it again when it is back", async () => {
    await door.shut();
    const unread = await state(EQUIVOCATOR);
    await assert.rejects(nodeOf(0).tell("publish", { node: 0, statement: unread }), { code: "CHAIN_UNREACHABLE" });
    await until("it says so", async () => (await nodeOf(1).tell("events", { node: 0 })).some(isUnreachable));
    assert.equal((await peersOf(0)).length, NODES - 1);
    await door.open();
    let hash: Hex | null = null;
    await until("it reads again", async () => {
      const published = nodeOf(0).tell("publish", { node: 0, statement: unread });
      hash = await published.then(
        (done) => done.hash,
        () => null,
      );
      return hash !== null;
    });
    await until("all have it", () => have(ALL, [hash as unknown as Hex]));
  });

  it("keep both statements of who says the opposite, and challenging the false one pays", async () => {
    const text = "water is wet";
    const said = [await state(EQUIVOCATOR, { text, outcome: 1 }), await state(EQUIVOCATOR, { text, outcome: 0 })];
    await Promise.all(said.map((statement, node) => nodeOf(node).tell("publish", { node: 0, statement })));
    const opposed = async (node: number) => (await nodeOf(node).tell("equivocations", { node: 0 })).flat();
    for (const node of ALL) await until("both are evidence", async () => (await opposed(node)).length === 2);
    const outcomeOf = (json: string | null) => parseSignedStatement(json ?? "").statement.outcome;
    const kept = await opposed(2);
    assert.deepEqual(kept.map(outcomeOf).sort(), [0, 1]);

    const { assay } = world;
    const signed = parseSignedStatement(kept.find((json) => outcomeOf(json) === 0) ?? "");
    const { agentId, bond } = signed.statement;
    const challenger = await (assay.runner as unknown as { getAddress(): Promise<string> }).getAddress();
    const credit = await assay.stake.credit(challenger);
    const { attempt, locked } = (await (await assay.claims.challenge({ ...signed, uri: contentOf(text).uri })).wait())
      .result;
    await world.epochs(5, () => 1);
    const resolved = await (await assay.claims.resolveChallenge({ statement: signed.statement, attempt })).wait();
    assert.equal(resolved.result.upheld, false);
    assert.equal(locked, bond);
    const slashed = await assay.events([{ name: "vault.PledgeSlashed", args: { agentId } }]);
    assert.deepEqual(
      slashed.map(({ args }) => args.amount),
      [bond],
    );
    // Its own bond back, and more.
    assert.ok((await assay.stake.credit(challenger)) - credit > bond);
  });

  /** Connections of a node that are open. */
  async function openAt(node: number): Promise<number> {
    const { inbound, outbound, closed } = (await nodeOf(node).tell("status", { node: 0 })).counters.connections;
    return inbound + outbound - closed;
  }
});

const isUnreachable = (event: string) => event.endsWith("chain-unreachable");

/** Waits until something holds. */
async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE * 1000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not in ${PATIENCE} s: ${what}`);
    await sleep(100);
  }
}
