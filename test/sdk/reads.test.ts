import {
  type Assay,
  connect,
  createClient,
  discover,
  joinReads,
  mapRead,
  MULTICALL3,
  optional,
  type Deployment,
} from "@assay/sdk";
import { expect } from "chai";
import { JsonRpcProvider, ZeroAddress } from "ethers";
import { network } from "hardhat";
import { createSdkWorld, done, failure } from "./kit.ts";
import { installMulticall3 } from "./multicall3.ts";
import { createWorld, TOKEN, type World } from "../kit/world.ts";

describe("sdk: reads", () => {
  describe("against a node", () => {
    let world: World;
    let provider: JsonRpcProvider;
    let assay: Assay;
    /** Sizes of the HTTP requests' batches since the last look. */
    let batches: string[][] = [];
    let close: () => Promise<void>;

    before(async () => {
      const server = await network.createServer("default", "127.0.0.1", 0);
      const { port } = await server.listen();
      const url = `http://127.0.0.1:${port}`;
      const node = await network.create({ network: "localhost", override: { url } });
      world = await createWorld(node, { agents: 3 });
      provider = new JsonRpcProvider(url, undefined, { staticNetwork: true, cacheTimeout: -1 });
      await provider.on("debug", ({ action, payload }: { action: string; payload: unknown }) => {
        if (action !== "sendRpcPayload") return;
        batches.push((Array.isArray(payload) ? payload : [payload]).map(({ method }: { method: string }) => method));
      });
      assay = createClient({ addresses: world.assay.addresses, runner: provider });
      close = async () => {
        provider.destroy();
        await node.close();
        await server.close();
      };
    });
    after(() => close());
    beforeEach(() => (batches = []));

    const many = () => ({
      first: assay.stake.account.request(0n),
      domain: assay.domains.get.request(1),
      nobody: optional(assay.agents.owner.request(99n)),
      epoch: assay.beats.epoch.request(),
      both: joinReads([assay.stake.allocatable.request(1n), mapRead(assay.stake.sinkDue.request(), String)]),
    });

    const check = async () => {
      const { first, domain, nobody, epoch, both } = await assay.readMany(many());
      expect(first.balance).to.equal(3_000n * TOKEN);
      expect(domain.seats).to.equal(9);
      expect(nobody).to.equal(null);
      expect(epoch).to.equal(await world.epoch());
      expect(both).to.deep.equal([3_000n * TOKEN, "0"]);
    };

    it("are sent in one batch, of one block, where the chain has no Multicall3", async () => {
      await check();
      const calls = batches.filter((methods) => methods.includes("eth_call"));
      expect(calls[0]).to.deep.equal(Array(6).fill("eth_call"));
      expect(batches.flat()).to.include("eth_blockNumber");
    });

    it("are sent in one call where it has", async () => {
      await installMulticall3(world.deployer, provider);
      batches = [];
      assay = assay.connect(provider);
      await check();
      const calls = batches.filter((methods) => methods.includes("eth_call"));
      expect(calls[0]).to.deep.equal(["eth_call"]);
      expect(batches.flat().filter((method) => method === "eth_getCode")).to.have.length(1);
      batches = [];
      expect(await assay.readMany([assay.beats.epoch.request(), assay.beats.inFreeze.request()])).to.have.length(2);
      expect(batches).to.deep.equal([["eth_call"]]);
    });

    it("are all of one block, however many they are", async () => {
      const reads = Array.from({ length: 450 }, (_, i) => assay.stake.allocatable.request(BigInt(i % 3)));
      const values = await assay.readMany(reads);
      expect(values).to.deep.equal(Array(450).fill(3_000n * TOKEN));
      expect(batches.filter((methods) => methods.includes("eth_call"))).to.deep.equal([Array(3).fill("eth_call")]);
    });

    it("are of the block that is asked for, with Multicall3 and before it was there", async () => {
      const before = await provider.getBlockNumber();
      const acting = assay.connect(world.deployer);
      await done(acting.stake.deposit({ agentId: 0n, amount: TOKEN }));
      const request = assay.stake.allocatable.request(0n);
      expect(await assay.read(request)).to.equal(3_001n * TOKEN);
      expect(await assay.read(request, { blockTag: before })).to.equal(3_000n * TOKEN);
      const pair = [request, assay.beats.epoch.request()] as const;
      expect((await assay.readMany(pair))[0]).to.equal(3_001n * TOKEN);
      expect((await assay.readMany(pair, { blockTag: before }))[0]).to.equal(3_000n * TOKEN);
      // Multicall3 came by another way than a transaction: the block before any has no code there.
      const old = await assay.readMany(pair, { blockTag: before - 5 }).catch((error: unknown) => error);
      expect(old).to.be.an("array");
    });

    it("say which one was refused, and why", async () => {
      const refused = await failure(assay.readMany([assay.beats.epoch.request(), assay.agents.owner.request(99n)]));
      expect(refused).to.have.property("code", "UNKNOWN_AGENT");
      expect(await failure(assay.agents.owner(99n))).to.have.property("code", "UNKNOWN_AGENT");
    });

    it("take a chain without blocks to read from for a wrong one", async () => {
      const none = createClient({ addresses: assay.addresses, runner: { provider: null } });
      expect(await failure(none.beats.epoch())).to.have.property("code", "WRONG_CHAIN");
    });
  });

  describe("connect", () => {
    it("takes a deployment of the chain, whose contracts belong together", async () => {
      const { assay, world } = await createSdkWorld({ agents: 0 });
      const { provider } = world.connection.ethers;
      const { chainId, genesis, epochLength, allocationUnit } = await assay.terms();
      expect([chainId, genesis, epochLength, allocationUnit]).to.deep.equal([31337n, world.genesis, 64, 10n ** 15n]);
      const deployment: Deployment = {
        ...{ network: "localhost", chainId: 31337, startBlock: 3 },
        ...{ parameters: { genesis, epochLength }, addresses: assay.addresses },
      };
      const connected = await connect({ deployment, runner: provider });
      expect([connected.startBlock, connected.addresses]).to.deep.equal([3, assay.addresses]);
      expect(await discover(assay.addresses.claims, provider)).to.deep.equal(assay.addresses);

      const elsewhere = await failure(connect({ deployment: { ...deployment, chainId: 1 }, runner: provider }));
      expect(elsewhere).to.have.property("code", "WRONG_CHAIN");
      const mixed = { ...assay.addresses, registry: assay.addresses.token };
      expect(await failure(connect({ addresses: mixed, runner: provider }))).to.have.property("code", "WRONG_WIRING");
      const gone = { ...assay.addresses, consensus: MULTICALL3 };
      expect(await failure(connect({ addresses: gone, runner: provider }))).to.have.property("code", "NO_CODE");
      expect(await failure(discover(ZeroAddress, provider))).to.have.property("code", "NO_CODE");
      const short = { ...assay.addresses, vault: "0x12" };
      expect(() => createClient({ addresses: short, runner: provider })).to.throw("vault is no address");
    });

    it("says that there is no node", async () => {
      const { assay } = await createSdkWorld({ agents: 0 });
      const provider = new JsonRpcProvider("http://127.0.0.1:1", 31337, { staticNetwork: true });
      const failed = await failure(connect({ addresses: assay.addresses, runner: provider }));
      provider.destroy();
      expect(failed).to.have.property("code", "NODE_UNREACHABLE");
    });
  });
});
