import type { AgentAccount } from "./account.ts";
import type { SoakResult } from "./run.ts";

/** Most memory of an agent that has nothing to do, bytes. */
export const IDLE_LIMIT = 120 * 2 ** 20;

/** What of a soak should not be, a line each. */
export function findingsOf(result: SoakResult): string[] {
  const { agents, fooled, idleMemory, leftovers, patient, processes, questions, vaultSurplus } = result;
  const findings = [...leftovers, ...processes.flatMap(({ failures }) => failures), ...agents.flatMap(findingsOfAgent)];
  // A machine that is too slow for the blocks of a patient soak has lost nothing either.
  if (!patient && questions.resolved === 0) findings.push("no question was resolved");
  if (!patient && agents.some(({ settled }) => settled === 0)) findings.push("an agent has settled nothing");
  if (fooled > 0) findings.push(`${fooled} answers to contents that are not of their hash`);
  if (vaultSurplus !== 0n) findings.push(`the vault holds ${vaultSurplus} wei more than it owes`);
  if (idleMemory !== null && idleMemory > IDLE_LIMIT) findings.push(`an idle agent has ${idleMemory} bytes of memory`);
  return findings;
}

function findingsOfAgent(account: AgentAccount): string[] {
  const { agentId, transactions } = account;
  const expected: [what: string, found: number | bigint][] = [
    ["avoidable forfeits", account.avoidable],
    ["commitments refused", account.skipped],
    ["epochs with two commitments in its journal", account.doubleCommitments],
    ["epochs with two commitments that were sent", account.sentTwice],
    ["wei of stake unexplained", account.unexplained],
    ["wei locked in the end", account.locked],
    ["transactions pending in the end", transactions.pending ?? 0],
    ["transactions that the journal does not know", account.unaccounted],
    ["transactions of the journal that the chain does not know", account.unknown],
  ];
  return expected.flatMap(([what, found]) =>
    Number(found) === 0 ? [] : [`agent ${agentId}: ${String(found)} ${what}`],
  );
}
