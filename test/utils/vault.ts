/** A vault without the protocol around it: a driver in the place of Consensus, a plain account in that of Claims. */
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { expect } from "chai";
import type { Addressable, AddressLike, ContractTransactionResponse } from "ethers";
import { network } from "hardhat";

export const { ethers, networkHelpers } = await network.create();
const { time } = networkHelpers;

export const EPOCH_LENGTH = 3_600;
export const UNBONDING_EPOCHS = 18;
/** The epoch in which fixtures end, and tests begin. */
export const NOW = 5;

/** Agent of `owner`. */
export const AGENT = 0n;
/** Agent of `bystander`, who is to notice nothing. */
export const OTHER = 1n;
export const NO_AGENT = 99n;

export const STAKE = 1_000n;
export const ESCROW = 1_000_000n;

export const PANIC_ARITHMETIC = 0x11;

/** A change of nothing, to be spread into others. */
export const NO_CHANGE = {
  gain: 0n,
  loss: 0n,
  unlock: 0n,
  fee: 0n,
  lock: 0n,
  backing: 0n,
};

type Eight<T> = [T, T, T, T, T, T, T, T];

/** What the tests need of a stake token. */
interface Token extends Addressable {
  balanceOf: (holder: AddressLike) => Promise<bigint>;
}

/** A vault for `token`, and one agent each of `owner` and of `bystander`; nobody has stake, tokens or allowance yet. */
export async function deployVault<T extends Token>(token: T, sinkContract?: Addressable) {
  const [owner, bystander, payer, buyer, keeper, stranger, claims, sinkAccount] =
    (await ethers.getSigners()) as Eight<HardhatEthersSigner>;
  const registry = await ethers.deployContract("AgentRegistry");
  for (const signer of [owner, bystander]) await registry.connect(signer)["register()"]();
  // Half an hour into the epoch: the blocks that fixtures and tests mine do not reach the next.
  const genesis = (await time.latest()) - NOW * EPOCH_LENGTH - EPOCH_LENGTH / 2;
  const sink = sinkContract ?? sinkAccount;
  const driver = await ethers.deployContract("VaultDriver", [token, registry, claims, sink, genesis, EPOCH_LENGTH]);
  const vault = await ethers.getContractAt("StakeVault", await driver.vault());
  return {
    owner,
    bystander,
    payer,
    buyer,
    keeper,
    stranger,
    claims,
    sink: sinkAccount,
    signers: { owner, bystander, payer, buyer, keeper, stranger, claims, sink: sinkAccount },
    token,
    registry,
    driver,
    vault,
    /** The vault, called by Consensus. */
    asConsensus: await ethers.getContractAt("StakeVault", await driver.getAddress()),
    /** The vault, called by Claims. */
    asClaims: vault.connect(claims),
    /** The vault, called by the owner of AGENT. */
    asOwner: vault.connect(owner),
    startOf: (epoch: number) => genesis + epoch * EPOCH_LENGTH,
    genesis,
  };
}

/** Each of the two agents has STAKE, and the vault holds ESCROW that nobody has been credited with. */
export async function stake(c: Pick<VaultContext, "vault" | "asConsensus" | "owner" | "bystander" | "payer">) {
  await c.vault.connect(c.owner).deposit(AGENT, STAKE);
  await c.vault.connect(c.bystander).deposit(OTHER, STAKE);
  await c.asConsensus.pull(c.payer, ESCROW);
}

export async function vaultFixture() {
  const token = await ethers.deployContract("AssayToken");
  const c = await deployVault(token);
  for (const signer of [c.owner, c.bystander, c.payer]) {
    await token.connect(signer).faucet();
    await token.connect(signer).approve(c.vault, ethers.MaxUint256);
  }
  await stake(c);
  return c;
}

export type VaultContext = Awaited<ReturnType<typeof vaultFixture>>;

/** Of AGENT's stake 300 are pledged. */
export async function pledgedFixture() {
  const context = await vaultFixture();
  await context.asOwner.pledge(AGENT, 300n);
  return context;
}

type Clock = Pick<VaultContext, "startOf">;

/** The next transaction is mined at the second that `epoch` begins, or `offset` seconds later. */
export async function nextBlockAt(c: Clock, epoch: number, offset = 0): Promise<void> {
  await time.setNextBlockTimestamp(c.startOf(epoch) + offset);
}

/** Mines a block at the second that `epoch` begins, or `offset` seconds later; views see this time. */
export async function mineAt(c: Clock, epoch: number, offset = 0): Promise<void> {
  await time.increaseTo(c.startOf(epoch) + offset);
}

/** Without estimation, so that a transaction that is to fail is mined at the very second that was set. */
export const UNESTIMATED = { gasLimit: 1_000_000 };

/** Whose tokens and credits are watched: `signers`. */
interface Observed {
  vault: VaultContext["vault"];
  token: Token;
  signers: Record<string, Addressable>;
}

/**
 * Everything that the vault and the token say about anybody, by name. Checks on the way what must hold at any time: an
 * account's pieces add up, and the vault has the tokens for all that it owes.
 */
export async function snapshot(c: Observed): Promise<Record<string, bigint>> {
  const state: Record<string, bigint> = {};
  let owed = await c.vault.sinkDue();
  state["sinkDue"] = owed;
  for (const [name, id] of Object.entries({ agent: AGENT, other: OTHER })) {
    const { balance, locked, pledged, withdrawing, free } = await c.vault.account(id);
    const [lowering] = await c.vault.loweringOf(id);
    const allocatable = await c.vault.allocatable(id);
    expect(free).to.equal(balance - locked - pledged - withdrawing);
    expect(allocatable).to.equal(balance - pledged - withdrawing);
    expect(withdrawing).to.equal((await c.vault.withdrawalOf(id)).amount);
    expect(lowering <= pledged, "more being lowered than pledged").to.equal(true);
    const fields = { balance, locked, pledged, withdrawing, free, allocatable, lowering };
    for (const [field, value] of Object.entries(fields)) state[`${name}.${field}`] = value;
    owed += balance;
  }
  for (const [name, signer] of Object.entries(c.signers)) {
    const credit = await c.vault.creditOf(signer);
    state[`credits.${name}`] = credit;
    state[`tokens.${name}`] = await c.token.balanceOf(signer);
    owed += credit;
  }
  const held = await c.token.balanceOf(c.vault);
  state["tokens.vault"] = held;
  expect(held >= owed, "the vault owes more than it has").to.equal(true);
  return state;
}

/** What a transaction did: every event of the vault with its arguments, in order, and all that is not as it was before. */
export async function observe(
  c: Observed,
  send: () => Promise<ContractTransactionResponse>,
): Promise<{ events: unknown[][]; changes: Record<string, bigint> }> {
  const before = await snapshot(c);
  const receipt = await (await send()).wait();
  const after = await snapshot(c);
  const address = await c.vault.getAddress();
  const events = (receipt?.logs ?? [])
    .filter((log) => log.address === address)
    .map((log) => c.vault.interface.parseLog(log))
    .map((event) => [event?.name, ...((event?.args.toArray() as unknown[] | undefined) ?? [])]);
  const changes: Record<string, bigint> = {};
  for (const [key, value] of Object.entries(after)) {
    const difference = value - (before[key] ?? 0n);
    if (difference !== 0n) changes[key] = difference;
  }
  return { events, changes };
}
