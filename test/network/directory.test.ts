import {
  BINDING_KEY,
  createChainView,
  createNodeKeys,
  Directory,
  Listing,
  recordCodec,
  signBinding,
  type SignedBinding,
} from "@assay/network";
import type { Address, Hex } from "@assay/protocol";
import type { Assay } from "@assay/sdk";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { expect } from "chai";
import { hexlify, type Signer } from "ethers";
import { network } from "hardhat";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createWorld, TOKEN, type World } from "../kit/world.ts";
import { done } from "../sdk/kit.ts";

const ADDRESS = "/ip4/192.0.2.7/tcp/4001";
const AGENT = 0n;

describe("network: a directory of agents on a chain", () => {
  let world: World;
  let owner: HardhatEthersSigner;
  let other: HardhatEthersSigner;
  let assay: Assay;
  let directory: Directory;
  let told: (string | undefined)[];

  beforeEach(async () => {
    world = await createWorld(await network.create(), { agents: 1 });
    [owner, other] = world.owners as [HardhatEthersSigner, HardhatEthersSigner];
    assay = world.assay.connect(owner);
    const view = await createChainView(world.assay, { pollMs: 20 });
    const now = () => performance.now();
    directory = new Directory({ view, minStake: TOKEN, report: () => undefined, now, refusalMs: 0 });
    told = [];
    directory.onVoid((_, reason) => told.push(reason?.code));
    directory.start();
  });
  afterEach(async () => {
    await directory.close();
    await world.connection.close();
  });

  /** The owner publishes a binding that somebody has signed. */
  async function publish(signer: Pick<Signer, "signTypedData">): Promise<SignedBinding> {
    const keys = await createNodeKeys(new Uint8Array(32).fill(1));
    const { chainId } = await assay.terms();
    const block = await world.connection.ethers.provider.getBlock("latest");
    const agent = { agentId: AGENT, owner: owner.address as Address, issuedAt: BigInt(block?.timestamp ?? 0) };
    const binding = await signBinding({ chainId, registry: assay.addresses.registry as Address }, agent, keys, signer);
    const value = hexlify(recordCodec.encode({ binding, addresses: [ADDRESS] })) as Hex;
    await done(assay.agents.setMetadata({ agentId: AGENT, key: BINDING_KEY, value }));
    return binding;
  }

  async function setWallet(by: Assay, wallet: Pick<Signer, "getAddress" | "signTypedData">): Promise<void> {
    await done(by.agents.setWallet({ agentId: AGENT, ...(await by.agents.signConsent(AGENT, wallet)) }));
  }

  async function until(condition: () => boolean): Promise<void> {
    for (let left = 2_000; !condition(); left--) {
      if (left === 0) throw new Error("not within twenty seconds");
      await sleep(10);
    }
  }

  const codeOf = () =>
    directory.lookup(AGENT).then(
      () => null,
      ({ code }: { code: string }) => code,
    );

  it("finds whoever has published a binding, until the wallet or the owner is another", async () => {
    const binding = await publish(owner);
    await until(() => directory.listed.includes(AGENT));
    const { addresses, stake, peerId } = await directory.check(binding);
    expect({ addresses, stake }).to.deep.equal({ addresses: [ADDRESS], stake: 3_000n * TOKEN });

    await setWallet(assay, other);
    await until(() => told.length === 1);
    await setWallet(assay, owner);
    await until(() => directory.ofPeer(peerId).length === 1);
    await done(assay.agents.transfer({ agentId: AGENT, to: other.address }));
    await until(() => told.length === 2);
    expect(told).to.deep.equal(["BAD_SIGNATURE", "UNBOUND"]);
    // The same wallet for the new owner does not bring the old one's binding back.
    await setWallet(world.assay.connect(other), owner);
    expect(await codeOf()).to.equal("UNBOUND");
  });

  it("asks a contract wallet whether a signature is its own", async () => {
    const wallet = await world.connection.ethers.deployContract("Erc1271Wallet", [other.address]);
    const signTypedData = other.signTypedData.bind(other);
    await setWallet(assay, { getAddress: () => wallet.getAddress(), signTypedData });
    const binding = await publish(other);
    expect((await directory.check(binding)).wallet).to.equal(await wallet.getAddress());
    await publish(owner);
    await until(() => told.length === 1);
    expect(await codeOf()).to.equal("BAD_SIGNATURE");
  });

  it("is read from where it was after a restart, and from further back where the chain has been replaced", async () => {
    const { provider } = world.connection.ethers;
    const path = join(mkdtempSync(join(tmpdir(), "assay-directory-")), "directory.db");
    const { chainId } = await assay.terms();
    const context = { chainId, registry: assay.addresses.registry as Address };
    /** Reads all of it. @returns who was listed before and who is now, and the first block whose events were read */
    const restart = async () => {
      const listing = new Listing({ path, context });
      const asked: number[] = [];
      const send = provider.send.bind(provider);
      Object.assign(provider, {
        send: (method: string, params: unknown[]) => {
          if (method === "eth_getLogs") asked.push(Number((params[0] as { fromBlock: string }).fromBlock));
          return send(method, params);
        },
      });
      try {
        const view = await createChainView(world.assay, { pollMs: 20, cursor: listing.cursor });
        const again = new Directory({
          ...{ view, listing, minStake: TOKEN, report: () => undefined, now: () => performance.now() },
        });
        const before = [...again.listed];
        again.start();
        const head = await provider.getBlockNumber();
        await until(() => again.trustedBlock === head);
        await again.close();
        return { before, now: [...again.listed], from: Math.min(...asked) };
      } finally {
        Reflect.deleteProperty(provider, "send");
        listing.close();
      }
    };
    await directory.close();
    const { networkHelpers } = world.connection;
    const snapshot = await networkHelpers.takeSnapshot();
    const common = await provider.getBlockNumber();
    await publish(owner);
    expect(await restart()).to.deep.equal({ before: [], now: [AGENT], from: 0 });
    const head = await provider.getBlockNumber();
    await networkHelpers.mine(2);
    expect(await restart()).to.deep.equal({ before: [AGENT], now: [AGENT], from: head + 1 });
    // Another chain from the snapshot on, in which nobody has published anything.
    await snapshot.restore();
    await networkHelpers.mine(20);
    const { from, ...listed } = await restart();
    expect(listed).to.deep.equal({ before: [AGENT], now: [AGENT] });
    expect(from)
      .to.be.lessThanOrEqual(common + 1)
      .and.lessThan(head);
    await networkHelpers.mine(1);
    expect((await restart()).from).to.equal(common + 21);
  });
});
