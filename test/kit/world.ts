import { Agent, createMemoryJournal, type Journal, deployProtocol, QuestionBoard, type Chooser } from "@assay/agent";
import { type Hex } from "@assay/protocol";
import { type Assay, type Contracts, createClient, domainParameters } from "@assay/sdk";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { type network } from "hardhat";
import type { IConsensus } from "../../typechain/interfaces/IConsensus.sol/IConsensus.js";

export type Connection = Awaited<ReturnType<typeof network.create>>;

export const EPOCH_LENGTH = 64;
export const TOKEN = 10n ** 18n;

/** Defaults of protocol.md section 11. */
export const DOMAIN = domainParameters({ seatFee: TOKEN });

/** A deployed protocol with agents, and hands on the clock. */
export interface World {
  readonly connection: Connection;
  /** As the deployer. */
  readonly assay: Assay;
  readonly contracts: Contracts;
  readonly deployer: HardhatEthersSigner;
  readonly sink: HardhatEthersSigner;
  readonly owners: readonly HardhatEthersSigner[];
  readonly agents: readonly Agent[];
  readonly board: QuestionBoard;
  readonly genesis: number;
  /** Answers of the agents, by agent; settable by a test. */
  readonly opinions: Map<bigint, Chooser>;
  epoch(): Promise<number>;
  /** Moves to the start of `epoch`, plus `offset` seconds. */
  warpTo(epoch: number, offset?: number): Promise<void>;
  /** One epoch on: every agent beats at its start. */
  nextEpoch(): Promise<void>;
}

/** A stake token that anybody may have. */
export interface StakeToken {
  readonly address: string;
  readonly mintTo: (account: string) => Promise<unknown>;
}

export interface WorldOptions {
  readonly agents?: number;
  /** Stake and allocation of each agent, wei. */
  readonly stake?: bigint;
  readonly domains?: readonly Partial<IConsensus.DomainParametersStruct>[];
  readonly opinion?: Chooser;
  /** What an agent keeps its memory in; its process unless told. */
  readonly journal?: () => Journal;
  /** Deploys the stake token; an AssayToken unless told. */
  readonly token?: () => Promise<StakeToken>;
  /** Folder of the build to deploy; that of `npm run compile` unless told. */
  readonly artifacts?: string;
}

/** Deploys everything, registers, stakes, enrolls and allocates, and moves on until the allocations count. */
export async function createWorld(connection: Connection, options: WorldOptions = {}): Promise<World> {
  const { ethers, networkHelpers } = connection;
  const signers = await ethers.getSigners();
  const [deployer, sink, ...owners] = signers as [HardhatEthersSigner, HardhatEthersSigner, ...HardhatEthersSigner[]];
  const now = (await ethers.provider.getBlock("latest"))?.timestamp ?? 0;
  const token = await options.token?.();
  const { addresses } = await deployProtocol(deployer, {
    ...(token && { token: token.address }),
    sink: sink.address,
    genesis: now,
    epochLength: EPOCH_LENGTH,
    salt: ethers.ZeroHash,
    artifacts: options.artifacts,
  });
  const assay = createClient({ addresses, runner: deployer });
  const { contracts } = assay;
  const { consensus, registry, vault } = contracts;
  const board = new QuestionBoard(assay, 0);
  const genesis = Number(await consensus.genesis());
  const epoch = async () => Number(await consensus.currentEpoch());
  const warpTo = async (to: number, offset = 0) => {
    const time = genesis + to * EPOCH_LENGTH + offset;
    // The latest block may be of that very second: each transaction takes one, and the clock of the machine goes on as well.
    if ((await networkHelpers.time.latest()) !== time) await networkHelpers.time.increaseTo(time);
  };

  const domains = options.domains ?? [{}];
  for (const domain of domains) await consensus.createDomain({ ...DOMAIN, ...domain }, "");
  await fund(contracts, [deployer, ...owners], token);

  const stake = options.stake ?? 3_000n * TOKEN;
  const count = options.agents ?? 6;
  const agents: Agent[] = [];
  const opinions = new Map<bigint, Chooser>();
  for (const owner of owners.slice(0, count)) {
    const agentId = await registry.connect(owner)["register()"].staticCall();
    await registry.connect(owner)["register()"]();
    await vault.connect(owner).deposit(agentId, stake);
    opinions.set(agentId, options.opinion ?? (() => 1));
    const agent = new Agent({
      agentId,
      wallet: owner,
      assay,
      board,
      journal: (options.journal ?? createMemoryJournal)(),
      verify: (question) => opinions.get(agentId)?.(question) ?? null,
      domains: domains.map((_, i) => i + 1),
    });
    await agent.enroll(ethers.id(`chain ${agentId}`) as Hex, 512);
    for (let i = 0; i < domains.length; i++) await agent.allocate(i + 1, stake);
    agents.push(agent);
  }
  await warpTo((await epoch()) + 2, 1);
  const world: World = {
    connection,
    assay,
    contracts,
    deployer,
    sink,
    owners,
    agents,
    board,
    genesis,
    opinions,
    epoch,
    warpTo,
    nextEpoch: async () => {
      await warpTo((await epoch()) + 1, 1);
      for (const agent of agents) await agent.beat();
    },
  };
  return world;
}

/** Gives each account tokens for whatever a test does, approved to the vault. */
async function fund(contracts: Contracts, accounts: readonly HardhatEthersSigner[], stakeToken?: StakeToken) {
  const { token, vault } = contracts;
  for (const account of accounts) {
    if (stakeToken) await stakeToken.mintTo(account.address);
    else await token.connect(account).faucet();
    await token.connect(account).approve(await vault.getAddress(), (1n << 256n) - 1n);
  }
}

/** Asks a question in domain 1 as `asker`; returns its claim id. */
export async function ask(world: World, content: string, asker = world.deployer): Promise<Hex> {
  const { ethers } = world.connection;
  const claims = world.contracts.claims.connect(asker);
  const arguments_ = [1, ethers.id(content), "", 0, ethers.ZeroHash, ethers.id(`salt ${content}`)] as const;
  const claimId = (await claims.ask.staticCall(...arguments_)) as Hex;
  await claims.ask(...arguments_);
  return claimId;
}
