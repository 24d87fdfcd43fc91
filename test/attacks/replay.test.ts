import { deployProtocol } from "@assay/agent";
import { bindContracts } from "@assay/sdk";
import { createSecretChain, encodeBallot, type Hex, type Statement, statementDigest, ZERO_HASH } from "@assay/protocol";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { expect } from "chai";
import { id as hashOf, recoverAddress, Wallet } from "ethers";
import { network } from "hardhat";
import { ALLOCATION, type Panel, Panelist, panelLoader, SEAT_BOND, SEAT_FEE, STAKE, UNIT } from "../kit/panel.ts";
import { type Connection, DOMAIN, EPOCH_LENGTH, TOKEN } from "../kit/world.ts";
import { commitmentOf, emptyBeat, idOf, signStatement, wealthOf } from "./kit.ts";

const here = await network.create();
/** The same, block for block, but for its id. */
const there = await network.create({ network: "default", override: { chainId: 31_338 } });
const load = panelLoader(here);
const loadThere = panelLoader(there);

const UNITS = ALLOCATION / UNIT;
const BOND = 36n * TOKEN;
const key = new Wallet(hashOf("statement signer"));

/** Another deployment on the chain of a panel, with its token and its registry, in which the panel's agents have stake as well. */
async function deployAgain(panel: Panel): Promise<Panel> {
  const { connection, deployer, genesis, sink } = panel;
  const { ethers } = connection;
  const { addresses } = await deployProtocol(deployer, {
    token: await panel.contracts.token.getAddress(),
    registry: await panel.contracts.registry.getAddress(),
    sink: sink.address,
    genesis,
    epochLength: EPOCH_LENGTH,
    salt: ethers.id("again"),
  });
  const contracts = bindContracts(addresses, deployer);
  const { consensus, token, vault } = contracts;
  await consensus.createDomain({ ...DOMAIN, seats: 3, minStake: 1_000n * TOKEN }, "");
  const again = { ...panel, contracts, epoch: async () => Number(await consensus.currentEpoch()) };
  await token.connect(deployer).approve(vault, STAKE);
  const panelists: Panelist[] = [];
  for (const [i, { agentId, owner }] of panel.panelists.entries()) {
    await token.connect(owner).approve(vault, STAKE);
    await vault.connect(owner).deposit(agentId, STAKE);
    // The very chain it has in the first deployment.
    const chain = createSecretChain({ seed: hashOf(`panelist ${i}`) as Hex, length: 128 });
    await consensus.connect(owner).enroll(agentId, chain.anchor);
    await consensus.connect(owner).allocate(agentId, 1, ALLOCATION);
    const { tipEpoch } = await consensus.agent(agentId);
    const first = { chain, tipEpoch: Number(tipEpoch) };
    panelists.push(new Panelist(again, { agentId, owner, allocation: UNITS, first }));
  }
  await panel.warpTo((await panel.epoch()) + 2);
  return { ...again, panelists: panelists as unknown as Panel["panelists"] };
}

/** Asks in the deployment that a panel's contracts are of, whichever its other helpers are bound to. */
async function askIn({ contracts, deployer }: Panel, content: string): Promise<Hex> {
  const contentHash = hashOf(content) as Hex;
  const origin = {
    domainId: 1,
    asker: deployer.address as Hex,
    contentHash,
    canaryCommitment: ZERO_HASH,
    salt: ZERO_HASH,
  };
  await contracts.consensus.ask(origin, 0, "");
  return idOf(1, deployer, content);
}

/** Commits to a ballot as another panel's contracts would have it, and finds that it never opens; what that cost the agent. */
async function commitForeign(panel: Panel, foreign: Panel, id: Hex): Promise<bigint> {
  const { consensus } = panel.contracts;
  const [agent] = panel.panelists;
  const { agentId, owner } = agent;
  const epoch = await panel.epoch();
  const before = await wealthOf(panel.contracts, [owner], [agentId]);
  const ballot = encodeBallot([{ questionId: id, outcome: 1 }]);
  const secret = agent.secret(epoch);
  const commitment = await commitmentOf(foreign, agentId, epoch, secret, ballot);
  expect(commitment).to.not.equal(await commitmentOf(panel, agentId, epoch, secret, ballot));
  await agent.beat({ commit: [{ id, outcome: 1 }], replace: { commitment } });
  await panel.warpTo(epoch + 1);
  const open = { tip: agent.tip, commitment, exposure: SEAT_BOND, backing: UNITS };
  await expect(consensus.beat({ ...emptyBeat(agentId), previous: open, secret, ballot }))
    .to.be.revertedWithCustomError(consensus, "RevealMismatch")
    .withArgs(agentId, epoch);
  await consensus.roll();
  await panel.warpTo(epoch + 2);
  await consensus.connect(panel.stranger).forfeit(agentId, open);
  return (await wealthOf(panel.contracts, [owner], [agentId])) - before;
}

async function statementOf(connection: Connection, agentId: bigint, contentHash: Hex): Promise<Statement> {
  const expiry = BigInt(await connection.networkHelpers.time.latest()) + 86_400n;
  return { agentId, domainId: 1, outcome: 0, contentHash, bond: BOND, expiry, nonce: 1n };
}

/** The first panelist pledges and names a signer for its statements. */
async function author(panel: Panel) {
  const [{ agentId, owner }] = panel.panelists;
  const { claims, vault } = panel.contracts;
  await vault.connect(owner).pledge(agentId, BOND);
  await claims.connect(owner).addSigner(agentId, key);
  return { agentId, owner };
}

const CONSENT = {
  AgentWalletSet: [
    { name: "agentId", type: "uint256" },
    { name: "newWallet", type: "address" },
    { name: "owner", type: "address" },
    { name: "deadline", type: "uint256" },
  ],
};

/** A wallet's consent to act for an agent, as the panel's registry wants it. */
async function consentOf(panel: Panel, wallet: HardhatEthersSigner, agentId: bigint, owner: string, deadline: number) {
  const { chainId } = await panel.connection.ethers.provider.getNetwork();
  const verifyingContract = await panel.contracts.registry.getAddress();
  const domain = { name: "ERC8004IdentityRegistry", version: "1", chainId, verifyingContract };
  return wallet.signTypedData(domain, CONSENT, { agentId, newWallet: wallet.address, owner, deadline });
}

describe("Attacks by replay", () => {
  describe("of ballots", () => {
    it("replaying a ballot in another epoch", async () => {
      const panel = await load();
      const { contracts, panelists, stranger, warpTo } = panel;
      const { consensus } = contracts;
      const [agent, ...others] = panelists;
      const { agentId, owner } = agent;
      const wealth = () => wealthOf(contracts, [owner], [agentId]);
      const before = await wealth();
      const { id, voteEpoch } = await panel.ask("once");
      await warpTo(voteEpoch);
      const committing = await agent.prepare({ commit: [{ id, outcome: 1 }] });
      await agent.beat({ commit: [{ id, outcome: 1 }] });
      for (const other of others) await other.beat({ commit: [{ id, outcome: 1 }] });
      await warpTo(voteEpoch + 1);
      const revealing = await agent.prepare({ reveal: true });
      for (const panelist of panelists) await panelist.beat({ reveal: true });

      // The reveal once more; the commitment once more, as it was and for this epoch, by its wallet and by others.
      await expect(consensus.beat(revealing))
        .to.be.revertedWithCustomError(consensus, "NoOpenBallot")
        .withArgs(agentId);
      const now = { ...committing, previous: await agent.link() };
      await expect(consensus.connect(owner).beat(now))
        .to.be.revertedWithCustomError(consensus, "CommitOutOfEpoch")
        .withArgs(agentId, voteEpoch, voteEpoch + 1);
      const again = { ...now, commitEpoch: voteEpoch + 1 };
      await expect(consensus.connect(stranger).beat(again))
        .to.be.revertedWithCustomError(consensus, "NotAgentWallet")
        .withArgs(agentId, stranger.address);
      await consensus.connect(owner).beat(again);
      // The old commitment, now of a later epoch, opens with neither epoch's secret.
      await warpTo(voteEpoch + 2);
      const { commitment } = committing;
      const previous = { tip: agent.tip, commitment, exposure: SEAT_BOND, backing: UNITS };
      for (const epoch of [voteEpoch, voteEpoch + 1]) {
        await expect(consensus.beat({ ...revealing, previous, secret: agent.secret(epoch) }))
          .to.be.revertedWithCustomError(consensus, "RevealMismatch")
          .withArgs(agentId, voteEpoch + 1);
      }
      await consensus.roll();
      await warpTo(voteEpoch + 3);
      await consensus.connect(stranger).forfeit(agentId, previous);
      // Its receipts pay once.
      const receipts = agent.receipts.get(voteEpoch)!;
      await consensus.settle(agentId, voteEpoch, receipts);
      for (const epoch of [voteEpoch, voteEpoch + 1, voteEpoch + 16]) {
        await expect(consensus.settle(agentId, epoch, receipts))
          .to.be.revertedWithCustomError(consensus, "ReceiptsMismatch")
          .withArgs(agentId, epoch);
      }
      expect((await wealth()) - before).to.equal(SEAT_FEE - SEAT_BOND);
    });

    it("replaying a ballot on another chain", async () => {
      const [panel, other] = [await load(), await loadThere()];
      expect(await other.contracts.consensus.getAddress()).to.equal(await panel.contracts.consensus.getAddress());
      const epoch = Math.max(await panel.epoch(), await other.epoch()) + 1;
      for (const { warpTo } of [panel, other]) await warpTo(epoch);
      // Asked alike, agents and secrets alike: all that differs is the chain.
      const asked = [await panel.ask("alike"), await other.ask("alike")];
      expect(asked[0]!.id).to.equal(asked[1]!.id);
      for (const { warpTo } of [panel, other]) await warpTo(epoch + 1);
      expect(panel.panelists[0].secret(epoch + 1)).to.equal(other.panelists[0].secret(epoch + 1));
      expect(await commitForeign(other, panel, asked[0]!.id)).to.equal(-SEAT_BOND);
    });

    it("replaying a ballot in another deployment", async () => {
      const panel = await load();
      const again = await deployAgain(panel);
      const id = await askIn(again, "alike");
      await again.warpTo((await again.epoch()) + 1);
      expect(await commitForeign(again, panel, id)).to.equal(-SEAT_BOND);
    });

    it("using a secret that was revealed in another deployment", async () => {
      const panel = await load();
      const again = await deployAgain(panel);
      const [victim] = panel.panelists;
      const [twin] = again.panelists;
      const wealth = () => wealthOf(again.contracts, [twin.owner], [twin.agentId]);
      const before = await wealth();
      const { consensus } = again.contracts;
      // It has one chain for both and entered the second later: what it reveals in the first is still to be used there.
      const epoch = await panel.epoch();
      await victim.beat({ commit: [] });
      await panel.warpTo(epoch + 1);
      await victim.beat({ reveal: true });
      const [revealed] = await panel.contracts.consensus.queryFilter(
        panel.contracts.consensus.filters.BallotRevealed(),
      );
      const secret = revealed!.args.secret as Hex;
      const voteEpoch = epoch + 2;
      expect(twin.secret(voteEpoch)).to.equal(secret);
      const id = await askIn(again, "open to all");
      await panel.warpTo(voteEpoch);
      // Its seats are known to everybody before it commits, and its ballot as soon as it has.
      await consensus.roll();
      expect(await consensus.seatsOf(twin.agentId, id, secret, UNITS)).to.equal(1);
      for (const voter of again.panelists) await voter.beat({ commit: [{ id, outcome: 1 }] });
      const commits = await consensus.queryFilter(consensus.filters.BallotCommitted(twin.agentId));
      const committed = commits.find(({ args }) => Number(args.epoch) === voteEpoch);
      const tried = [];
      for (const outcome of [0, 1]) {
        const ballot = encodeBallot([{ questionId: id, outcome }]);
        tried.push((await commitmentOf(again, twin.agentId, voteEpoch, secret, ballot)) === committed!.args.commitment);
      }
      expect(tried).to.deep.equal([false, true]);
      // Nothing else is lost: nobody else can commit for it, and it earns what it would have earned.
      await panel.warpTo(voteEpoch + 1);
      for (const voter of again.panelists) await voter.beat({ reveal: true });
      await panel.warpTo(voteEpoch + 3);
      await twin.settle(voteEpoch);
      expect((await wealth()) - before).to.equal(SEAT_FEE);
    });
  });

  describe("of signatures", () => {
    it("replaying a statement on another chain, in another deployment, or once it has fallen", async () => {
      const panel = await load();
      const elsewhere = [await loadThere(), await deployAgain(panel)];
      const { agentId, owner } = await author(panel);
      const statement = await statementOf(here, agentId, hashOf("false") as Hex);
      const signature = await signStatement(panel, key, statement);
      for (const other of elsewhere) {
        await author(other);
        const { claims } = other.contracts;
        const before = await wealthOf(other.contracts, [owner], [agentId]);
        const { chainId } = await other.connection.ethers.provider.getNetwork();
        const digest = statementDigest({ chainId, claims: (await claims.getAddress()) as Hex }, statement);
        await expect(claims.connect(other.stranger).challenge(statement, signature, ""))
          .to.be.revertedWithCustomError(claims, "NotASigner")
          .withArgs(agentId, recoverAddress(digest, signature));
        expect(await wealthOf(other.contracts, [owner], [agentId])).to.equal(before);
      }
      // Where it was signed it falls once, and its bond is lost once.
      const { claims, vault } = panel.contracts;
      const before = await wealthOf(panel.contracts, [owner], [agentId]);
      await vault.connect(owner).pledge(agentId, BOND);
      const challenge = () => claims.connect(panel.stranger).challenge(statement, signature, "");
      await challenge();
      const digest = await claims.hashStatement(statement);
      await expect(challenge()).to.be.revertedWithCustomError(claims, "StatementUnderChallenge").withArgs(digest, 1);
      const { questionId } = await claims.claim(await claims.challengeIdOf(statement, 1));
      await panel.holdRound(questionId as Hex, [null, 1, 1]);
      await panel.warpTo((await panel.epoch()) + 1);
      await claims.resolveChallenge(statement, 1);
      await expect(challenge()).to.be.revertedWithCustomError(claims, "StatementFallen").withArgs(digest, 1);
      expect((await wealthOf(panel.contracts, [owner], [agentId])) - before).to.equal(-BOND);
    });

    it("replaying a wallet's consent on another chain, in another registry, after a sale or too late", async () => {
      const panel = await load();
      const other = await loadThere();
      const [{ agentId, owner }] = panel.panelists;
      const wallet = panel.owners[7]!;
      const { registry } = panel.contracts;
      const timestamp = async () => here.networkHelpers.time.latest();
      const deadline = (await timestamp()) + 200;
      const consent = await consentOf(panel, wallet, agentId, owner.address, deadline);
      const refused = async (on: typeof registry, by: HardhatEthersSigner) =>
        expect(on.connect(by).setAgentWallet(agentId, wallet, deadline, consent))
          .to.be.revertedWithCustomError(on, "InvalidWalletSignature")
          .withArgs(agentId, wallet.address);
      const foreign = other.contracts.registry;
      expect(await foreign.getAddress()).to.equal(await registry.getAddress());
      await refused(foreign, other.panelists[0].owner);
      const second = await here.ethers.deployContract("AgentRegistry", [], panel.deployer);
      for (let n = 0; n <= Number(agentId); n++) await second.connect(owner)["register()"]();
      await refused(second, owner);
      expect(await second.getAgentWallet(agentId)).to.equal(owner.address);

      // Until its deadline the owner it names may use it again: the wallet agreed to no less.
      for (let n = 0; n < 2; n++) {
        await registry.connect(owner).setAgentWallet(agentId, wallet, deadline, consent);
        expect(await registry.getAgentWallet(agentId)).to.equal(wallet.address);
        await registry.connect(owner).unsetAgentWallet(agentId);
      }
      const buyer = panel.stranger;
      await registry.connect(owner).transferFrom(owner, buyer, agentId);
      await refused(registry, buyer);
      await registry.connect(buyer).transferFrom(buyer, owner, agentId);
      await here.networkHelpers.time.setNextBlockTimestamp(deadline + 1);
      await expect(registry.connect(owner).setAgentWallet(agentId, wallet, deadline, consent, { gasLimit: 1_000_000 }))
        .to.be.revertedWithCustomError(registry, "DeadlineExpired")
        .withArgs(deadline, deadline + 1);
      expect(await registry.getAgentWallet(agentId)).to.equal("0x" + "00".repeat(20));
    });
  });
});
