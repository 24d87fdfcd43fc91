import { hexlify, randomBytes } from "ethers";
import type { Content } from "../content.ts";
import type { Context } from "../context.ts";
import type { ReceiptEvents } from "../events.ts";
import {
  type Address,
  type Canary,
  canaryCommitment,
  claimIdOf,
  decodeCanary,
  type Hex,
  NO_OUTCOME_UINT8,
  normalizeHex,
  questionFees,
  type QuestionOrigin,
  questionId as idOf,
  type QuestionStatus,
  roundFee,
  splitQuestionId,
  type Tally,
  ZERO_HASH,
} from "../protocol.ts";
import { mapRead, view } from "../reads.ts";
import { type Allowance, payableAction, requireSigner } from "../writes.ts";
import type { domainActions } from "./domains.ts";
import { toOutcome, toVerdict } from "./verdicts.ts";

/** A question to ask. */
export interface AskArgs extends Content {
  readonly domainId: number;
  /** Further rounds to prepay, which anyone may start while the question is undecided: 0 to maxRounds - 1; none unless told. */
  readonly budgetRounds?: number;
  /** Enters the question for the audit draw: an answer that the asker knows, or null to look as if it knew one. */
  readonly canary?: CanarySecret;
  /** 32 bytes, any; lets one asker ask the same again. Random unless told: give one to ask at most once whatever happens. */
  readonly salt?: Hex;
}

/** What opens a canary. Keep it until then. */
export interface CanarySecret {
  /** The known outcome; null if there is none. */
  readonly answer: number | null;
  /** 32 random bytes. */
  readonly salt: Hex;
}

/** A round of a question, started. */
export interface StartedRound {
  readonly questionId: Hex;
  readonly round: number;
  /** Epoch in which it is voted. */
  readonly voteEpoch: number;
  /** k' of the round. */
  readonly offeredSeats: number;
}

/** What the contracts keep of a question. */
export interface QuestionState {
  readonly status: QuestionStatus;
  readonly rounds: number;
  /** Epoch of the last round's vote; null once finalized. */
  readonly voteEpoch: number | null;
  /** k' of the last round; 0 once finalized. */
  readonly offeredSeats: number;
  /** Prepaid seats of further rounds that are left. */
  readonly budgetSeats: number;
  /** `none` once finalized. */
  readonly canary: Canary;
  /** Terms of settlement; null until finalized. */
  readonly terms: { readonly gain: bigint; readonly loss: bigint; readonly evidence: number } | null;
}

/** A question. */
export interface QuestionArgs {
  /** 24 bytes. */
  readonly questionId: Hex;
}

const STATUSES: readonly QuestionStatus[] = ["none", "open", "resolved", "unresolved"];

/** Questions: asking, further rounds, and what comes of them. */
export function questionActions(context: Context, domains: ReturnType<typeof domainActions>, allowance: Allowance) {
  const { addresses } = context;
  const consensus = addresses.consensus as Address;
  const get = context.read((questionId: Hex) => mapRead(view("consensus", "question", [questionId]), toState));
  const verdict = context.read((questionId: Hex) => mapRead(view("consensus", "verdict", [questionId]), toVerdict));
  const feesOf = async (domainId: number) => {
    const { seats: firstRoundSeats, seatFee, maxRounds } = await domains.get(domainId);
    return { firstRoundSeats, seatFee, maxRounds };
  };
  const startedRound = (events: ReceiptEvents): StartedRound => toRound(events.first("consensus.RoundStarted"));

  const ask = context.write(
    async ({ domainId, contentHash, uri, budgetRounds = 0, canary, salt }: AskArgs) => {
      const commitment =
        canary === undefined
          ? ZERO_HASH
          : canaryCommitment({
              consensus,
              asker: (await requireSigner(context.runner).getAddress()) as Address,
              ...canary,
            });
      return {
        contract: "claims",
        name: "ask",
        args: [domainId, contentHash, uri, budgetRounds, commitment, salt ?? hexlify(randomBytes(32))],
      };
    },
    (events) => {
      const { questionId, voteEpoch, offeredSeats, budgetSeats, ...origin } = events.first("consensus.QuestionAsked");
      return {
        claimId: claimIdOf(questionId),
        questionId,
        voteEpoch,
        offeredSeats: Number(offeredSeats),
        budgetSeats: Number(budgetSeats),
        origin: toOrigin(questionId, origin),
      };
    },
  );
  const appeal = context.write(
    ({ questionId }: QuestionArgs) => ({ contract: "consensus", name: "appeal", args: [questionId] }),
    (events) => {
      const { against } = events.first("consensus.RoundStarted");
      return { ...startedRound(events), against: toOutcome(against) };
    },
  );
  const openCanary = context.write(
    ({ origin, answer, salt }: CanarySecret & { readonly origin: QuestionOrigin }) => ({
      contract: "consensus",
      name: "openCanary",
      args: [origin, answer ?? NO_OUTCOME_UINT8, salt],
    }),
    (events) => {
      const { questionId, startedRound: started } = events.first("consensus.CanaryOpened");
      return { questionId, round: started ? startedRound(events) : null };
    },
  );
  return {
    /** What the contracts keep of a question. */
    get,
    /** The verdict as it stands. */
    verdict,
    /** Revealed seats, and their weights (Q8), by outcome; empty once finalized. */
    tally: context.read((questionId: Hex) =>
      mapRead(view("consensus", "tally", [questionId]), (found): Tally => ({
        seats: found.seats.map(Number),
        weights: found.weights.map(Number),
      })),
    ),
    /** Stake that an attacker must (once final: would have had to) put at risk to make another outcome decisive, wei. */
    stakeAtRisk: context.read((questionId: Hex) => view("consensus", "stakeAtRisk", [questionId])),
    /** Seats of an agent in the present round, given its secret of the round's epoch and what backs them, in allocation units. */
    seatsOf: context.read((agentId: bigint, questionId: Hex, secret: Hex, backing: bigint) =>
      mapRead(view("consensus", "seatsOf", [agentId, questionId, secret, backing]), Number),
    ),
    /** Where a question comes from, and where its content is; null if it was never asked. */
    origin: async (questionId: Hex): Promise<(QuestionOrigin & { readonly uri: string }) | null> => {
      const [event] = await context.history({ name: "consensus.QuestionAsked", args: { questionId } });
      return event === undefined ? null : { ...toOrigin(questionId, event.args), uri: event.args.uri };
    },

    /** Asks a committee. Anyone; pays the fee of every seat, of every prepaid one, and a deposit for a canary. */
    ask: payableAction(context, allowance, ask, async ({ domainId, budgetRounds = 0, canary }) => {
      const terms = await feesOf(domainId);
      const deposit = canary === undefined ? 0n : roundFee(terms, 1);
      return questionFees({ ...terms, rounds: 1 + budgetRounds }) + deposit;
    }),
    /** Pays for a further round, of twice the seats and one more. Anyone, in the epoch after the reveals, before its freeze. */
    appeal: payableAction(context, allowance, appeal, async ({ questionId }) => {
      const { rounds } = await get(questionId);
      return roundFee(await feesOf(splitQuestionId(questionId).domainId), rounds + 1);
    }),
    /** Starts a further round of an undecided question from what its asker prepaid. Anyone, when an appeal could be made. */
    spendBudget: context.write(
      ({ questionId }: QuestionArgs) => ({ contract: "consensus", name: "spendBudget", args: [questionId] }),
      startedRound,
    ),
    /**
     * Opens a canary. Only the asker, in the epoch after the first round's reveals. The deposit comes back, unless a decisive verdict
     * disagrees: then it starts a further round, and the asker pays the rest of it.
     */
    openCanary: payableAction(context, allowance, openCanary, async ({ origin, answer }) => {
      const questionId = idOf(origin);
      const [found, { rounds }, terms] = await Promise.all([
        verdict(questionId),
        get(questionId),
        feesOf(origin.domainId),
      ]);
      const decisive = found.status === "provisional" || found.status === "resolved";
      const starts = answer !== null && decisive && found.outcome !== answer && rounds === 1 && terms.maxRounds > 1;
      return starts ? roundFee(terms, 2) - roundFee(terms, 1) : 0n;
    }),
    /** Credits the asker with what was prepaid and not spent and, where nobody voted, the fees less the burn. Anyone, once final. */
    reclaim: context.write(
      ({ origin }: { readonly origin: QuestionOrigin }) => ({ contract: "consensus", name: "reclaim", args: [origin] }),
      (events) => events.first("consensus.Reclaimed"),
    ),
    /** Replaces the tally of a final question by its terms of settlement. Anyone. */
    finalize: context.write(
      ({ questionId }: QuestionArgs) => ({ contract: "consensus", name: "finalize", args: [questionId] }),
      (events) => events.first("consensus.QuestionFinalized"),
    ),
  };
}

function toOrigin(
  questionId: Hex,
  { asker, contentHash, canaryCommitment: commitment, salt }: Omit<QuestionOrigin, "domainId">,
): QuestionOrigin {
  const { domainId } = splitQuestionId(normalizeHex(questionId, 24));
  return { domainId, asker, contentHash, canaryCommitment: commitment, salt };
}

function toRound(event: {
  readonly questionId: Hex;
  readonly round: number;
  readonly voteEpoch: number;
  readonly offeredSeats: bigint;
}): StartedRound {
  const { questionId, round, voteEpoch, offeredSeats } = event;
  return { questionId, round, voteEpoch, offeredSeats: Number(offeredSeats) };
}

function toState(raw: {
  readonly status: number;
  readonly rounds: number;
  readonly voteEpoch: number;
  readonly offeredSeats: bigint;
  readonly budgetSeats: bigint;
  readonly canary: number;
  readonly gain: bigint;
  readonly loss: bigint;
  readonly evidence: bigint;
}): QuestionState {
  const status = STATUSES[raw.status] ?? "none";
  const final = status === "resolved" || status === "unresolved";
  return {
    status,
    rounds: raw.rounds,
    voteEpoch: status === "open" ? raw.voteEpoch : null,
    offeredSeats: Number(raw.offeredSeats),
    budgetSeats: Number(raw.budgetSeats),
    canary: decodeCanary(raw.canary),
    terms: final ? { gain: raw.gain, loss: raw.loss, evidence: Number(raw.evidence) } : null,
  };
}
