import { contractFactory, deployProtocol, linkedBytecode, loadArtifact } from "@assay/agent";
import type { Contracts } from "@assay/sdk";
import { epochSeed, GENESIS_ACCUMULATOR } from "@assay/protocol";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { expect } from "chai";
import { type FunctionFragment, Interface } from "ethers";
import { network } from "hardhat";
import type { AssayFactory, Consensus } from "../../typechain/index.js";

const connection = await network.create();
const { ethers, networkHelpers } = connection;

/** Every function that may change state, by contract. What is not here is a view, or a bug. */
const ACTIONS = {
  Consensus: [
    "allocate(uint256,uint32,uint256)",
    "announceAnchor(uint256,bytes32)",
    "appeal(bytes24)",
    "ask((uint32,address,bytes32,bytes32,bytes32),uint8,string)",
    "beat((uint256,uint32,bytes,(bytes32,bytes32,uint256,uint256),bytes32,bytes,uint32,bytes32,uint256,uint256))",
    "beatFor(bytes[],bytes[])",
    "beatPacked(bytes)",
    "beatSigned(bytes,bytes)",
    "createDomain((uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,bool),string)",
    "enroll(uint256,bytes32)",
    "finalize(bytes24)",
    "forfeit(uint256,(bytes32,bytes32,uint256,uint256))",
    "openCanary((uint32,address,bytes32,bytes32,bytes32),uint8,bytes32)",
    "reclaim((uint32,address,bytes32,bytes32,bytes32))",
    "roll()",
    "settle(uint256,uint32,bytes)",
    "spendBudget(bytes24)",
    "sweep()",
    "trim(uint256,uint32)",
  ],
  StakeVault: [
    "applyChange(uint256,(uint256,uint256,uint256,uint256,uint256,uint256))",
    "cancelWithdrawal(uint256)",
    "collect(address)",
    "completeLowering(uint256)",
    "credit(address,uint256)",
    "creditSink(uint256)",
    "creditStake(uint256,uint256)",
    "deposit(uint256,uint256)",
    "depositWithPermit(uint256,uint256,uint256,uint8,bytes32,bytes32)",
    "flush()",
    "lockPledge(uint256,uint256)",
    "lowerPledge(uint256,uint256)",
    "pledge(uint256,uint256)",
    "pull(address,uint256)",
    "releasePledge(uint256,uint256)",
    "requestWithdrawal(uint256,uint256)",
    "slashPledge(uint256,uint256)",
    "withdraw(uint256,address)",
  ],
  Claims: [
    "ask(uint32,bytes32,string,uint8,bytes32,bytes32)",
    "assertClaim(uint32,uint8,bytes32,string,uint256,bytes32)",
    "challenge((uint256,uint32,uint8,bytes32,uint256,uint64,uint256),bytes,string)",
    "addSigner(uint256,address)",
    "deliver(bytes32,address)",
    "dispute((uint32,uint8,bytes32,address,uint256,bytes32),string)",
    "registerCallback(bytes32,uint32)",
    "resolve((uint32,uint8,bytes32,address,uint256,bytes32))",
    "resolveChallenge((uint256,uint32,uint8,bytes32,uint256,uint64,uint256),uint32)",
    "retireSigner(uint256,address)",
  ],
  AssayFactory: ["deploy(bytes32,(address,address,address,uint256,uint256),bytes,bytes)"],
} as const;

/** Functions of the vault that only Consensus, only Claims, or only the two of them may call. */
const RESERVED = {
  NotConsensus: ["applyChange"],
  NotDesk: ["pull", "credit", "creditSink", "lockPledge", "releasePledge", "slashPledge", "creditStake"],
} as const;

async function deployment() {
  const signers = await ethers.getSigners();
  const [deployer, sink, stranger] = signers as [HardhatEthersSigner, HardhatEthersSigner, HardhatEthersSigner];
  const genesis = (await ethers.provider.getBlock("latest"))?.timestamp ?? 0;
  const options = { sink: sink.address, genesis, epochLength: 64, salt: ethers.ZeroHash };
  const { addresses, record } = await deployProtocol(deployer, options);
  const at = async <T>(name: "AssayFactory" | "Claims" | "Consensus" | "StakeVault", address: string) =>
    new ethers.Contract(address, loadArtifact(name).abi, deployer) as unknown as T;
  const factory = await at<AssayFactory>("AssayFactory", record.AssayFactory?.address ?? "");
  const consensus = await at<Consensus>("Consensus", addresses.consensus);
  const vault = await at<Contracts["vault"]>("StakeVault", addresses.vault);
  const claims = await at<Contracts["claims"]>("Claims", addresses.claims);
  const libraries = Object.fromEntries(Object.entries(record).map(([name, { address }]) => [name, address]));
  const code = linkedBytecode("Consensus", libraries);
  return { addresses, claims, code, consensus, deployer, factory, genesis, libraries, sink, stranger, vault };
}

const load = async () => networkHelpers.loadFixture(deployment);

/** Creation code of a contract that answers every call with `value`. */
function constantCode(value: bigint): string {
  const runtime = ethers.concat(["0x7f", ethers.toBeHex(value, 32), "0x60005260206000f3"]);
  const size = ethers.toBeHex(ethers.dataLength(runtime), 1);
  return ethers.concat(["0x60", size, "0x80600b6000396000f3", runtime]);
}

/** A contract that answers every call with `value`: a token of that many decimals, for one. */
async function constantContract(deployer: HardhatEthersSigner, value: bigint): Promise<string> {
  const receipt = await (await deployer.sendTransaction({ data: constantCode(value) })).wait();
  return receipt?.contractAddress ?? "";
}

const interfaceOf = (name: keyof typeof ACTIONS) => new Interface(loadArtifact(name).abi);

const actionsOf = (name: keyof typeof ACTIONS): FunctionFragment[] => {
  const functions: FunctionFragment[] = [];
  interfaceOf(name).forEachFunction((f) => functions.push(f));
  return functions.filter(({ stateMutability }) => stateMutability !== "view" && stateMutability !== "pure");
};

/** Zeroes for a function's parameters. */
const zeroes = (f: FunctionFragment): unknown[] => {
  const zero = (type: (typeof f.inputs)[number]): unknown => {
    if (type.baseType === "array") return [];
    if (type.components !== null) return type.components.map(zero);
    if (type.type === "string") return "";
    if (type.type === "bool") return false;
    if (type.type === "address") return ethers.ZeroAddress;
    if (type.type === "bytes") return "0x";
    return type.type.startsWith("bytes") ? ethers.dataSlice(ethers.ZeroHash, 0, Number(type.type.slice(5))) : 0n;
  };
  return f.inputs.map(zero);
};

describe("Deployment", () => {
  describe("Consensus", () => {
    type Loaded = Awaited<ReturnType<typeof load>>;
    interface Parameters {
      token?: string;
      claims?: string;
      sink?: string;
      genesis?: number;
      length?: number;
    }

    async function direct({ addresses, deployer, genesis, libraries, sink }: Loaded, parameters: Parameters) {
      const factory = contractFactory("Consensus", deployer, libraries);
      const { token = addresses.token, claims = addresses.claims, length = 64 } = parameters;
      const arguments_ = [parameters.sink ?? sink.address, parameters.genesis ?? genesis, length] as const;
      const deployed = await factory.deploy(token, addresses.registry, claims, ...arguments_);
      return deployed as unknown as Consensus;
    }

    it("begins the beacon with the epoch it is deployed in", async () => {
      const world = await load();
      await networkHelpers.setPrevRandao(777);
      const deployed = await direct(world, { genesis: world.genesis - 10 * 64 });
      const epoch = Number(await deployed.currentEpoch());
      const seed = epochSeed(GENESIS_ACCUMULATOR, 777n, epoch);
      expect(epoch).to.be.greaterThanOrEqual(10);
      expect(await deployed.seedOf(epoch)).to.equal(seed);
      await expect(deployed.deploymentTransaction()).to.emit(deployed, "EpochRolled").withArgs(epoch, seed);
    });

    for (const [decimals, unit] of [
      [18n, 10n ** 15n],
      [6n, 1_000n],
      [4n, 10n],
      [3n, 1n],
      [2n, 1n],
      [0n, 1n],
    ] as const) {
      it(`takes a unit of ${unit} of a token of ${decimals} decimals`, async () => {
        const world = await load();
        const token = await constantContract(world.deployer, decimals);
        const deployed = await direct(world, { token });
        expect(await deployed.allocationUnit()).to.equal(unit);
      });
    }

    it("reverts where the genesis is in the future, and not where it is now", async () => {
      const world = await load();
      const { consensus } = world;
      const now = await networkHelpers.time.latest();
      await networkHelpers.time.setNextBlockTimestamp(now + 5);
      await expect(direct(world, { genesis: now + 6 }))
        .to.be.revertedWithCustomError(consensus, "GenesisInFuture")
        .withArgs(now + 6, now + 5);
      const deployed = await direct(world, { genesis: now + 5 });
      expect(await deployed.currentEpoch()).to.equal(0n);
    });

    it("reverts where the epoch is shorter than 30 seconds", async () => {
      const world = await load();
      const { consensus } = world;
      for (const length of [0, 29]) {
        await expect(direct(world, { length }))
          .to.be.revertedWithCustomError(consensus, "EpochLengthTooShort")
          .withArgs(length, 30);
      }
      const deployed = await direct(world, { length: 30 });
      expect(await deployed.epochLength()).to.equal(30n);
    });

    it("reverts where sink or Claims are zero", async () => {
      const world = await load();
      const { vault } = world;
      await expect(direct(world, { sink: ethers.ZeroAddress }))
        .to.be.revertedWithCustomError(vault, "InvalidReceiver")
        .withArgs(ethers.ZeroAddress);
      await expect(direct(world, { claims: ethers.ZeroAddress })).to.be.revertedWithCustomError(vault, "ZeroAddress");
    });

    it("reverts where the genesis is more than 65,535 epochs ago, and not at that", async () => {
      const world = await load();
      const { consensus } = world;
      const at = (await networkHelpers.time.latest()) + 5;
      await networkHelpers.time.setNextBlockTimestamp(at);
      await expect(direct(world, { genesis: at - 65_536 * 64 }))
        .to.be.revertedWithCustomError(consensus, "GenesisTooOld")
        .withArgs(at - 65_536 * 64, 65_536);
      const deployed = await direct(world, { genesis: at - 65_536 * 64 + 1 });
      expect(await deployed.currentEpoch()).to.equal(65_535n);
    });
  });

  describe("AssayFactory", () => {
    it("deploys both at the addresses it has named, for each deployer its own, and emits Deployed", async () => {
      const { addresses, code, factory, genesis, sink, stranger } = await load();
      const salt = ethers.id("another instance");
      const [consensus, claims] = await factory.addressesOf(stranger, salt);
      expect(await factory.addressesOf(sink, salt)).to.not.deep.equal([consensus, claims]);
      expect(await factory.addressesOf(stranger, ethers.ZeroHash)).to.not.deep.equal([consensus, claims]);
      const { token, registry } = addresses;
      const parameters = { token, registry, sink: sink.address, genesis, epochLength: 64 };
      await expect(factory.connect(stranger).deploy(salt, parameters, code, linkedBytecode("Claims", {})))
        .to.emit(factory, "Deployed")
        .withArgs(stranger.address, salt, consensus, claims);
      for (const address of [consensus, claims]) expect(await ethers.provider.getCode(address)).to.not.equal("0x");
    });

    it("wires Consensus, its vault and Claims to each other", async () => {
      const { addresses, claims, consensus, deployer, factory, genesis, sink, vault } = await load();
      expect(await factory.addressesOf(deployer, ethers.ZeroHash)).to.deep.equal([
        addresses.consensus,
        addresses.claims,
      ]);
      const wiring = {
        claimsOfConsensus: await consensus.claims(),
        vaultOfConsensus: await consensus.vault(),
        registryOfConsensus: await consensus.registry(),
        consensusOfClaims: await claims.consensus(),
        vaultOfClaims: await claims.vault(),
        registryOfClaims: await claims.registry(),
        consensusOfVault: await vault.consensus(),
        claimsOfVault: await vault.claims(),
        registryOfVault: await vault.registry(),
        tokenOfVault: await vault.token(),
        sinkOfVault: await vault.sink(),
        clockOfVault: [await vault.genesis(), await vault.epochLength()],
      };
      expect(wiring).to.deep.equal({
        claimsOfConsensus: addresses.claims,
        vaultOfConsensus: addresses.vault,
        registryOfConsensus: addresses.registry,
        consensusOfClaims: addresses.consensus,
        vaultOfClaims: addresses.vault,
        registryOfClaims: addresses.registry,
        consensusOfVault: addresses.consensus,
        claimsOfVault: addresses.claims,
        registryOfVault: addresses.registry,
        tokenOfVault: addresses.token,
        sinkOfVault: sink.address,
        clockOfVault: [BigInt(genesis), 64n],
      });
    });

    it("reverts where a salt is used twice, and as a constructor does", async () => {
      const { addresses, code, consensus, factory, genesis, sink, vault } = await load();
      const { token, registry } = addresses;
      const parameters = { token, registry, sink: sink.address, genesis, epochLength: 64 };
      const claimsCode = linkedBytecode("Claims", {});
      const failed = new Interface(["error FailedDeployment()"]);
      const library = { interface: failed };
      await expect(factory.deploy(ethers.ZeroHash, parameters, code, claimsCode)).to.be.revertedWithCustomError(
        library,
        "FailedDeployment",
      );
      const other = async (wrong: Partial<typeof parameters>) =>
        factory.deploy(ethers.id("other"), { ...parameters, ...wrong }, code, claimsCode);
      await expect(other({ epochLength: 29 }))
        .to.be.revertedWithCustomError(consensus, "EpochLengthTooShort")
        .withArgs(29, 30);
      await expect(other({ sink: ethers.ZeroAddress }))
        .to.be.revertedWithCustomError(vault, "InvalidReceiver")
        .withArgs(ethers.ZeroAddress);
      await expect(other({ genesis: genesis + 1_000_000 })).to.be.revertedWithCustomError(consensus, "GenesisInFuture");
    });

    it("reverts where one of the two does not know the other", async () => {
      const { addresses, code, deployer, factory, genesis, sink } = await load();
      const { token, registry } = addresses;
      const parameters = { token, registry, sink: sink.address, genesis, epochLength: 64 };
      const salt = ethers.id("wrong");
      const [consensus, claims] = await factory.addressesOf(deployer, salt);
      const impostor = constantCode(1n);
      await expect(factory.deploy(salt, parameters, code, impostor))
        .to.be.revertedWithCustomError(factory, "WrongWiring")
        .withArgs(consensus, claims);
      await expect(factory.deploy(salt, parameters, impostor, impostor))
        .to.be.revertedWithCustomError(factory, "WrongWiring")
        .withArgs(consensus, claims);
    });
  });

  describe("who may do what", () => {
    for (const name of Object.keys(ACTIONS) as (keyof typeof ACTIONS)[]) {
      it(`has no function in ${name} beyond those of the protocol`, () => {
        const found = actionsOf(name).map((f) => f.format("sighash"));
        expect(found.sort()).to.deep.equal([...ACTIONS[name]].sort());
        const abi = interfaceOf(name);
        expect(abi.fallback).to.equal(null);
        expect(abi.receive).to.equal(false);
      });
    }

    it("lets nobody but Consensus and Claims move what the vault holds", async () => {
      const { deployer, factory, sink, stranger, vault } = await load();
      const callers = [deployer.address, sink.address, stranger.address, factory.target as string];
      const abi = interfaceOf("StakeVault");
      for (const f of actionsOf("StakeVault")) {
        const [error] =
          Object.entries(RESERVED).find(([, names]) => (names as readonly string[]).includes(f.name)) ?? [];
        if (error === undefined) continue;
        for (const from of callers) {
          const call = ethers.provider.call({
            from,
            to: vault.target,
            data: abi.encodeFunctionData(f, zeroes(f)),
          });
          await expect(call).to.be.revertedWithCustomError(vault, error).withArgs(from);
        }
      }
    });

    it("treats deployer, sink and factory as anyone else", async () => {
      const { claims, consensus, deployer, factory, sink, stranger, vault } = await load();
      const callers = [stranger.address, deployer.address, sink.address, factory.target as string];
      const bare = (address: string) => address.slice(2).toLowerCase();
      // The factory itself is left out: what it deploys is its caller's own.
      const contracts = { Claims: claims, Consensus: consensus, StakeVault: vault };
      for (const [name, contract] of Object.entries(contracts)) {
        const abi = interfaceOf(name as keyof typeof ACTIONS);
        for (const f of actionsOf(name as keyof typeof ACTIONS)) {
          const data = abi.encodeFunctionData(f, zeroes(f));
          const answers = new Set<string>();
          for (const from of callers) {
            const answer = await ethers.provider.call({ from, to: contract.target, data }).catch((error: unknown) => {
              const { data: revert, message } = error as { data?: string; message: string };
              return revert ?? message;
            });
            // An error that names its caller names each of them.
            const anonymous = callers.reduce((text, caller) => text.replaceAll(bare(caller), "caller"), answer);
            answers.add(anonymous);
          }
          expect([...answers], `${name}.${f.name}`).to.have.length(1);
        }
      }
    });
  });
});
