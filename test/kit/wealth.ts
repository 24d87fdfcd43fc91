import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { expect } from "chai";
import type { AddressLike } from "ethers";

import type { Panel, Panelist } from "./panel.ts";

/** Accounts and agents under one hand. */
export interface Party {
  /** Besides the owners of its agents. */
  readonly accounts?: readonly AddressLike[];
  readonly agents?: readonly Panelist[];
}

/** Wei gained, by party; `sink` is what became the sink's, `escrow` what is still owed to nobody. They come to 0. */
export type Gains<Name extends string> = Record<Name | "sink" | "escrow", bigint>;

/**
 * Runs `act` and tells what each party has gained by it: tokens, credits to collect and stake. Fails if anybody else's have moved.
 *
 * Losses that are not settled yet are missing from `escrow`, which is then negative.
 */
export async function gainsOf<Name extends string>(
  panel: Panel,
  parties: Record<Name, Party>,
  act: () => Promise<unknown>,
): Promise<Gains<Name>> {
  const before = await wealth(panel, parties);
  await act();
  const after = await wealth(panel, parties);
  const gains = Object.fromEntries(
    Object.entries<bigint>(after).map(([name, held]) => [name, held - before[name as Name]]),
  );
  const total = Object.values<bigint>(gains).reduce((sum, gain) => sum + gain, 0n);
  expect(total, "somebody who is no party has won or lost").to.equal(0n);
  return gains as Gains<Name>;
}

/** Settles every ballot that is revealed and final, each by its own agent's owner or by `keeper`. */
export async function settleAll(agents: readonly Panelist[], keeper?: HardhatEthersSigner): Promise<void> {
  for (const agent of agents) {
    for (const [epoch, receipts] of agent.receipts) {
      if (receipts !== "0x") await agent.settle(epoch, keeper ?? agent.owner);
    }
  }
}

async function wealth<Name extends string>(panel: Panel, parties: Record<Name, Party>): Promise<Gains<Name>> {
  const { contracts, sink, sunk } = panel;
  const { token, vault } = contracts;
  const held: Record<string, bigint> = {};
  let owed = await sunk();
  held["sink"] = owed + (await token.balanceOf(sink));
  for (const [name, { accounts = [], agents = [] }] of Object.entries<Party>(parties)) {
    let inVault = 0n;
    let outside = 0n;
    for (const account of new Set<AddressLike>([...accounts, ...agents.map(({ owner }) => owner)])) {
      inVault += await vault.creditOf(account);
      outside += await token.balanceOf(account);
    }
    for (const { agentId } of agents) inVault += (await vault.account(agentId)).balance;
    held[name] = inVault + outside;
    owed += inVault;
  }
  // What belongs to others than the parties is in it too, but must not change.
  held["escrow"] = (await token.balanceOf(vault)) - owed;
  return held as Gains<Name>;
}
