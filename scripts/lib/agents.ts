import {
  AgentError,
  type Happening,
  inlineOnly,
  type Journal,
  type OpenJournal,
  Runtime,
  type RuntimeOptions,
  SharedChain,
  type Verifier,
} from "@assay/agent";
import { ClientError } from "@assay/sdk";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { requireAgent } from "./lookup.ts";
import type { ReadSession } from "./session.ts";

/** A verifier less sure than this leaves the question out. */
const LEAST_CONFIDENCE = 0.6;

/** An agent, and what it lives with. */
export interface ScriptAgent {
  readonly agentId: bigint;
  /** Its wallet. */
  readonly account: HardhatEthersSigner;
  readonly domains: readonly number[];
  /** Answers the questions of all its domains. */
  readonly verifier: Verifier;
  readonly journal: Journal;
}

/** How agents run. */
export interface RunOptions extends Pick<RuntimeOptions, "epochs" | "pollMs"> {
  /** Where contents are found; in the questions' URIs unless told. */
  readonly contentOf?: RuntimeOptions["verification"]["contentOf"];
  readonly report: (agentId: bigint, happening: Happening) => void;
}

/**
 * The account of the network that may send for an agent: its wallet.
 * @throws ClientError `BAD_INPUT` if the network has no such account
 */
export async function walletOf(session: ReadSession, agentId: bigint): Promise<HardhatEthersSigner> {
  const owner = await requireAgent(session, agentId);
  const wallet = await session.assay.agents.wallet(agentId);
  const found = session.connection.accounts.find(({ address }) => address === wallet);
  if (found === undefined) {
    const message = `the wallet of agent ${agentId} is ${wallet ?? "none"} (its owner ${owner}), which is no account of ${session.connection.network}`;
    throw new ClientError("BAD_INPUT", message);
  }
  return found;
}

/** @throws AgentError `MISSING_BALLOT` for an agent that has not joined with this journal */
export function requireSecrets(agentId: bigint, journal: OpenJournal): void {
  if (journal.load() !== null) return;
  const message = `agent ${agentId} has no secret chain in ${journal.path}: run "npm run join" first`;
  throw new AgentError("MISSING_BALLOT", message);
}

/** Runtimes of agents whose accounts sign and send by Hardhat; they share what they see of the chain. */
export function createRuntimes(
  { assay, connection }: ReadSession,
  agents: readonly ScriptAgent[],
  { contentOf = inlineOnly, report, epochs, pollMs }: RunOptions,
): Runtime[] {
  const chain = new SharedChain(assay, connection.provider);
  return agents.map(({ agentId, account, domains, verifier, journal }) => {
    const verifiers = new Map(domains.map((domainId) => [domainId, verifier]));
    return new Runtime({
      ...{ agentId, assay, chain, journal, domains, wallet: account, transactions: null },
      verification: { verifiers, contentOf, minConfidence: LEAST_CONFIDENCE, concurrency: 1 },
      policy: { keepAliveEpochs: 1, limits: {}, maxEtherPerDay: null, dryRun: false },
      warnings: {},
      report: (happening) => report(agentId, happening),
      ...(pollMs !== undefined && { pollMs }),
      ...(epochs !== undefined && { epochs }),
    });
  });
}

/** What scripts print of their agents' lives. */
export interface Printer {
  /** Once for all agents. */
  readonly epoch: (epoch: number, secondsLeft: number) => void;
  readonly beat: (agentId: bigint, did: string, fields: BeatFields) => void;
}

/** What the report of a beat says for machines. */
interface BeatFields {
  readonly votes: number;
  readonly gasUsed: bigint;
  /** Wei of ether. */
  readonly fee: bigint;
}

/** Tells a printer of what happens; warnings go to standard error. */
export function reportTo({ epoch, beat }: Printer): RunOptions["report"] {
  let present = -1;
  return (agentId, { event, level, message, fields = {} }) => {
    if (event === "epoch" && Number(fields.epoch) > present) {
      present = Number(fields.epoch);
      epoch(present, Number(fields.secondsLeft));
    } else if (event === "beat") {
      beat(agentId, message.replace(/^epoch \d+: /, ""), fields as unknown as BeatFields);
    } else if (event !== "open-ballot" && (level === "warn" || level === "error")) {
      console.error(`  agent ${agentId}: ${message}`);
    }
  };
}
