import { OKABE_ITO } from "@assay/charts";
import { ACCURACY_LEGEND, accuracyChart, marginChart, moneyChart, timelineChart } from "./charts.ts";
import { ROLE_COLOURS, VERDICT_COLOURS } from "./palette.ts";
import { accuracyRows, marginBars, moneyRows } from "./report-data.ts";
import { REPORT_STYLE } from "./report-style.ts";
import type { Summary } from "./summary.ts";
import { eventLines, findings, footnotes } from "./table.ts";
import type { TimelinePoint } from "./timeline.ts";

type Cell = string | number | null;

interface TableData {
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** The report: one HTML file that loads nothing. */
export function renderReport(summary: Summary, profile: string): string {
  const { options } = summary;
  const subtitle =
    `${options.agents} agents, ${options.claims} claims asked over ${options.epochs} epochs, ` +
    `${(100 * options.adversaries).toFixed(0)}% of the stake with adversaries, seed ${options.seed}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Assay: a run</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<main>
<header>
<h1>Assay: a run on a local chain</h1>
<p>${escape(subtitle)}</p>
</header>
${cards(summary)}
<section>
<h2>Is the swarm more right than its parts?</h2>
<p>${findings(summary)
    .map((text) => escape(capitalize(text)))
    .join(". ")}.</p>
${accuracySection(summary)}
</section>
<section>
<h2>Trust over epochs</h2>
<p>Estimate of an agent's balanced accuracy, mean by kind. Below the dotted line an agent is worse than a guess.</p>
${legend(ROLE_LEGEND)}
${timelineSection(summary, "trust", "trust")}
</section>
<section>
<h2>Stake over epochs</h2>
<p>Tokens won or lost since the start, mean by kind.</p>
${legend(ROLE_LEGEND)}
${timelineSection(summary, "gain", "tokens")}
</section>
<section>
<h2>Margins of the verdicts</h2>
<p>Share of the weight behind the leading outcome when the question became final, and whether it is the truth.</p>
${legend(Object.entries(VERDICT_COLOURS).map(([name, colour]) => ({ name, colour, symbol: "square" })))}
${marginSection(summary)}
</section>
<section>
<h2>Money by kind</h2>
<p>What an agent of each kind won and what it lost, on average. The black mark is what remains.</p>
${legend(MONEY_LEGEND)}
${moneySection(summary)}
</section>
<section>
<h2>What happened</h2>
<ul>${eventLines(summary)
    .map((line) => `<li>${escape(line)}</li>`)
    .join("")}</ul>
</section>
<section>
<h2>Costs</h2>
<p>Measured with the ${escape(profile)} build at ${summary.gas.votesPerBeat.toFixed(1)} votes a beat, all beats, settlements and finalizations included.</p>
${htmlTable({
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
${htmlTable({ head: ["", "wei"], rows: Object.entries(VAULT_ROWS).map(([key, name]) => [name, groupDigits(summary.vault[key as keyof typeof VAULT_ROWS])]) })}
</section>
<section>
<h2>Agents</h2>
${agentSection(summary)}
</section>
<footer>
<h2>Definitions</h2>
<ul>${footnotes(summary)
    .map((line) => `<li>${escape(line)}</li>`)
    .join("")}</ul>
</footer>
</main>
</body>
</html>
`;
}

const VAULT_ROWS = {
  stakes: "stakes of all agents",
  credits: "+ credits to collect",
  sinkDue: "+ due to the sink",
  escrow: "+ escrow of open questions",
  tokens: "= tokens in the vault",
} as const;

const ROLE_LEGEND = [
  { name: "honest models", colour: ROLE_COLOURS.honest, symbol: "line" },
  { name: "lazy", colour: ROLE_COLOURS.lazy, symbol: "dash" },
  { name: "random", colour: ROLE_COLOURS.random, symbol: "dot" },
  { name: "colluding", colour: ROLE_COLOURS.colluding, symbol: "dashdot" },
];

const MONEY_LEGEND = [
  { name: "earned", colour: OKABE_ITO.blue, symbol: "square" },
  { name: "slashed", colour: OKABE_ITO.vermilion, symbol: "square" },
  { name: "net", colour: "#000", symbol: "tick" },
];

function cards(summary: Summary): string {
  const { events } = summary;
  const items: [string, string, string][] = [
    [
      percent(summary.swarmAccuracy),
      "of the verdicts are true",
      `${summary.verdicts} verdicts, ${summary.unresolved} unresolved`,
    ],
    [
      percent(summary.medianAgentAccuracy),
      "median agent",
      `best ${percent(summary.bestAgentAccuracy)}, majority ${percent(summary.majorityAccuracy)}`,
    ],
    [
      Math.round(summary.gasPerVote).toLocaleString("en-US"),
      "gas a vote",
      `${events.votes.toLocaleString("en-US")} votes in ${events.beats.toLocaleString("en-US")} beats`,
    ],
    [summary.slashedTotal.toFixed(0), "tokens slashed", `${summary.rewardedTotal.toFixed(0)} tokens rewarded`],
    [
      summary.vaultBalanced ? "0 wei" : "off",
      "missing in the vault",
      summary.vaultBalanced ? "balanced exactly" : "not balanced",
    ],
  ];
  const card = ([figure, name, detail]: [string, string, string]) =>
    `<div class="card"><strong>${escape(figure)}</strong><span>${escape(name)}</span><small>${escape(detail)}</small></div>`;
  return `<div class="cards">${items.map(card).join("")}</div>`;
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
  return `${legend(ACCURACY_LEGEND)}${figure(accuracyChart(rows), data, "wide")}`;
}

function timelineSection({ timeline }: Summary, value: "trust" | "gain", unit: string): string {
  const panels = [...Map.groupBy(timeline, ({ domain }) => domain)].map(([domain, points]) => {
    const description = `${value === "trust" ? "Trust" : "Stake won or lost"} over epochs by kind of agent, domain ${domain}`;
    return `<div><h3>${escape(domain)}</h3>${figure(timelineChart(points, value, unit, description), byEpoch(points, value))}</div>`;
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
    const bars = marginBars(scored.filter((verdict) => verdict.domain === domain));
    const table = {
      head: ["support", "result", "verdicts"],
      rows: bars.map(({ from, to, result, count }) => [`${percent(from)} to ${percent(to)}`, result, count]),
    };
    return `<div><h3>${escape(domain)}</h3>${figure(marginChart(bars, `Verdicts by support, domain ${domain}`), table)}</div>`;
  });
  return `<div class="panels">${panels.join("")}</div>`;
}

function moneySection({ agents, domains }: Summary): string {
  const panels = domains.map(({ domain }) => {
    const rows = moneyRows(agents.filter((agent) => agent.domain === domain));
    const table = {
      head: ["kind", "agents", "earned", "slashed", "net"],
      rows: rows.map(({ kind, agents: count, earned, slashed }) => [
        kind,
        count,
        earned.toFixed(2),
        slashed.toFixed(2),
        (earned - slashed).toFixed(2),
      ]),
    };
    return `<div><h3>${escape(domain)}</h3>${figure(moneyChart(rows, `Tokens won and lost by kind, domain ${domain}`), table)}</div>`;
  });
  return `<div class="panels">${panels.join("")}</div>`;
}

function agentSection({ agents }: Summary): string {
  return htmlTable({
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

/** A chart with its data; in a window too small for its texts the chart scrolls. */
function figure(svg: string, data: TableData, width: "half" | "wide" = "half"): string {
  return `<figure class="${width}"><div>${svg}</div><details><summary>The data</summary>${htmlTable(data)}</details></figure>`;
}

/** Columns of numbers are aligned to the right. */
function htmlTable({ head, rows }: TableData): string {
  const isNumber = (value: Cell | undefined) =>
    value === null || value === undefined || /^-?[\d ,.]+(e[-+]?\d+)?%?$/.test(String(value));
  const classes = head.map((_, i) => (rows.every((row) => isNumber(row[i])) ? ' class="n"' : ""));
  const line = (tag: "th" | "td", cells: readonly Cell[]) =>
    `<tr>${cells.map((value, i) => `<${tag}${classes[i] ?? ""}>${escape(String(value ?? ""))}</${tag}>`).join("")}</tr>`;
  const body = rows.map((row) => line("td", row)).join("\n");
  return `<div class="scroll"><table><thead>${line("th", head)}</thead><tbody>${body}</tbody></table></div>`;
}

const SYMBOLS: Readonly<Record<string, (colour: string) => string>> = {
  circle: (c) => `<circle cx="9" cy="7" r="6" fill="${c}"/>`,
  triangle: (c) => `<path d="M9 1 15 13H3z" fill="${c}"/>`,
  square: (c) => `<rect x="4" y="2" width="10" height="10" fill="${c}"/>`,
  star: (c) => `<path d="M9 0 11 5 16 5 12 8.500 13.500 14 9 10.700 4.500 14 6 8.500 2 5 7 5z" fill="${c}"/>`,
  diamond: (c) => `<path d="M9 0 15 7 9 14 3 7z" fill="${c}"/>`,
  tick: (c) => `<path d="M9 0V14" stroke="${c}" stroke-width="3"/>`,
  line: (c) => `<path d="M0 7H18" stroke="${c}" stroke-width="2"/>`,
  dash: (c) => `<path d="M0 7H18" stroke="${c}" stroke-width="3" stroke-dasharray="6 3"/>`,
  dot: (c) => `<path d="M0 7H18" stroke="${c}" stroke-width="3" stroke-dasharray="2 3"/>`,
  dashdot: (c) => `<path d="M0 7H18" stroke="${c}" stroke-width="3" stroke-dasharray="10 3 2 3"/>`,
};

function legend(items: readonly { readonly name: string; readonly colour: string; readonly symbol: string }[]): string {
  const entry = ({ name, colour, symbol }: (typeof items)[number]) =>
    `<span><svg width="18" height="14" aria-hidden="true">${SYMBOLS[symbol]?.(colour) ?? ""}</svg>${escape(name)}</span>`;
  return `<div class="legend">${items.map(entry).join("")}</div>`;
}

function escape(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}

const capitalize = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
const percent = (value: number) => `${(100 * value).toFixed(1).replace(/\.0$/, "")}%`;
const ratio = (value: number | null) => (value === null || Number.isNaN(value) ? null : value.toFixed(3));
const groupDigits = (digits: string) => digits.replace(/\B(?=(\d{3})+$)/g, " ");
