import { isUnreachable, type VerdictReading } from "@assay/sdk";
import { EPOCHS_PER_ROUND, epochStart, type Hex } from "@assay/sdk/protocol";
import { setTimeout as sleep } from "node:timers/promises";
import { isLocalChain } from "./endpoint.ts";
import { EXIT } from "./errors.ts";
import { Progress } from "./io.ts";
import type { ReadSession } from "./session.ts";

/** A verdict, and since or from when it is final. */
export interface VerdictState extends VerdictReading {
  readonly claimId: Hex;
  /** Present epoch. */
  readonly epoch: number;
  /** First epoch in which it can be final, as things stand; null if it is, or where that depends on a `resolve`. */
  readonly finalFrom: number | null;
}

/** How often to look, ms. */
const POLL = { local: 250, remote: 4_000 };

/** A claim's verdict, as it stands. */
export async function readVerdict({ assay }: Pick<ReadSession, "assay">, claimId: Hex): Promise<VerdictState> {
  const { verdict, claim, epoch } = await assay.readMany({
    verdict: assay.claims.verdict.request(claimId),
    claim: assay.claims.get.request(claimId),
    epoch: assay.beats.epoch.request(),
  });
  const state = { ...verdict, claimId, epoch };
  if (verdict.final || verdict.status === "unknown") return { ...state, finalFrom: null };
  if (claim.status === "asserted") return { ...state, finalFrom: claim.windowEnd + 1 };
  const questionId = await assay.claims.questionOf(claimId);
  const voteEpoch = questionId === null ? null : (await assay.questions.get(questionId)).voteEpoch;
  return { ...state, finalFrom: voteEpoch === null ? null : voteEpoch + EPOCHS_PER_ROUND };
}

/** Whether a verdict is the expected one. */
export function answerOf({ final, status, outcome }: VerdictState, expected: number): keyof typeof ANSWER_STATUS {
  if (!final) return "notFinal";
  if (status === "unresolved") return "unresolved";
  return outcome === expected ? "true" : "false";
}

/** Exit statuses of commands that verify. */
export const ANSWER_STATUS = {
  true: 0,
  false: EXIT.otherOutcome,
  unresolved: EXIT.unresolved,
  notFinal: EXIT.notFinal,
} as const;

/** Waits until a verdict is final, and says meanwhile how far it is; over failures of the node. */
export async function waitForVerdict(session: ReadSession, claimId: Hex): Promise<VerdictState> {
  const { chainId } = session.endpoint;
  const progress = new Progress(session.io);
  try {
    for (;;) {
      try {
        const state = await readVerdict(session, claimId);
        if (state.final || state.status === "unknown") return state;
        progress.show(describeWait(session, state));
      } catch (error) {
        if (!isUnreachable(error)) throw error;
        progress.show("the node cannot be reached: trying again");
      }
      await sleep(isLocalChain(chainId) ? POLL.local : POLL.remote);
    }
  } finally {
    progress.done();
  }
}

/** Time of the latest block, unix seconds. */
export async function timeOf({ assay }: Pick<ReadSession, "assay">): Promise<number> {
  return (await assay.runner.provider?.getBlock("latest"))?.timestamp ?? 0;
}

/** When an epoch begins, for people. */
export function startOf({ terms }: Pick<ReadSession, "terms">, epoch: number): string {
  return new Date(epochStart(terms, epoch) * 1000).toISOString();
}

/** In which epochs a round that is voted in `voteEpoch` goes on. */
export function describeRound(session: Pick<ReadSession, "terms">, voteEpoch: number): string {
  const final = voteEpoch + EPOCHS_PER_ROUND;
  return `voted in epoch ${voteEpoch}, revealed in ${voteEpoch + 1}, appeals in ${voteEpoch + 2}, final from ${final} (${startOf(session, final)})`;
}

function describeWait(session: ReadSession, { epoch, status, rounds, finalFrom }: VerdictState): string {
  const until = finalFrom === null ? "" : `; final from epoch ${finalFrom}, ${startOf(session, finalFrom)}`;
  return `epoch ${epoch}: ${status}${rounds > 1 ? ` in round ${rounds}` : ""}${until}`;
}
