import { type Assay, ClientError, type DomainParameters, isContractError } from "@assay/sdk";
import type { Hex } from "@assay/protocol";
import type { ReadSession } from "./session.ts";

/**
 * The question in which a claim is decided.
 * @throws ClientError `BAD_INPUT` if there is none
 */
export async function questionOf({ assay }: ReadSession, claimId: Hex): Promise<Hex> {
  const questionId = await assay.claims.questionOf(claimId);
  if (questionId !== null) return questionId;
  const { status } = await assay.claims.get(claimId);
  const message =
    status === "none" ? `there is no claim ${claimId} on this deployment` : `claim ${claimId} is before no committee`;
  throw new ClientError("BAD_INPUT", message);
}

/**
 * Parameters of a domain.
 * @throws ClientError `BAD_INPUT` if there is no such domain
 */
export async function requireDomain({ assay }: ReadSession, domainId: number): Promise<DomainParameters> {
  return assay.domains.get(domainId).catch((cause: unknown) => {
    if (!isContractError(cause, "UNKNOWN_DOMAIN")) throw cause;
    const message = `there is no domain ${domainId} on this deployment: see "npm run create-domain"`;
    throw new ClientError("BAD_INPUT", message, { cause });
  });
}

/**
 * Checks that a question asked now would find the domain's minimum stake.
 * @throws ClientError `BAD_INPUT`
 */
export async function requireActive({ assay, tokens }: ReadSession, domainId: number): Promise<void> {
  const { terms, epoch, domain } = await assay.readMany({
    terms: assay.domains.terms.request(domainId),
    epoch: assay.beats.epoch.request(),
    domain: assay.domains.get.request(domainId),
  });
  if (terms.active) return;
  const { next, later } = await assay.readMany({
    next: assay.domains.total.request(domainId, epoch + 1),
    later: assay.domains.total.request(domainId, epoch + 2),
  });
  const hint =
    later.amount >= domain.minStake
      ? `enough counts from epoch ${epoch + 2}: try again in the next epoch`
      : 'more agents must join ("npm run join")';
  const message = `domain ${domainId} has ${tokens(next.amount)} for the next epoch and needs ${tokens(domain.minStake)}: ${hint}`;
  throw new ClientError("BAD_INPUT", message);
}

/**
 * The owner of an agent.
 * @throws ClientError `BAD_INPUT` if there is no such agent
 */
export async function requireAgent({ assay }: { readonly assay: Assay }, agentId: bigint): Promise<string> {
  const owner = await assay.agents.find(agentId);
  if (owner === null) throw new ClientError("BAD_INPUT", `there is no agent ${agentId} on this deployment`);
  return owner;
}
