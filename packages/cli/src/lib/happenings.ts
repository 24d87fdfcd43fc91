import type { AnyEvent, EventName } from "@assay/sdk";
import { claimIdOf, decodeReceipts, decodeTerms, splitQuestionId } from "@assay/sdk/protocol";
import type { Happening } from "./live.ts";

/** Kinds of events that are watched. */
export const WATCHED = [
  "consensus.QuestionAsked",
  "consensus.RoundStarted",
  "consensus.QuestionFinalized",
  "consensus.BallotCommitted",
  "consensus.BallotRevealed",
  "consensus.BallotSettled",
  "consensus.BallotForfeited",
  "claims.Asserted",
  "claims.Disputed",
  "claims.AssertionStood",
  "claims.Challenged",
  "claims.ClaimClosed",
  "vault.Deposited",
  "vault.Withdrawn",
  "vault.PledgeSlashed",
  "vault.Credited",
] as const satisfies readonly EventName[];

/** An event of a kind that is watched. */
export type WatchedEvent = AnyEvent<(typeof WATCHED)[number]>;

/** Whose events to show, besides what concerns everybody. */
export interface Interest {
  /** null: no agent's. */
  readonly agentId: bigint | null;
  /** Credits of this account; null: nobody's. */
  readonly account: string | null;
  /** null: every domain's. */
  readonly domainId: number | null;
  readonly tokens: (wei: bigint) => string;
}

/** An event as it is shown; null if it concerns neither everybody nor whom the view is of. */
export function toHappening(event: WatchedEvent, interest: Interest): Happening | null {
  const line = describe(event, interest);
  if (line === null) return null;
  const { name, args, blockNumber, transactionHash } = event;
  return {
    type: "event",
    line: `block ${blockNumber}: ${line}`,
    data: { name, ...args, blockNumber, transactionHash },
  };
}

function describe(event: WatchedEvent, { agentId, account, domainId, tokens }: Interest): string | null {
  const inDomain = (id: number) => domainId === null || id === domainId;
  const ofDomain = (questionId: `0x${string}`) => inDomain(splitQuestionId(questionId).domainId);
  const own = (id: bigint, text: string) => (id === agentId ? `agent ${id} ${text}` : null);
  switch (event.name) {
    case "consensus.QuestionAsked": {
      const { questionId, voteEpoch } = event.args;
      return ofDomain(questionId) ? `claim ${claimIdOf(questionId)} is asked, voted in epoch ${voteEpoch}` : null;
    }
    case "consensus.RoundStarted": {
      const { questionId, round, voteEpoch } = event.args;
      return ofDomain(questionId)
        ? `claim ${claimIdOf(questionId)} goes to round ${round}, voted in epoch ${voteEpoch}`
        : null;
    }
    case "consensus.QuestionFinalized": {
      const { questionId, terms } = event.args;
      const { status, outcome, supportBps } = decodeTerms(terms);
      const support = `${(supportBps / 100).toFixed(2)} %`;
      return ofDomain(questionId)
        ? `claim ${claimIdOf(questionId)} is ${status}: outcome ${outcome ?? "none"}, ${support}`
        : null;
    }
    case "consensus.BallotCommitted": {
      const { agentId: id, epoch, exposure } = event.args;
      return own(id, `committed its ballot of epoch ${epoch}, ${tokens(exposure)} locked`);
    }
    case "consensus.BallotRevealed": {
      const { agentId: id, epoch, receipts } = event.args;
      const votes = decodeReceipts(receipts).receipts;
      const seats = votes.reduce((sum, vote) => sum + vote.seats, 0);
      return own(id, `revealed epoch ${epoch}: ${seats} seats on ${votes.length} questions`);
    }
    case "consensus.BallotSettled": {
      const { agentId: id, epoch, gain, loss } = event.args;
      return own(id, `settled epoch ${epoch}: won ${tokens(gain)}, lost ${tokens(loss)}`);
    }
    case "consensus.BallotForfeited": {
      const { agentId: id, epoch, exposure } = event.args;
      return own(id, `forfeited epoch ${epoch}: lost ${tokens(exposure)}`);
    }
    case "claims.Asserted": {
      const { claimId, assertion, windowEnd } = event.args;
      const text = `claim ${claimId} asserts outcome ${assertion.outcome}, to be disputed until epoch ${windowEnd}`;
      return inDomain(assertion.domainId) ? text : null;
    }
    case "claims.Disputed":
      return ofDomain(event.args.questionId) ? `claim ${event.args.claimId} is disputed` : null;
    case "claims.AssertionStood":
      return `claim ${event.args.claimId} stands undisputed`;
    case "claims.Challenged": {
      const { claimId, statement } = event.args;
      return inDomain(statement.domainId)
        ? `claim ${claimId} challenges a statement of agent ${statement.agentId}`
        : null;
    }
    case "claims.ClaimClosed":
      return `claim ${event.args.claimId} is closed: ${event.args.upheld ? "upheld" : "not upheld"}`;
    case "vault.Deposited":
      return own(event.args.agentId, `received ${tokens(event.args.amount)} of stake`);
    case "vault.Withdrawn":
      return own(event.args.agentId, `paid out ${tokens(event.args.amount)} of stake`);
    case "vault.PledgeSlashed":
      return own(event.args.agentId, `lost ${tokens(event.args.amount)} of its pledge`);
    case "vault.Credited":
      return event.args.account.toLowerCase() === account?.toLowerCase()
        ? `${event.args.account} is credited ${tokens(event.args.amount)}`
        : null;
  }
}
