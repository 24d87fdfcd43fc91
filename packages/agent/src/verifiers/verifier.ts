import type { Question } from "../board.ts";

/** What a verifier makes of a question. */
export interface Answer {
  /** Number of one of the question's outcomes, from 0. */
  readonly outcome: number;
  /** 0 to 1. */
  readonly confidence: number;
}

/** Why a verifier leaves a question out. */
export interface Abstention {
  /** One line. */
  readonly abstain: string;
}

/** An answer, or none. */
export type Finding = Answer | Abstention;

/** A question as a verifier sees it. */
export interface VerifiedQuestion extends Question {
  /** How many outcomes it has. */
  readonly outcomes: number;
}

/**
 * Answers a question by its content. One that fails or that is not done at the signal has abstained.
 * @param content bytes of the question's content hash, chosen by a stranger
 */
export type Verifier = (
  question: VerifiedQuestion,
  content: Uint8Array,
  signal: AbortSignal,
) => Finding | Promise<Finding>;
