import { textTable } from "@assay/charts";
import { ABSTAIN_BELOW, COLLUSION_SHARE } from "./population.ts";
import type { AgentSummary, DomainSummary, Summary } from "./summary.ts";

const ratio = (value: number | null) => (value === null || Number.isNaN(value) ? "-" : value.toFixed(3));
const tokens = (value: number) => value.toFixed(2);
const whole = (value: number) => Math.round(value).toLocaleString("en-US");

/** One line an agent. */
export function agentTable(agents: readonly AgentSummary[]): string {
  const head = ["agent", "kind", "domain", "votes", "accuracy", "earned", "slashed", "trust", "weight"];
  const rows = agents.map((agent) => [
    `${agent.name}${agent.contaminated ? " *" : ""}`,
    agent.kind,
    agent.domain,
    String(agent.votes),
    ratio(agent.accuracy),
    tokens(agent.earned),
    tokens(agent.slashed),
    ratio(agent.trust),
    agent.weight.toFixed(2),
  ]);
  return textTable(head, rows, 3);
}

/** The swarm against its parts. */
export function accuracyTable(summary: Summary): string {
  const head = [
    "",
    "verdicts",
    "unresolved",
    "swarm",
    "resolved only",
    "best agent",
    "median agent",
    "majority",
    "same seats",
  ];
  const row = (name: string, d: DomainSummary) => [
    name,
    String(d.verdicts),
    String(d.unresolved),
    ratio(d.accuracy),
    ratio(d.accuracyResolved),
    `${ratio(d.best)} (${d.bestAgent})`,
    ratio(d.median),
    ratio(d.majority),
    ratio(d.seatMajority),
  ];
  const clean = summary.languageWithoutContaminated;
  return textTable(
    head,
    [
      ...summary.domains.map((domain) => row(domain.domain, domain)),
      ...(clean === null ? [] : [row("language without *", clean)]),
      [
        "both domains",
        String(summary.verdicts),
        String(summary.unresolved),
        ratio(summary.swarmAccuracy),
        ratio(summary.swarmAccuracyResolved),
        ratio(summary.bestAgentAccuracy),
        ratio(summary.medianAgentAccuracy),
        ratio(summary.majorityAccuracy),
        ratio(summary.seatMajorityAccuracy),
      ],
    ],
    1,
  );
}

/** Whether the swarm beats what it is made of, in words. */
export function findings(summary: Summary): string[] {
  const compare = (name: string, value: number) => {
    const difference = summary.swarmAccuracy - value;
    const points = `${Math.abs(100 * difference).toFixed(1)} points`;
    if (Math.abs(difference) < 5e-4) return `the swarm is as accurate as ${name}`;
    return difference > 0
      ? `the swarm beats ${name} by ${points}`
      : `the swarm does NOT beat ${name}: ${points} behind`;
  };
  return [
    compare("its median agent", summary.medianAgentAccuracy),
    compare("its best agent of each domain, chosen in hindsight", summary.bestAgentAccuracy),
    compare("the plain majority of all agents", summary.majorityAccuracy),
    compare("the plain majority of the seats that voted", summary.seatMajorityAccuracy),
  ];
}

/** How the figures are defined. */
export function footnotes(summary: Summary): string[] {
  const { events, verdicts } = summary;
  const perVerdict = (events.votes / verdicts).toFixed(1);
  return [
    "swarm: share of the chain's final verdicts that are true, an unresolved one being not correct; resolved only: without those.",
    `Without the ${events.canaries} questions whose answer the asker knew and proved by a canary the swarm has ${ratio(summary.swarmAccuracyWithoutCanaries)}.`,
    "Claims that were taken to court were chosen to be clear, and are not counted.",
    "best, median agent: honest agents alone, each answering every one of the same items, sure or not; of both domains: mean by items.",
    "majority: of all agents of the domain, adversaries included, one vote each, everybody answering every item; a tie is not correct.",
    `It takes ${summary.agents.length / 2} answers an item on average, the swarm ${perVerdict} votes. same seats: plain majority of the seats that voted.`,
    "* built by its authors from the very text it is asked about. `language without *` leaves those agents out, and counts the votes that the",
    "  others revealed on chain again by the protocol's rule, off chain: committees are not refilled, so more of them stay undecided.",
    "  A run on chain without them: --without-contaminated.",
    `votes, accuracy of an agent: votes it revealed on its seats, and the share of them that is true; it abstains below ${ABSTAIN_BELOW} confidence.`,
    "earned, slashed: tokens of stake won, and lost by votes, forfeits and a fallen statement. trust: estimate of balanced accuracy.",
    "weight: of one seat, 1 for a newcomer, at most 16.",
    `Colluders are told the truth and agree to deny it on ${100 * COLLUSION_SHARE}% of the claims.`,
  ];
}

/** What happened besides votes. */
export function eventLines({ events, slashedTotal, rewardedTotal }: Summary): string[] {
  const court = events.court.map(
    ({ kind, said, truth, fell }) =>
      `${kind} "${said}" (truth: ${truth}) was taken to a committee and ${fell ? "fell" : "did NOT fall"}`,
  );
  return [
    `${whole(events.votes)} votes in ${whole(events.beats)} beats over ${events.epochs} epochs`,
    `further rounds: ${events.appeals} by appeal, ${events.budgetRounds} from a prepaid budget, ${events.canaryRounds} by a canary`,
    `${events.canaries} canaries and ${events.decoys} entries that were none; ${events.forfeits} ballot forfeited for want of a reveal`,
    ...court,
    `rewarded ${tokens(rewardedTotal)}, slashed ${tokens(slashedTotal)} tokens`,
  ];
}

/** Gas, and its price. */
export function gasLines({ gas }: Summary, profile: string): string {
  const head = ["gas price", "a vote", "a verdict"];
  const eth = (value: number) => `${value.toExponential(2)} ETH`;
  const rows = gas.prices.map(({ gwei, ethPerVote, ethPerVerdict }) => [
    `${gwei} gwei`,
    eth(ethPerVote),
    eth(ethPerVerdict),
  ]);
  return [
    `${whole(gas.perVote)} gas a vote, all beats, settlements and finalizations included, at ${gas.votesPerBeat.toFixed(1)} votes a beat`,
    `(measured with the ${profile} build; an ask ${whole(gas.means.ask ?? 0)}, a beat ${whole(gas.means.beat ?? 0)} on average)`,
    "",
    textTable(head, rows, 0),
  ].join("\n");
}

/** The vault's balance equation. */
export function vaultLines({ vault, vaultBalanced }: Summary): string {
  const wei = (text: string) => text.replace(/\B(?=(\d{3})+$)/g, " ");
  const rows = [
    ["stakes of all agents", wei(vault.stakes)],
    ["+ credits to collect", wei(vault.credits)],
    ["+ due to the sink", wei(vault.sinkDue)],
    ["+ escrow of open questions", wei(vault.escrow)],
    ["= tokens in the vault", wei(vault.tokens)],
  ];
  return `${textTable(["the vault at the end", "wei"], rows, 1)}\n${vaultBalanced ? "balanced to the wei, nothing left in escrow" : "NOT BALANCED"}`;
}
