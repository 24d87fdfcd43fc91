import type { Hex } from "@assay/protocol";
import { hashContent, type SignedStatement, toAssayError } from "@assay/sdk";
import { NetworkError } from "../errors.ts";
import type { AgentPeer, Exchange } from "../node/exchange.ts";
import type { NetworkReport } from "../report.ts";
import { uriOf } from "../contents/cid.ts";
import type { StatementDesk } from "./desk.ts";
import { MAX_EVIDENCE } from "../statements/message.ts";
import {
  MAX_REASON,
  requestCodec,
  responseCodec,
  SWARM_PROTOCOL,
  type SwarmRequest,
  type SwarmResponse,
} from "./messages.ts";

/** A question as an agent's verifier sees it. */
export interface SwarmQuestion {
  readonly domainId: number;
  readonly contentHash: Hex;
  /** Who asks. */
  readonly asker: bigint;
}

/** What a verifier makes of it. */
export type SwarmFinding =
  { readonly outcome: number; readonly confidence: number; readonly evidence?: string } | { readonly abstain: string };

/** How an agent answers questions of the swarm. */
export interface ResponderOptions {
  readonly exchange: Exchange;
  readonly desk: Pick<StatementDesk, "state">;
  /** Least confidence that it states something with, by the domains that it answers in; 0 to 1. */
  readonly domains: ReadonlyMap<number, number>;
  /** Answers by the content, which strangers choose. */
  readonly verify: (question: SwarmQuestion, content: Uint8Array, signal: AbortSignal) => Promise<SwarmFinding>;
  /** Gets a content that did not come with its question, from the asker or others. */
  readonly fetch: (contentHash: Hex, from: AgentPeer, signal: AbortSignal) => Promise<Uint8Array>;
  /** Keeps a content that it has signed about, and hands the statement on. @returns the statement as it is gossiped */
  readonly publish: (content: Uint8Array, signed: SignedStatement, evidence: string) => Uint8Array;
  /** Questions that it works on at the same time; further ones are refused. */
  readonly concurrency: number;
  /** Questions of one agent a minute. */
  readonly perMinute: number;
  readonly report: NetworkReport;
}

/** Questions of one agent at the same time. */
const PER_PEER = 8;

/** Answers questions of other agents with signed statements. @returns counts by what came of them */
export function serveSwarm(options: ResponderOptions): Readonly<Record<"answered" | "abstained" | "refused", number>> {
  const { exchange, concurrency, perMinute, report } = options;
  const counts = { answered: 0, abstained: 0, refused: 0 };
  let working = 0;
  const limits = { maxRequest: requestCodec.maxSize, concurrency: PER_PEER, perMinute };
  exchange.serve(SWARM_PROTOCOL, limits, async function* (bytes, peer, signal) {
    const request = requestCodec.decode(bytes);
    if (working >= concurrency) {
      counts.refused++;
      throw new NetworkError("RATE_LIMITED", "it is busy with other questions", { retryable: true });
    }
    working++;
    try {
      const until = AbortSignal.any([signal, AbortSignal.timeout(request.timeoutMs)]);
      const response = await answer(options, request, peer, until);
      counts[response.kind === "answer" ? "answered" : "abstained"]++;
      const { domainId, contentHash } = request;
      const fields = { from: peer.agentId, domainId, contentHash, kind: response.kind };
      report({
        level: "info",
        event: "swarm-answer",
        message: `${response.kind}s a question of agent ${peer.agentId}`,
        fields,
      });
      yield responseCodec.encode(response);
    } catch (error) {
      counts.refused++;
      throw error;
    } finally {
      working--;
    }
  });
  return counts;
}

async function answer(
  { desk, domains, verify, fetch, publish }: ResponderOptions,
  { domainId, contentHash, content: inline, bond, validFor }: SwarmRequest,
  peer: AgentPeer,
  signal: AbortSignal,
): Promise<SwarmResponse> {
  const minConfidence = domains.get(domainId);
  if (minConfidence === undefined) throw new NetworkError("REFUSED", `it does not answer in domain ${domainId}`);
  if (inline !== null && hashContent(inline) !== contentHash) {
    throw new NetworkError("MALFORMED", "the content is not of the hash that came with it");
  }
  const content = inline ?? (await fetch(contentHash, peer, signal));
  const finding = await find(
    { verify, minConfidence },
    { domainId, contentHash, asker: peer.agentId },
    content,
    signal,
  );
  if ("abstain" in finding) return { kind: "abstain", reason: finding.abstain.slice(0, MAX_REASON).toWellFormed() };
  const { outcome, evidence = "" } = finding;
  const signed = await desk.state({ domainId, contentHash, outcome, bond, validFor, uri: uriOf(contentHash) });
  return { kind: "answer", statement: publish(content, signed, evidence.slice(0, MAX_EVIDENCE).toWellFormed()) };
}

/** What a verifier finds; nothing where it is not sure enough. Never rejects. */
export async function find(
  { verify, minConfidence }: { readonly verify: ResponderOptions["verify"]; readonly minConfidence: number },
  question: SwarmQuestion,
  content: Uint8Array,
  signal: AbortSignal,
): Promise<SwarmFinding> {
  try {
    const finding = await verify(question, content, signal);
    if ("abstain" in finding || finding.confidence >= minConfidence) return finding;
    return { abstain: `${finding.confidence} sure, less than the ${minConfidence} that it states something with` };
  } catch (error) {
    // It tells nobody why: its error may hold what is nobody's business.
    const known = toAssayError(error);
    return { abstain: known instanceof NetworkError ? known.message : "it could not answer" };
  }
}
