import { format, resolveConfig } from "prettier";
import { formatUnits } from "ethers";
import { replaceMarked } from "@assay/charts";
import { findingsOf, IDLE_LIMIT } from "./findings.ts";
import type { SoakResult } from "./run.ts";

/** Puts the report into a page, between its marks. @param path of the page, for how it is formatted */
export async function documentSoak(text: string, result: SoakResult, path: string): Promise<string> {
  return format(replaceMarked(text, "soak", reportOf(result)), { ...(await resolveConfig(path)), filepath: path });
}

/** The report of a soak, in Markdown. */
export function reportOf(result: SoakResult): string {
  const { agents, epochs, epochSeconds, faults, processes, questions, rebroadcast, reorgs, said, seed } = result;
  const sum = (of: (agent: (typeof agents)[number]) => number) => agents.reduce((total, agent) => total + of(agent), 0);
  const findings = findingsOf(result);
  const forfeited = sum(({ forfeited }) => forfeited);
  const avoidable = sum(({ avoidable }) => avoidable);
  const alerts = Object.entries(said).filter(([name]) => name.startsWith("alert "));
  const abstentions = Object.entries(said).filter(([name]) => name.startsWith("abstain "));
  return [
    `${epochs} epochs with faults (seed ${seed}), ${agents.length} agents and a relay, a median of ${epochSeconds.toFixed(1)} s from one epoch to the next, ${result.seconds} s in all, on two cores that had other work as well.`,
    findings.length === 0 ? "**Nothing was found.**" : `**Found:** ${findings.join("; ")}`,
    table(
      ["What", "Found"],
      [
        [
          "Ballots committed, revealed, settled",
          `${sum((a) => a.committed)}, ${sum((a) => a.revealed)}, ${sum((a) => a.settled)}`,
        ],
        ["Ballots forfeited: avoidable, unavoidable", `${avoidable}, ${forfeited - avoidable}`],
        ["Commitments refused", sum((a) => a.skipped)],
        [
          "Epochs with two commitments, in journals, among all that was sent",
          `${sum((a) => a.doubleCommitments)}, ${sum((a) => a.sentTwice)}`,
        ],
        [
          "Stake unexplained, locked in the end, wei",
          `${total(agents.map((a) => a.unexplained))}, ${total(agents.map((a) => a.locked))}`,
        ],
        ["Tokens of the vault less what it owes, wei", result.vaultSurplus],
        [
          "Transactions of wallets unknown to journals, of journals unknown to the chain",
          `${sum((a) => a.unaccounted)}, ${sum((a) => a.unknown)}`,
        ],
        [
          "Transactions mined, replaced, failed",
          `${state(agents, "mined")}, ${state(agents, "replaced")}, ${state(agents, "reverted")}`,
        ],
        ["Transactions broadcast again, times in all", `${rebroadcast.transactions}, ${rebroadcast.times}`],
        ["Beats by agents, through the relay", `${said.beat ?? 0}, ${sum((a) => a.relayedBeats)}`],
        ["Rolls", said.roll ?? 0],
        [
          "Questions asked, resolved, with a forged content",
          `${questions.asked}, ${questions.resolved}, ${questions.forged}`,
        ],
        ["Answers, of them to a forged content", `${said.answer ?? 0}, ${result.fooled}`],
        ["Abstentions", listed(abstentions, "abstain ")],
        ["Alerts raised", listed(alerts, "alert ")],
        ["Beats that agents saw dropped by the chain", said.reorganised ?? 0],
        ["Moves to another endpoint", said.endpoint ?? 0],
      ],
    ),
    table(
      ["What went wrong on purpose", "Times"],
      [
        ...Object.entries(faults).sort(([a], [b]) => a.localeCompare(b)),
        ["blocks replaced, transactions dropped with them", `${reorgs.blocks}, ${reorgs.dropped}`],
      ],
    ),
    table(
      ["Agent", "Committed", "Revealed", "Settled", "Gained or lost", "Relay fees"],
      agents.map((agent) => [
        ...[agent.agentId, agent.committed, agent.revealed, agent.settled],
        ...[formatUnits(agent.gained), formatUnits(agent.relayFees)],
      ]),
    ),
    table(
      ["Process", "Starts", "Killed", "Ended with 75", "Peak memory, MiB"],
      processes.map(({ name, starts, kills, temporary, peak }) => [name, starts, kills, temporary, mebibytes(peak)]),
    ),
    `An agent that has nothing to do has ${result.idleMemory === null ? "an unknown amount" : `${mebibytes(result.idleMemory)} MiB`} of memory; the limit is ${mebibytes(IDLE_LIMIT)} MiB.`,
  ].join("\n\n");
}

type Cell = string | number | bigint;

function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const line = (cells: readonly Cell[]) => `| ${cells.map(String).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function listed(counts: readonly (readonly [string, number])[], prefix: string): string {
  return counts.map(([name, count]) => `${name.slice(prefix.length)} ${count}`).join(", ") || "none";
}

function state(agents: SoakResult["agents"], name: string): number {
  return agents.reduce((sum, { transactions }) => sum + (transactions[name] ?? 0), 0);
}

function total(values: readonly bigint[]): bigint {
  return values.reduce((sum, value) => sum + (value < 0n ? -value : value), 0n);
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}
