import type { Item } from "@assay/models";
import { seatWeight } from "@assay/protocol";
import { type Baselines, baselinesOf, majority, shareOf } from "./baselines.ts";
import { type Domain, TOKEN } from "./domains.ts";
import type { CastVote, FinalVerdict, QuestionRecord } from "./ledger.ts";
import type { Member } from "./population.ts";
import { retally } from "./retally.ts";
import type { Registered } from "./roster.ts";
import type { Outcome } from "./run.ts";
import { type TimelinePoint, timelineOf } from "./timeline.ts";

/** How right a set of final verdicts is. */
interface SwarmScore {
  readonly verdicts: number;
  readonly unresolved: number;
  /** Unresolved ones count as not correct. */
  readonly accuracy: number;
  /** Unresolved ones are left out. */
  readonly accuracyResolved: number;
}

export interface DomainSummary extends SwarmScore, Baselines {
  readonly domain: string;
  /** Plain majority of the seats that voted, one vote each: the swarm without trust, quorum or rounds. */
  readonly seatMajority: number;
}

export interface AgentSummary {
  readonly id: number;
  readonly name: string;
  readonly kind: string;
  readonly domain: string;
  readonly contaminated: boolean;
  /** Votes revealed. */
  readonly votes: number;
  /** Share of them that are true; null without a vote. */
  readonly accuracy: number | null;
  /** Tokens. */
  readonly earned: number;
  /** Tokens, forfeits and lost challenges included. */
  readonly slashed: number;
  /** Estimate of balanced accuracy, 0 to 1. */
  readonly trust: number;
  /** Of a seat; 1 is a newcomer's. */
  readonly weight: number;
}

/** A final verdict with the truth beside it. */
export interface ScoredVerdict extends FinalVerdict {
  readonly id: string;
  readonly contentHash: string;
  readonly domain: string;
  readonly truth: number;
  readonly correct: boolean;
  readonly canary: boolean;
}

/** What `--json` writes, and what table and report show. */
export interface Summary {
  readonly swarmAccuracy: number;
  readonly bestAgentAccuracy: number;
  readonly medianAgentAccuracy: number;
  readonly majorityAccuracy: number;
  readonly verdicts: number;
  readonly unresolved: number;
  readonly gasPerVote: number;
  readonly vaultBalanced: boolean;
  /** Tokens. */
  readonly slashedTotal: number;
  /** Tokens. */
  readonly rewardedTotal: number;
  readonly agents: readonly AgentSummary[];
  readonly swarmAccuracyResolved: number;
  readonly seatMajorityAccuracy: number;
  /** Without the questions whose answer the asker knew and proved: those are re-voted where they were wrong. */
  readonly swarmAccuracyWithoutCanaries: number;
  readonly domains: readonly DomainSummary[];
  /** Language without the agents whose model was built from the text it is asked about. */
  readonly languageWithoutContaminated: DomainSummary | null;
  readonly scored: readonly ScoredVerdict[];
  readonly timeline: readonly TimelinePoint[];
  readonly events: Events;
  readonly gas: Gas;
  /** Wei, as decimal strings. */
  readonly vault: Readonly<Record<"tokens" | "stakes" | "credits" | "sinkDue" | "escrow", string>>;
  readonly options: Readonly<Record<"agents" | "epochs" | "claims" | "adversaries" | "seed", number>>;
}

interface Events {
  readonly votes: number;
  readonly beats: number;
  readonly epochs: number;
  readonly appeals: number;
  readonly budgetRounds: number;
  readonly canaryRounds: number;
  readonly forfeits: number;
  readonly canaries: number;
  readonly decoys: number;
  readonly court: readonly {
    readonly kind: string;
    readonly said: string;
    readonly truth: string;
    readonly fell: boolean;
  }[];
}

interface Gas {
  readonly perVote: number;
  readonly votesPerBeat: number;
  /** Mean gas of one transaction of a kind. */
  readonly means: Readonly<Record<string, number>>;
  readonly prices: readonly { readonly gwei: number; readonly ethPerVote: number; readonly ethPerVerdict: number }[];
}

/** Sums up a run. The swarm's accuracy is that of the verdicts on chain, and of nothing else. */
export function summarize(outcome: Outcome): Summary {
  const { domains, ledger, roster, vault, options } = outcome;
  // What was taken to court was chosen to be clear, and is not scored.
  const asked = [...ledger.questions.values()].filter(({ id }) => outcome.asker.plannedOf(id) !== undefined);
  const scored = asked.map((question) => score(question, outcome));
  const perDomain = domains.map((domain) => {
    const own = scored.filter((verdict) => verdict.domain === domain.name);
    const agents = roster.filter(({ member }) => member.domain === domain);
    return domainSummary(domain, own, agents, ledger.votes);
  });
  const mean = (key: "best" | "median" | "majority" | "seatMajority") =>
    perDomain.reduce((sum, domain) => sum + domain[key] * domain.verdicts, 0) / scored.length;
  const total = scoreOf(scored);
  const agents = roster.map((registered) => agentSummary(registered, outcome));
  const gas = gasOf(outcome, scored.length);
  return {
    swarmAccuracy: total.accuracy,
    bestAgentAccuracy: mean("best"),
    medianAgentAccuracy: mean("median"),
    majorityAccuracy: mean("majority"),
    verdicts: total.verdicts,
    unresolved: total.unresolved,
    gasPerVote: gas.perVote,
    vaultBalanced: vault.balanced,
    slashedTotal: agents.reduce((sum, { slashed }) => sum + slashed, 0),
    rewardedTotal: agents.reduce((sum, { earned }) => sum + earned, 0),
    agents,
    swarmAccuracyResolved: total.accuracyResolved,
    seatMajorityAccuracy: mean("seatMajority"),
    swarmAccuracyWithoutCanaries: scoreOf(scored.filter(({ canary }) => !canary)).accuracy,
    domains: perDomain,
    languageWithoutContaminated: withoutContaminated(outcome, scored),
    scored,
    timeline: timelineOf(outcome),
    events: eventsOf(outcome),
    gas,
    vault: {
      tokens: String(vault.tokens),
      stakes: String(vault.stakes),
      credits: String(vault.credits),
      sinkDue: String(vault.sinkDue),
      escrow: String(vault.escrow),
    },
    options: {
      agents: options.agents,
      epochs: options.epochs,
      claims: options.claims,
      adversaries: options.adversaries,
      seed: options.seed,
    },
  };
}

function score(question: QuestionRecord, { asker, domains }: Outcome): ScoredVerdict {
  const { final, id } = question;
  if (final === null) throw new Error(`question ${id} has no final verdict`);
  const domain = domainOf(question, domains);
  const { contentHash } = question;
  const { truth } = itemOf(contentHash, domain);
  const canary = (asker.plannedOf(id)?.canary?.answer ?? null) !== null;
  return {
    ...final,
    id,
    contentHash,
    domain: domain.name,
    truth,
    correct: final.resolved && final.outcome === truth,
    canary,
  };
}

function scoreOf(scored: readonly { readonly resolved: boolean; readonly correct: boolean }[]): SwarmScore {
  const resolved = scored.filter((verdict) => verdict.resolved);
  return {
    verdicts: scored.length,
    unresolved: scored.length - resolved.length,
    accuracy: shareOf(scored, ({ correct }) => correct),
    accuracyResolved: shareOf(resolved, ({ correct }) => correct),
  };
}

/** The figures of a domain, or of some of its agents. */
function domainSummary(
  domain: Domain,
  scored: readonly ScoredVerdict[],
  roster: readonly Registered[],
  votes: readonly CastVote[],
): DomainSummary {
  const items = scored.map(({ contentHash }) => itemOf(contentHash, domain));
  const byQuestion = votesByQuestion(votes);
  const seatMajority = shareOf(scored, ({ id, truth }) => {
    const answers = (byQuestion.get(id) ?? []).flatMap(({ outcome, seats }) => Array<number>(seats).fill(outcome));
    return majority(answers) === truth;
  });
  const respondents = roster.map(({ member }) => respondent(member));
  return { domain: domain.name, ...scoreOf(scored), ...baselinesOf(respondents, items), seatMajority };
}

function respondent(member: Member) {
  return { name: member.name, honest: member.role === "honest", answer: (item: Item) => member.answer(item).outcome };
}

function withoutContaminated(
  { domains, ledger, roster }: Outcome,
  scored: readonly ScoredVerdict[],
): DomainSummary | null {
  const domain = domains.find(({ name }) => name === "language");
  if (domain === undefined || !roster.some(({ member }) => member.contaminated)) return null;
  const clean = roster.filter(({ member }) => member.domain === domain && !member.contaminated);
  if (!clean.some(({ member }) => member.role === "honest")) return null;
  const ids = new Set(clean.map(({ agentId }) => agentId));
  const votes = ledger.votes.filter(({ agentId }) => ids.has(agentId));
  const byQuestion = votesByQuestion(votes);
  const retallied = scored
    .filter((verdict) => verdict.domain === domain.name)
    .map((verdict) => {
      const { resolved, outcome } = retally(ledger.question(verdict.id), byQuestion.get(verdict.id) ?? []);
      return { ...verdict, resolved, correct: resolved && outcome === verdict.truth };
    });
  return domainSummary(domain, retallied, clean, votes);
}

/** Votes by question. */
function votesByQuestion(votes: readonly CastVote[]): Map<string, CastVote[]> {
  return Map.groupBy(votes, ({ questionId }) => questionId as string);
}

function agentSummary({ agentId, member }: Registered, { ledger }: Outcome): AgentSummary {
  const { earned, slashed, evidence } = ledger.standing(agentId);
  const votes = ledger.votes.filter((vote) => vote.agentId === agentId);
  const truthOf = ({ questionId }: CastVote) => itemOf(ledger.question(questionId).contentHash, member.domain).truth;
  return {
    id: Number(agentId),
    name: member.name,
    kind: member.kind,
    domain: member.domain.name,
    contaminated: member.contaminated,
    votes: votes.length,
    accuracy: votes.length === 0 ? null : shareOf(votes, (vote) => vote.outcome === truthOf(vote)),
    earned: toTokens(earned),
    slashed: toTokens(slashed),
    trust: evidence.alpha / (evidence.alpha + evidence.beta),
    weight: seatWeight(evidence) / 256,
  };
}

function eventsOf({ ledger, asker, appeals, cases }: Outcome): Events {
  const questions = [...ledger.questions.values()];
  const canaries = questions.map(({ id }) => asker.plannedOf(id)?.canary ?? null).filter((canary) => canary !== null);
  return {
    votes: ledger.votes.length,
    beats: ledger.gas.get("beat")?.transactions ?? 0,
    epochs: new Set(ledger.votes.map(({ epoch }) => epoch)).size,
    appeals,
    budgetRounds: questions.reduce((sum, question) => sum + question.budgetRounds, 0),
    canaryRounds: questions.reduce((sum, question) => sum + question.canaryRounds, 0),
    forfeits: ledger.forfeits,
    canaries: canaries.filter(({ answer }) => answer !== null).length,
    decoys: canaries.filter(({ answer }) => answer === null).length,
    court: cases.map(({ kind, said, truth, fell }) => ({ kind, said, truth, fell })),
  };
}

function gasOf({ ledger, options }: Outcome, verdicts: number): Gas {
  const of = (purpose: "beat" | "settle" | "finalize") => ledger.gas.get(purpose)?.gas ?? 0n;
  const voting = Number(of("beat") + of("settle") + of("finalize"));
  const votes = ledger.votes.length;
  const means = [...ledger.gas].map(([purpose, { gas, transactions }]) => [purpose, Number(gas) / transactions]);
  return {
    perVote: voting / votes,
    votesPerBeat: votes / (ledger.gas.get("beat")?.transactions ?? 1),
    means: Object.fromEntries(means) as Record<string, number>,
    prices: options.gasPrices.map((gwei) => ({
      gwei,
      ethPerVote: (voting / votes) * gwei * 1e-9,
      ethPerVerdict: (voting / verdicts) * gwei * 1e-9,
    })),
  };
}

function domainOf({ id }: QuestionRecord, domains: readonly Domain[]): Domain {
  const number = Number(BigInt(id.slice(0, 10)));
  const domain = domains.find((candidate) => candidate.id === number);
  if (domain === undefined) throw new Error(`question ${id} is of no domain of this run`);
  return domain;
}

function itemOf(contentHash: string, domain: Domain): Item {
  const item = domain.byContentHash.get(contentHash);
  if (item === undefined) throw new Error(`content ${contentHash} is no claim of this run`);
  return item;
}

function toTokens(wei: bigint): number {
  return Number(wei) / Number(TOKEN);
}
