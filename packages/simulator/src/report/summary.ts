import { basename } from "node:path";
import { type MarginBar, marginBars, type VerdictEnd } from "@assay/charts";
import type { Config } from "../model/config.ts";
import type { AgentResult, QuestionResult, SimulationResult } from "../model/result.ts";
import { type Agreement, agreementOf } from "./agreement.ts";
import { type Estimate, known, meanEstimate, medianOf, shareEstimate } from "./estimate.ts";
import { gasOf } from "./gas.ts";
import { BASELINES, type Contender, CONTENDERS } from "./names.ts";

/** How right somebody is. */
export interface Accuracy {
  readonly contender: Contender;
  /** Of the questions whose truth is known; `null` of none. */
  readonly accuracy: Estimate | null;
  /** By how much the swarm is ahead, question by question; `null` of the swarm itself. */
  readonly ahead: Estimate | null;
}

/** Agents of one strategy. Money in seat fees. */
export interface Kind {
  readonly strategy: string;
  readonly honest: boolean;
  readonly agents: number;
  /** Of all stake. */
  readonly stakeShare: number;
  /** Mean accuracy of their own answers. */
  readonly accuracy: number | null;
  /** Mean weight of a seat in the end, 1 = newcomer. */
  readonly weight: number;
  readonly seats: number;
  readonly votes: number;
  /** Share of the votes with the final verdict. */
  readonly coherent: number | null;
  readonly forfeits: number;
  /** Of an agent, mean. */
  readonly won: number;
  readonly lost: number;
  readonly net: Estimate | null;
  readonly medianNet: number;
  /** Of a seat taken; `null` without one. */
  readonly netPerSeat: number | null;
}

/** A line over time. */
export interface Line {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface Cost {
  /** What asker and appellants paid for a question, in seat fees. */
  readonly fees: Estimate | null;
  readonly answers: number;
  readonly seats: number;
  /** By kind of transaction, of the whole run. */
  readonly gas: Readonly<Record<string, number>>;
  /** Without joining. */
  readonly gasPerVerdict: number;
  readonly gasPerVote: number;
  readonly prices: readonly { readonly gwei: number; readonly ethPerVerdict: number; readonly ethPerVote: number }[];
}

/** What came of a simulation, or, on average, of several with different seeds. */
export interface Summary {
  /** False if it was stopped before its end. */
  readonly complete: boolean;
  /** Of the first seed. */
  readonly config: Config;
  readonly seeds: readonly number[];
  readonly questions: number;
  /** Of those, with a known truth. */
  readonly scored: number;
  readonly decided: Estimate | null;
  /** Resolved to another outcome than the truth, of those whose truth is known. */
  readonly wrong: Estimate | null;
  readonly accuracies: readonly Accuracy[];
  /** Accuracy of the last so many questions, by questions asked so far. */
  readonly window: number;
  readonly overTime: readonly Line[];
  readonly kinds: readonly Kind[];
  /** Mean weight of a seat, and money of an agent, by epoch, a line a kind. */
  readonly weights: readonly Line[];
  readonly money: readonly Line[];
  readonly margins: readonly MarginBar[];
  /** Questions by rounds held, and the accuracy of their verdicts. */
  readonly rounds: readonly { readonly rounds: number; readonly share: number; readonly accuracy: number | null }[];
  /** Questions on which adversaries wanted one and the same wrong outcome. */
  readonly attacked: number;
  /** Share of those that ended as they wanted; `null` of none. */
  readonly captured: Estimate | null;
  /** Share of those that were not decided. */
  readonly blocked: Estimate | null;
  /** Of all that do not answer honestly together, purses included, in seat fees. */
  readonly attackersNet: number | null;
  readonly cost: Cost;
  /** Of the first seed. */
  readonly agreement: Agreement;
  /** In seat fees. */
  readonly books: Readonly<Record<string, number>>;
  readonly transactions: Readonly<Record<string, number>>;
  readonly notes: readonly string[];
}

/** Points of a line over time, and the fewest questions that each stands for. */
const POINTS = 60;
const SMALLEST_WINDOW = 20;
/** Part of all questions that a point stands for. */
const WINDOW_SHARE = 1 / 8;

/** Name in the books of those who ask honestly. */
const HONEST_PURSE = "askers";
const OTHER_BOOKS = ["sink", "keeper"];

/** Sums up one simulation. @param gasPrices gwei */
export function summarize(result: SimulationResult, gasPrices: readonly number[] = []): Summary {
  const { config, questions, agents, epochs, books } = result;
  const fees = (wei: bigint) => Number(wei) / Number(config.rules.seatFee);
  const scored = questions.filter(({ truth }) => truth !== null);
  const attacked = scored.filter(({ truth, target }) => target !== null && target !== truth);
  const count = (of: readonly QuestionResult[], holds: (question: QuestionResult) => boolean) =>
    of.filter(holds).length;
  const resolved = ({ status }: QuestionResult) => status === "resolved";
  const captured = count(attacked, (question) => resolved(question) && question.outcome === question.target);
  const window = Math.max(SMALLEST_WINDOW, Math.round(scored.length * WINDOW_SHARE));
  const kinds = kindsOf(agents, fees);
  return {
    complete: result.complete,
    config: published(config),
    seeds: [config.seed],
    questions: questions.length,
    scored: scored.length,
    decided: shareEstimate(count(questions, resolved), questions.length),
    wrong: shareEstimate(
      count(scored, (question) => endOf(question) === "wrong"),
      scored.length,
    ),
    accuracies: accuraciesOf(scored, config.rules.outcomes),
    window,
    overTime: overTime(scored, config.rules.outcomes, window),
    kinds,
    weights: kindLines(result, ({ weight }) => weight),
    money: kindLines(result, ({ net }) => net),
    margins: marginBars(scored.map((question) => ({ supportBps: question.supportBps, end: endOf(question) }))),
    rounds: roundsOf(questions, config.rules.outcomes),
    attacked: attacked.length,
    captured: shareEstimate(captured, attacked.length),
    blocked: shareEstimate(attacked.length - count(attacked, resolved), attacked.length),
    attackersNet: attackersNet(kinds, books, fees),
    cost: costOf(result, fees, epochs.at(-1), gasPrices),
    agreement: agreementOf(result),
    books: Object.fromEntries(Object.entries(books).map(([name, wei]) => [name, fees(wei)])),
    transactions: result.transactions,
    notes: result.notes,
  };
}

/** Of a folder only the name: where it lies is nobody's business, and another place the same data. */
function published(config: Config): Config {
  const { source } = config;
  return source.kind === "folder" ? { ...config, source: { ...source, path: basename(source.path) } } : config;
}

/** How much a contender's answer is worth: 1 if it is true; no answer, or a tie, is worth a guess. */
function worth(answer: number | null, truth: number | null, outcomes: number): number {
  if (answer === null) return 1 / outcomes;
  return answer === truth ? 1 : 0;
}

function answerOf(question: QuestionResult, contender: Contender): number | null {
  return contender === "swarm" || contender === "swarmDecided" ? question.outcome : question.baselines[contender];
}

function accuraciesOf(scored: readonly QuestionResult[], outcomes: number): Accuracy[] {
  const swarm = scored.map(({ outcome, truth }) => worth(outcome, truth, outcomes));
  return (Object.keys(CONTENDERS) as Contender[]).map((contender) => {
    if (contender === "swarmDecided") {
      const decided = scored.filter(({ status }) => status === "resolved");
      const right = decided.filter(({ outcome, truth }) => outcome === truth).length;
      return { contender, accuracy: shareEstimate(right, decided.length), ahead: null };
    }
    const own = scored.map((question) => worth(answerOf(question, contender), question.truth, outcomes));
    const accuracy = shareEstimate(sum(own), scored.length);
    const ahead = contender === "swarm" ? null : meanEstimate(own.map((value, i) => (swarm[i] as number) - value));
    return { contender, accuracy, ahead };
  });
}

function overTime(scored: readonly QuestionResult[], outcomes: number, window: number): Line[] {
  const step = Math.max(1, Math.ceil(scored.length / POINTS));
  const ends = scored.map((_, i) => i + 1).filter((end) => end >= window && (scored.length - end) % step === 0);
  return (["swarm", ...BASELINES] as const).map((contender) => {
    const worths = scored.map((question) => worth(answerOf(question, contender), question.truth, outcomes));
    return { name: contender, points: ends.map((x) => ({ x, y: sum(worths.slice(x - window, x)) / window })) };
  });
}

function kindsOf(agents: readonly AgentResult[], fees: (wei: bigint) => number): Kind[] {
  const stake = sum(agents.map((agent) => fees(agent.stake)));
  return [...Map.groupBy(agents, ({ strategy }) => strategy)]
    .map(([strategy, members]) => {
      const [seats, votes] = [sum(members.map((agent) => agent.seats)), sum(members.map((agent) => agent.votes))];
      const nets = members.map(({ gain, loss }) => fees(gain - loss));
      const mean = (of: (agent: AgentResult) => number) => sum(members.map(of)) / members.length;
      return {
        strategy,
        honest: members.every(({ honest }) => honest),
        agents: members.length,
        stakeShare: sum(members.map((agent) => fees(agent.stake))) / stake,
        accuracy: meanEstimate(known(members.map(({ accuracy }) => accuracy)))?.mean ?? null,
        weight: mean(({ weight }) => weight / 256),
        seats,
        votes,
        coherent: votes === 0 ? null : sum(members.map(({ coherent }) => coherent)) / votes,
        forfeits: sum(members.map(({ forfeits }) => forfeits)),
        won: mean(({ gain }) => fees(gain)),
        lost: mean(({ loss }) => fees(loss)),
        net: meanEstimate(nets),
        medianNet: medianOf(nets) ?? 0,
        netPerSeat: seats === 0 ? null : sum(nets) / seats,
      };
    })
    .sort((a, b) => Number(b.honest) - Number(a.honest) || (a.strategy < b.strategy ? -1 : 1));
}

function kindLines({ epochs }: SimulationResult, of: (at: { weight: number; net: number }) => number): Line[] {
  const points = epochs.flatMap(({ kinds }, i) => kinds.map((at) => ({ name: at.strategy, x: i + 1, y: of(at) })));
  return [...Map.groupBy(points, ({ name }) => name)].map(([name, own]) => ({
    name,
    points: own.map(({ x, y }) => ({ x, y })),
  }));
}

function endOf({ status, outcome, truth }: QuestionResult): VerdictEnd {
  if (status === "unresolved") return "unresolved";
  return outcome === truth ? "right" : "wrong";
}

function roundsOf(questions: readonly QuestionResult[], outcomes: number): Summary["rounds"] {
  return [...Map.groupBy(questions, ({ rounds }) => rounds)]
    .map(([rounds, own]) => {
      const scored = own.filter(({ truth }) => truth !== null);
      const right = sum(scored.map(({ outcome, truth }) => worth(outcome, truth, outcomes)));
      return {
        rounds,
        share: own.length / questions.length,
        accuracy: scored.length === 0 ? null : right / scored.length,
      };
    })
    .sort((a, b) => a.rounds - b.rounds);
}

function attackersNet(
  kinds: readonly Kind[],
  books: SimulationResult["books"],
  fees: (wei: bigint) => number,
): number | null {
  const attackers = kinds.filter(({ honest }) => !honest);
  if (attackers.length === 0) return null;
  const purses = Object.entries(books).filter(([name]) => name !== HONEST_PURSE && !OTHER_BOOKS.includes(name));
  return sum(attackers.map(({ agents, won, lost }) => agents * (won - lost))) + sum(purses.map(([, wei]) => fees(wei)));
}

function costOf(
  result: SimulationResult,
  fees: (wei: bigint) => number,
  last: SimulationResult["epochs"][number] | undefined,
  gasPrices: readonly number[],
): Cost {
  const { questions } = result;
  const gas = gasOf(result);
  // Once in an agent's life, and a matter of how long the run is.
  const { join: _joining, ...running } = gas;
  const total = sum(Object.values(running));
  const per = (count: number) => (count === 0 ? 0 : total / count);
  const eth = (units: number, gwei: number) => units * gwei * 1e-9;
  const [gasPerVerdict, gasPerVote] = [per(questions.length), per(last?.votes ?? 0)];
  const mean = (of: (question: QuestionResult) => number) => meanEstimate(questions.map(of))?.mean ?? 0;
  return {
    fees: meanEstimate(questions.map(({ cost }) => fees(cost))),
    answers: mean(({ answers }) => answers),
    seats: mean(({ seats }) => seats),
    gas,
    gasPerVerdict,
    gasPerVote,
    prices: gasPrices.map((gwei) => ({
      gwei,
      ethPerVerdict: eth(gasPerVerdict, gwei),
      ethPerVote: eth(gasPerVote, gwei),
    })),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
