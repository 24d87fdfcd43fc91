import { basename } from "node:path";
import { textTable } from "@assay/charts";
import type { Config, Source } from "../model/config.ts";
import type { Estimate } from "./estimate.ts";
import { CONTENDERS } from "./names.ts";
import type { Summary } from "./summary.ts";

const percentOf = (share: number | null) => (share === null ? "-" : `${(100 * share).toFixed(1)}%`);
const withInterval = (estimate: Estimate | null) =>
  estimate === null
    ? "-"
    : `${(100 * estimate.mean).toFixed(1)}% (${(100 * estimate.low).toFixed(1)} to ${(100 * estimate.high).toFixed(1)})`;
const points = (estimate: Estimate | null) =>
  estimate === null
    ? ""
    : `${signed(100 * estimate.mean, 1)} (${signed(100 * estimate.low, 1)} to ${signed(100 * estimate.high, 1)})`;
const whole = (value: number) => Math.round(value).toLocaleString("en-US");

/** A number with its sign. @param digits behind the point */
export function signed(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : value > 0 ? `+${text}` : text;
}

/** What a simulation is of, in one line. */
export function titleOf({ config, questions, seeds, kinds }: Summary): string {
  const agents = kinds.reduce((total, kind) => total + kind.agents, 0);
  const others = config.groups.map(({ strategy, stake }) => `${strategy} ${percentOf(stake)}`);
  const seed = seeds.length === 1 ? `seed ${seeds[0]}` : `${seeds.length} seeds from ${seeds[0]}`;
  return (
    `${sourceName(config.source)}: ${whole(questions)} questions, ${whole(agents)} agents, ` +
    `${others.length === 0 ? "all honest" : `of the stake ${others.join(", ")}`}, ` +
    `${percentOf(config.canaries)} canaries, ${config.engine} engine, ${seed}`
  );
}

/** Name of what is asked, without the path to it. */
function sourceName(source: Source): string {
  if (source.kind === "folder") return basename(source.path);
  return source.kind === "builtin" ? source.task : "synthetic";
}

/** The swarm and the baselines, a line each. */
export function accuracyTable(summary: Summary): string {
  const rows = summary.accuracies.map(({ contender, accuracy, ahead }) => [
    CONTENDERS[contender],
    withInterval(accuracy),
    points(ahead),
  ]);
  return textTable(["", "accuracy (95 %)", "swarm ahead, points"], rows, 1);
}

/** Agents by strategy, a line each. */
export function kindTable({ kinds }: Summary): string {
  const head = [
    "strategy",
    "agents",
    "stake",
    "accuracy",
    "seats",
    "with verdict",
    "net/agent",
    "median",
    "net/seat",
    "weight",
  ];
  const rows = kinds.map((kind) => [
    kind.strategy,
    whole(kind.agents),
    percentOf(kind.stakeShare),
    percentOf(kind.accuracy),
    whole(kind.seats),
    percentOf(kind.coherent),
    kind.net === null ? "-" : signed(kind.net.mean, 2),
    signed(kind.medianNet, 2),
    kind.netPerSeat === null ? "-" : signed(kind.netPerSeat, 3),
    kind.weight.toFixed(2),
  ]);
  return textTable(head, rows, 1);
}

/** What one would say of it. */
export function findings(summary: Summary): string[] {
  const { decided, attacked, captured, blocked, attackersNet, rounds } = summary;
  const compared = summary.accuracies.flatMap(({ contender, ahead }) =>
    ahead === null ? [] : [{ name: CONTENDERS[contender], ahead }],
  );
  const list = (start: string, of: readonly { name: string; ahead: Estimate }[], end: (ahead: Estimate) => string) =>
    of.length === 0 ? [] : [`${start} ${of.map(({ name, ahead }) => `${name}${end(ahead)}`).join(", ")}`];
  const by = ({ mean }: Estimate) => ` by ${Math.abs(100 * mean).toFixed(1)} points`;
  const ahead = compared.filter((one) => one.ahead.low > 0);
  const behind = compared.filter((one) => one.ahead.high < 0);
  const rest = compared.filter((one) => !ahead.includes(one) && !behind.includes(one));
  return [
    ...list("the swarm is ahead of", ahead, by),
    ...list("the swarm is behind", behind, by),
    ...list("the swarm is not to be told from", rest, (one) => ` (${signed(100 * one.mean, 1)})`),
    `it decided ${withInterval(decided)} of the questions; ${rounds.map((row) => `${percentOf(row.share)} took ${row.rounds} round${row.rounds === 1 ? "" : "s"}`).join(", ")}`,
    ...(attacked === 0
      ? []
      : [
          `of ${whole(attacked)} questions that adversaries wanted wrong ${withInterval(captured)} ended as they wanted, ${withInterval(blocked)} undecided`,
        ]),
    ...(attackersNet === null ? [] : [`adversaries together ended with ${signed(attackersNet, 1)} seat fees`]),
  ];
}

/** Fees and gas. */
export function costTable({ cost }: Summary): string {
  const { fees, answers, seats, gasPerVerdict, gasPerVote, prices } = cost;
  const eth = (value: number) => `${value.toExponential(2)} ETH`;
  return [
    `a verdict cost ${fees === null ? "-" : fees.mean.toFixed(2)} seat fees for ${answers.toFixed(1)} answers on ${seats.toFixed(1)} seats, ` +
      `and ${whole(gasPerVerdict)} gas (${whole(gasPerVote)} a vote)`,
    "",
    textTable(
      ["gas price", "a vote", "a verdict"],
      prices.map(({ gwei, ethPerVote, ethPerVerdict }) => [`${gwei} gwei`, eth(ethPerVote), eth(ethPerVerdict)]),
      0,
    ),
  ].join("\n");
}

/** How the figures are defined. */
export function definitions({ config, window }: Summary): string[] {
  return [
    "accuracy: of all questions whose truth is known. An unresolved question counts by its leading outcome; where nobody voted, and where " +
      `a baseline has no answer, it counts as a guess (1/${config.rules.outcomes}). Where it decided: without the unresolved. Ties of baselines are drawn by chance.`,
    "95 %: with one seed over questions (Wilson; of differences question by question), with several over seeds (Student).",
    "majority of as many answers: of a random draw of as many of the item's answers as the verdict took. The other baselines but the " +
      "single agents have all answers of everybody, adversaries included; Dawid-Skene sees all questions at once, oracle weights know the truth.",
    `over time: of the last ${window} questions.`,
    "net: gain less loss of an agent's stake, in seat fees; per seat of those it took. median: of the agents of the kind. " +
      "with verdict: share of votes with the final verdict. weight: of a seat in the end, 1 for a newcomer, at most 16.",
    "captured: questions on which adversaries agreed on a wrong outcome, and which were resolved to it.",
    "gas: transactions counted, times what each takes in the production build (docs/gas.md).",
  ];
}

/** What a run depends on, for a table. */
export function configRows(config: Config): [string, string][] {
  const { rules } = config;
  const share = (value: number) => percentOf(value);
  return [
    ["seats of a first round (k)", String(rules.seats)],
    ["rounds at most", String(rules.maxRounds)],
    ["supermajority", share(rules.supermajorityBps / 10_000)],
    ["bond of a seat, in fees", (Number(rules.seatBond) / Number(rules.seatFee)).toFixed(2)],
    ["burned of losses", share(rules.burnBps / 10_000)],
    ["outcomes", `${rules.outcomes}${rules.openAnswers ? ", open answers" : ""}`],
    ["switched off", rules.without.length === 0 ? "nothing" : rules.without.join(", ")],
    ["canaries", share(config.canaries)],
    ["rounds prepaid", String(config.budgetRounds)],
    ["honest abstain below", config.minConfidence === 0 ? "never" : share(config.minConfidence)],
    ["stake of an honest agent, in bonds", (Number(config.stake) / Number(rules.seatBond)).toFixed(1)],
    ["epochs with questions", String(config.epochs)],
    ["engine", config.engine],
    ...config.groups.map((group): [string, string] => [
      group.strategy,
      [
        `${share(group.stake)} of the stake`,
        `${share(group.identities)} of the identities`,
        ...Object.entries(group.settings).map(([name, value]) => `${name} ${value}`),
      ].join(", "),
    ]),
  ];
}
