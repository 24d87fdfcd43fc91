import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { format, resolveConfig } from "prettier";
import { fromRoot } from "../../lib/paths.ts";
import { replaceMarked } from "@assay/charts";
import type { Usage } from "./errand.ts";
import type { Figures } from "./figures.ts";
import type { Idle } from "./idle.ts";

/** What was measured. */
export interface Measured {
  readonly date: string;
  readonly epochLength: number;
  readonly questions: number;
  readonly figures: Figures;
  readonly usage: Usage;
  readonly idle: Idle;
}

/** What must hold. */
const LIMITS = { rss: 1024 ** 3, idleRss: 120 * 1024 ** 2, latest: 5 / 6 };

/** What of a measurement is not as it must be. */
export function faultsOf({ figures, usage, idle }: Measured): string[] {
  const { committed, revealed, latest, forfeited } = figures;
  return [
    ...(committed < 1 || revealed < 1 ? ["an agent missed an epoch"] : []),
    ...(forfeited > 0 ? [`${forfeited} ballots were forfeited`] : []),
    ...(latest >= LIMITS.latest ? ["a beat came after 5/6 of its epoch"] : []),
    ...(usage.rss >= LIMITS.rss ? ["all agents together took 1 GiB or more"] : []),
    ...(idle.rss >= LIMITS.idleRss ? ["an idle agent took 120 MiB or more"] : []),
  ];
}

/** The measurement as a table. */
export function tableOf({ date, epochLength, questions, figures, usage, idle }: Measured): string {
  const { agents, epochs, committed, revealed, worstAgent, forfeited, latest, voting } = figures;
  const rows: [string, string][] = [
    [`ballots committed, of ${agents} agents in ${epochs} epochs of ${epochLength} s`, percent(committed)],
    ["committed and revealed, of all, and of the agent that did worst", `${percent(revealed)}, ${percent(worstAgent)}`],
    [`ballots with votes (${questions} questions an epoch)`, percent(voting)],
    ["ballots forfeited", String(forfeited)],
    ["last beat of an epoch in a block", `${percent(latest)} of the epoch`],
    ["looks at the chain that failed, of all agents", String(usage.failures)],
    ["rolls sent, of all agents", String(usage.rolls)],
    ["resident memory of the process, at its peak", mebibytes(usage.rss)],
    ["processor, of one core", percent(usage.cpuSeconds / usage.seconds)],
    [
      "one idle agent, `assay agent run`: resident memory at its peak, median",
      `${mebibytes(idle.rss)}, ${mebibytes(idle.medianRss)}`,
    ],
  ];
  const model = cpus()[0]?.model ?? "unknown";
  return [
    `Measured on ${date} by \`npm run bench:agents\`, ${cpus().length} cores (${model}) shared with CPU-heavy work, so that a machine of its own does better; Node ${process.version}, a Hardhat node with a block a second in another process, each agent with a wallet and a journal on disk:`,
    "",
    "| What | Found |",
    "| --- | --- |",
    ...rows.map(([what, found]) => `| ${what} | ${found} |`),
  ].join("\n");
}

/** Writes the table into docs/agent.md, between its marks. */
export async function document(measured: Measured): Promise<void> {
  const page = fromRoot("docs", "agent.md");
  const text = replaceMarked(readFileSync(page, "utf8"), "bench: agents", tableOf(measured));
  writeFileSync(page, await format(text, { ...(await resolveConfig(page)), filepath: page }));
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share === 1 || share === 0 ? 0 : 1)}%`;
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2)} MiB`;
}
