import { AssayError, decodeRevert, errorInterfaces, readEvents } from "@assay/agent";
import { normalizeHex, type Hex } from "@assay/protocol";
import type { IClaims } from "../../typechain/interfaces/IClaims.js";
import type { IConsensus } from "../../typechain/interfaces/IConsensus.sol/IConsensus.js";
import type { ReadSession } from "./session.ts";

/** An assertion and where its content is, as its event tells. */
export interface FoundAssertion {
  readonly assertion: IClaims.AssertionStruct;
  readonly windowEnd: number;
  readonly uri: string;
}

/** A challenged statement, as its event tells. */
export interface FoundChallenge {
  readonly statement: IClaims.StatementStruct;
  readonly attempt: bigint;
}

/** The assertion behind a claim id; null if there is none. */
export async function findAssertion(session: ReadSession, claimId: string): Promise<FoundAssertion | null> {
  const { claims } = session.contracts;
  const [event] = await readEvents(claims, claims.filters.Asserted(claimId), ...(await blocksOf(session)));
  if (event === undefined) return null;
  const { domainId, outcome, contentHash, asserter, bond, salt } = event.args.assertion;
  const assertion = { domainId, outcome, contentHash, asserter, bond, salt };
  return { assertion, windowEnd: Number(event.args.windowEnd), uri: event.args.uri };
}

/** The challenge behind a claim id; null if there is none. */
export async function findChallenge(session: ReadSession, claimId: string): Promise<FoundChallenge | null> {
  const { claims } = session.contracts;
  const [event] = await readEvents(claims, claims.filters.Challenged(claimId), ...(await blocksOf(session)));
  if (event === undefined) return null;
  const { agentId, domainId, outcome, contentHash, bond, expiry, nonce } = event.args.statement;
  const statement = { agentId, domainId, outcome, contentHash, bond, expiry, nonce };
  return { statement, attempt: event.args.attempt };
}

/**
 * The question in which a claim is decided.
 * @throws AssayError `BadInput` if there is none
 */
export async function questionOf({ contracts }: ReadSession, claimId: string): Promise<Hex> {
  const { status, questionId } = await contracts.claims.claim(claimId);
  if (Number(status) !== 0) {
    if (BigInt(questionId) === 0n) throw new AssayError("BadInput", `claim ${claimId} is before no committee`);
    return normalizeHex(questionId as Hex, 24);
  }
  const asked = claimId.slice(0, 50) as Hex;
  if (!claimId.endsWith("00".repeat(8)) || Number((await contracts.consensus.question(asked)).status) === 0) {
    throw new AssayError("BadInput", `there is no claim ${claimId} on this deployment`);
  }
  return asked;
}

/** Domains that an agent has ever allocated stake to. */
export async function domainsOf(session: ReadSession, agentId: bigint): Promise<number[]> {
  const { consensus } = session.contracts;
  const events = await readEvents(consensus, consensus.filters.Allocated(agentId), ...(await blocksOf(session)));
  return [...new Set(events.map(({ args }) => Number(args.domainId)))].sort((a, b) => a - b);
}

/** Agents that have ever been enrolled while an account owned them, and that it owns now. */
export async function enrolledAgentsOf(session: ReadSession, account: string): Promise<bigint[]> {
  const { consensus, registry } = session.contracts;
  const filter = consensus.filters.Enrolled(undefined, account);
  const events = await readEvents(consensus, filter, ...(await blocksOf(session)));
  const ids = [...new Set(events.map(({ args }) => args.agentId))];
  const owners = await Promise.all(ids.map((id) => registry.ownerOf(id)));
  return ids.filter((_, i) => owners[i] === account).sort((a, b) => (a < b ? -1 : 1));
}

/**
 * Parameters of a domain.
 * @throws AssayError `BadInput` if there is no such domain
 */
export async function requireDomain(
  { artifacts, contracts }: ReadSession,
  domainId: number,
): Promise<IConsensus.DomainParametersStructOutput> {
  const domain = await contracts.consensus.domain(domainId).catch((error: unknown) => {
    if (decodeRevert(error, errorInterfaces(artifacts))?.name === "UnknownDomain") return null;
    throw error;
  });
  if (domain === null || domain.outcomes === 0n) {
    throw new AssayError("BadInput", `there is no domain ${domainId} on this deployment: see "npm run create-domain"`);
  }
  return domain;
}

/**
 * Checks that a question asked now would find the domain's minimum stake.
 * @throws AssayError `BadInput`
 */
export async function requireActive({ contracts, tokens }: ReadSession, domainId: number): Promise<void> {
  const { consensus } = contracts;
  const { active } = await consensus.deskTerms(domainId);
  if (active) return;
  const [epoch, unit, { minStake }] = await Promise.all([
    consensus.currentEpoch(),
    consensus.allocationUnit(),
    consensus.domain(domainId),
  ]);
  const [next, later] = await Promise.all([
    consensus.totalAllocation(domainId, epoch + 1n),
    consensus.totalAllocation(domainId, epoch + 2n),
  ]);
  const hint =
    later * unit >= minStake
      ? `enough counts from epoch ${epoch + 2n}: try again in the next epoch`
      : 'more agents must join ("npm run join")';
  const message = `domain ${domainId} has ${tokens(next * unit)} for the next epoch and needs ${tokens(minStake)}: ${hint}`;
  throw new AssayError("BadInput", message);
}

/**
 * The owner of an agent.
 * @throws AssayError `BadInput` if there is no such agent
 */
export async function requireAgent({ contracts }: ReadSession, agentId: bigint): Promise<string> {
  try {
    return await contracts.registry.ownerOf(agentId);
  } catch (cause) {
    throw new AssayError("BadInput", `there is no agent ${agentId} on this deployment`, { cause });
  }
}

async function blocksOf({ deployment, connection }: ReadSession): Promise<[from: number, to: number]> {
  return [deployment.startBlock, await connection.provider.getBlockNumber()];
}
