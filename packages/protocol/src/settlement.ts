import { FORFEIT_DIVISOR, KEEPER_DIVISOR, MAX_GAIN, RARITY_MAX } from "./constants.ts";
import { ProtocolError } from "./errors.ts";
import type { Canary, Terms } from "./question.ts";
import { askedSeats, roundSeats } from "./sortition.ts";
import { evidenceMultiplier } from "./trust.ts";
import { burnOf, ceilDiv } from "./units.ts";
import type { Verdict } from "./verdict.ts";

/** A further round somebody appealed for (a canary's round counts as the asker's appeal). */
export interface Appeal {
  /** Outcome of the decisive verdict appealed against; `null` if the round before was undecided. */
  readonly against: number | null;
}

/** What settles a question, beside its verdict. Amounts in wei. */
export interface SettlementInputs {
  readonly seatFee: bigint;
  readonly seatBond: bigint;
  readonly burnBps: number;
  /** k of the domain. */
  readonly firstRoundSeats: number;
  /** Rounds held. */
  readonly rounds: number;
  /** g of the leading outcome before it is counted, Q8. */
  readonly rarity: number;
  readonly canary: Canary;
  /** Of rounds 2 to `rounds`, in order; `null` for a round paid from the asker's budget. */
  readonly appeals: readonly (Appeal | null)[];
  /** Prepaid seats not used. */
  readonly budget: number;
}

/** What leaves a question's pot when it becomes final, wei. */
export interface FinalPayouts {
  /** In the order of `SettlementInputs.appeals`; 0 where nothing is due. */
  readonly appellants: readonly bigint[];
  /** Burn of fees, and what rounding or saturation leaves. */
  readonly toSink: bigint;
  /** Fees the asker may reclaim; only where nobody voted. */
  readonly askerRefund: bigint;
  /** Deposit of a canary entered and never opened, to the sink; not part of the pot. */
  readonly canaryToSink: bigint;
}

/** Terms of settlement and the payouts due at once. */
export interface FinalSettlement {
  readonly terms: Terms;
  readonly payouts: FinalPayouts;
}

/** Fees of all seats asked for in `rounds` rounds, wei. */
export function questionFees(inputs: Pick<SettlementInputs, "seatFee" | "firstRoundSeats" | "rounds">): bigint {
  return inputs.seatFee * BigInt(askedSeats(inputs.firstRoundSeats, inputs.rounds));
}

/** Fee of one round, wei. @param round 1 to 4 */
export function roundFee(inputs: Pick<SettlementInputs, "seatFee" | "firstRoundSeats">, round: number): bigint {
  return inputs.seatFee * BigInt(roundSeats(inputs.firstRoundSeats, round));
}

/**
 * Loss of an incoherent seat, wei: `seatBond * max(0, 2 Wo - W) / W * g / 4`, rounded up; never more than `seatBond`.
 * @param leadingWeight Wo, Q8
 * @param weight W of all outcomes, Q8
 * @param rarity g, Q8
 */
export function lossPerSeat(seatBond: bigint, leadingWeight: number, weight: number, rarity: number): bigint {
  const margin = 2 * leadingWeight - weight;
  if (margin <= 0) return 0n;
  return ceilDiv(seatBond * BigInt(margin) * BigInt(rarity), BigInt(weight) * BigInt(RARITY_MAX));
}

/**
 * Terms of settlement of a question whose last verdict is `verdict`.
 *
 * Fees + losses = gain x coherent seats + burn per seat x incoherent seats + appellants + toSink + askerRefund, exactly.
 * @throws ProtocolError `InvalidAppeals` unless there is one entry for each round after the first
 * @example
 * const { terms } = settlementTerms(inputs, verdict);
 * settleVote({ outcome: 1, seats: 2 }, terms, inputs).paid;
 */
export function settlementTerms(inputs: SettlementInputs, verdict: Verdict): FinalSettlement {
  if (inputs.appeals.length !== inputs.rounds - 1) {
    throw new ProtocolError(
      "InvalidAppeals",
      `${inputs.rounds} rounds need ${inputs.rounds - 1} appeal entries, got ${inputs.appeals.length}`,
    );
  }
  const { terms, payouts } =
    verdict.decisive && verdict.outcome !== null
      ? resolved(inputs, verdict, verdict.outcome)
      : unresolved(inputs, verdict);
  const canaryToSink = inputs.canary.kind === "entered" ? roundFee(inputs, 1) : 0n;
  return {
    terms: {
      ...terms,
      rounds: inputs.rounds,
      outcome: verdict.outcome,
      budget: inputs.budget,
      supportBps: verdict.supportBps,
      riskSeats: verdict.riskSeats,
    },
    payouts: { ...payouts, canaryToSink },
  };
}

/** Result of one vote, wei. */
export interface VoteSettlement {
  /** Earned by the agent. */
  readonly paid: bigint;
  /** Taken from the agent's stake; at most `unlocked`. */
  readonly lost: bigint;
  /** Part of `lost` that goes to the sink (and keeper); the rest is in the gains of others. */
  readonly burned: bigint;
  /** Stake that is locked no more. */
  readonly unlocked: bigint;
  /** Whether the vote agrees with the final outcome; `null` if it moves no trust. */
  readonly agree: boolean | null;
}

/** Settles one vote of a final question. */
export function settleVote(
  vote: { readonly outcome: number; readonly seats: number },
  terms: Terms,
  rules: Pick<SettlementInputs, "seatBond" | "burnBps">,
): VoteSettlement {
  const seats = BigInt(vote.seats);
  const coherent = vote.outcome === terms.outcome;
  const lost = coherent ? 0n : terms.loss * seats;
  return {
    paid: coherent ? terms.gain * seats : 0n,
    lost,
    burned: coherent ? 0n : burnOf(terms.loss, rules.burnBps) * seats,
    unlocked: rules.seatBond * seats,
    agree: terms.status === "resolved" && terms.evidence > 0 ? coherent : null,
  };
}

/**
 * Splits the burn of a ballot with the keeper who settled it.
 * @param burn wei: the ballot's whole burn
 * @param byKeeper false if the agent's own owner sent it
 */
export function splitBurn(burn: bigint, byKeeper: boolean): { readonly keeper: bigint; readonly sink: bigint } {
  const keeper = byKeeper ? burn / KEEPER_DIVISOR : 0n;
  return { keeper, sink: burn - keeper };
}

/**
 * Splits a forfeit with the keeper who forfeited it.
 * @param exposure wei
 * @param byKeeper false if the agent's own owner sent it
 */
export function splitForfeit(exposure: bigint, byKeeper: boolean): { readonly keeper: bigint; readonly sink: bigint } {
  const { keeper } = splitBurn(exposure / FORFEIT_DIVISOR, byKeeper);
  return { keeper, sink: exposure - keeper };
}

type PartialTerms = Pick<Terms, "status" | "loss" | "gain" | "evidence" | "refundable">;
type PartialPayouts = Omit<FinalPayouts, "canaryToSink">;
interface Share {
  readonly terms: PartialTerms;
  readonly payouts: PartialPayouts;
}

function resolved(inputs: SettlementInputs, verdict: Verdict, outcome: number): Share {
  const loss = lossPerSeat(inputs.seatBond, verdict.leadingWeight, verdict.weight, inputs.rarity);
  const incoherent = BigInt(verdict.seats - verdict.leadingSeats);
  const netLosses = (loss - burnOf(loss, inputs.burnBps)) * incoherent;
  const appellants = payAppellants(inputs, outcome, netLosses);
  const pot = questionFees(inputs) + netLosses - sum(appellants);
  const gain = gainPerSeat(pot, verdict.leadingSeats);
  const confirmed = inputs.canary.kind === "answer" && inputs.canary.outcome === outcome;
  const evidence = verdict.seats < 2 ? 0 : evidenceMultiplier(inputs.rounds, confirmed) * inputs.rarity;
  return {
    terms: { status: "resolved", loss, gain, evidence, refundable: false },
    payouts: { appellants, toSink: pot - gain * BigInt(verdict.leadingSeats), askerRefund: 0n },
  };
}

/** Refunds of successful appeals, and half as much again out of what is left of the losses, pro rata. */
function payAppellants(inputs: SettlementInputs, outcome: number, netLosses: bigint): bigint[] {
  const refunds = inputs.appeals.map((appeal, i) =>
    appeal === null || appeal.against === null || appeal.against === outcome ? 0n : roundFee(inputs, i + 2),
  );
  const total = sum(refunds);
  if (total === 0n) return refunds;
  const bonus = total / 2n < netLosses ? total / 2n : netLosses;
  return refunds.map((refund) => refund + (bonus * refund) / total);
}

function unresolved(inputs: SettlementInputs, verdict: Verdict): Share {
  const fees = questionFees(inputs);
  const terms = { status: "unresolved", loss: 0n, evidence: 0 } as const;
  if (verdict.outcome !== null) {
    const gain = gainPerSeat(fees - burnOf(fees, inputs.burnBps), verdict.leadingSeats);
    return {
      terms: { ...terms, gain, refundable: false },
      payouts: {
        appellants: inputs.appeals.map(() => 0n),
        toSink: fees - gain * BigInt(verdict.leadingSeats),
        askerRefund: 0n,
      },
    };
  }
  const appealFees = inputs.appeals.map((appeal, i) => (appeal === null ? 0n : roundFee(inputs, i + 2)));
  const appellants = appealFees.map((fee) => fee - burnOf(fee, inputs.burnBps));
  const askerFees = fees - sum(appealFees);
  const askerRefund = askerFees - burnOf(askerFees, inputs.burnBps);
  return {
    terms: { ...terms, gain: 0n, refundable: true },
    payouts: { appellants, askerRefund, toSink: fees - sum(appellants) - askerRefund },
  };
}

function gainPerSeat(pot: bigint, seats: number): bigint {
  const gain = pot / BigInt(seats);
  return gain < MAX_GAIN ? gain : MAX_GAIN;
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n);
}
