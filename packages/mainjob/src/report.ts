import {
  type LegendEntry,
  MONEY_LEGEND,
  marginChart,
  moneyChart,
  renderCards,
  renderFigure,
  renderLegend,
  renderList,
  renderPage,
  renderTable,
  type TableData,
  escapeHtml,
  VERDICT_LEGEND,
} from "@assay/charts";
import { ACCURACY_LEGEND, accuracyChart, kindsChart } from "./charts.ts";
import { ROLE_COLOURS } from "./palette.ts";
import { accuracyRows, marginsOf, moneyRows } from "./report-data.ts";
import type { Summary } from "./summary.ts";
import { eventLines, findings, footnotes } from "./table.ts";
import type { TimelinePoint } from "./timeline.ts";

/** The report: one HTML file that loads nothing. */
export function renderReport(summary: Summary, profile: string): string {
  const { options } = summary;
  const subtitle =
    `${options.agents} agents, ${options.claims} claims asked over ${options.epochs} epochs, ` +
    `${(100 * options.adversaries).toFixed(0)}% of the stake with adversaries, seed ${options.seed}`;
  const body = `${cards(summary)}
<section>
<h2>Is the swarm more right than its parts?</h2>
<p>${findings(summary)
    .map((text) => escapeHtml(capitalize(text)))
    .join(". ")}.</p>
${accuracySection(summary)}
</section>
<section>
<h2>Trust over epochs</h2>
<p>Estimate of an agent's balanced accuracy, mean by kind. Below the dotted line an agent is worse than a guess.</p>
${renderLegend(ROLE_LEGEND)}
${timelineSection(summary, "trust", "trust")}
</section>
<section>
<h2>Stake over epochs</h2>
<p>Tokens won or lost since the start, mean by kind.</p>
${renderLegend(ROLE_LEGEND)}
${timelineSection(summary, "gain", "tokens")}
</section>
<section>
<h2>Margins of the verdicts</h2>
<p>Share of the weight behind the leading outcome when the question became final, and whether it is the truth.</p>
${renderLegend(VERDICT_LEGEND)}
${marginSection(summary)}
</section>
<section>
<h2>Money by kind</h2>
<p>What an agent of each kind won and what it lost, on average. The upright mark is what remains.</p>
${renderLegend(MONEY_LEGEND)}
${moneySection(summary)}
</section>
<section>
<h2>What happened</h2>
${renderList(eventLines(summary))}
</section>
<section>
<h2>Costs</h2>
<p>Measured with the ${escapeHtml(profile)} build at ${summary.gas.votesPerBeat.toFixed(1)} votes a beat, all beats, settlements and finalizations included.</p>
${renderTable({
  head: ["gas price", "ETH a vote", "ETH a verdict"],
  rows: summary.gas.prices.map(({ gwei, ethPerVote, ethPerVerdict }) => [
    `${gwei} gwei`,
    ethPerVote.toExponential(2),
    ethPerVerdict.toExponential(2),
  ]),
})}
</section>
<section>
<h2>The vault's books</h2>
<p>${summary.vaultBalanced ? "What the vault holds is what it owes, to the wei." : "THE VAULT DOES NOT BALANCE."}</p>
${renderTable({ head: ["", "wei"], rows: Object.entries(VAULT_ROWS).map(([key, name]) => [name, groupDigits(summary.vault[key as keyof typeof VAULT_ROWS])]) })}
</section>
<section>
<h2>Agents</h2>
${agentSection(summary)}
</section>
<footer>
<h2>Definitions</h2>
${renderList(footnotes(summary))}
</footer>`;
  return renderPage({ title: "Assay: a run", heading: "Assay: a run on a local chain", subtitle }, body);
}

const VAULT_ROWS = {
  stakes: "stakes of all agents",
  credits: "+ credits to collect",
  sinkDue: "+ due to the sink",
  escrow: "+ escrow of open questions",
  tokens: "= tokens in the vault",
} as const;

const ROLE_LEGEND: readonly LegendEntry[] = [
  { name: "honest models", colour: ROLE_COLOURS.honest, symbol: "line" },
  { name: "lazy", colour: ROLE_COLOURS.lazy, symbol: "dash" },
  { name: "random", colour: ROLE_COLOURS.random, symbol: "dot" },
  { name: "colluding", colour: ROLE_COLOURS.colluding, symbol: "dashdot" },
];

function cards(summary: Summary): string {
  const { events } = summary;
  return renderCards([
    {
      figure: percent(summary.swarmAccuracy),
      name: "of the verdicts are true",
      detail: `${summary.verdicts} verdicts, ${summary.unresolved} unresolved`,
    },
    {
      figure: percent(summary.medianAgentAccuracy),
      name: "median agent",
      detail: `best ${percent(summary.bestAgentAccuracy)}, majority ${percent(summary.majorityAccuracy)}`,
    },
    {
      figure: Math.round(summary.gasPerVote).toLocaleString("en-US"),
      name: "gas a vote",
      detail: `${events.votes.toLocaleString("en-US")} votes in ${events.beats.toLocaleString("en-US")} beats`,
    },
    {
      figure: summary.slashedTotal.toFixed(0),
      name: "tokens slashed",
      detail: `${summary.rewardedTotal.toFixed(0)} tokens rewarded`,
    },
    {
      figure: summary.vaultBalanced ? "0 wei" : "off",
      name: "missing in the vault",
      detail: summary.vaultBalanced ? "balanced exactly" : "not balanced",
    },
  ]);
}

function accuracySection(summary: Summary): string {
  const rows = accuracyRows(summary);
  const data = {
    head: ["", "swarm", "best agent", "median agent", "majority", "majority of the same seats"],
    rows: rows.map(({ name, swarm, best, median, majority, seatMajority }) => [
      name,
      ...[swarm, best, median, majority, seatMajority].map(ratio),
    ]),
  };
  return `${renderLegend(ACCURACY_LEGEND)}${renderFigure(accuracyChart(rows), data, { width: "wide" })}`;
}

function timelineSection({ timeline }: Summary, value: "trust" | "gain", unit: string): string {
  const panels = [...Map.groupBy(timeline, ({ domain }) => domain)].map(([domain, points]) => {
    const description = `${value === "trust" ? "Trust" : "Stake won or lost"} over epochs by kind of agent, domain ${domain}`;
    return panel(domain, kindsChart(points, value, unit, description), byEpoch(points, value));
  });
  return `<div class="panels">${panels.join("")}</div>`;
}

/** A row an epoch, a column a kind. */
function byEpoch(points: readonly TimelinePoint[], value: "trust" | "gain"): TableData {
  const kinds = [...new Set(points.map(({ kind }) => kind))];
  const digits = value === "trust" ? 3 : 1;
  const rows = [...Map.groupBy(points, ({ epoch }) => epoch)].map(([epoch, at]) => [
    epoch,
    ...kinds.map((kind) => at.find((point) => point.kind === kind)?.[value].toFixed(digits) ?? null),
  ]);
  return { head: ["epoch", ...kinds], rows };
}

function marginSection({ domains, scored }: Summary): string {
  const panels = domains.map(({ domain }) => {
    const bars = marginsOf(scored.filter((verdict) => verdict.domain === domain));
    const table = {
      head: ["support", "result", "verdicts"],
      rows: bars.map(({ from, to, result, count }) => [`${percent(from)} to ${percent(to)}`, result, count]),
    };
    return panel(domain, marginChart(bars, `Verdicts by support, domain ${domain}`), table);
  });
  return `<div class="panels">${panels.join("")}</div>`;
}

function moneySection({ agents, domains }: Summary): string {
  const panels = domains.map(({ domain }) => {
    const rows = moneyRows(agents.filter((agent) => agent.domain === domain));
    const table = {
      head: ["kind", "agents", "earned", "slashed", "net"],
      rows: rows.map(({ name, agents: count, won, lost }) => [
        name,
        count,
        won.toFixed(2),
        lost.toFixed(2),
        (won - lost).toFixed(2),
      ]),
    };
    const chart = moneyChart(rows, "tokens an agent", `Tokens won and lost by kind, domain ${domain}`);
    return panel(domain, chart, table);
  });
  return `<div class="panels">${panels.join("")}</div>`;
}

function panel(domain: string, svg: string, data: TableData): string {
  return `<div><h3>${escapeHtml(domain)}</h3>${renderFigure(svg, data)}</div>`;
}

function agentSection({ agents }: Summary): string {
  return renderTable({
    head: ["id", "agent", "kind", "domain", "votes", "accuracy", "earned", "slashed", "trust", "weight"],
    rows: agents.map((agent) => [
      agent.id,
      `${agent.name}${agent.contaminated ? " *" : ""}`,
      agent.kind,
      agent.domain,
      agent.votes,
      ratio(agent.accuracy),
      agent.earned.toFixed(2),
      agent.slashed.toFixed(2),
      ratio(agent.trust),
      agent.weight.toFixed(2),
    ]),
  });
}

const capitalize = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
const percent = (value: number) => `${(100 * value).toFixed(1).replace(/\.0$/, "")}%`;
const ratio = (value: number | null) => (value === null || Number.isNaN(value) ? null : value.toFixed(3));
const groupDigits = (digits: string) => digits.replace(/\B(?=(\d{3})+$)/g, " ");
