/** The desk with a committee behind it that answers as it is told, and eyes on everybody's money. */
import {
  ballotCommitment,
  createSecretChain,
  encodeBallot,
  type Hex,
  questionIdOf,
  type Statement,
  statementTypedData,
  ZERO_HASH,
} from "@assay/protocol";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { expect } from "chai";
import {
  type BaseContract,
  type ContractTransactionResponse,
  type EventLog,
  id,
  type LogDescription,
  Result,
  type Signer,
  Wallet,
  ZeroAddress,
} from "ethers";
import { network } from "hardhat";

import type { IClaims } from "../../typechain/interfaces/IClaims.js";
import { createWorld, DOMAIN, EPOCH_LENGTH, TOKEN } from "../kit/world.ts";

const connection = await network.create();
export const { ethers, networkHelpers } = connection;
const { time } = networkHelpers;

export { EPOCH_LENGTH, TOKEN };

export const UNBONDING_EPOCHS = 18;

/** Two outcomes, round amounts. */
export const PLAIN = 1;
/** Three outcomes, amounts that nothing divides. */
export const ODD = 2;
/** Nobody has allocated anything here. */
export const SLEEPING = 3;
export const NO_DOMAIN = 9;

const ODD_SEAT_FEE = TOKEN + 7n;

/** First round's fees, wei. */
export const FEE: Record<number, bigint> = { [PLAIN]: 9n * TOKEN, [ODD]: 9n * ODD_SEAT_FEE, [SLEEPING]: 9n * TOKEN };
/** Least bond, wei. */
export const MIN_BOND: Record<number, bigint> = {
  [PLAIN]: 36n * TOKEN,
  [ODD]: 36n * ODD_SEAT_FEE,
  [SLEEPING]: 36n * TOKEN,
};
export const ODD_BURN_BPS = 1_111n;
/** Of the dearer of the two domains, wei. */
const SEAT_BOND = 24n * ODD_SEAT_FEE;
/** A third of a third round's 39 seats. */
const MOST_SEATS = 13n;
export const WINDOW = 2;

/** The agent whose statements are challenged; it sits on no committee. */
export const AUTHOR = 3n;
export const AUTHOR_STAKE = 1_000n * TOKEN;
/** No agent has this id. */
export const NO_AGENT = 99n;

export const CONTENT: Hex = `0x${"c0".repeat(32)}`;
export const SALT: Hex = `0x${"5a".repeat(32)}`;

/** Statuses of a claim. */
export const STATUS = {
  none: 0n,
  asserted: 1n,
  stood: 2n,
  abandoned: 3n,
  inCourt: 4n,
  closed: 5n,
  fallen: 6n,
} as const;
/** Statuses of a verdict. */
export const VERDICT = {
  unknown: 0n,
  voting: 1n,
  undecided: 2n,
  provisional: 3n,
  resolved: 4n,
  unresolved: 5n,
} as const;
export const NO_OUTCOME = 255n;

/** One answer for each of the three agents, each with exactly 3 of a first round's 9 seats; `null` abstains. */
export type Answers = [number | null, number | null, number | null];

type Six<T> = [T, T, T, T, T, T];

/** A key that the author registers for its statements, and one that it does not. */
export const signer = new Wallet(id("statement signer"));
export const outsider = new Wallet(id("outsider"));

/** Everything deployed; agents staked and allocated; the author's agent staked, with `signer` and without a pledge. */
export async function deskFixture() {
  const odd = { outcomes: 3, seatFee: ODD_SEAT_FEE, seatBond: 24n * ODD_SEAT_FEE, burnBps: ODD_BURN_BPS };
  const world = await createWorld(connection, { agents: 3, domains: [{}, odd] });
  const { claims, consensus, registry, vault, token } = world.contracts;
  const [author, asserter, opponent, buyer, keeper, stranger] = world.owners.slice(3) as Six<HardhatEthersSigner>;
  await consensus.createDomain(DOMAIN, "");
  await registry.connect(author)["register()"]();
  await vault.connect(author).deposit(AUTHOR, AUTHOR_STAKE);
  await claims.connect(author).addSigner(AUTHOR, signer);

  const { chainId } = await ethers.provider.getNetwork();
  const consensusAddress = (await consensus.getAddress()) as Hex;
  const members = await Promise.all(
    world.agents.map(async ({ agentId }, i) => ({
      agentId,
      owner: world.owners[i] as HardhatEthersSigner,
      chain: createSecretChain({ seed: id(`chain ${agentId}`) as Hex, length: 512 }),
      firstTip: Number((await consensus.agent(agentId)).tipEpoch),
    })),
  );
  const units = (3_000n * TOKEN) / (await consensus.allocationUnit());

  /** Moves to the start of `epoch`, plus `offset` seconds; views see this time, and the next transaction comes a second later. */
  const warpTo = (epoch: number, offset = 0) => world.warpTo(epoch, offset);
  const epoch = () => world.epoch();
  const skipEpochs = async (epochs: number) => warpTo((await epoch()) + epochs);

  /**
   * The committee votes on questions asked in this epoch and reveals, a ballot at a time. Ends in the epoch in which the verdict
   * can be appealed; it is final one epoch on.
   */
  const vote = async (cases: readonly (readonly [questionId: string, answers: Answers])[]) => {
    const voteEpoch = (await epoch()) + 1;
    const ballots = members.map((member, i) => {
      const votes = cases.flatMap(([questionId, answers]) => {
        const outcome = answers[i] ?? null;
        return outcome === null ? [] : [{ questionId: questionId as Hex, outcome }];
      });
      return { ...member, ballot: encodeBallot(votes), exposure: BigInt(votes.length) * MOST_SEATS * SEAT_BOND };
    });
    const nothing = { settleEpoch: 0, receipts: "0x", secret: ZERO_HASH, ballot: "0x", commitEpoch: 0 };
    await warpTo(voteEpoch);
    for (const { agentId, owner, chain, firstTip, ballot, exposure } of ballots) {
      const tipEpoch = Number((await consensus.agent(agentId)).tipEpoch);
      const tip = tipEpoch === firstTip ? chain.anchor : chain.secretOf(firstTip, tipEpoch);
      const secret = chain.secretOf(firstTip, voteEpoch);
      await consensus.connect(owner).beat({
        ...nothing,
        agentId,
        previous: { tip, commitment: ZERO_HASH, exposure: 0n, backing: 0n },
        commitEpoch: voteEpoch,
        commitment: ballotCommitment({
          chainId,
          consensus: consensusAddress,
          agentId,
          epoch: voteEpoch,
          secret,
          ballot,
        }),
        exposure,
        backing: units,
      });
    }
    await warpTo(voteEpoch + 1);
    for (const { agentId, owner, chain, firstTip, ballot, exposure } of ballots) {
      await consensus.connect(owner).beat({
        ...nothing,
        agentId,
        previous: { tip: ZERO_HASH, commitment: ZERO_HASH, exposure, backing: units },
        secret: chain.secretOf(firstTip, voteEpoch),
        ballot,
        commitment: ZERO_HASH,
        exposure: 0n,
        backing: 0n,
      });
    }
    await warpTo(voteEpoch + 2);
  };

  /** Settles all that was revealed, and credits the sink with what that has left for it. Everything must be final. */
  const settleAll = async () => {
    for (const event of await consensus.queryFilter(consensus.filters.BallotRevealed())) {
      const { agentId, epoch: of, receipts } = event.args;
      if (receipts !== "0x") await consensus.settle(agentId, of, receipts);
    }
    if ((await consensus.unsweptDue()) !== 0n) await consensus.sweep();
  };

  /** Question of a claim in court. */
  const questionOf = async (claimId: string) => (await claims.claim(claimId)).questionId;

  return {
    ...world.contracts,
    world,
    members,
    author,
    asserter,
    opponent,
    buyer,
    keeper,
    stranger,
    sink: world.sink,
    people: { author, asserter, opponent, buyer, keeper, stranger, sink: world.sink },
    asAuthor: claims.connect(author),
    asAsserter: claims.connect(asserter),
    asOpponent: claims.connect(opponent),
    asKeeper: claims.connect(keeper),
    context: { chainId, claims: (await claims.getAddress()) as Hex },
    vaultAddress: await vault.getAddress(),
    token,
    epoch,
    warpTo,
    skipEpochs,
    /** Unix seconds at which `epoch` begins. */
    startOf: (at: number) => world.genesis + at * EPOCH_LENGTH,
    vote,
    settleAll,
    /** The committee answers the question of each claim in court, and its verdict becomes final. */
    decide: async (...cases: readonly (readonly [claimId: string, answers: Answers])[]) => {
      await vote(
        await Promise.all(cases.map(async ([claimId, answers]) => [await questionOf(claimId), answers] as const)),
      );
      await skipEpochs(1);
    },
    questionOf,
  };
}

export type Desk = Awaited<ReturnType<typeof deskFixture>>;

/** The next transaction is mined at the second that `epoch` begins, or `offset` seconds later. */
export async function nextBlockAt(c: Desk, epoch: number, offset = 0): Promise<void> {
  await time.setNextBlockTimestamp(c.startOf(epoch) + offset);
}

/** Without estimation, so that a transaction that is to fail is mined at the very second that was set. */
export const UNESTIMATED = { gasLimit: 3_000_000 };

/* ASSERTIONS */

/** An assertion of the asserter's: outcome 1 in PLAIN, at the least bond. */
export function assertionOf(c: Desk, overrides: Partial<IClaims.AssertionStruct> = {}): IClaims.AssertionStruct {
  const domainId = Number(overrides.domainId ?? PLAIN);
  return {
    domainId,
    outcome: 1,
    contentHash: CONTENT,
    asserter: c.asserter.address,
    bond: MIN_BOND[domainId] ?? 36n * TOKEN,
    salt: SALT,
    ...overrides,
  };
}

/** Sends an assertion in its asserter's name, who must be the desk's asserter unless `from` is given. */
export function sendAssertion(c: Desk, a: IClaims.AssertionStruct, from: Signer = c.asserter, uri = "ipfs://claim") {
  return c.claims.connect(from).assertClaim(a.domainId, a.outcome, a.contentHash, uri, a.bond, a.salt);
}

/** Asserts; the assertion and its claim id. */
export async function assert(c: Desk, overrides: Partial<IClaims.AssertionStruct> = {}) {
  const a = assertionOf(c, overrides);
  await sendAssertion(c, a);
  return { a, claimId: await c.claims.claimIdOf(a) };
}

/** Asserts, and the opponent disputes. */
export async function dispute(c: Desk, overrides: Partial<IClaims.AssertionStruct> = {}) {
  const asserted = await assert(c, overrides);
  await c.asOpponent.dispute(asserted.a, "ipfs://dispute");
  return asserted;
}

/* STATEMENTS */

/** A statement of the author's: outcome 1 in PLAIN, at the least bond, good for thirty days. */
export async function statementOf(overrides: Partial<Statement> = {}): Promise<Statement> {
  const domainId = overrides.domainId ?? PLAIN;
  return {
    agentId: AUTHOR,
    domainId,
    outcome: 1,
    contentHash: CONTENT,
    bond: MIN_BOND[domainId] ?? 36n * TOKEN,
    expiry: BigInt(await time.latest()) + 30n * 86_400n,
    nonce: 7n,
    ...overrides,
  };
}

/** Signature of a statement, by the author's registered key unless told. */
export function sign(
  c: Desk,
  s: Statement,
  by: Pick<Wallet, "signTypedData"> = signer,
  at = c.context,
): Promise<string> {
  const { domain, types, message } = statementTypedData(at, s);
  const { Statement: fields } = types;
  return by.signTypedData(domain, { Statement: [...fields] }, message);
}

/** The author pledges, signs, and the opponent challenges. */
export async function challenge(c: Desk, overrides: Partial<Statement> = {}, pledge?: bigint) {
  const s = await statementOf(overrides);
  const amount = pledge ?? s.bond;
  if (amount !== 0n) await c.vault.connect(c.author).pledge(AUTHOR, amount);
  const signature = await sign(c, s);
  await c.asOpponent.challenge(s, signature, "ipfs://challenge");
  return { s, signature, claimId: await c.claims.challengeIdOf(s, 1) };
}

/* ASKED QUESTIONS */

/** Asks in PLAIN as the asserter, without budget or canary. */
export async function ask(c: Desk, contentHash: Hex = CONTENT): Promise<Hex> {
  const terms = [PLAIN, contentHash, "", 0, ZERO_HASH, SALT] as const;
  const claimId = (await c.asAsserter.ask.staticCall(...terms)) as Hex;
  await c.asAsserter.ask(...terms);
  return claimId;
}

/** Asks, and the committee answers; the verdict is final. */
export async function askAndDecide(c: Desk, answers: Answers): Promise<Hex> {
  const claimId = await ask(c);
  await c.vote([[questionIdOf(claimId), answers]]);
  await c.skipEpochs(1);
  return claimId;
}

/* OBSERVATION */

/**
 * Everybody's tokens, credits and stake, by name. Checks on the way that the vault has the tokens for all that it owes. What it
 * holds beyond is the escrow: fees and bonds of what is not settled.
 */
export async function snapshot(c: Desk): Promise<Record<string, bigint>> {
  const state: Record<string, bigint> = {};
  let owed = (await c.vault.sinkDue()) + (await c.consensus.unsweptDue());
  state["sinkDue"] = owed;
  for (const [name, agentId] of [
    ["author", AUTHOR],
    ...c.members.map((m) => [`member${m.agentId}`, m.agentId]),
  ] as const) {
    const { balance, locked, pledged, withdrawing, free } = await c.vault.account(agentId);
    expect(free).to.equal(balance - locked - pledged - withdrawing);
    const [lowering] = await c.vault.loweringOf(agentId);
    for (const [field, value] of Object.entries({ balance, locked, pledged, free, lowering })) {
      state[`${name as string}.${field}`] = value;
    }
    owed += balance;
  }
  for (const [name, account] of Object.entries(c.people)) {
    const credit = await c.vault.creditOf(account);
    state[`credits.${name}`] = credit;
    state[`tokens.${name}`] = await c.token.balanceOf(account);
    owed += credit;
  }
  const held = await c.token.balanceOf(c.vault);
  state["escrow"] = held - owed;
  expect(held >= owed, "the vault owes more than it has").to.equal(true);
  return state;
}

/** What differs between two snapshots. */
export function difference(before: Record<string, bigint>, after: Record<string, bigint>): Record<string, bigint> {
  const changes: Record<string, bigint> = {};
  for (const [key, value] of Object.entries(after)) {
    const change = value - (before[key] ?? 0n);
    if (change !== 0n) changes[key] = change;
  }
  return changes;
}

/** What a transaction did: every event of `Claims` and of the vault with its arguments, in order, and whose money has moved. */
export async function observe(c: Desk, send: () => Promise<ContractTransactionResponse>) {
  const before = await snapshot(c);
  const receipt = await (await send()).wait();
  const changes = difference(before, await snapshot(c));
  const events: unknown[][] = [];
  for (const log of receipt?.logs ?? []) {
    const parsed = await parse(log as EventLog, [c.claims, c.vault]);
    if (parsed) events.push([parsed.name, ...plain(parsed.args)]);
  }
  return { events, changes, gasUsed: receipt?.gasUsed ?? 0n };
}

async function parse(log: EventLog, contracts: readonly BaseContract[]): Promise<LogDescription | null> {
  for (const contract of contracts) {
    if (log.address === (await contract.getAddress())) return contract.interface.parseLog(log);
  }
  return null;
}

/** Arguments, structs among them, as plain arrays. */
export function plain(result: Result): unknown[] {
  return result.toArray().map((value: unknown) => (value instanceof Result ? plain(value) : value));
}

/** Values of a struct as an event or a view returns it. */
export function valuesOf(struct: object): unknown[] {
  return Object.values(struct).map((value: unknown) => (typeof value === "number" ? BigInt(value) : value));
}

/** A call reverts with exactly this error and these arguments, nothing of anybody's money moves and nothing of a claim changes. */
export async function expectRefused(
  c: Desk,
  send: () => Promise<unknown>,
  contract: BaseContract,
  error: string,
  args: readonly unknown[],
  claimId: string = ZERO_HASH,
): Promise<void> {
  const before = [await snapshot(c), plain((await c.claims.claim(claimId)) as unknown as Result)];
  await expect(send())
    .to.be.revertedWithCustomError(contract, error)
    .withArgs(...args);
  expect([await snapshot(c), plain((await c.claims.claim(claimId)) as unknown as Result)]).to.deep.equal(before);
}

/** A claim as `Claims` has it. */
export async function claimOf(c: Desk, claimId: string) {
  const { status, domainId, outcome, windowEnd, questionId, opponent, locked } = await c.claims.claim(claimId);
  return { status, domainId, outcome, windowEnd, questionId, opponent, locked };
}

/** A claim that is not there. */
export const NO_CLAIM = {
  status: STATUS.none,
  domainId: 0n,
  outcome: 0n,
  windowEnd: 0n,
  questionId: `0x${"00".repeat(24)}`,
  opponent: ZeroAddress,
  locked: 0n,
};

/** Status, outcome, support and rounds of a claim's verdict. */
export async function verdictOf(c: Desk, claimId: string): Promise<bigint[]> {
  return [...((await c.claims.verdict(claimId)) as unknown as bigint[])];
}
