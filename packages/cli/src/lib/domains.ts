import { ALLOCATION_DELAY } from "@assay/sdk/protocol";
import { fail } from "./errors.ts";
import type { ReadSession } from "./session.ts";

/** A domain as it stands. */
export type DomainReading = Awaited<ReturnType<typeof readDomain>>;

/** Every domain, with the stake that counts now and whether that is enough for questions. */
export async function listDomains({ assay }: ReadSession) {
  const [found, epoch] = await Promise.all([assay.domains.list(), assay.beats.epoch()]);
  const totals = await assay.readMany(found.map(({ domainId }) => assay.domains.total.request(domainId, epoch)));
  const domains = found.map(({ domainId, parameters, uri }, i) => {
    const stake = totals[i]?.amount ?? 0n;
    return { domainId, parameters, uri, stake, open: stake >= parameters.minStake };
  });
  return { epoch, domains };
}

/** A domain's parameters, stake and statistics. @throws ContractError `UNKNOWN_DOMAIN` */
export async function readDomain({ assay }: ReadSession, domainId: number) {
  const epoch = await assay.beats.epoch();
  const [{ parameters, total, coming, statistics }, uri] = await Promise.all([
    assay.readMany({
      parameters: assay.domains.get.request(domainId),
      total: assay.domains.total.request(domainId, epoch),
      coming: assay.domains.total.request(domainId, epoch + ALLOCATION_DELAY),
      statistics: assay.domains.statistics.request(domainId),
    }),
    assay.domains.uri(domainId),
  ]);
  const stakes = { stake: total.amount, comingStake: coming.amount };
  return { domainId, uri: uri ?? "", parameters, epoch, ...stakes, statistics };
}

/** What a domain is, for people; without its URI, which strangers choose. */
export function domainLines({ tokens, terms }: Pick<ReadSession, "tokens" | "terms">, domain: DomainReading): string[] {
  const { parameters, epoch, stake, comingStake, statistics } = domain;
  const sum = statistics.counts.reduce((all, count) => all + count, 0);
  const shares = statistics.counts.map((count, outcome) => `${outcome}: ${Math.round((100 * count) / sum)} %`);
  const { seats, seatFee, seatBond, minStake, outcomes, maxRounds, supermajorityBps, assertionWindow } = parameters;
  const coming = comingStake === stake ? "" : ` (${tokens(comingStake)} from epoch ${epoch + ALLOCATION_DELAY})`;
  return [
    `${outcomes} outcomes, ${seats} seats of ${tokens(seatFee)}, ${tokens(seatBond)} at risk a seat`,
    `decided by ${supermajorityBps / 100} % of the weight, in up to ${maxRounds} rounds; assertions can be disputed for ${assertionWindow} epochs of ${terms.epochLength} s`,
    `stake ${tokens(stake)}${coming}; questions need ${tokens(minStake)}`,
    `outcomes so far, the prior included: ${shares.join(", ")}`,
  ];
}

/**
 * Checks that a question asked now would find the domain's minimum stake.
 * @param join command by which agents join
 * @throws CliError `BAD_INPUT`
 */
export async function requireActive(
  { assay, tokens }: Pick<ReadSession, "assay" | "tokens">,
  domainId: number,
  join = "assay domain join",
): Promise<void> {
  const shortfall = await assay.domains.shortfall(domainId);
  if (shortfall === null) return;
  const { next, minStake, enoughFrom } = shortfall;
  const hint =
    enoughFrom === null
      ? `more agents must join ("${join}")`
      : `enough counts from epoch ${enoughFrom}: try again in the next epoch`;
  fail(`domain ${domainId} has ${tokens(next)} for the next epoch and needs ${tokens(minStake)}: ${hint}`);
}
