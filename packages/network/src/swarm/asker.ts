import type { Hex } from "@assay/protocol";
import { AssayError, hashContent, type SignedStatement, toAssayError } from "@assay/sdk";
import { contentHashOf } from "../contents/cid.ts";
import { NetworkError } from "../errors.ts";
import type { AgentPeer, Exchange } from "../node/exchange.ts";
import type { NetworkReport } from "../report.ts";
import { MAX_ANSWER_MS, MAX_INLINE, requestCodec, responseCodec, SWARM_PROTOCOL } from "./messages.ts";
import { type SwarmTally, tally, type WeighedAnswer, weightOf } from "./tally.ts";

/** What the swarm is asked. */
export type SwarmSubject = {
  readonly domainId: number;
} & (
  | { readonly content: Uint8Array; readonly contentHash?: undefined; readonly cid?: undefined }
  /** Agents fetch the content themselves. */
  | { readonly contentHash: Hex; readonly content?: undefined; readonly cid?: undefined }
  /** The same, by the content's CID: version 1, raw, SHA-256. */
  | { readonly cid: string; readonly content?: undefined; readonly contentHash?: undefined }
);

/** How it is asked. */
export interface AskOptions {
  /** Agents that are asked at most, the weightiest first; 32 unless told. */
  readonly budget?: number;
  /** How long answers are waited for, ms; 30 s unless told. */
  readonly timeoutMs?: number;
  /** Least weight of an agent; 0 unless told. A newcomer has 1, nobody has more than 32. */
  readonly minWeight?: number;
  /** Pledge that is to answer for each answer, wei; the least that the domain allows unless told. */
  readonly bond?: bigint;
  /** How long each answer is to be challengeable, seconds; a day unless told, less where no pledge is certain for so long. */
  readonly validFor?: number;
  readonly signal?: AbortSignal;
}

/** One agent's answer: a statement that its pledge answers for. */
export interface SwarmAnswer extends WeighedAnswer, TakenStatement {
  /** By its record on the chain alone. */
  readonly chainTrust: number;
  /** Of all that was asked: trust, times the covered share of the bond. */
  readonly weight: number;
  /** Milliseconds it took. */
  readonly ms: number;
}

/** Why an agent's answer does not count. */
export interface SwarmSilence {
  readonly agentId: bigint;
  /** `ABSTAINED`, or an error's stable code. */
  readonly code: string;
  readonly reason: string;
}

/** What the swarm says. */
export interface SwarmResult extends SwarmTally {
  readonly domainId: number;
  readonly contentHash: Hex;
  /** Wei of pledge that each agent was asked to answer with. */
  readonly bond: bigint;
  /** Agents that were asked. */
  readonly asked: number;
  readonly answers: readonly SwarmAnswer[];
  readonly silent: readonly SwarmSilence[];
  readonly ms: number;
}

/** An agent's weight in a domain. */
export interface AgentWeight {
  /** By its record on the chain; null if it has no stake in the domain. */
  readonly chain: number | null;
  /** Together with what the asker itself has seen of it. */
  readonly combined: number;
}

/** A statement that was answered with, and is kept. */
export interface TakenStatement {
  /** EIP-712 digest, by which Claims knows it. */
  readonly hash: Hex;
  readonly signed: SignedStatement;
  /** In the agent's own words; proves nothing. */
  readonly evidence: string;
  /** Wei of pledge that certainly answer for it beside what else the agent is known to have stated. */
  readonly covered: bigint;
}

/** What asking takes. */
export interface SwarmOptions {
  readonly exchange: Exchange;
  /** The least bond of a domain's statements, wei. */
  readonly minBond: (domainId: number) => Promise<bigint>;
  /** Longest that a pledge is certain for, seconds. */
  readonly longestValidity: () => Promise<number>;
  /** Weights of agents in a domain, in their order. */
  readonly weightsOf: (domainId: number, agentIds: readonly bigint[]) => Promise<readonly AgentWeight[]>;
  /**
   * Judges a statement as one that is gossiped, and keeps it with its evidence, to be challenged with.
   * @throws NetworkError
   */
  readonly take: (statement: Uint8Array, domainId: number, from: AgentPeer) => Promise<TakenStatement>;
  /** Keeps a content that agents may ask for. */
  readonly offer: (content: Uint8Array) => void;
  /** Unix seconds of the chain. */
  readonly now: () => number;
  /** Milliseconds that never jump. */
  readonly monotonic: () => number;
  readonly report: NetworkReport;
}

/** Time that a statement must be challengeable for to count, where more was asked for, s: to doubt it, and to get a challenge mined. */
const LEAST_LEFT = 600;

const DEFAULTS = { budget: 32, timeoutMs: 30_000, minWeight: 0, validFor: 86_400 };

/** Asks agents, and weighs what they say. */
export class Swarm {
  readonly #options: SwarmOptions;

  constructor(options: SwarmOptions) {
    this.#options = options;
  }

  /**
   * Asks the weightiest agents of a domain that are connected. One that fails, lies about who it is or says nothing in time does not
   * count, and harms nothing else.
   * @throws NetworkError `PEER_UNREACHABLE` if no agent of the domain is connected; `MALFORMED` for options out of range, or a CID of
   * something else
   * @example
   * const { outcome, support, answers } = await swarm.ask({ domainId: 1, content: utf8ToBytes("water is wet") });
   */
  async ask(subject: SwarmSubject, options: AskOptions = {}): Promise<SwarmResult> {
    const { minBond, longestValidity, offer, monotonic, report } = this.#options;
    const { budget, timeoutMs, minWeight, validFor } = { ...DEFAULTS, ...options };
    requireRange("budget", budget, 1, 10_000);
    requireRange("timeoutMs", timeoutMs, 1, MAX_ANSWER_MS);
    requireRange("validFor", validFor, 1, 2 ** 32 - 1);
    const { domainId, content = null } = subject;
    const contentHash = hashOf(subject);
    if (content !== null) offer(content);
    const [leastBond, longest] = await Promise.all([minBond(domainId), longestValidity()]);
    const bond = options.bond === undefined || options.bond < leastBond ? leastBond : options.bond;
    const chosen = await this.#choose(domainId, budget, minWeight);
    const began = monotonic();
    const valid = Math.min(validFor, longest);
    const least = this.#options.now() + Math.min(LEAST_LEFT, valid / 2);
    const request = requestCodec.encode({
      ...{ domainId, contentHash, bond, timeoutMs, validFor: valid },
      content: content === null || content.length > MAX_INLINE ? null : content,
    });
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
    const said = await Promise.all(
      chosen.map(async ({ peer, weight }): Promise<SwarmAnswer | SwarmSilence> => {
        try {
          const taken = await this.#askOne(peer, request, { domainId, contentHash, least }, signal);
          const { outcome } = taken.signed.statement;
          const [trust, chainTrust] = [weight.combined, weight.chain ?? 0];
          const answer = { agentId: peer.agentId, outcome, trust, chainTrust, ...taken };
          return { ...answer, weight: weightOf(answer, bond), ms: monotonic() - began };
        } catch (error) {
          return silenceOf(peer, error, timeout.aborted);
        }
      }),
    );
    options.signal?.throwIfAborted();
    const answers = said.filter((one): one is SwarmAnswer => "signed" in one).sort((a, b) => b.weight - a.weight);
    const silent = said.filter((one): one is SwarmSilence => "code" in one);
    const result = { ...tally(answers, bond), domainId, contentHash, bond, asked: chosen.length, answers, silent };
    const message = `${answers.length} of ${chosen.length} agents answered: outcome ${result.outcome ?? "none"}`;
    report({
      level: "info",
      event: "swarm-asked",
      message,
      fields: { domainId, contentHash, support: result.support },
    });
    return { ...result, ms: monotonic() - began };
  }

  async #choose(domainId: number, budget: number, minWeight: number) {
    const { exchange, weightsOf } = this.#options;
    const { peers } = exchange;
    const weights = await weightsOf(
      domainId,
      peers.map(({ agentId }) => agentId),
    );
    const known = peers.flatMap((peer, i) => {
      const weight = weights[i];
      return weight === undefined || weight.chain === null ? [] : [{ peer, weight }];
    });
    const chosen = known
      .filter(({ weight }) => weight.combined >= minWeight)
      .sort((a, b) => b.weight.combined - a.weight.combined || (a.peer.agentId < b.peer.agentId ? -1 : 1))
      .slice(0, budget);
    if (chosen.length > 0) return chosen;
    const message =
      peers.length === 0
        ? "no agent is connected: none was found in the registry, at configured addresses, or through others"
        : known.length === 0
          ? `none of the ${peers.length} agents that are connected has stake in domain ${domainId}`
          : `none of the ${known.length} agents of domain ${domainId} that are connected weighs ${minWeight}`;
    throw new NetworkError("PEER_UNREACHABLE", message, { retryable: true });
  }

  async #askOne(
    peer: AgentPeer,
    request: Uint8Array,
    { domainId, contentHash, least }: { readonly domainId: number; readonly contentHash: Hex; readonly least: number },
    signal: AbortSignal,
  ): Promise<TakenStatement> {
    const { exchange, take } = this.#options;
    const limits = { maxFrame: responseCodec.maxSize, maxTotal: responseCodec.maxSize, signal };
    for await (const frame of exchange.request(peer, SWARM_PROTOCOL, request, limits)) {
      const response = responseCodec.decode(frame);
      if (response.kind === "abstain") throw new Abstention(response.reason);
      const taken = await take(response.statement, domainId, peer);
      const { statement } = taken.signed;
      if (
        statement.agentId !== peer.agentId ||
        statement.domainId !== domainId ||
        statement.contentHash !== contentHash
      ) {
        throw new NetworkError("MALFORMED", "it answered another question, or for another agent");
      }
      if (Number(statement.expiry) < least) {
        throw new NetworkError("EXPIRED", "its statement can be challenged for too short a time");
      }
      return taken;
    }
    throw new NetworkError("MALFORMED", "it answered with nothing");
  }
}

function hashOf(subject: SwarmSubject): Hex {
  if (subject.cid !== undefined) return contentHashOf(subject.cid);
  return subject.contentHash ?? hashContent(subject.content);
}

/** That an agent would rather say nothing. */
class Abstention extends Error {}

function silenceOf({ agentId }: AgentPeer, thrown: unknown, late: boolean): SwarmSilence {
  if (thrown instanceof Abstention) return { agentId, code: "ABSTAINED", reason: thrown.message };
  if (late) return { agentId, code: "TIMEOUT", reason: "no answer in time" };
  const error = toAssayError(thrown);
  const code = error instanceof AssayError ? error.code : "FAILED";
  return { agentId, code, reason: error instanceof Error ? error.message : String(error) };
}

function requireRange(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new NetworkError("MALFORMED", `${name} must be a whole number from ${least} to ${most}, not ${value}`);
}
