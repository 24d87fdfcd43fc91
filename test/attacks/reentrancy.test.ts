import {
  canaryCommitment,
  createSecretChain,
  type Hex,
  questionId,
  statementTypedData,
  ZERO_HASH,
} from "@assay/protocol";
import { expect } from "chai";
import { type BaseContract, parseEther } from "ethers";
import { network } from "hardhat";

import { type Panel, panelLoader, SEAT_BOND, STAKE } from "../kit/panel.ts";
import { gainsOf, settleAll } from "../kit/wealth.ts";

const connection = await network.create();
const { ethers } = connection;
const GIVEN = parseEther("10000");
// Three seats, seven in the second and last round. The token calls back whoever asked it to.
const load = panelLoader(connection, {
  domains: [{ maxRounds: 2, openAnswers: true }],
  token: async () => {
    const token = await ethers.deployContract("CallbackToken");
    return { address: await token.getAddress(), mintTo: (account) => token.mint(account, GIVEN) };
  },
});

const FALSE = 0;
const TRUE = 1;

/** A call that the holder makes, or tries to make from within another, and the error that it must meet there. */
interface Reentry {
  readonly to: BaseContract;
  readonly call: string;
  readonly error: readonly [contract: BaseContract, name: string, args: readonly unknown[]];
}

/** A contract with tokens that re-enters, approved to the vault. */
async function deployHolder(panel: Panel) {
  const { token, vault } = panel.contracts;
  const hooked = await ethers.getContractAt("CallbackToken", await token.getAddress());
  const holder = await ethers.deployContract("ReentrantHolder", [hooked]);
  await hooked.mint(holder, GIVEN);
  await holder.execute(token, token.interface.encodeFunctionData("approve", [await vault.getAddress(), GIVEN]));
  const made: [boolean, string][] = [];
  return {
    holder,
    address: (await holder.getAddress()) as Hex,
    /** Makes a call; with `armed`, from within its first callback the `reentries`, each of which must fail as it says. */
    call: async (to: BaseContract, data: string, armed: boolean, reentries: readonly Reentry[]) => {
      if (armed) {
        const calls = [];
        for (const reentry of reentries) {
          calls.push(holder.interface.encodeFunctionData("execute", [await reentry.to.getAddress(), reentry.call]));
        }
        await holder.arm(holder, calls);
      }
      await holder.execute(to, data);
      if (!armed) return;
      const attempts = (await holder.attempts()).slice(made.length);
      const expected = reentries.map(({ error: [contract, name, args] }) => [
        false,
        contract.interface.encodeErrorResult(name, args),
      ]);
      expect(attempts.map(({ success, result }) => [success, result])).to.deep.equal(expected);
      made.push(...attempts.map(({ success, result }): [boolean, string] => [success, result]));
    },
    attempts: () => made.length,
  };
}

/** What the holder has, wei. */
async function wealthOfHolder({ contracts }: Panel, address: string, agentId?: bigint): Promise<bigint> {
  const { token, vault } = contracts;
  const stake = agentId === undefined ? 0n : (await vault.account(agentId)).balance;
  return (await token.balanceOf(address)) + (await vault.creditOf(address)) + stake;
}

describe("Attacks that re-enter", () => {
  it("reentrancy through the token", async () => {
    /** Whatever moves tokens of the holder's, once; `armed`, with attempts to have each of it twice. */
    const carryOut = async (armed: boolean) => {
      const panel = await load();
      const { claims, consensus, registry, vault } = panel.contracts;
      const [author] = panel.panelists;
      const { address, attempts, call } = await deployHolder(panel);
      const encode = {
        vault: vault.interface,
        consensus: consensus.interface,
        claims: claims.interface,
      };
      const agentId = 3n;
      await call(registry, registry.interface.encodeFunctionData("register()"), false, []);

      // Stake in.
      const withdraw = encode.vault.encodeFunctionData("withdraw", [agentId, address]);
      const request = (amount: bigint) => encode.vault.encodeFunctionData("requestWithdrawal", [agentId, amount]);
      const deposit = encode.vault.encodeFunctionData("deposit", [agentId, 100n]);
      await call(vault, deposit, armed, [
        { to: vault, call: withdraw, error: [vault, "NothingToWithdraw", [agentId]] },
        { to: vault, call: request(101n), error: [vault, "InsufficientFreeStake", [agentId, 101n, 100n]] },
      ]);
      await call(vault, request(100n), false, []);

      // A question with a canary that will be started again by opening it.
      const salt = ethers.id("salt") as Hex;
      const at = (await consensus.getAddress()) as Hex;
      const origin = {
        domainId: 1,
        asker: address,
        contentHash: ethers.id("asked") as Hex,
        canaryCommitment: canaryCommitment({ consensus: at, asker: address, answer: FALSE, salt }),
        salt: ZERO_HASH,
      };
      const id = questionId(origin);
      const epoch = (await panel.epoch()) + 1;
      await panel.warpTo(epoch);
      const finalize = encode.consensus.encodeFunctionData("finalize", [id]);
      const reclaim = encode.consensus.encodeFunctionData("reclaim", [origin]);
      const ask = encode.consensus.encodeFunctionData("ask", [origin, 0, ""]);
      await call(consensus, ask, armed, [
        { to: consensus, call: ask, error: [consensus, "QuestionExists", [id]] },
        { to: consensus, call: reclaim, error: [consensus, "NotFinal", [id, epoch + 4, epoch]] },
        { to: consensus, call: finalize, error: [consensus, "NotFinal", [id, epoch + 4, epoch]] },
      ]);

      // An assertion, and a dispute of it.
      const assertion = {
        domainId: 1,
        outcome: FALSE,
        contentHash: ethers.id("asserted"),
        asserter: address,
        bond: parseEther("12"),
        salt: ZERO_HASH,
      };
      const { domainId, outcome, contentHash, bond } = assertion;
      const claimId = await claims.claimIdOf(assertion);
      const resolve = encode.claims.encodeFunctionData("resolve", [assertion]);
      const assert = encode.claims.encodeFunctionData("assertClaim", [
        domainId,
        outcome,
        contentHash,
        "",
        bond,
        ZERO_HASH,
      ]);
      await call(claims, assert, armed, [
        { to: claims, call: assert, error: [claims, "ClaimExists", [claimId]] },
        { to: claims, call: resolve, error: [claims, "WindowOpen", [claimId, epoch + 2, epoch]] },
      ]);
      const dispute = encode.claims.encodeFunctionData("dispute", [assertion, ""]);
      await call(claims, dispute, armed, [
        { to: claims, call: dispute, error: [claims, "UnexpectedStatus", [claimId, 4]] },
        { to: claims, call: resolve, error: [claims, "NotFinal", [claimId, 1]] },
      ]);

      // A statement of somebody else's.
      await vault.connect(author.owner).pledge(author.agentId, parseEther("12"));
      await claims.connect(author.owner).addSigner(author.agentId, author.owner);
      const statement = {
        agentId: author.agentId,
        domainId: 1,
        outcome: FALSE,
        contentHash: ethers.id("stated") as Hex,
        bond: parseEther("12"),
        expiry: 1n << 40n,
        nonce: 0n,
      };
      const { chainId } = await ethers.provider.getNetwork();
      const typed = statementTypedData({ chainId, claims: (await claims.getAddress()) as Hex }, statement);
      const types = { Statement: [...typed.types.Statement] };
      const signature = await author.owner.signTypedData(typed.domain, types, typed.message);
      const challengeId = await claims.challengeIdOf(statement, 1);
      const challenge = encode.claims.encodeFunctionData("challenge", [statement, signature, ""]);
      const resolveChallenge = encode.claims.encodeFunctionData("resolveChallenge", [statement, 1]);
      const digest = await claims.hashStatement(statement);
      await call(claims, challenge, armed, [
        { to: claims, call: challenge, error: [claims, "StatementUnderChallenge", [digest, 1]] },
        { to: claims, call: resolveChallenge, error: [claims, "NotFinal", [challengeId, 1]] },
      ]);

      // All three are answered by the truth.
      const questions = [id, (await claims.claim(claimId)).questionId, (await claims.claim(challengeId)).questionId];
      await panel.warpTo(epoch + 1);
      for (const p of panel.panelists)
        await p.beat({ commit: questions.map((q) => ({ id: q as Hex, outcome: TRUE })) });
      await panel.warpTo(epoch + 2);
      for (const p of panel.panelists) await p.beat({ reveal: true });
      await panel.warpTo(epoch + 3);
      const appealOf = (question: string) => encode.consensus.encodeFunctionData("appeal", [question]);
      const startedTwice = (question: string) =>
        ({
          to: consensus,
          call: appealOf(question),
          error: [consensus, "NotAppealable", [question, epoch + 6, epoch + 3]],
        }) as const;
      // A canary that starts a round, and an appeal.
      const open = encode.consensus.encodeFunctionData("openCanary", [origin, FALSE, salt]);
      await call(consensus, open, armed, [
        { to: consensus, call: open, error: [consensus, "NoCanary", [id]] },
        { ...startedTwice(id), error: [consensus, "TooManyRounds", [id, 3, 2]] },
      ]);
      const disputed = questions[1] as string;
      await call(consensus, appealOf(disputed), armed, [
        { ...startedTwice(disputed), error: [consensus, "TooManyRounds", [disputed, 3, 2]] },
      ]);
      await panel.warpTo(epoch + 7);
      await settleAll(panel.panelists);

      // Everything out again: bonds of the disputer, fees, the pledge's half.
      await call(claims, resolve, false, []);
      await call(claims, resolveChallenge, false, []);
      const collect = encode.vault.encodeFunctionData("collect", [address]);
      await call(vault, collect, armed, [
        { to: vault, call: collect, error: [vault, "NothingToCollect", [address]] },
        { to: claims, call: resolve, error: [claims, "UnexpectedStatus", [claimId, 5]] },
        { to: claims, call: resolveChallenge, error: [claims, "UnexpectedStatus", [challengeId, 6]] },
        { to: consensus, call: reclaim, error: [consensus, "NothingToReclaim", [id]] },
      ]);
      await panel.warpTo(epoch + 19);
      const cancel = encode.vault.encodeFunctionData("cancelWithdrawal", [agentId]);
      await call(vault, withdraw, armed, [
        { to: vault, call: withdraw, error: [vault, "NothingToWithdraw", [agentId]] },
        { to: vault, call: cancel, error: [vault, "NothingToWithdraw", [agentId]] },
      ]);
      expect(attempts()).to.equal(armed ? 20 : 0);
      return (await wealthOfHolder(panel, address, agentId)) - GIVEN;
    };
    // The question and the round that its canary starts cost 10, the appeal 7, disputing itself half of a bond and the fee; the challenge wins
    // half of the pledge less the fee.
    const honest = -parseEther("10") - parseEther("7") - parseEther("9") + parseEther("3");
    expect(await carryOut(false)).to.equal(honest);
    expect(await carryOut(true)).to.equal(honest);
  });

  it("reentrancy through a callback", async () => {
    const panel = await load();
    const { claims, vault } = panel.contracts;
    const { address, call, holder } = await deployHolder(panel);
    // The holder has 12 to collect from an assertion that stood.
    const contentHash = ethers.id("asserted");
    const bond = parseEther("12");
    const assertion = { domainId: 1, outcome: TRUE, contentHash, asserter: address, bond, salt: ZERO_HASH };
    const claimId = await claims.claimIdOf(assertion);
    const assert = claims.interface.encodeFunctionData("assertClaim", [1, TRUE, contentHash, "", bond, ZERO_HASH]);
    await call(claims, assert, false, []);
    const register = claims.interface.encodeFunctionData("registerCallback", [claimId, 1_000_000]);
    await call(claims, register, false, []);
    await panel.warpTo((await panel.epoch()) + 3);

    // Told of the verdict, it resolves, collects, collects again and wants to be told again.
    const deliver = claims.interface.encodeFunctionData("deliver", [claimId, address]);
    const calls: [BaseContract, string][] = [
      [claims, claims.interface.encodeFunctionData("resolve", [assertion])],
      [vault, vault.interface.encodeFunctionData("collect", [address])],
      [vault, vault.interface.encodeFunctionData("collect", [address])],
      [claims, claims.interface.encodeFunctionData("resolve", [assertion])],
      [claims, deliver],
      [claims, register],
    ];
    const encoded = [];
    for (const [to, data] of calls)
      encoded.push(holder.interface.encodeFunctionData("execute", [await to.getAddress(), data]));
    await holder.arm(holder, encoded);
    const parties = { holder: { accounts: [holder] }, rest: { accounts: [panel.deployer], agents: panel.panelists } };
    const gains = await gainsOf(panel, parties, async () => {
      await expect(claims.deliver(claimId, holder)).to.emit(claims, "CallbackDelivered").withArgs(claimId, address);
    });
    // From the escrow to the vault's credits, and out: once.
    expect(gains).to.deep.equal({ holder: bond, rest: 0n, sink: 0n, escrow: -bond });

    const results = (await holder.attempts()).map(({ success, result }) => (success ? true : result));
    expect(results).to.deep.equal([
      true,
      true,
      vault.interface.encodeErrorResult("NothingToCollect", [address]),
      claims.interface.encodeErrorResult("UnexpectedStatus", [claimId, 2]),
      claims.interface.encodeErrorResult("CallbackAlreadyDelivered", [claimId, address]),
      claims.interface.encodeErrorResult("CallbackAlreadyDelivered", [claimId, address]),
    ]);
  });

  it("reentrancy through a wallet", async () => {
    const panel = await load();
    const { consensus, registry, vault } = panel.contracts;
    const [seller] = panel.panelists;
    const { agentId, owner } = seller;
    const { address, call } = await deployHolder(panel);
    // An agent with a ballot in flight is handed to a contract, which is told of it in the middle of the transfer.
    const { id, voteEpoch } = await panel.ask("in flight");
    await panel.warpTo(voteEpoch);
    for (const panelist of panel.panelists) await panelist.beat({ commit: [{ id, outcome: TRUE }] });
    await registry.connect(owner).approve(address, agentId);
    const { anchor } = createSecretChain({ seed: ethers.id("the holder's") as Hex, length: 8 });
    const transfer = registry.interface.encodeFunctionData("safeTransferFrom(address,address,uint256)", [
      owner.address,
      address,
      agentId,
    ]);
    const enroll = consensus.interface.encodeFunctionData("enroll", [agentId, anchor]);
    const request = vault.interface.encodeFunctionData("requestWithdrawal", [agentId, STAKE]);
    const beat = consensus.interface.encodeFunctionData("beat", [
      await panel.panelists[0].prepare({ replace: { commitment: anchor } }),
    ]);
    const rejoin = consensus.interface.encodeFunctionData("allocate", [agentId, 1, 0]);
    const parties = { agents: { accounts: [panel.deployer], agents: panel.panelists } };
    const { agents } = await gainsOf(panel, parties, async () => {
      await call(registry, transfer, true, [
        { to: consensus, call: enroll, error: [consensus, "BallotStillOpen", [agentId, voteEpoch]] },
        { to: vault, call: request, error: [vault, "InsufficientFreeStake", [agentId, STAKE, STAKE - SEAT_BOND]] },
        { to: consensus, call: beat, error: [consensus, "NotAgentWallet", [agentId, address]] },
        { to: consensus, call: rejoin, error: [consensus, "NotEnrolled", [agentId]] },
      ]);
    });
    expect(agents).to.equal(0n);
    // The ballot is revealed all the same, and earns for the agent what it would have.
    await panel.warpTo(voteEpoch + 1);
    for (const panelist of panel.panelists) await panelist.beat({ reveal: true });
    await panel.warpTo(voteEpoch + 3);
    await settleAll(panel.panelists);
    const { balance, locked, free } = await vault.account(agentId);
    expect([balance, locked, free]).to.deep.equal([STAKE + parseEther("1"), 0n, STAKE + parseEther("1")]);
  });
});
