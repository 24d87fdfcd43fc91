import type { MarginBar } from "@assay/charts";
import { type Estimate, known, meanEstimate } from "./estimate.ts";
import type { Accuracy, Cost, Kind, Line, Summary } from "./summary.ts";

/**
 * The mean of simulations that differ in their seeds: every interval is then over seeds.
 * Heat map, configuration and notes are the first one's.
 * @throws RangeError without a summary
 */
export function combine(summaries: readonly Summary[]): Summary {
  const [first] = summaries;
  if (first === undefined) throw new RangeError("no summary to combine");
  if (summaries.length === 1) return first;
  const mean = (of: (summary: Summary) => number) => meanOf(summaries.map(of));
  const over = (of: (summary: Summary) => Estimate | null) => shareOverSeeds(summaries.map(of));
  return {
    complete: summaries.every(({ complete }) => complete),
    config: first.config,
    seeds: summaries.flatMap(({ seeds }) => seeds),
    questions: mean(({ questions }) => questions),
    scored: mean(({ scored }) => scored),
    decided: over(({ decided }) => decided),
    wrong: over(({ wrong }) => wrong),
    accuracies: first.accuracies.map(({ contender }) => {
      const own = summaries.map(({ accuracies }) => accuracies.find((one) => one.contender === contender) as Accuracy);
      return {
        contender,
        accuracy: shareOverSeeds(own.map(({ accuracy }) => accuracy)),
        ahead: overSeeds(own.map(({ ahead }) => ahead)),
      };
    }),
    window: first.window,
    overTime: meanLines(summaries.map(({ overTime }) => overTime)),
    kinds: first.kinds.map(({ strategy }) =>
      meanKind(summaries.flatMap(({ kinds }) => kinds.filter((kind) => kind.strategy === strategy))),
    ),
    weights: meanLines(summaries.map(({ weights }) => weights)),
    money: meanLines(summaries.map(({ money }) => money)),
    margins: addMargins(summaries.flatMap(({ margins }) => margins)),
    rounds: meanRounds(summaries),
    attacked: mean(({ attacked }) => attacked),
    captured: over(({ captured }) => captured),
    blocked: over(({ blocked }) => blocked),
    attackersNet: meanKnown(summaries.map(({ attackersNet }) => attackersNet)),
    cost: meanCost(summaries.map(({ cost }) => cost)),
    agreement: first.agreement,
    books: meanRecord(summaries.map(({ books }) => books)),
    transactions: meanRecord(summaries.map(({ transactions }) => transactions)),
    notes: first.notes,
  };
}

/** The same of shares, whose interval ends where they do. */
function shareOverSeeds(estimates: readonly (Estimate | null)[]): Estimate | null {
  const estimate = overSeeds(estimates);
  return estimate && { ...estimate, low: Math.max(0, estimate.low), high: Math.min(1, estimate.high) };
}

/** Of the means of several runs. */
function overSeeds(estimates: readonly (Estimate | null)[]): Estimate | null {
  return meanEstimate(known(estimates).map(({ mean }) => mean));
}

function meanKind(kinds: readonly Kind[]): Kind {
  const [first] = kinds as [Kind];
  const mean = (of: (kind: Kind) => number) => meanOf(kinds.map(of));
  return {
    strategy: first.strategy,
    honest: first.honest,
    agents: mean(({ agents }) => agents),
    stakeShare: mean(({ stakeShare }) => stakeShare),
    accuracy: meanKnown(kinds.map(({ accuracy }) => accuracy)),
    weight: mean(({ weight }) => weight),
    seats: mean(({ seats }) => seats),
    votes: mean(({ votes }) => votes),
    coherent: meanKnown(kinds.map(({ coherent }) => coherent)),
    forfeits: mean(({ forfeits }) => forfeits),
    won: mean(({ won }) => won),
    lost: mean(({ lost }) => lost),
    net: overSeeds(kinds.map(({ net }) => net)),
    medianNet: mean(({ medianNet }) => medianNet),
    netPerSeat: meanKnown(kinds.map(({ netPerSeat }) => netPerSeat)),
  };
}

function meanCost(costs: readonly Cost[]): Cost {
  const [first] = costs as [Cost];
  const mean = (of: (cost: Cost) => number) => meanOf(costs.map(of));
  return {
    fees: overSeeds(costs.map(({ fees }) => fees)),
    answers: mean(({ answers }) => answers),
    seats: mean(({ seats }) => seats),
    gas: meanRecord(costs.map(({ gas }) => gas)),
    gasPerVerdict: mean(({ gasPerVerdict }) => gasPerVerdict),
    gasPerVote: mean(({ gasPerVote }) => gasPerVote),
    prices: first.prices.map(({ gwei }, i) => ({
      gwei,
      ethPerVerdict: mean(({ prices }) => prices[i]?.ethPerVerdict ?? 0),
      ethPerVote: mean(({ prices }) => prices[i]?.ethPerVote ?? 0),
    })),
  };
}

/** Lines of one name point by point, where every run has the point. */
function meanLines(runs: readonly (readonly Line[])[]): Line[] {
  return (runs[0] ?? []).map(({ name }) => {
    const lines = runs.map((lines) => lines.find((line) => line.name === name)?.points ?? []);
    const length = Math.min(...lines.map((points) => points.length));
    return {
      name,
      points: (lines[0] ?? [])
        .slice(0, length)
        .map(({ x }, i) => ({ x, y: meanOf(lines.map((line) => line[i]?.y ?? 0)) })),
    };
  });
}

function addMargins(bars: readonly MarginBar[]): MarginBar[] {
  return [...Map.groupBy(bars, ({ from, result }) => `${from} ${result}`)]
    .map(([, own]) => ({ ...(own[0] as MarginBar), count: own.reduce((sum, { count }) => sum + count, 0) }))
    .sort((a, b) => a.from - b.from);
}

function meanRounds(summaries: readonly Summary[]): Summary["rounds"] {
  const all = [...new Set(summaries.flatMap(({ rounds }) => rounds.map((row) => row.rounds)))].sort((a, b) => a - b);
  return all.map((rounds) => {
    const own = summaries.map((summary) => summary.rounds.find((row) => row.rounds === rounds));
    return {
      rounds,
      share: meanOf(own.map((row) => row?.share ?? 0)),
      accuracy: meanKnown(own.map((row) => row?.accuracy ?? null)),
    };
  });
}

function meanRecord(records: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const keys = new Set(records.flatMap((record) => Object.keys(record)));
  return Object.fromEntries([...keys].map((key) => [key, meanOf(records.map((record) => record[key] ?? 0))]));
}

function meanKnown(values: readonly (number | null)[]): number | null {
  return meanEstimate(known(values))?.mean ?? null;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
