import assert from "node:assert/strict";
import { createServer } from "node:net";
import { once } from "node:events";
import { afterEach, describe, it } from "node:test";
import { NetworkError } from "../errors.ts";
import { FakeDirectory, fakeBinding, startNode as start, type TestNode, until } from "../testing/nodes.ts";
import { type AssayNode } from "./node.ts";

const running: AssayNode[] = [];

async function startNode(...args: Parameters<typeof start>): Promise<TestNode> {
  const made = await start(...args);
  running.push(made.node);
  return made;
}

async function connect(a: TestNode, b: TestNode): Promise<void> {
  const [address] = b.node.addresses;
  await a.node.connect(address as string);
  await until(() => b.node.peers.some(({ agentId }) => agentId === a.node.self.agentId), "both are proven");
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((node) => node.close()));
});

describe("a node", () => {
  it("talks to a peer once each has proved its agent", async () => {
    const directory = new FakeDirectory();
    const [a, b] = [await startNode(1n, directory), await startNode(2n, directory)];
    await connect(a, b);
    assert.deepEqual(a.node.peers, [b.node.self]);
    assert.deepEqual(b.node.peers, [a.node.self]);
    assert.equal(a.node.counters.connections.outbound, 1);
    assert.equal(b.node.counters.connections.inbound, 1);
    assert.equal(b.node.counters.connections.proven, 1);
  });

  it("sends an unbound peer away, with the reason in its log and counters, and tells the peer", async () => {
    const directory = new FakeDirectory();
    const [a, b] = [await startNode(1n, directory, { bound: false }), await startNode(2n, directory)];
    await assert.rejects(a.node.connect(b.node.addresses[0] as string), { code: "UNBOUND" });
    await until(() => b.node.counters.refused.UNBOUND === 1, "it is counted");
    assert.equal(a.node.counters.refusedBy.UNBOUND, 1);
    assert.ok(b.told.some(({ event, fields }) => event === "peer-refused" && fields?.code === "UNBOUND"));
    assert.deepEqual([a.node.peers, b.node.peers], [[], []]);
    // And not let in again soon.
    await assert.rejects(a.node.connect(b.node.addresses[0] as string), { code: "PEER_UNREACHABLE" });
    await until(() => b.node.counters.refused.BANNED === 1, "the ban is counted");
  });

  it("does not stay with an unbound peer that it has dialled itself", async () => {
    const directory = new FakeDirectory();
    const [a, b] = [await startNode(1n, directory), await startNode(2n, directory, { bound: false })];
    await assert.rejects(a.node.connect(b.node.addresses[0] as string), { code: "UNBOUND" });
    assert.equal(a.node.counters.refused.UNBOUND, 1);
    await until(() => b.node.counters.connections.closed === 1, "the connection is closed");
    assert.equal(b.node.counters.refusedBy.UNBOUND, 1);
  });

  it("refuses a peer that shows the binding of another one", async () => {
    const directory = new FakeDirectory();
    const b = await startNode(2n, directory);
    const stolen = await fakeBinding(7n);
    directory.bind(stolen.binding);
    const a = await startNode(1n, directory, { binding: stolen.binding, bound: false });
    await assert.rejects(a.node.connect(b.node.addresses[0] as string), { code: "UNBOUND" });
  });

  it("hangs up on a peer whose binding is voided while they talk", async () => {
    const directory = new FakeDirectory();
    const [a, b] = [await startNode(1n, directory), await startNode(2n, directory)];
    await connect(a, b);
    directory.void(1n, new NetworkError("UNSTAKED", "agent 1 has lost its stake"));
    await until(() => b.node.peers.length === 0, "the peer is gone");
    await until(() => a.node.peers.length === 0, "and notices");
    assert.equal(b.node.counters.refused.UNSTAKED, 1);
  });

  it("does not ban a peer for what is not its fault", async () => {
    const directory = new FakeDirectory();
    const [a, b] = [await startNode(1n, directory), await startNode(2n, directory)];
    directory.failure = new NetworkError("CHAIN_UNREACHABLE", "no node", { retryable: true });
    await assert.rejects(a.node.connect(b.node.addresses[0] as string), { code: "CHAIN_UNREACHABLE" });
    directory.failure = null;
    await connect(a, b);
  });

  it("sends away who proves nothing in time", async () => {
    const directory = new FakeDirectory();
    const b = await startNode(2n, directory, { limits: { helloMs: 300 } });
    const { createLibp2p } = await import("libp2p");
    const [{ tcp }, { noise }, { yamux }] = await Promise.all([
      import("@libp2p/tcp"),
      import("@libp2p/noise"),
      import("@libp2p/yamux"),
    ]);
    const { multiaddr } = await import("@multiformats/multiaddr");
    const mute = await createLibp2p({ transports: [tcp()], connectionEncrypters: [noise()], streamMuxers: [yamux()] });
    try {
      const connection = await mute.dial(multiaddr(b.node.addresses[0]));
      const closed = once(connection, "close");
      // Nothing else is served to it.
      let refused = false;
      connection.newStream("/meshsub/1.2.0").then(
        (stream) => stream.addEventListener("close", () => (refused = true)),
        () => (refused = true),
      );
      await closed;
      await until(() => refused, "its stream is refused");
      assert.equal(b.node.counters.refused.TIMEOUT, 1);
    } finally {
      await mute.stop();
    }
  });

  it("holds to its limits of connections for one address", async () => {
    const directory = new FakeDirectory();
    const b = await startNode(9n, directory, { limits: { maxPerAddress: 2 } });
    const others = await Promise.all([1n, 2n, 3n].map((agentId) => startNode(agentId, directory)));
    const dialled = await Promise.allSettled(others.map(({ node }) => node.connect(b.node.addresses[0] as string)));
    assert.equal(dialled.filter(({ status }) => status === "fulfilled").length, 2);
    assert.equal(b.node.counters.refused.ADDRESS_FULL, 1);
    await until(() => b.node.peers.length === 2, "both are proven");
    // A place is free again once one has gone.
    const gone = dialled.findIndex(({ status }) => status === "fulfilled");
    const late = dialled.findIndex(({ status }) => status === "rejected");
    await others[gone]?.node.close();
    await until(() => b.node.peers.length === 1, "one has gone");
    await others[late]?.node.connect(b.node.addresses[0] as string);
  });

  it("finds its peers by itself: by an address, and by the registry", async () => {
    const directory = new FakeDirectory();
    const first = await startNode(1n, directory);
    const second = await startNode(2n, directory, {
      bootstrap: [first.node.addresses[0] as string],
      targetPeers: 8,
      tickMs: 50,
    });
    await until(() => second.node.peers.length === 1, "the address is dialled");
    const third = await startNode(3n, directory, { targetPeers: 8, tickMs: 50 });
    await until(() => third.node.peers.length === 2, "those of the registry are dialled");
    // And again after they went.
    await first.node.close();
    await until(() => third.node.peers.length === 1, "one is gone");
    const again = await startNode(1n, directory);
    await until(() => third.node.peers.length === 2 || second.node.peers.length === 2, "and found again");
    await until(() => again.node.peers.length > 0, "on both sides");
  });

  it("says at which port it cannot listen, and can be closed all the same", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const listen = [`/ip4/127.0.0.1/tcp/${port}`];
    await assert.rejects(startNode(1n, new FakeDirectory(), { listen }), (error: NetworkError) => {
      assert.equal(error.code, "CANNOT_LISTEN");
      const why = `listen EADDRINUSE: address already in use 127.0.0.1:${port}`;
      assert.equal(error.message, `cannot listen at ${listen[0]}: ${why}`);
      return true;
    });
    server.close();
  });

  it("begins once and ends once, however often it is told to", async () => {
    const { node } = await startNode(1n, new FakeDirectory());
    await Promise.all([node.start(), node.start()]);
    assert.equal(node.addresses.length, 1);
    await Promise.all([node.close(), node.close()]);
    await node.close();
    await assert.rejects(node.connect("/ip4/127.0.0.1/tcp/1"), { code: "PEER_UNREACHABLE" });
  });
});
