import type { NetworkReport } from "../report.ts";
import { type Refusal, type StatementReason, VERDICTS } from "./reasons.ts";

/** Milliseconds between two reports of the same reason: a flood must not flood the log. */
const REPORT_EVERY = 10_000;

/** Counts verdicts, and reports the first of each reason, then one every 10 s with how many there were. */
export class VerdictLog {
  readonly #report: NetworkReport;
  readonly #monotonic: () => number;
  readonly #counts = Object.fromEntries(Object.keys(VERDICTS).map((reason) => [reason, 0])) as Record<
    StatementReason,
    number
  >;
  readonly #last = new Map<StatementReason, { readonly at: number; readonly count: number }>();

  /** @param monotonic milliseconds that never jump */
  constructor(report: NetworkReport, monotonic: () => number) {
    this.#report = report;
    this.#monotonic = monotonic;
  }

  /** Statements by what became of them. */
  get counts(): Readonly<Record<StatementReason, number>> {
    return this.#counts;
  }

  accepted(): void {
    this.#counts.ACCEPTED++;
  }

  /** @param peer that it came from; null for one of this node's own */
  refused({ reason, message, cause }: Refusal, peer: string | null): void {
    const count = ++this.#counts[reason];
    const last = this.#last.get(reason);
    const now = this.#monotonic();
    if (last !== undefined && now - last.at < REPORT_EVERY) return;
    this.#last.set(reason, { at: now, count });
    const since = count - (last?.count ?? 0);
    this.#report({
      level: levelOf(reason),
      event: VERDICTS[reason] === "reject" ? "statement-rejected" : "statement-ignored",
      message: since > 1 ? `${message} (${since} of ${reason} since the last report)` : message,
      fields: {
        reason,
        peer,
        count,
        ...(cause === undefined ? {} : { cause: cause instanceof Error ? cause.message : JSON.stringify(cause) }),
      },
    });
  }
}

function levelOf(reason: Refusal["reason"]): "debug" | "warn" | "error" {
  if (reason === "FAILED") return "error";
  if (reason === "CHAIN_UNREACHABLE" || reason === "BUSY") return "warn";
  return VERDICTS[reason] === "reject" ? "warn" : "debug";
}
