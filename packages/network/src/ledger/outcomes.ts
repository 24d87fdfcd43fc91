import { setTimeout as sleep } from "node:timers/promises";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { decodeTerms, type Hex, type StatementContext, splitQuestionId, statementDigest } from "@assay/protocol";
import type { Assay, Cursor, WatchOptions } from "@assay/sdk";
import type { NetworkReport } from "../report.ts";
import type { StatementStore } from "../statements/store.ts";
import type { StoredStatement } from "../statements/stored.ts";
import type { Basis } from "./decay.ts";
import type { Ledger } from "./ledger.ts";

/** What decides whether answers held. */
export interface OutcomeOptions {
  readonly assay: Assay;
  readonly context: StatementContext;
  /** Answers that this agent had are pinned in it. */
  readonly statements: StatementStore;
  readonly ledger: Ledger;
  /** File that keeps how far the chain was read. */
  readonly cursorPath: string;
  readonly confirmations?: WatchOptions["confirmations"];
  readonly pollMs?: number;
  /** Unix seconds of the chain. */
  readonly now: () => number;
  readonly report: NetworkReport;
}

/** Answers about one content that are looked at. */
const MOST = 1_000;

/** Wait after a failure, ms. */
const RETRY_MS = 5_000;

const EVENTS = ["claims.ClaimClosed", "consensus.QuestionFinalized"] as const;

/**
 * Notes in the ledger what the chain decides about answers that this agent had: by a challenge of the very statement, or by a verdict
 * on the same content. What a reorganisation undoes is taken back. Goes on where it was after a restart.
 */
export async function followOutcomes(options: OutcomeOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await follow(options, signal);
    } catch (error) {
      // What was not kept is read again.
      const message = `verdicts cannot be followed: ${error instanceof Error ? error.message : String(error)}`;
      options.report({ level: "warn", event: "outcomes-failed", message });
      await sleep(RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}

async function follow(options: OutcomeOptions, signal: AbortSignal): Promise<void> {
  const { assay, confirmations, pollMs, report, cursorPath, ledger } = options;
  const cursor = readCursor(cursorPath);
  const fromBlock = (await assay.runner.provider?.getBlockNumber()) ?? 0;
  const watched = assay.watch(EVENTS, {
    signal,
    ...(cursor === null ? { fromBlock } : { cursor }),
    ...(confirmations !== undefined && { confirmations }),
    ...(pollMs !== undefined && { pollMs }),
    onRetry: (error) =>
      report({ level: "warn", event: "outcomes-unreachable", message: `verdicts cannot be read: ${String(error)}` }),
  });
  for await (const item of watched) {
    const events = item.type === "log" ? [item.event] : item.type === "reorg" ? item.removed : [];
    for (const event of events) {
      const decided =
        event.name === "claims.ClaimClosed"
          ? await ofChallenge(options, event.args.claimId)
          : await ofVerdict(options, event.args);
      for (const { stored, held, basis } of decided) {
        if (item.type === "reorg") ledger.retract(stored.hash, basis);
        else await record(options, stored, held, basis);
      }
    }
    keepCursor(cursorPath, item.cursor, report);
  }
}

interface Decided {
  readonly stored: StoredStatement;
  readonly held: boolean;
  readonly basis: Basis;
}

/** What a challenge that was closed says of an answer. */
async function ofChallenge({ assay, context, statements }: OutcomeOptions, claimId: Hex): Promise<Decided[]> {
  const challenge = await assay.claims.findChallenge(claimId);
  if (challenge === null) return [];
  const stored = statements.get(statementDigest(context, challenge.statement));
  if (stored === null || !isAnswer(stored)) return [];
  const { status, outcome } = await assay.claims.verdict(claimId);
  // One that nobody decided says nothing.
  return status === "resolved" ? [{ stored, held: outcome === stored.statement.outcome, basis: "challenge" }] : [];
}

/** What a final verdict says of answers about the same content. */
async function ofVerdict(
  { assay, statements }: OutcomeOptions,
  { questionId, terms }: { readonly questionId: Hex; readonly terms: bigint },
): Promise<Decided[]> {
  const { status, outcome } = decodeTerms(terms);
  if (status !== "resolved") return [];
  const { domainId } = splitQuestionId(questionId);
  const origin = await assay.questions.origin(questionId);
  if (origin === null) return [];
  const { contentHash } = origin;
  return statements
    .page({ domainId, contentHash, now: 0, limit: MOST })
    .filter(isAnswer)
    .map((stored) => ({ stored, held: stored.statement.outcome === outcome, basis: "verdict" }));
}

/** Whether this agent was answered with it. */
function isAnswer({ pinned, source }: StoredStatement): boolean {
  return pinned && source !== null;
}

async function record(
  { assay, ledger, now, report }: OutcomeOptions,
  { hash, statement }: StoredStatement,
  held: boolean,
  basis: Basis,
): Promise<void> {
  const { agentId, domainId } = statement;
  const { generation } = await assay.agents.state(agentId);
  ledger.record({ statement: hash, agentId, generation, domainId, held, basis, at: now() });
  const message = `an answer of agent ${agentId} has ${held ? "held" : "fallen"}, by a ${basis}`;
  report({ level: "info", event: "answer-decided", message, fields: { agentId, domainId, hash, held, basis } });
}

function readCursor(path: string): Cursor | null {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Cursor;
  } catch {
    return null; // what was decided meanwhile is not noted; nothing else depends on it
  }
}

function keepCursor(path: string, cursor: Cursor, report: NetworkReport): void {
  try {
    writeFileSync(`${path}.new`, JSON.stringify(cursor), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } catch (error) {
    report({ level: "warn", event: "cursor-unwritable", message: `${path} cannot be written: ${String(error)}` });
  }
}
