import { BPS, MAX_GAIN, MAX_OUTCOMES, MAX_RISK_SEATS, MAX_ROUNDS, MAX_TALLY_SEATS, WEIGHT_CAP } from "./constants.ts";
import { ProtocolError } from "./errors.ts";
import { requireInteger, requireUint } from "./units.ts";

const HEAD_TALLIES = 3;
const WORD_TALLIES = 5;
const TALLY_SHIFT = 81n;
const TALLY_BITS = 44n;
const SEATS_BITS = 16n;
const MAX_WEIGHT = 2 ** 28 - 1;
const MAX_LOSS = (1n << 86n) - 1n;
const NO_OUTCOME = 31;

/** Status of a question. `none`: never asked. */
export type QuestionStatus = "none" | "open" | "resolved" | "unresolved";
const STATUSES: readonly QuestionStatus[] = ["none", "open", "resolved", "unresolved"];

/** State of a question's canary: not entered, entered and sealed, opened as "no canary", or opened with an outcome. */
export type Canary =
  | { readonly kind: "none" }
  | { readonly kind: "entered" }
  | { readonly kind: "empty" }
  | { readonly kind: "answer"; readonly outcome: number };

/** Revealed votes, one entry an outcome of the domain. */
export interface Tally {
  /** At most 65,535 each. */
  readonly seats: readonly number[];
  /** Seats x weight per seat, Q8, below 2^28 each. */
  readonly weights: readonly number[];
}

/** A question from its opening to its finalization. */
export interface OpenQuestion {
  /** Rounds held or running, 1 to 4. */
  readonly rounds: number;
  readonly canary: Canary;
  /** Seats of further rounds prepaid and not used, 12 bits. */
  readonly budget: number;
  /** Sum of k' over the rounds, 14 bits. */
  readonly offered: number;
  /** k' of the last round, 13 bits. */
  readonly offeredNow: number;
  /** Epoch of the vote of the last round. */
  readonly epoch: number;
  readonly tally: Tally;
}

/** Terms of settlement of a final question. */
export interface Terms {
  readonly status: "resolved" | "unresolved";
  /** Rounds held, 1 to 4. */
  readonly rounds: number;
  /** Final outcome, or the leading one of an unresolved question; `null` if nobody voted. */
  readonly outcome: number | null;
  /** Seats of further rounds prepaid and not used, until reclaimed. */
  readonly budget: number;
  /** Share of the weight on `outcome`, bps. */
  readonly supportBps: number;
  /** Evidence of one update of trust: multiplier x rarity, Q8; 0 if none is to be made. */
  readonly evidence: number;
  /** Seats of full weight that another outcome lacked to more than half; saturates at 8191. */
  readonly riskSeats: number;
  /** Wei per incoherent seat, 86 bits. */
  readonly loss: bigint;
  /** Wei per coherent seat, 104 bits, saturating. */
  readonly gain: bigint;
  /** Nobody voted: the asker's fees, less the burn, until reclaimed. */
  readonly refundable: boolean;
}

/** Where a question's tallies stand: its own slot, and words of five further outcomes each. */
export interface OpenWords {
  readonly head: bigint;
  readonly more: readonly bigint[];
}

/** A tally without a vote. @param outcomes K, 2 to 16 @throws ProtocolError `OutOfRange` */
export function emptyTally(outcomes: number): Tally {
  requireInteger("outcomes", outcomes, 2, MAX_OUTCOMES);
  return { seats: Array<number>(outcomes).fill(0), weights: Array<number>(outcomes).fill(0) };
}

/**
 * Adds a vote; one whose seats would not fit in its outcome's 16 bits is void, and `null` is returned.
 * @param weight of one seat, Q8, at most 4096
 * @throws ProtocolError `OutOfRange`
 */
export function addVote(tally: Tally, outcome: number, seats: number, weight: number): Tally | null {
  requireInteger("outcome", outcome, 0, tally.seats.length - 1);
  requireInteger("seats", seats, 0, MAX_TALLY_SEATS);
  requireInteger("weight", weight, 0, WEIGHT_CAP);
  if ((tally.seats[outcome] as number) + seats > MAX_TALLY_SEATS) return null;
  return {
    seats: tally.seats.map((n, o) => (o === outcome ? n + seats : n)),
    weights: tally.weights.map((w, o) => (o === outcome ? w + seats * weight : w)),
  };
}

/** Status in a question's slot. */
export function statusOf(word: bigint): QuestionStatus {
  return STATUSES[Number(word & 3n)] as QuestionStatus;
}

/**
 * Decodes the slot of an open question.
 * @param words the slot and the words of outcomes 3 and up; missing words are 0
 * @param outcomes K of the domain, 2 to 16
 * @throws ProtocolError `WrongStatus` if it is not open, `OutOfRange`
 * @example
 * decodeOpen({ head, more: [] }, 2).tally.seats;
 */
export function decodeOpen(words: OpenWords, outcomes: number): OpenQuestion {
  requireInteger("outcomes", outcomes, 2, MAX_OUTCOMES);
  const { head, more } = words;
  if (statusOf(head) !== "open") throw new ProtocolError("WrongStatus", `question is ${statusOf(head)}, not open`);
  const entries = Array.from({ length: outcomes }, (_, o) => {
    if (o < HEAD_TALLIES) return bits(head, TALLY_SHIFT + BigInt(o) * TALLY_BITS, TALLY_BITS);
    const { word, shift } = place(o);
    return bits(more[word] ?? 0n, shift, TALLY_BITS);
  });
  return {
    rounds: Number(bits(head, 2n, 3n)),
    canary: decodeCanary(Number(bits(head, 5n, 5n))),
    budget: Number(bits(head, 10n, 12n)),
    offered: Number(bits(head, 22n, 14n)),
    offeredNow: Number(bits(head, 36n, 13n)),
    epoch: Number(bits(head, 49n, 32n)),
    tally: {
      seats: entries.map((entry) => Number(bits(entry, 0n, SEATS_BITS))),
      weights: entries.map((entry) => Number(entry >> SEATS_BITS)),
    },
  };
}

/** Packs an open question. @throws ProtocolError `OutOfRange`, `InvalidTally` */
export function encodeOpen(question: OpenQuestion): OpenWords {
  const { seats, weights } = question.tally;
  requireTally(question.tally);
  requireInteger("rounds", question.rounds, 1, MAX_ROUNDS);
  requireInteger("budget", question.budget, 0, 4095);
  requireInteger("offered", question.offered, 0, 16_383);
  requireInteger("offeredNow", question.offeredNow, 0, 8191);
  requireInteger("epoch", question.epoch, 0, 0xffff_ffff);
  let head =
    1n |
    (BigInt(question.rounds) << 2n) |
    (BigInt(encodeCanary(question.canary)) << 5n) |
    (BigInt(question.budget) << 10n) |
    (BigInt(question.offered) << 22n) |
    (BigInt(question.offeredNow) << 36n) |
    (BigInt(question.epoch) << 49n);
  const more = Array<bigint>(Math.ceil(Math.max(0, seats.length - HEAD_TALLIES) / WORD_TALLIES)).fill(0n);
  seats.forEach((n, o) => {
    const entry = BigInt(n) | (BigInt(weights[o] as number) << SEATS_BITS);
    if (o < HEAD_TALLIES) {
      head |= entry << (TALLY_SHIFT + BigInt(o) * TALLY_BITS);
    } else {
      const { word, shift } = place(o);
      more[word] = (more[word] as bigint) | (entry << shift);
    }
  });
  return { head, more };
}

/**
 * Decodes the slot of a final question.
 * @throws ProtocolError `WrongStatus` if it is not final
 */
export function decodeTerms(word: bigint): Terms {
  const status = statusOf(word);
  if (status !== "resolved" && status !== "unresolved") {
    throw new ProtocolError("WrongStatus", `question is ${status}, not final`);
  }
  const outcome = Number(bits(word, 5n, 5n));
  return {
    status,
    rounds: Number(bits(word, 2n, 3n)),
    outcome: outcome === NO_OUTCOME ? null : outcome,
    budget: Number(bits(word, 10n, 12n)),
    supportBps: Number(bits(word, 22n, 14n)),
    evidence: Number(bits(word, 36n, 14n)),
    riskSeats: Number(bits(word, 50n, 13n)),
    loss: bits(word, 63n, 86n),
    gain: bits(word, 149n, 104n),
    refundable: bits(word, 253n, 1n) === 1n,
  };
}

/** Packs terms of settlement. @throws ProtocolError `OutOfRange` */
export function encodeTerms(terms: Terms): bigint {
  requireInteger("rounds", terms.rounds, 1, MAX_ROUNDS);
  if (terms.outcome !== null) requireInteger("outcome", terms.outcome, 0, MAX_OUTCOMES - 1);
  requireInteger("budget", terms.budget, 0, 4095);
  requireInteger("supportBps", terms.supportBps, 0, BPS);
  requireInteger("evidence", terms.evidence, 0, 16_383);
  requireInteger("riskSeats", terms.riskSeats, 0, MAX_RISK_SEATS);
  requireUint("loss", terms.loss, MAX_LOSS);
  requireUint("gain", terms.gain, MAX_GAIN);
  return (
    BigInt(STATUSES.indexOf(terms.status)) |
    (BigInt(terms.rounds) << 2n) |
    (BigInt(terms.outcome ?? NO_OUTCOME) << 5n) |
    (BigInt(terms.budget) << 10n) |
    (BigInt(terms.supportBps) << 22n) |
    (BigInt(terms.evidence) << 36n) |
    (BigInt(terms.riskSeats) << 50n) |
    (terms.loss << 63n) |
    (terms.gain << 149n) |
    (terms.refundable ? 1n << 253n : 0n)
  );
}

/** @throws ProtocolError `InvalidTally` unless seats and weights match and fit, and no weight exceeds what its seats can carry */
export function requireTally({ seats, weights }: Tally): void {
  const fits =
    seats.length === weights.length &&
    seats.length >= 2 &&
    seats.length <= MAX_OUTCOMES &&
    seats.every((n) => Number.isInteger(n) && n >= 0 && n <= MAX_TALLY_SEATS) &&
    weights.every((w, o) => Number.isInteger(w) && w >= 0 && w <= MAX_WEIGHT && w <= (seats[o] as number) * WEIGHT_CAP);
  if (!fits)
    throw new ProtocolError("InvalidTally", `impossible tally: seats [${seats.join()}], weights [${weights.join()}]`);
}

function place(outcome: number): { readonly word: number; readonly shift: bigint } {
  const index = outcome - HEAD_TALLIES;
  return { word: Math.floor(index / WORD_TALLIES), shift: BigInt(index % WORD_TALLIES) * TALLY_BITS };
}

function bits(word: bigint, shift: bigint, width: bigint): bigint {
  return (word >> shift) & ((1n << width) - 1n);
}

/** A canary from its code, as a question's slot and `Consensus.question` have it: 0 to 18. */
export function decodeCanary(code: number): Canary {
  if (code === 0) return { kind: "none" };
  if (code === 1) return { kind: "entered" };
  if (code === 2) return { kind: "empty" };
  return { kind: "answer", outcome: code - 3 };
}

function encodeCanary(canary: Canary): number {
  if (canary.kind === "none") return 0;
  if (canary.kind === "entered") return 1;
  if (canary.kind === "empty") return 2;
  requireInteger("canary outcome", canary.outcome, 0, MAX_OUTCOMES - 1);
  return 3 + canary.outcome;
}
