import { canaryCommitment, createSecretChain, type Hex } from "@assay/protocol";
import { ALLOCATION, NONE, type Panel, Panelist, SEAT_BOND, UNIT } from "../../../test/kit/panel.ts";
import { DOMAIN, TOKEN } from "../../../test/kit/world.ts";
import type { GasRecorder } from "./recorder.ts";
import { enterEpoch, settleAll, voteOn } from "../panel/votes.ts";
import { callBeats } from "./beat-calls.ts";

/** Calls every function of Consensus. Ends with nothing open and nothing to settle. */
export async function callConsensus(panel: Panel, gas: GasRecorder): Promise<void> {
  await callClock(panel, gas);
  const newcomer = await callMembership(panel, gas);
  await callBeats(panel, gas);
  await callRounds(panel, gas);
  await callOverdue(panel, gas, newcomer);
  await gas.plainViews("Consensus");
}

async function callClock(panel: Panel, gas: GasRecorder): Promise<void> {
  const { consensus } = panel.contracts;
  await panel.warpTo((await panel.epoch()) + 1);
  await gas.note("first of the epoch", () => consensus.roll());
  await gas.note("done already", () => consensus.roll());
  await gas.note("", () => consensus.createDomain(DOMAIN, "ipfs://domain"));
  await gas.view("Consensus", "seedOf", [await panel.epoch()]);
  await gas.view("Consensus", "domain", [1]);
  await gas.view("Consensus", "deskTerms", [1]);
}

/** A fourth agent joins domain 2, where the panel stands and nobody votes. */
async function callMembership(panel: Panel, gas: GasRecorder): Promise<Panelist> {
  const { consensus, registry, vault } = panel.contracts;
  const owner = panel.owners[3] as Panelist["owner"];
  const asOwner = consensus.connect(owner);
  const agentId = await registry.connect(owner)["register()"].staticCall();
  await registry.connect(owner)["register()"]();
  await gas.note("first stake of an agent", () => vault.connect(owner).deposit(agentId, 2_000n * TOKEN));
  await gas.note("more stake", () => vault.connect(owner).deposit(agentId, 1_000n * TOKEN));
  const chain = createSecretChain({ seed: panel.connection.ethers.id("newcomer") as Hex, length: 64 });
  await gas.note("first", () => asOwner.enroll(agentId, chain.anchor));
  await gas.note("again", () => asOwner.enroll(agentId, chain.anchor));
  await gas.note("joins", () => asOwner.allocate(agentId, 2, ALLOCATION));
  await gas.note("changes", () => asOwner.allocate(agentId, 2, 2n * ALLOCATION));
  const { tipEpoch } = await consensus.agent(agentId);
  await gas.view("Consensus", "agent", [agentId]);
  const epoch = await panel.epoch();
  await gas.view("Consensus", "allocation", [agentId, 2, epoch]);
  await gas.view("Consensus", "totalAllocation", [2, epoch]);
  const first = { chain, tipEpoch: Number(tipEpoch) };
  return new Panelist(panel, { agentId, owner, allocation: ALLOCATION / UNIT, first });
}

/** Seven questions in one epoch, each for a case of its own. */
async function callRounds(panel: Panel, gas: GasRecorder): Promise<void> {
  const { deployer, stranger } = panel;
  const { consensus } = panel.contracts;
  const asking = (content: string) => ({
    domainId: 1,
    asker: deployer.address,
    contentHash: panel.connection.ethers.id(content),
    canaryCommitment: panel.connection.ethers.ZeroHash,
    salt: panel.connection.ethers.ZeroHash,
  });
  await enterEpoch(panel);
  await gas.note("", () => consensus.ask(asking("another"), 0, "ipfs://another"));
  const salt = panel.connection.ethers.id("canary") as Hex;
  const sealed = { consensus: (await consensus.getAddress()) as Hex, asker: deployer.address as Hex, answer: 1, salt };
  const withAll = { ...asking("with everything"), canaryCommitment: canaryCommitment(sealed) };
  await gas.note("budget and canary", () => consensus.ask(withAll, 1, "ipfs://everything"));

  const plain = await panel.ask("plain");
  const appealed = await panel.ask("appealed");
  const budgeted = await panel.ask("budgeted", { budgetRounds: 1 });
  const unspent = await panel.ask("unspent", { budgetRounds: 1 });
  const canary = await panel.ask("canary", { canary: 1 });
  const noCanary = await panel.ask("no canary", { canary: NONE });
  const missed = await panel.ask("canary missed", { canary: 0 });
  const agreed = [plain, appealed, unspent, canary, noCanary, missed];
  await voteOn(panel, [...agreed.map(({ id }) => [id, [1, 1, 1]] as const), [budgeted.id, [1, 0, null]]]);
  for (const name of ["question", "tally", "verdict", "stakeAtRisk"]) {
    await gas.view("Consensus", name, [plain.id], "open");
  }
  await gas.view("Consensus", "questionIdOf", [plain.origin]);
  await gas.note("", () => consensus.connect(stranger).appeal(appealed.id));
  await gas.note("", () => consensus.connect(stranger).spendBudget(budgeted.id));
  await gas.note("confirmed", () => consensus.openCanary(canary.origin, 1, canary.salt));
  await gas.note("no canary", () => consensus.openCanary(noCanary.origin, NONE, noCanary.salt));
  await gas.note("starts a round", () => consensus.openCanary(missed.origin, 0, missed.salt));
  const again = [appealed, budgeted, missed];
  await voteOn(
    panel,
    again.map(({ id }) => [id, [1, 1, 1]] as const),
    2,
  );
  await enterEpoch(panel);
  await gas.note("one round", () => consensus.finalize(plain.id));
  await gas.note("two rounds, an appeal in vain", () => consensus.finalize(appealed.id));
  await gas.note("two rounds, one from the budget", () => consensus.finalize(budgeted.id));
  await gas.note("unspent budget", () => consensus.reclaim(unspent.origin));
  for (const name of ["question", "tally", "verdict", "stakeAtRisk"]) {
    await gas.view("Consensus", name, [plain.id], "final");
  }
  await settleAll(panel);
}

/** The newcomer commits a ballot and never reveals it, and takes most of its stake away. */
async function callOverdue(panel: Panel, gas: GasRecorder, newcomer: Panelist): Promise<void> {
  const { consensus, vault } = panel.contracts;
  await enterEpoch(panel);
  await newcomer.beat({ commit: [], exposure: SEAT_BOND });
  const link = await newcomer.link();
  await enterEpoch(panel);
  await enterEpoch(panel);
  await gas.note("", () => consensus.connect(panel.stranger).forfeit(newcomer.agentId, link));
  await vault.connect(newcomer.owner).requestWithdrawal(newcomer.agentId, 2_500n * TOKEN);
  await gas.note("", () => consensus.connect(panel.stranger).trim(newcomer.agentId, 2));
  await gas.note("leaves", () => consensus.connect(newcomer.owner).allocate(newcomer.agentId, 2, 0));
  const { anchor } = createSecretChain({ seed: panel.connection.ethers.id("next") as Hex, length: 64 });
  await gas.note("", () => consensus.connect(newcomer.owner).announceAnchor(newcomer.agentId, anchor));
}
