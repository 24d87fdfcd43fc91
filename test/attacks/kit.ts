/** What an attack needs besides a panel: accomplices, money counted, the next seed worked out. */
import type { Contracts } from "@assay/sdk";
import {
  ballotCommitment,
  createSecretChain,
  decodeReceipts,
  epochSeed,
  foldSecret,
  GENESIS_ACCUMULATOR,
  type Hex,
  questionId,
  seatsOf,
  splitQuestionId,
  type Statement,
  statementTypedData,
  ZERO_HASH,
} from "@assay/protocol";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { expect } from "chai";
import { id, type AddressLike, type Wallet } from "ethers";
import type { IConsensus } from "../../typechain/interfaces/IConsensus.sol/IConsensus.js";
import { ALLOCATION, type Panel, Panelist, STAKE, UNIT } from "../kit/panel.ts";
import { EPOCH_LENGTH, type World } from "../kit/world.ts";

/** Offset of the freeze in an epoch, seconds: transactions sent after `warpTo(epoch, FREEZE)` are in it. */
export const FREEZE = EPOCH_LENGTH - EPOCH_LENGTH / 16;

/** What somebody has in all, wei. */
export interface Holdings {
  readonly tokens: bigint;
  readonly credits: bigint;
  /** Balances of their agents, locked, pledged and withdrawing parts included. */
  readonly stake: bigint;
  readonly locked: bigint;
  readonly pledged: bigint;
}

/** What a group of accounts and agents has. */
export async function holdingsOf(
  { token, vault }: Contracts,
  accounts: readonly AddressLike[],
  agentIds: readonly bigint[],
): Promise<Holdings> {
  const sum = { tokens: 0n, credits: 0n, stake: 0n, locked: 0n, pledged: 0n };
  for (const account of accounts) {
    sum.tokens += await token.balanceOf(account);
    sum.credits += await vault.creditOf(account);
  }
  for (const agentId of agentIds) {
    const { balance, locked, pledged } = await vault.account(agentId);
    sum.stake += balance;
    sum.locked += locked;
    sum.pledged += pledged;
  }
  return sum;
}

/** All that a group owns, wherever it is. */
export async function wealthOf(
  contracts: Contracts,
  accounts: readonly AddressLike[],
  agentIds: readonly bigint[],
): Promise<bigint> {
  const { tokens, credits, stake } = await holdingsOf(contracts, accounts, agentIds);
  return tokens + credits + stake;
}

export interface RecruitOptions {
  /** Deposited, wei. */
  readonly stake?: bigint;
  /** Allocated to each of `domains`, wei. */
  readonly allocation?: bigint;
  readonly domains?: readonly number[];
  /** Of its secret chain. */
  readonly seed?: Hex;
}

/** One more agent that votes as it is told. Its chain and its allocations count from the epoch after the next. */
export async function recruit(
  world: World,
  owner: HardhatEthersSigner,
  { stake = STAKE, allocation = ALLOCATION, domains = [1], seed }: RecruitOptions = {},
): Promise<Panelist> {
  const { consensus, registry, vault } = world.contracts;
  const agentId = await registry.connect(owner)["register()"].staticCall();
  await registry.connect(owner)["register()"]();
  if (stake > 0n) await vault.connect(owner).deposit(agentId, stake);
  const chain = createSecretChain({ seed: seed ?? (id(`recruit ${agentId}`) as Hex), length: 128 });
  await consensus.connect(owner).enroll(agentId, chain.anchor);
  const { tipEpoch } = await consensus.agent(agentId);
  for (const domainId of domains) await consensus.connect(owner).allocate(agentId, domainId, allocation);
  const first = { chain, tipEpoch: Number(tipEpoch) };
  return new Panelist(world, { agentId, owner, allocation: allocation / UNIT, first });
}

/** The n-th of a fixed sequence of random words: what the chain's next `prevrandao` might be. */
export function randao(n: number, label = "prevrandao"): bigint {
  return BigInt(id(`${label} ${n}`));
}

/** The accumulator, as anyone can work it out from what was revealed outside of freezes. */
export async function accumulatorOf({ connection, contracts, genesis }: Panel): Promise<bigint> {
  const { consensus } = contracts;
  let accumulator = GENESIS_ACCUMULATOR;
  for (const { args, blockNumber } of await consensus.queryFilter(consensus.filters.BallotRevealed())) {
    const timestamp = (await connection.ethers.provider.getBlock(blockNumber))?.timestamp ?? 0;
    if ((timestamp - genesis) % EPOCH_LENGTH >= FREEZE) continue;
    accumulator = foldSecret(accumulator, args.agentId, args.secret as Hex);
  }
  return accumulator;
}

/** Seed that the next epoch gets if it begins with this `prevrandao` and nothing more is revealed before. */
export async function nextSeed(panel: Panel, prevrandao: bigint): Promise<Hex> {
  return epochSeed(await accumulatorOf(panel), prevrandao, (await panel.epoch()) + 1);
}

/** Seats by question and seed. */
export type Draw = (questionId: Hex, seed: Hex, secret?: Hex) => number;

/** How an agent with all its allocation is drawn for rounds of `offered` seats that are voted in `epoch`. */
export async function drawOf(
  { contracts }: Panel,
  voter: Panelist,
  {
    domainId = 1,
    offered = 3,
    epoch,
  }: { readonly domainId?: number; readonly offered?: number; readonly epoch: number },
): Promise<Draw> {
  const { consensus } = contracts;
  const { agentId } = voter;
  const stake = await consensus.allocation(agentId, domainId, epoch);
  const total = await consensus.totalAllocation(domainId, epoch);
  return (questionId, seed, secret = voter.secret(epoch)) =>
    seatsOf({ offered, stake, total, seed, questionId, agentId, secret });
}

/** What a draw depends on besides seed and secret. */
interface Terms {
  readonly offered: number;
  /** Units. */
  readonly stake: bigint;
  /** Units. */
  readonly total: bigint;
}

/**
 * Begins the epoch of a question's vote with a seed under which an agent would hold other seats if any of its terms were `moved`.
 * @returns the seats it holds as the terms are
 */
export async function rollSensitive(
  panel: Panel,
  voter: Panelist,
  { id: question, voteEpoch }: { readonly id: Hex; readonly voteEpoch: number },
  moved: Partial<Terms>,
): Promise<number> {
  const { consensus } = panel.contracts;
  const { agentId } = voter;
  const { domainId } = splitQuestionId(question);
  const terms: Terms = {
    offered: Number((await consensus.question(question)).offeredSeats),
    stake: await consensus.allocation(agentId, domainId, voteEpoch),
    total: await consensus.totalAllocation(domainId, voteEpoch),
  };
  await panel.warpTo(voteEpoch - 1, FREEZE);
  const accumulator = await accumulatorOf(panel);
  for (let n = 0; ; n++) {
    const seed = epochSeed(accumulator, randao(n), voteEpoch);
    const draw = { seed, questionId: question, agentId, secret: voter.secret(voteEpoch) };
    const seats = seatsOf({ ...terms, ...draw });
    if (seats === seatsOf({ ...terms, ...moved, ...draw })) continue;
    await rollWith(panel, voteEpoch, randao(n));
    return seats;
  }
}

/** Seats of each vote that an agent's ballot of `epoch` was counted with. */
export function seatsCounted(voter: Panelist, epoch: number): number[] {
  const receipts = voter.receipts.get(epoch) ?? "0x";
  return receipts === "0x" ? [] : decodeReceipts(receipts).receipts.map(({ seats }) => seats);
}

/** A statement of an agent, signed. */
export async function signStatement(
  { connection, contracts }: Panel,
  key: Pick<Wallet, "signTypedData">,
  statement: Statement,
): Promise<string> {
  const { chainId } = await connection.ethers.provider.getNetwork();
  const context = { chainId, claims: (await contracts.claims.getAddress()) as Hex };
  const { domain, types, message } = statementTypedData(context, statement);
  return key.signTypedData(domain, { Statement: [...types.Statement] }, message);
}

/** Id of the question that `asker` would ask with this content. */
export function idOf(domainId: number, asker: HardhatEthersSigner, content: string): Hex {
  const contentHash = id(content) as Hex;
  return questionId({
    domainId,
    asker: asker.address as Hex,
    contentHash,
    canaryCommitment: ZERO_HASH,
    salt: ZERO_HASH,
  });
}

/** What an agent commits to with this secret and ballot, whether or not they are its own. */
export async function commitmentOf(
  { connection, contracts }: Panel,
  agentId: bigint,
  epoch: number,
  secret: Hex,
  ballot: Hex,
): Promise<Hex> {
  const { chainId } = await connection.ethers.provider.getNetwork();
  const consensus = (await contracts.consensus.getAddress()) as Hex;
  return ballotCommitment({ chainId, consensus, agentId, epoch, secret, ballot });
}

/** A beat without parts, of an agent that has no ballot open. */
export function emptyBeat(agentId: bigint): IConsensus.BeatStruct {
  return {
    agentId,
    settleEpoch: 0,
    receipts: "0x",
    previous: { tip: ZERO_HASH, commitment: ZERO_HASH, exposure: 0n, backing: 0n },
    secret: ZERO_HASH,
    ballot: "0x",
    commitEpoch: 0,
    commitment: ZERO_HASH,
    exposure: 0n,
    backing: 0n,
  };
}

/** The next transaction is mined in the freeze of this epoch, however long the test takes to send it. */
export async function inFreeze({ connection, genesis }: Panel, epoch: number): Promise<void> {
  await connection.networkHelpers.time.setNextBlockTimestamp(genesis + epoch * EPOCH_LENGTH + FREEZE + 1);
}

/** Probability that of `n` draws of probability `p` at least `k` succeed. */
export function binomialTail(n: number, p: number, k: number): number {
  let tail = 0;
  for (let i = k; i <= n; i++) {
    let term = p ** i * (1 - p) ** (n - i);
    for (let j = 0; j < i; j++) term *= (n - j) / (i - j);
    tail += term;
  }
  return tail;
}

/** Expects as many successes as `n` draws of probability `p` have, give or take four standard deviations. */
export function expectFair(successes: number, n: number, p: number): void {
  const margin = 4 * Math.sqrt(n * p * (1 - p));
  expect(successes).to.be.within(Math.ceil(n * p - margin), Math.floor(n * p + margin));
}

/** Begins an epoch with a `prevrandao` of the test's choice, and fixes its seed. */
export async function rollWith({ connection, contracts, warpTo }: Panel, epoch: number, prevrandao: bigint) {
  await warpTo(epoch);
  await connection.networkHelpers.setPrevRandao(prevrandao);
  await contracts.consensus.roll();
  return (await contracts.consensus.seedOf(epoch)) as Hex;
}
