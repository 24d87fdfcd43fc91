import { ContractError, type ErrorName, toAssayError } from "@assay/sdk";
import { Refusal, type RefusalReason } from "../refusal.ts";

/** What the contracts' errors mean to whoever runs an engine. */
const REASONS: Partial<Record<ErrorName, RefusalReason>> = {
  AllocationTooLarge: "STAKE",
  TooManyRounds: "ROUNDS",
  DomainBelowMinStake: "MIN_STAKE",
  NotAppealable: "EPOCH",
  NotFinal: "EPOCH",
  QuestionNotOpen: "FINAL",
  VerdictIsDecisive: "DECISIVE",
  BudgetTooSmall: "BUDGET",
  NoCanary: "NO_CANARY",
};

/** A refusal of the contracts as an engine's; any other error as it is. */
export function toRefusal(cause: unknown): unknown {
  const error = toAssayError(cause);
  const reason = error instanceof ContractError ? REASONS[error.errorName] : undefined;
  return reason === undefined ? error : new Refusal(reason, (error as ContractError).message);
}
