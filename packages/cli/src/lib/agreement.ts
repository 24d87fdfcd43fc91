import type { Assay } from "@assay/sdk";
import { decodeReceipts, decodeTerms, type Hex, splitQuestionId } from "@assay/sdk/protocol";

/** What an agent answered to a question, in the last round in which it had a seat. */
export interface Answer {
  readonly agentId: bigint;
  readonly questionId: Hex;
  readonly outcome: number;
}

/** How two agents err together. */
export interface PairAgreement {
  readonly agents: readonly [bigint, bigint];
  /** Decided questions that both answered. */
  readonly both: number;
  /** Of them, those that each got wrong. */
  readonly wrong: readonly [number, number];
  /** Of them, those that both got wrong. */
  readonly bothWrong: number;
  /** How many that would be if they erred independently. */
  readonly expected: number;
  /** Correlation of their errors, -1 to 1, 0 if independent; null where one of them never or always errs. */
  readonly correlation: number | null;
}

/**
 * How each two agents that answered the same questions err together, the closest pairs first.
 * @param truth final outcomes by question; answers to others do not count
 */
export function pairwiseAgreement(answers: readonly Answer[], truth: ReadonlyMap<Hex, number>): PairAgreement[] {
  const byAgent = new Map<bigint, Map<Hex, boolean>>();
  for (const { agentId, questionId, outcome } of answers) {
    const right = truth.get(questionId);
    if (right === undefined) continue;
    const own = byAgent.get(agentId) ?? new Map<Hex, boolean>();
    byAgent.set(agentId, own.set(questionId, outcome !== right));
  }
  const agents = [...byAgent].sort(([a], [b]) => (a < b ? -1 : 1));
  const pairs = agents.flatMap(([first, errors], i) =>
    agents.slice(i + 1).map(([second, others]) => compare([first, second], errors, others)),
  );
  return pairs.filter(({ both }) => both > 0).sort((a, b) => (b.correlation ?? -2) - (a.correlation ?? -2));
}

/** Pairwise agreement of a domain's agents, from public receipts and final questions. */
export async function readAgreement(assay: Assay, domainId: number): Promise<PairAgreement[]> {
  const events = await assay.events(["consensus.BallotRevealed", "consensus.QuestionFinalized"]);
  const ofDomain = (questionId: Hex) => splitQuestionId(questionId).domainId === domainId;
  const truth = new Map<Hex, number>();
  const answers: Answer[] = [];
  for (const { name, args } of events) {
    if (name === "consensus.QuestionFinalized") {
      const { status, outcome } = decodeTerms(args.terms);
      if (status === "resolved" && outcome !== null && ofDomain(args.questionId)) truth.set(args.questionId, outcome);
    } else {
      const { agentId, receipts } = args;
      const own = decodeReceipts(receipts).receipts.filter(({ questionId }) => ofDomain(questionId));
      answers.push(...own.map(({ questionId, outcome }) => ({ agentId, questionId, outcome })));
    }
  }
  return pairwiseAgreement(answers, truth);
}

function compare(
  agents: readonly [bigint, bigint],
  errors: ReadonlyMap<Hex, boolean>,
  others: ReadonlyMap<Hex, boolean>,
): PairAgreement {
  let [both, first, second, bothWrong] = [0, 0, 0, 0];
  for (const [questionId, wrong] of errors) {
    const other = others.get(questionId);
    if (other === undefined) continue;
    both++;
    if (wrong) first++;
    if (other) second++;
    if (wrong && other) bothWrong++;
  }
  const expected = both === 0 ? 0 : (first * second) / both;
  const spread = Math.sqrt(first * (both - first) * second * (both - second));
  const correlation = spread === 0 ? null : (both * bothWrong - first * second) / spread;
  return { agents, both, wrong: [first, second], bothWrong, expected, correlation };
}
