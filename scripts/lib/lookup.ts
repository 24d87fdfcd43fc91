import { type Assay, ClientError, type DomainParameters, isContractError } from "@assay/sdk";
import type { Hex } from "@assay/protocol";
import { requireActive as requireDomainActive } from "../../packages/cli/src/lib/domains.ts";
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
 * @throws CliError `BAD_INPUT`
 */
export async function requireActive(session: ReadSession, domainId: number): Promise<void> {
  await requireDomainActive(session, domainId, "npm run join");
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
