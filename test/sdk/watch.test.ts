import { type Assay, createClient, type Cursor, type Watched } from "@assay/sdk";
import { expect } from "chai";
import { JsonRpcProvider } from "ethers";
import { network } from "hardhat";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { done } from "./kit.ts";
import { createWorld, TOKEN, type World } from "../kit/world.ts";

type Item = Watched<"vault.Deposited">;

/** What stands between a client and its node, and can fail. */
class Line {
  readonly #target: number;
  #server: Server | null = null;
  readonly #sockets = new Set<Socket>();
  port = 0;

  constructor(target: number) {
    this.#target = target;
  }

  async open(): Promise<void> {
    this.#server = createServer((socket) => {
      const onward = connect(this.#target, "127.0.0.1");
      for (const end of [socket, onward]) this.#sockets.add(end.on("error", () => end.destroy()));
      socket.pipe(onward).pipe(socket);
    }).listen(this.port, "127.0.0.1");
    await once(this.#server, "listening");
    this.port = (this.#server.address() as { port: number }).port;
  }

  /** Breaks every connection, and refuses new ones. */
  async cut(): Promise<void> {
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
    if (this.#server?.listening) await once(this.#server, "close");
  }
}

describe("sdk: watching a node", () => {
  let world: World;
  let acting: Assay;
  let provider: JsonRpcProvider;
  let assay: Assay;
  let line: Line;
  let close: () => Promise<void>;

  beforeEach(async () => {
    const server = await network.createServer("default", "127.0.0.1", 0);
    const { port } = await server.listen();
    const node = await network.create({ network: "localhost", override: { url: `http://127.0.0.1:${port}` } });
    world = await createWorld(node, { agents: 1 });
    line = new Line(port);
    await line.open();
    provider = new JsonRpcProvider(`http://127.0.0.1:${line.port}`, undefined, { staticNetwork: true });
    assay = createClient({ addresses: world.assay.addresses, runner: provider });
    acting = assay.connect(world.deployer);
    close = async () => {
      provider.destroy();
      await line.cut();
      await node.close();
      await server.close();
    };
  });
  afterEach(() => close());

  const deposit = (amount: number) => done(acting.stake.deposit({ agentId: 0n, amount: BigInt(amount) * TOKEN }));
  const send = (method: string, ...params: unknown[]) => world.connection.ethers.provider.send(method, params);

  /** Watches deposits, and keeps what comes. */
  function start(cursor?: Cursor) {
    const stop = new AbortController();
    const items: Item[] = [];
    const retries: unknown[] = [];
    const run = (async () => {
      const options = { fromBlock: 0, cursor, signal: stop.signal, pollMs: 20, timeoutMs: 2_000, random: () => 0 };
      const onRetry = (error: unknown) => retries.push(error);
      for await (const item of assay.watch(["vault.Deposited"], { ...options, onRetry })) items.push(item);
    })();
    const seen = () =>
      items.flatMap((item): (number | string)[] => {
        if (item.type === "log") return [Number(item.event.args.amount / TOKEN)];
        return item.type === "reorg" ? [`reorg ${item.removed.map(({ args }) => args.amount / TOKEN).join()}`] : [];
      });
    const until = async (...wanted: (number | string)[]) => {
      for (let tries = 0; tries < 500 && seen().length < wanted.length; tries++) await sleep(20);
      expect(seen()).to.deep.equal(wanted);
    };
    return { items, retries, until, stop: () => (stop.abort(), run) };
  }

  it("reports what a reorganisation has replaced", async () => {
    const watching = start();
    await watching.until(3_000);
    const snapshot: unknown = await send("evm_snapshot");
    await deposit(1);
    await deposit(2);
    await watching.until(3_000, 1, 2);
    await send("evm_revert", snapshot);
    await deposit(5);
    await deposit(1);
    await deposit(2);
    await watching.until(3_000, 1, 2, "reorg 2,1", 5, 1, 2);
    await watching.stop();
  });

  it("goes on over a line that fails, and after a restart", async () => {
    const watching = start();
    await watching.until(3_000);
    await line.cut();
    await deposit(1);
    while (watching.retries.length < 2) await sleep(20);
    await line.open();
    await watching.until(3_000, 1);
    await deposit(2);
    await watching.until(3_000, 1, 2);
    await watching.stop();
    const { cursor } = watching.items.findLast((item) => item.type === "log")!;
    await deposit(3);
    const again = start(JSON.parse(JSON.stringify(cursor)) as Cursor);
    await again.until(3);
    await again.stop();
  });
});
