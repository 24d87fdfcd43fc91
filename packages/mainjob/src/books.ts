import type { Chain } from "./chain.ts";
import type { Ledger } from "./ledger.ts";
import { retally } from "./retally.ts";
import type { Registered } from "./roster.ts";

/** What the vault holds against what it owes, wei. */
export interface VaultBalance {
  /** Stake tokens the vault holds. */
  readonly tokens: bigint;
  /** Stakes of all agents. */
  readonly stakes: bigint;
  /** Credits that their owners may collect. */
  readonly credits: bigint;
  readonly sinkDue: bigint;
  /** Fees, bonds, budgets and deposits of questions that are not settled: 0 at the end of a run. */
  readonly escrow: bigint;
  /** `tokens = stakes + credits + sinkDue + escrow`, with nothing left in escrow, to the wei. */
  readonly balanced: boolean;
}

/** Reads the vault after everything has been settled. */
export async function readVault(
  { contracts }: Chain,
  roster: readonly Registered[],
  accounts: readonly string[],
): Promise<VaultBalance> {
  const { token, vault } = contracts;
  const tokens = await token.balanceOf(await vault.getAddress());
  let stakes = 0n;
  for (const { agentId } of roster) stakes += (await vault.account(agentId)).balance;
  let credits = 0n;
  for (const account of new Set(accounts)) credits += await vault.creditOf(account);
  const sinkDue = await vault.sinkDue();
  const escrow = tokens - stakes - credits - sinkDue;
  return { tokens, stakes, credits, sinkDue, escrow, balanced: escrow === 0n };
}

/**
 * Compares what the ledger made of the events with what the contracts say.
 * @throws Error on the first difference
 */
export async function auditLedger({ contracts }: Chain, roster: readonly Registered[], ledger: Ledger): Promise<void> {
  const { consensus, vault } = contracts;
  for (const { agentId, member } of roster) {
    const { balance, locked } = await vault.account(agentId);
    const { alpha, beta } = await consensus.trust(agentId, member.domain.id);
    const { balance: kept, evidence } = ledger.standing(agentId);
    require(balance === kept, `agent ${agentId} has ${balance} on chain, ${kept} by its events`);
    require(locked === 0n, `agent ${agentId} still has ${locked} locked`);
    require(Number(alpha) === evidence.alpha &&
      Number(beta) === evidence.beta, `the trust of agent ${agentId} differs`);
  }
  const votes = Map.groupBy(ledger.votes, ({ questionId }) => questionId);
  for (const question of ledger.questions.values()) {
    const { id, final } = question;
    const { resolved, outcome, supportBps } = retally(question, votes.get(id) ?? []);
    require(final?.resolved === resolved && final.supportBps === supportBps, `the votes on ${id} give another verdict`);
    require(outcome === null || final.outcome === outcome, `the votes on ${id} give outcome ${outcome}`);
  }
}

function require(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Error(`the books do not agree with the chain: ${message}`);
}
