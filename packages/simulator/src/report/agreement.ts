import type { AgentResult, PanelMember, QuestionResult, SimulationResult } from "../model/result.ts";
import { known } from "./estimate.ts";

/** With fewer questions in common nothing is said of two agents. */
const FEWEST_COMMON = 10;

/** Of two agents: how often they are wrong together, of the questions that both answer and one of them at least gets wrong. */
interface Pair {
  readonly together: number;
  /** The same if they erred independently of each other. */
  readonly expected: number;
}

/** How alike agents err. */
export interface Agreement {
  readonly members: readonly { readonly name: string; readonly group: string }[];
  /** By row and column; `null` of one and the same, and where too few questions tell. */
  readonly pairs: readonly (readonly (Pair | null)[])[];
}

/** Compares the panel of a result, the honest first, each kind by accuracy. */
export function agreementOf({ panel, agents, questions }: SimulationResult): Agreement {
  const members = panel
    .map((member) => ({ agent: agents[member.agent] as AgentResult, wrong: wrongOf(member, questions) }))
    .sort((a, b) => order(a.agent, b.agent));
  return {
    members: members.map(({ agent }) => ({ name: agent.name, group: agent.strategy })),
    pairs: members.map((one, i) => members.map((other, j) => (i === j ? null : pairOf(one.wrong, other.wrong)))),
  };
}

/** Means of the pairs of two kinds, or of one kind, where there are any; for a table. */
export function agreementByKind({ members, pairs }: Agreement): (Pair & { a: string; b: string; pairs: number })[] {
  const kinds = [...new Set(members.map(({ group }) => group))];
  return kinds.flatMap((a, at) =>
    kinds.slice(at).flatMap((b) => {
      const own = known(
        pairs.flatMap((row, i) => row.filter((_, j) => i < j && members[i]?.group === a && members[j]?.group === b)),
      );
      const mean = (key: keyof Pair) => own.reduce((sum, pair) => sum + pair[key], 0) / own.length;
      return own.length === 0
        ? []
        : [{ a, b, together: mean("together"), expected: mean("expected"), pairs: own.length }];
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

function pairOf(one: readonly (boolean | null)[], other: readonly (boolean | null)[]): Pair | null {
  let [n, a, b, both] = [0, 0, 0, 0];
  for (const [i, wrong] of one.entries()) {
    const too = other[i] ?? null;
    if (wrong === null || too === null) continue;
    n++;
    if (wrong) a++;
    if (too) b++;
    if (wrong && too) both++;
  }
  const either = a + b - both;
  if (n < FEWEST_COMMON || either === 0) return null;
  const chance = (a * b) / n;
  return { together: both / either, expected: chance / (a + b - chance) };
}
