import { Agent, createMemoryJournal, deployProtocol, QuestionBoard, type Chooser } from "@assay/agent";
import { type Hex } from "@assay/protocol";
import { type Assay, type Contracts, createClient, domainParameters } from "@assay/sdk";
import type { ContractTransactionReceipt, Signer } from "ethers";
import { network } from "hardhat";

type Connection = Awaited<ReturnType<typeof network.create>>;

/** Seconds. */
const EPOCH_LENGTH = 3_600;
/** Time of a chain's first block: with it, the draws are the same in every run. */
const INITIAL_DATE = "2026-01-01T00:00:00Z";
/** Wei. */
const TOKEN = 10n ** 18n;
const STAKE = 9_000n * TOKEN;

/** A chain with a domain of the default parameters and agents of equal stake, and what each step of joining cost. */
export interface Population {
  readonly connection: Connection;
  readonly assay: Assay;
  readonly contracts: Contracts;
  readonly deployer: Signer;
  readonly agents: Agent[];
  readonly wallets: Signer[];
  /** Gas of each agent's steps, in the order of the agents. */
  readonly joining: { register: bigint[]; deposit: bigint[]; enroll: bigint[]; allocate: bigint[] };
  /** @param verifierOf the opinion of each agent */
  addAgents(count: number, verifierOf: (agentId: bigint) => Chooser, stake?: bigint): Promise<void>;
  /** Asks `count` questions; returns the gas of each. */
  ask(count: number): Promise<bigint[]>;
  epoch(): Promise<number>;
  /** Moves to just after the start of the next epoch. */
  nextEpoch(): Promise<void>;
}

/** A new in-process chain. */
export function createChain(): Promise<Connection> {
  return network.create({ override: { initialDate: INITIAL_DATE } });
}

/**
 * Deploys into the in-process chain of `connection`.
 * @param accessLists whether the agents' transactions declare what they touch, as on layer 1
 */
export async function createPopulation(
  connection: Connection,
  artifacts: string,
  { accessLists = false } = {},
): Promise<Population> {
  const { ethers, networkHelpers } = connection;
  const [deployer, sink] = await ethers.getSigners();
  if (deployer === undefined || sink === undefined) throw new Error("the in-process chain has no accounts");
  const genesis = (await ethers.provider.getBlock("latest"))?.timestamp ?? 0;
  const options = { sink: sink.address, genesis, epochLength: EPOCH_LENGTH, salt: ethers.ZeroHash, artifacts };
  const { addresses } = await deployProtocol(deployer, options);
  const assay = createClient({ addresses, runner: deployer });
  const { contracts } = assay;
  const { claims, consensus, registry, token, vault } = contracts;
  const board = new QuestionBoard(assay, 0);
  await consensus.createDomain(domainParameters({ seatFee: TOKEN }), "");
  await token.approve(addresses.vault, ethers.MaxUint256);
  // The first agent of a deployment pays for the registry's counter, the first tokens for the supply's slot.
  await registry["register()"]();

  const agents: Agent[] = [];
  const wallets: Signer[] = [];
  const joining: Population["joining"] = { register: [], deposit: [], enroll: [], allocate: [] };
  const epoch = async () => Number(await consensus.currentEpoch());
  let asked = 0;
  return {
    connection,
    assay,
    contracts,
    deployer,
    agents,
    wallets,
    joining,
    addAgents: async (count, verifierOf, stake = STAKE) => {
      for (let i = 0; i < count; i++) {
        const wallet = new ethers.Wallet(ethers.id(`agent ${agents.length}`), ethers.provider);
        await networkHelpers.setBalance(wallet.address, 10n ** 21n);
        await token.connect(wallet).faucet();
        await token.connect(wallet).approve(addresses.vault, ethers.MaxUint256);
        const agentId = await registry.connect(wallet)["register()"].staticCall();
        joining.register.push(await gasOf(registry.connect(wallet)["register()"]()));
        joining.deposit.push(await gasOf(vault.connect(wallet).deposit(agentId, stake)));
        const journal = createMemoryJournal();
        const verify = verifierOf(agentId);
        const agent = new Agent({ agentId, wallet, assay, board, journal, verify, domains: [1], accessLists });
        joining.enroll.push((await agent.enroll(ethers.id(`chain ${agentId}`) as Hex, 64)).gasUsed);
        joining.allocate.push((await agent.allocate(1, stake)).gasUsed);
        agents.push(agent);
        wallets.push(wallet);
      }
    },
    ask: async (count) => {
      const gas: bigint[] = [];
      for (let i = 0; i < count; i++) {
        if ((await token.balanceOf(deployer)) < 100n * TOKEN) await refill(connection, contracts, deployer, asked);
        const content = ethers.id(`question ${asked++}`);
        gas.push(await gasOf(claims.ask(1, content, "", 0, ethers.ZeroHash, ethers.ZeroHash)));
      }
      return gas;
    },
    epoch,
    nextEpoch: async () => {
      await networkHelpers.time.increaseTo(genesis + ((await epoch()) + 1) * EPOCH_LENGTH + 1);
      await consensus.roll();
    },
  };
}

/** Tokens from a fresh account's faucet: the deployer's own pays once a day only. */
async function refill(connection: Connection, { token }: Contracts, to: Signer, time: number): Promise<void> {
  const { ethers, networkHelpers } = connection;
  const helper = new ethers.Wallet(ethers.id(`helper ${time}`), ethers.provider);
  await networkHelpers.setBalance(helper.address, 10n ** 19n);
  await token.connect(helper).faucet();
  await token.connect(helper).transfer(to, await token.balanceOf(helper));
}

/** Gas used by a transaction, the 21,000 base and the calldata included. */
export async function gasOf(sending: Promise<{ wait(): Promise<ContractTransactionReceipt | null> }>): Promise<bigint> {
  const receipt = await (await sending).wait();
  if (receipt === null) throw new Error("a transaction was dropped");
  return receipt.gasUsed;
}
