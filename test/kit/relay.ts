import { type Beat, type BeatContext, encodeRelayedBeat, type Hex, relayedBeatTypedData } from "@assay/protocol";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { expect } from "chai";
import type { ContractTransactionResponse, Signer } from "ethers";
import type { BeatParts, Panel, Panelist } from "./panel.ts";
import { values } from "./results.ts";

/** Enough for what tests relay. An estimate would do with less: what runs out of gas is skipped, and the transaction succeeds. */
export const RELAY_GAS = 8_000_000n;

/** A beat that anybody may send. */
export interface SignedBeat {
  readonly agentId: bigint;
  /** Packed, behind its terms. */
  readonly beat: Hex;
  readonly signature: string;
}

export interface RelayParts extends BeatParts {
  /** Wei; none unless told. */
  readonly fee?: bigint;
  /** Unix seconds; an hour from now unless told. */
  readonly deadline?: number;
  /** Who signs; the panelist's owner unless told. */
  readonly by?: Pick<Signer, "signTypedData">;
  /** Where it is signed for, other than here. */
  readonly context?: Partial<BeatContext>;
}

/** The beat of these parts in the present epoch, packed and signed. */
export async function signBeat(panel: Panel, panelist: Panelist, parts: RelayParts = {}): Promise<SignedBeat> {
  const { connection, contracts } = panel;
  const prepared = (await panelist.prepare(parts)) as Beat;
  const deadline = parts.deadline ?? (await connection.networkHelpers.time.latest()) + 3_600;
  const beat = encodeRelayedBeat(prepared, { maxRelayFee: parts.fee ?? 0n, deadline });
  const { chainId } = await connection.ethers.provider.getNetwork();
  const consensus = (await contracts.consensus.getAddress()) as Hex;
  const { domain, types, message } = relayedBeatTypedData({ chainId, consensus, ...parts.context }, beat);
  const by = parts.by ?? panelist.owner;
  const signature = await by.signTypedData(domain, { RelayedBeat: [...types.RelayedBeat] }, message);
  return { agentId: panelist.agentId, beat, signature };
}

/** Sends beats as `from`, the stranger unless told; the panelists note what they have done. */
export async function relay(
  { contracts, panelists, stranger }: Panel,
  beats: readonly SignedBeat[],
  { from = stranger, gasLimit = RELAY_GAS }: { from?: HardhatEthersSigner; gasLimit?: bigint } = {},
): Promise<ContractTransactionResponse> {
  const packed = beats.map(({ beat }) => beat);
  const signatures = beats.map(({ signature }) => signature);
  const sent = await contracts.consensus.connect(from).beatFor(packed, signatures, { gasLimit });
  const receipt = await sent.wait();
  for (const panelist of panelists) panelist.learn(receipt);
  return sent;
}

/** All that the contracts keep of an agent. */
export async function stateOf({ contracts }: Panel, { agentId }: Panelist): Promise<unknown[]> {
  const { consensus, vault } = contracts;
  const found = [consensus.agent(agentId), vault.account(agentId), consensus.trust(agentId, 1)] as const;
  return (await Promise.all(found)).map((result) => values(result));
}

/** Arguments of the events of one kind, in their order. */
export async function eventsOf(
  { contracts }: Panel,
  sent: ContractTransactionResponse,
  name: string,
): Promise<unknown[][]> {
  const { consensus } = contracts;
  const receipt = await sent.wait();
  return (receipt?.logs ?? []).flatMap((log) => {
    const event = log.address === consensus.target ? consensus.interface.parseLog(log) : null;
    return event?.name === name ? [values(event.args)] : [];
  });
}

/**
 * Relays `bad` between two good beats: it alone is skipped, for this reason, and nothing of it remains; the others take effect.
 * @param named agent that the event names
 */
export async function expectSkipped(panel: Panel, bad: SignedBeat, reason: string, named = bad.agentId): Promise<void> {
  const { contracts, epoch, panelists, stranger, sunk } = panel;
  const { consensus, vault } = contracts;
  const [first, victim, third] = panelists;
  const good = [await signBeat(panel, first, { commit: [], fee: 3n }), await signBeat(panel, third, { fee: 4n })];
  const [before, credit, due] = [await stateOf(panel, victim), await vault.creditOf(stranger), await sunk()];
  const sent = await relay(panel, [good[0]!, bad, good[1]!]);
  const now = await epoch();
  expect(await eventsOf(panel, sent, "BeatSkipped")).to.deep.equal([[named, BigInt(now), reason]]);
  expect(await stateOf(panel, victim)).to.deep.equal(before);
  expect(await sunk()).to.equal(due);
  expect((await vault.creditOf(stranger)) - credit).to.equal(7n);
  const [one, three] = [await consensus.agent(first.agentId), await consensus.agent(third.agentId)];
  expect([one.ballotOpen, one.lastEpoch]).to.deep.equal([true, BigInt(now)]);
  expect([three.ballotOpen, three.lastEpoch]).to.deep.equal([false, BigInt(now)]);
}

/** An error of Consensus, encoded. */
export function errorOf(panel: Panel, name: string, args: readonly unknown[]): string {
  return panel.contracts.consensus.interface.encodeErrorResult(name, args as never);
}

/** That the vault cannot take a fee. */
export function uncovered({ contracts }: Panel, agentId: bigint, fee: bigint, free: bigint): string {
  return contracts.vault.interface.encodeErrorResult("InsufficientFreeStake", [agentId, fee, free]);
}
