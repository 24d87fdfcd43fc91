import { textTable } from "@assay/charts";
import { signed } from "../report/texts.ts";
import type { Advice, Advised } from "./advice.ts";
import type { Wish } from "./wish.ts";

/** So many rows are shown of those that meet the wish, and of the others. */
const SHOWN = { meeting: 6, others: 4 };

const percent = (share: number) => `${(100 * share).toFixed(share < 0.1 ? 2 : 1)}%`;
const whole = (value: number) => Math.round(value).toLocaleString("en-US");

/** An advice as it is printed. */
export function adviceText({ wish, candidates, seeds, complete }: Advice): string {
  const meeting = candidates.filter(({ meetsWish }) => meetsWish);
  const others = candidates.filter(({ meetsWish }) => !meetsWish);
  return [
    ...(complete ? [] : ["PARTIAL: stopped before all candidates were simulated"]),
    `wished for: ${wishText(wish)}`,
    conclusion(wish, meeting[0], others[0]),
    ...(meeting.length === 0
      ? []
      : [`meet the wish, cheapest first:\n${candidateTable(meeting.slice(0, SHOWN.meeting))}`]),
    ...(others.length === 0 ? [] : [`do not, nearest first:\n${candidateTable(others.slice(0, SHOWN.others))}`]),
    FOOTNOTES(seeds).join("\n"),
  ].join("\n\n");
}

function wishText({ error, undecided, attacker, accuracy, correlation, honestAgents, budget }: Wish): string {
  return (
    `at most ${percent(error)} wrong and ${percent(undecided)} undecided` +
    `${budget === null ? "" : ` for at most ${budget} seat fees a question`}, against ${percent(attacker)} of the stake in one hand; ` +
    `${honestAgents} honest agents are right ${percent(accuracy)} of the time, ${correlation === 0 ? "independently" : `${percent(correlation)} of their errors in common`}`
  );
}

function conclusion(wish: Wish, best: Advised | undefined, nearest: Advised | undefined): string {
  if (best !== undefined) {
    return (
      `choose k=${best.seats},rounds=${best.rounds},supermajority=${best.supermajorityBps} with ${percent(best.canaries)} canaries ` +
      `and a least stake of ${whole(best.minStake)} seat fees: ${best.fees.toFixed(1)} seat fees a question, ` +
      `${percent(best.wrong.mean)} wrong, ${percent(best.undecided)} undecided`
    );
  }
  if (nearest === undefined) return "NOTHING REACHES THIS: no choice is within the budget";
  return (
    `NOTHING REACHES THIS of what was looked at; the nearest has ${percent(nearest.wrong.mean)} wrong and ` +
    `${percent(nearest.undecided)} undecided for ${nearest.fees.toFixed(1)} seat fees. ` +
    "More canaries, more accurate or more independent agents, or a smaller attacker would" +
    `${wish.budget === null ? "" : "; so may a larger budget"}.`
  );
}

function candidateTable(candidates: readonly Advised[]): string {
  const head = [
    ...["k", "rounds", "supermajority", "canaries", "wrong by law", "undecided by law", "wrong (95 %)", "undecided"],
    ...["fees/question", "attacker's net", "at risk", "least stake"],
  ];
  const rows = candidates.map((one) => [
    String(one.seats),
    String(one.rounds),
    percent(one.supermajorityBps / 10_000),
    percent(one.canaries),
    percent(one.law.captured),
    percent(one.law.blocked),
    `${percent(one.wrong.mean)} (${percent(one.wrong.low)} to ${percent(one.wrong.high)})`,
    percent(one.undecided),
    one.fees.toFixed(1),
    signed(one.attackersNet, 0),
    whole(one.atRisk),
    whole(one.minStake),
  ]);
  return textTable(head, rows, 0);
}

const FOOTNOTES = (seeds: number) => [
  "by law: exact, from the sortition itself, as long as everybody's seats weigh the same; all rounds prepaid, a further one while nothing " +
    "is decisive, nobody appeals. Wrong honest votes go where the attacker's do: two outcomes, the worst case.",
  `simulated: ${seeds} runs of 600 questions with trust as the protocol learns it, from newcomers on, attackers wrong on every question; ` +
    "interval over runs, which has to be within the wish. Until trust is learnt, and whenever an attacker has behaved for long enough, " +
    "the law's figures are the ones that hold.",
  "fees/question: of one that is no canary, its part of the canaries' included. at risk: bonds of the seats that turn a first round. " +
    "least stake: minStake of the domain, ten times k bonds, or what makes the attacker's share cover all seats of all rounds. All in seat fees.",
];
