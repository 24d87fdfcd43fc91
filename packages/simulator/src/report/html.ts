import {
  type Card,
  escapeHtml,
  heatMap,
  heatMapLegend,
  intervalChart,
  marginChart,
  MONEY_LEGEND,
  moneyChart,
  renderCards,
  renderFigure,
  renderLegend,
  renderList,
  renderPage,
  renderTable,
  type TableData,
  timelineChart,
  type TimelineOptions,
  type TimelineSeries,
  VERDICT_LEGEND,
} from "@assay/charts";
import { agreementByKind } from "./agreement.ts";
import type { Estimate } from "./estimate.ts";
import { type Contender, CONTENDERS } from "./names.ts";
import { CONTENDER_STYLES, kindStyle } from "./palette.ts";
import type { Line, Summary } from "./summary.ts";
import { configRows, definitions, findings, signed, titleOf } from "./texts.ts";

/** Contenders whose lines over time can be told apart. */
const OVER_TIME: readonly Contender[] = ["swarm", "majoritySame", "majority", "dawidSkene", "bestHindsight"];
/** Points of a line that a table shows. */
const TABLE_ROWS = 12;

/** What came of a simulation as one HTML file that loads nothing. */
export function renderReport(summary: Summary): string {
  const body = [
    summary.complete ? "" : partial(),
    cards(summary),
    section(
      "Is the swarm more right than its parts?",
      "",
      renderList(findings(summary).map(sentence)) + accuracyFigure(summary),
    ),
    section(
      "Accuracy over time",
      `Share of the last ${summary.window} questions that were answered rightly, by questions asked so far.`,
      overTimeFigure(summary),
    ),
    kindSections(summary),
    section(
      "Margins and rounds",
      "How much of the weight stood behind the leading outcome in the end, how the verdict ended, and how many rounds it took.",
      `<div class="panels"><div>${renderLegend(VERDICT_LEGEND)}${marginFigure(summary)}</div><div>${roundTable(summary)}</div></div>`,
    ),
    attackSection(summary),
    agreementSection(summary),
    costSection(summary),
    section("What was simulated", "", renderTable({ head: ["", ""], rows: configRows(summary.config) })),
    `<footer><h2>Definitions</h2>${renderList([...definitions(summary), ...summary.notes])}</footer>`,
  ];
  const head = { title: "Assay: a simulation", heading: "Assay: a simulated domain", subtitle: titleOf(summary) };
  return renderPage(head, body.join("\n"));
}

function section(title: string, text: string, content: string): string {
  const paragraph = text === "" ? "" : `<p>${escapeHtml(text)}</p>`;
  return `<section>\n<h2>${escapeHtml(title)}</h2>\n${paragraph}${content}\n</section>`;
}

function partial(): string {
  const text =
    "This run was stopped before its end. What follows is what was known by then, and not the result of the run.";
  return `<section class="warning"><h2>Partial</h2><p>${text}</p></section>`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function cards(summary: Summary): string {
  const of = (contender: Contender) =>
    summary.accuracies.find((one) => one.contender === contender)?.accuracy?.mean ?? null;
  const honest = summary.kinds.find((kind) => kind.honest);
  const { cost, captured, attacked, decided } = summary;
  const list: Card[] = [
    {
      figure: percent(of("swarm")),
      name: "of the verdicts are true",
      detail: `${percent(of("swarmDecided"))} of the decided`,
    },
    {
      figure: percent(of("majoritySame")),
      name: "majority of as many",
      detail: `best agent ${percent(of("bestHindsight"))}, Dawid-Skene ${percent(of("dawidSkene"))}`,
    },
    {
      figure: percent(decided?.mean ?? null),
      name: "decided",
      detail: `${cost.answers.toFixed(1)} answers a question`,
    },
    {
      figure: cost.fees === null ? "-" : cost.fees.mean.toFixed(1),
      name: "seat fees a verdict",
      detail: `${whole(cost.gasPerVerdict)} gas`,
    },
    {
      figure: honest === undefined ? "-" : signed(honest.medianNet, 1),
      name: "seat fees: honest median",
      detail: `${honest?.netPerSeat === undefined || honest.netPerSeat === null ? "-" : signed(honest.netPerSeat, 2)} a seat`,
    },
  ];
  if (attacked > 0) {
    list.push({
      figure: percent(captured?.mean ?? null),
      name: "of the attacked captured",
      detail: `${whole(attacked)} questions attacked`,
    });
  }
  return renderCards(list);
}

function accuracyFigure({ accuracies }: Summary): string {
  const rows = accuracies.flatMap(({ contender, accuracy }) =>
    accuracy === null ? [] : [{ name: CONTENDERS[contender], ...accuracy, ...CONTENDER_STYLES[contender] }],
  );
  const table = {
    head: ["", "accuracy", "95 % from", "to", "swarm ahead, points", "95 % from", "to"],
    rows: accuracies.map(({ contender, accuracy, ahead }) => [
      CONTENDERS[contender],
      ...cells(accuracy, (value) => percent(value)),
      ...cells(ahead, (value) => signed(100 * value, 1)),
    ]),
  };
  const chart = intervalChart(rows, "accuracy", "Accuracy of the swarm and of the baselines, with 95 % intervals");
  const caption =
    "Each dot with its 95 % interval; the dotted line goes through the swarm. Below it, what others make of the same answers.";
  return renderFigure(chart, table, { width: "square", caption });
}

function cells(estimate: Estimate | null, show: (value: number) => string): (string | null)[] {
  return estimate === null ? [null, null, null] : [estimate.mean, estimate.low, estimate.high].map(show);
}

function overTimeFigure({ overTime }: Summary): string {
  const series = OVER_TIME.flatMap((contender) => {
    const points = overTime.find(({ name }) => name === contender)?.points ?? [];
    return points.length === 0 ? [] : [{ name: CONTENDERS[contender], points, ...CONTENDER_STYLES[contender] }];
  });
  if (series.length === 0) return "<p>Too few questions for a line over time.</p>";
  const values = series.flatMap(({ points }) => points.map(({ y }) => y));
  const low = Math.max(0, Math.floor(Math.min(...values) * 20 - 0.5) / 20);
  const chart = timelineChart(series, {
    description: "Accuracy of the swarm and of baselines over time",
    xLabel: "questions asked",
    yLabel: "accuracy",
    range: [low, 1],
    reference: low,
    width: 1_000,
  });
  const named = overTime.map(({ name, points }) => ({ name: CONTENDERS[name as Contender], points }));
  const caption = "Where the swarm's line rises against the majority's, trust has learnt whom to believe.";
  return renderFigure(chart, lineTable("questions", named, percent), { width: "wide", caption });
}

function kindSections(summary: Summary): string {
  const others = summary.kinds.filter(({ honest }) => !honest).map(({ strategy }) => strategy);
  const styled = (lines: readonly Line[]): TimelineSeries[] =>
    lines.map(({ name, points }) => ({ name, points, ...kindStyle(!others.includes(name), others.indexOf(name)) }));
  const figure = (lines: readonly Line[], digits: number, options: TimelineOptions, caption: string) =>
    lines.every(({ points }) => points.length === 0)
      ? ""
      : renderFigure(
          timelineChart(styled(lines), options),
          lineTable("epoch", lines, (y) => y.toFixed(digits)),
          { caption },
        );
  const weights = figure(
    summary.weights,
    2,
    { description: "Weight of a seat by kind over epochs", xLabel: "epoch", yLabel: "weight of a seat", reference: 1 },
    "Weight of a seat, mean by stake. A newcomer's is 1 (dotted), the most is 16.",
  );
  const money = figure(
    summary.money,
    1,
    { description: "Money by kind over epochs", xLabel: "epoch", yLabel: "seat fees an agent" },
    "Gain less loss of an agent so far, mean, in seat fees.",
  );
  const rows = summary.kinds.map(({ strategy, won, lost }) => ({ name: strategy, won, lost }));
  const kindData = {
    head: [
      "strategy",
      "agents",
      "stake",
      "accuracy",
      "seats",
      "with verdict",
      "forfeits",
      "net an agent",
      "95 % from",
      "to",
      "median",
      "net a seat",
    ],
    rows: summary.kinds.map((kind) => [
      kind.strategy,
      whole(kind.agents),
      percent(kind.stakeShare),
      percent(kind.accuracy),
      whole(kind.seats),
      percent(kind.coherent),
      whole(kind.forfeits),
      ...cells(kind.net, (value) => signed(value, 2)),
      signed(kind.medianNet, 2),
      kind.netPerSeat === null ? null : signed(kind.netPerSeat, 3),
    ]),
  };
  const wonAndLost = {
    head: ["strategy", "earned an agent", "slashed an agent"],
    rows: rows.map(({ name, won, lost }) => [name, won.toFixed(2), lost.toFixed(2)]),
  };
  const bars = renderFigure(
    moneyChart(rows, "seat fees an agent", "Seat fees won and lost by kind of agent"),
    wonAndLost,
    {
      width: "square",
      caption: "What an agent of each kind won and lost over the whole run, mean. The upright mark is what remains.",
    },
  );
  return [
    section(
      "Trust and money over time",
      "By kind of agent.",
      `<div class="panels"><div>${weights}</div><div>${money}</div></div>`,
    ),
    section("Who earns, who pays", "", `${renderLegend(MONEY_LEGEND)}${bars}${renderTable(kindData)}`),
  ].join("\n");
}

function marginFigure({ margins, seeds }: Summary): string {
  if (margins.length === 0) return "";
  const table = {
    head: ["support", "ended", "verdicts"],
    rows: margins.map(({ from, to, result, count }) => [`${percent(from)} to ${percent(to)}`, result, count]),
  };
  const caption = `Verdicts whose truth is known${seeds.length > 1 ? ", of all seeds" : ""}. Wrong ones should stand on the left, where support is thin.`;
  return renderFigure(marginChart(margins, "Verdicts by support"), table, { caption });
}

function roundTable({ rounds }: Summary): string {
  return renderTable({
    head: ["rounds held", "questions", "accuracy"],
    rows: rounds.map((row) => [row.rounds, percent(row.share), percent(row.accuracy)]),
  });
}

function attackSection(summary: Summary): string {
  const { attacked, captured, blocked, attackersNet } = summary;
  if (attackersNet === null) return "";
  const table = {
    head: ["", "", "95 % from", "to"],
    rows: [
      ["questions wanted wrong", whole(attacked), null, null],
      ["captured: resolved as wanted", ...cells(captured, percent)],
      ["blocked: not decided", ...cells(blocked, percent)],
      ["net of all adversaries, seat fees", signed(attackersNet, 1), null, null],
    ],
  };
  return section("What the attack came to", "", renderTable(table));
}

function agreementSection(summary: Summary): string {
  const { members, pairs } = summary.agreement;
  if (members.length < 2) return "";
  const byKind = agreementByKind(summary.agreement);
  const table = {
    head: ["", "and", "wrong together", "if independent", "pairs"],
    rows: byKind.map((row) => [row.a, row.b, percent(row.together), percent(row.expected), row.pairs]),
  };
  const values = pairs.map((row) => row.map((pair) => pair?.together ?? null));
  const chart = heatMap(members, values, {
    description: "How alike agents err, pair by pair",
    label: "wrong together",
  });
  const caption =
    `${members.length} agents, by kind and then by accuracy. Errors in common are what a committee cannot vote away: ` +
    "a red square is a kind that is wrong together.";
  return section(
    "Who is wrong together",
    "Of the questions that two agents answer and at least one gets wrong, the share that both do. Empty: too few to tell.",
    renderLegend(heatMapLegend({ none: "0: never both", all: "1: always both" })) +
      renderFigure(
        chart,
        { head: ["agent", "kind"], rows: members.map(({ name, group }) => [name, group]) },
        { width: "square", caption },
      ) +
      renderTable(table),
  );
}

function costSection({ cost, books }: Summary): string {
  const prices = {
    head: ["gas price", "ETH a vote", "ETH a verdict"],
    rows: cost.prices.map(({ gwei, ethPerVote, ethPerVerdict }) => [
      `${gwei} gwei`,
      ethPerVote.toExponential(2),
      ethPerVerdict.toExponential(2),
    ]),
  };
  const gas = {
    head: ["transactions", "gas of the run"],
    rows: Object.entries(cost.gas).map(([kind, units]) => [kind, whole(units)]),
  };
  const purses = {
    head: ["books", "net, seat fees"],
    rows: Object.entries(books).map(([name, net]) => [name, signed(net, 1)]),
  };
  const tables = [prices, gas, purses].filter(({ rows }) => rows.length > 0);
  const fees =
    cost.fees === null ? "" : `A question cost its asker and appellants ${cost.fees.mean.toFixed(2)} seat fees, `;
  return section(
    "What it costs",
    `${fees}and its verdict ${whole(cost.gasPerVerdict)} gas, ${whole(cost.gasPerVote)} a vote; joining is not in it.`,
    `<div class="panels">${tables.map((table) => `<div>${renderTable(table)}</div>`).join("")}</div>`,
  );
}

/** A row an x, a column a line, thinned out. */
function lineTable(xName: string, lines: readonly Line[], show: (y: number) => string): TableData {
  const xs = [...new Set(lines.flatMap(({ points }) => points.map(({ x }) => x)))].sort((a, b) => a - b);
  const step = Math.max(1, Math.ceil(xs.length / TABLE_ROWS));
  const kept = xs.filter((_, i) => (xs.length - 1 - i) % step === 0);
  const at = lines.map(({ points }) => new Map(points.map(({ x, y }) => [x, y])));
  return {
    head: [xName, ...lines.map(({ name }) => name)],
    rows: kept.map((x) => [
      x,
      ...at.map((line) => {
        const y = line.get(x);
        return y === undefined ? null : show(y);
      }),
    ]),
  };
}

function percent(share: number | null): string {
  return share === null ? "-" : `${(100 * share).toFixed(1)}%`;
}

const whole = (value: number) => Math.round(value).toLocaleString("en-US");
