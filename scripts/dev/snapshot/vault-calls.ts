import { MaxUint256, Signature } from "ethers";
import type { Panel } from "../../../test/kit/panel.ts";
import { signBeat } from "../../../test/kit/relay.ts";
import { TOKEN } from "../../../test/kit/world.ts";
import { DEADLINE, type GasRecorder } from "./recorder.ts";
import { enterEpoch } from "../panel/votes.ts";

/** More than what withdrawals and lowered pledges wait for. */
const UNBONDING = 18;
const AMOUNT = 10n * TOKEN;

/** Calls every function of StakeVault. What only Consensus and Claims may call is called in their name, so run this late. */
export async function callVault(panel: Panel, gas: GasRecorder): Promise<void> {
  const { vault } = panel.contracts;
  const { stranger } = panel;
  const [{ agentId, owner }] = panel.panelists;
  const asOwner = vault.connect(owner);
  await enterEpoch(panel);
  const permit = await signPermit(panel);
  await gas.note("", () => asOwner.depositWithPermit(agentId, AMOUNT, MaxUint256, permit.v, permit.r, permit.s));
  await gas.note("", () => asOwner.requestWithdrawal(agentId, AMOUNT));
  await gas.note("", () => asOwner.cancelWithdrawal(agentId));
  await asOwner.requestWithdrawal(agentId, AMOUNT);
  await gas.note("more", () => asOwner.pledge(agentId, AMOUNT));
  await gas.note("", () => asOwner.lowerPledge(agentId, AMOUNT));
  const until = await panel.connection.networkHelpers.time.latest();
  await gas.view("StakeVault", "slashable", [agentId, until]);
  await gas.view("StakeVault", "withdrawalOf", [agentId]);
  await gas.view("StakeVault", "loweringOf", [agentId]);
  await enterEpoch(panel, UNBONDING);
  await gas.note("", () => asOwner.withdraw(agentId, owner.address));
  await gas.note("", () => vault.connect(stranger).completeLowering(agentId));
  await gas.view("StakeVault", "creditOf", [stranger.address]);
  await gas.note("", () => vault.collect(stranger.address));
  await gas.note("", () => vault.flush());
  await gas.view("StakeVault", "account", [agentId]);
  await gas.view("StakeVault", "allocatable", [agentId]);
  await gas.plainViews("StakeVault");
  await callAsDesks(panel, gas);
}

/** Each of these is one of the calls that Consensus or Claims makes within a transaction; here it is a transaction of its own. */
async function callAsDesks(panel: Panel, gas: GasRecorder): Promise<void> {
  const { claims, consensus, vault } = panel.contracts;
  const { ethers, networkHelpers } = panel.connection;
  const [{ agentId }] = panel.panelists;
  const impersonate = async (address: string) => {
    await networkHelpers.impersonateAccount(address);
    await networkHelpers.setBalance(address, 10n ** 18n);
    return ethers.getSigner(address);
  };
  const consensusItself = await impersonate(await consensus.getAddress());
  const asConsensus = vault.connect(consensusItself);
  const asClaims = vault.connect(await impersonate(await claims.getAddress()));
  const signed = await signBeat(panel, panel.panelists[0], { fee: TOKEN, deadline: DEADLINE });
  await gas.note("sign of life", () => consensus.connect(consensusItself).beatSigned(signed.beat, signed.signature));
  const nothing = {
    gain: 0,
    loss: 0,
    unlock: 0,
    fee: 0,
    lock: 0,
    backing: 0,
  };
  await gas.note("locks", () => asConsensus.applyChange(agentId, { ...nothing, lock: AMOUNT }));
  await gas.note("slashes", () => asConsensus.applyChange(agentId, { ...nothing, unlock: AMOUNT, loss: AMOUNT }));
  await gas.note("takes a fee", () => asConsensus.applyChange(agentId, { ...nothing, fee: TOKEN }));
  await gas.note("", () => asConsensus.pull(panel.deployer.address, AMOUNT));
  await gas.note("", () => asConsensus.credit(panel.deployer.address, TOKEN));
  await gas.note("", () => asConsensus.creditSink(TOKEN));
  await gas.note("", () => asClaims.lockPledge(agentId, 2n * TOKEN));
  await gas.note("", () => asClaims.releasePledge(agentId, TOKEN));
  await gas.note("", () => asClaims.slashPledge(agentId, TOKEN));
  await gas.note("", () => asClaims.creditStake(agentId, TOKEN));
}

async function signPermit(panel: Panel): Promise<Signature> {
  const { token, vault } = panel.contracts;
  const [{ owner }] = panel.panelists;
  const { chainId } = await panel.connection.ethers.provider.getNetwork();
  const domain = { name: await token.name(), version: "1", chainId, verifyingContract: await token.getAddress() };
  const fields = ["address owner", "address spender", "uint256 value", "uint256 nonce", "uint256 deadline"];
  const types = { Permit: fields.map((field) => field.split(" ")).map(([type, name]) => ({ type, name })) };
  const message = {
    owner: owner.address,
    spender: await vault.getAddress(),
    value: AMOUNT,
    nonce: await token.nonces(owner),
    deadline: MaxUint256,
  };
  return Signature.from(
    await owner.signTypedData(domain, types as Record<string, { type: string; name: string }[]>, message),
  );
}
