import type { AgentResult, PanelMember, QuestionResult, SimulationResult } from "../model/result.ts";
import { known, meanEstimate } from "./estimate.ts";

/** With fewer questions in common nothing is said of two agents. */
const FEWEST_COMMON = 10;

/** How alike agents err. */
export interface Agreement {
  readonly members: readonly { readonly name: string; readonly group: string }[];
  /**
   * By row and column: correlation (phi) of being wrong on the questions that both answer, -1 to 1; 0 if they err
   * independently of each other. `null` of one and the same, with few questions in common, or where one is always or never wrong.
   */
  readonly phi: readonly (readonly (number | null)[])[];
}

/** Compares the panel of a result, the honest first, each kind by accuracy. */
export function agreementOf({ panel, agents, questions }: SimulationResult): Agreement {
  const members = panel
    .map((member) => ({ agent: agents[member.agent] as AgentResult, wrong: wrongOf(member, questions) }))
    .sort((a, b) => order(a.agent, b.agent));
  return {
    members: members.map(({ agent }) => ({ name: agent.name, group: agent.strategy })),
    phi: members.map((one, i) => members.map((other, j) => (i === j ? null : phiOf(one.wrong, other.wrong)))),
  };
}

/** Mean phi of the pairs of two kinds, or of one kind, where there are any; for a table. */
export function agreementByKind({ members, phi }: Agreement): { a: string; b: string; phi: number; pairs: number }[] {
  const kinds = [...new Set(members.map(({ group }) => group))];
  return kinds.flatMap((a, at) =>
    kinds.slice(at).flatMap((b) => {
      const values = known(
        phi.flatMap((row, i) => row.filter((_, j) => i < j && members[i]?.group === a && members[j]?.group === b)),
      );
      const mean = meanEstimate(values);
      return mean === null ? [] : [{ a, b, phi: mean.mean, pairs: values.length }];
    }),
  );
}

function order(a: AgentResult, b: AgentResult): number {
  if (a.honest !== b.honest) return a.honest ? -1 : 1;
  if (a.strategy !== b.strategy) return a.strategy < b.strategy ? -1 : 1;
  return (b.accuracy ?? 0) - (a.accuracy ?? 0);
}

/** By question: whether it errs; `null` where it has no answer or nobody knows the truth. */
function wrongOf({ answers }: PanelMember, questions: readonly QuestionResult[]): (boolean | null)[] {
  return questions.map(({ truth }, i) => {
    const answer = answers[i] ?? null;
    return truth === null || answer === null ? null : answer !== truth;
  });
}

function phiOf(one: readonly (boolean | null)[], other: readonly (boolean | null)[]): number | null {
  let [n, a, b, both] = [0, 0, 0, 0];
  for (const [i, wrong] of one.entries()) {
    const too = other[i] ?? null;
    if (wrong === null || too === null) continue;
    n++;
    if (wrong) a++;
    if (too) b++;
    if (wrong && too) both++;
  }
  const spread = a * (n - a) * b * (n - b);
  return n < FEWEST_COMMON || spread === 0 ? null : (n * both - a * b) / Math.sqrt(spread);
}
