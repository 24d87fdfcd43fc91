import { AgentError, type AgentMemory } from "@assay/agent";
import type { Assay } from "@assay/sdk";
import { formatEther } from "ethers";
import { existsSync } from "node:fs";
import type { Commands, Outcome } from "../lib/command.ts";
import { chooseNetwork, type Config, type ChosenNetwork, loadConfig } from "../lib/config.ts";
import { type Endpoint, openEndpoint, withoutSecrets } from "../lib/endpoint.ts";
import { EXIT, explain } from "../lib/errors.ts";
import type { Io } from "../lib/io.ts";
import { isExposed, Keystore } from "../lib/keystore.ts";
import { journalPath, openJournalOf } from "../lib/secrets.ts";
import {
  agentOf,
  type CommonOptions,
  deploymentOf,
  fromOf,
  openReadSession,
  openSession,
  type ReadSession,
} from "../lib/session.ts";
import { agentOption } from "./stake.ts";

interface Options extends CommonOptions {
  readonly agent?: bigint;
}

/** What one check found. */
interface Finding {
  readonly check: string;
  readonly status: "ok" | "warn" | "fail";
  readonly found: string;
  /** What to do, unless it is well. */
  readonly fix?: string;
}

/** Oldest Node that the packages run on. */
const MIN_NODE = [22, 13] as const;
/** Difference of the clocks from which beats may come too late, seconds. */
const MAX_SKEW = 15;
/** How old the latest block may be, seconds. */
const MAX_BLOCK_AGE = 120;
/** Epochs of secrets below which to think of new ones. */
const FEW_SECRETS = 200;

/** `assay doctor` */
export function addDoctor(commands: Commands): void {
  commands.plain<Options, []>(
    {
      name: "doctor",
      summary: "Checks everything that commands need, and says what to do where something is missing",
      example: "--network sepolia --agent 7",
      options: [agentOption()],
      help: `Exit status ${EXIT.failed} if a check has failed.`,
    },
    async (io, options) => {
      const findings = await examine(io, options);
      const failed = findings.filter(({ status }) => status === "fail").length;
      const { green, yellow, red } = io.colors;
      const paint = { ok: green, warn: yellow, fail: red };
      const lines = findings.flatMap(({ check, status, found, fix }) => [
        `${paint[status](status.padEnd(4))}  ${check}: ${found}`,
        ...(fix === undefined ? [] : [`      ${fix}`]),
      ]);
      const exitCode = failed === 0 ? 0 : EXIT.failed;
      return { lines, data: { healthy: failed === 0, findings }, exitCode } satisfies Outcome;
    },
  );
}

/** Runs the checks in their order, as far as each finds what it needs. */
async function examine(io: Io, options: Options): Promise<Finding[]> {
  const findings: Finding[] = [checkNode(process.versions.node)];
  /** Notes what fails; null then. */
  const attempt = async <T>(check: string, fix: string, work: () => T | Promise<T>): Promise<T | null> => {
    try {
      return await work();
    } catch (error) {
      findings.push({ check, status: "fail", found: explain(error).message, fix });
      return null;
    }
  };
  const config = await attempt("configuration", "correct it, or write a new one with assay init", () =>
    loadConfig(options, io.env),
  );
  if (config === null) return findings;
  const network = await attempt("network", "name one that is configured, or add it with assay init", () =>
    chooseNetwork(config, options, io.env),
  );
  if (network === null) return findings;
  findings.push({
    check: "configuration",
    status: "ok",
    found: `${network.name} of ${config.path ?? "the environment"}`,
  });

  const endpoint = await attempt("endpoint", "start the node, or give another URL with --rpc", () =>
    openEndpoint(network.rpc),
  );
  if (endpoint !== null) {
    try {
      findings.push({
        check: "endpoint",
        status: "ok",
        found: `${withoutSecrets(endpoint.url)} is of chain ${endpoint.chainId}`,
      });
      findings.push(await checkClock(endpoint));
      findings.push(checkChain(endpoint, network));
    } finally {
      endpoint.provider.destroy();
    }
  }
  findings.push(checkKey(config, network, options, io));
  if (endpoint === null || findings.some(({ check, status }) => check === "deployment" && status === "fail"))
    return findings;

  const session = await attempt("contracts", "see that network and deployment belong together", () =>
    openReadSession(io, options),
  );
  if (session === null) return findings;
  try {
    findings.push({
      check: "contracts",
      status: "ok",
      found: `answer, and belong together (Claims ${session.assay.addresses.claims})`,
    });
    const money = await attempt("balance", "make or import a key with assay keys", () => checkMoney(io, options));
    findings.push(...(money ?? []));
    const agent = await attempt("agent", "give an agent that exists with --agent", () => checkAgent(session, options));
    findings.push(...(agent ?? []));
  } finally {
    session.endpoint.provider.destroy();
  }
  return findings;
}

/** @param version such as `22.12.0` */
export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const enough = major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1]);
  const found = `Node ${version}`;
  if (enough) return { check: "node", status: "ok", found };
  return { check: "node", status: "fail", found, fix: `install Node ${MIN_NODE.join(".")} or later` };
}

async function checkClock({ chainId, provider }: Endpoint): Promise<Finding> {
  const check = "clock";
  const block = await provider.getBlock("latest");
  if (block === null)
    return { check, status: "fail", found: "the chain has no block", fix: "wait until the node has synced" };
  const ahead = block.timestamp - Math.floor(Date.now() / 1000);
  const found = `the latest block (${block.number}) is ${Math.abs(ahead)} s ${ahead > 0 ? "ahead of" : "behind"} this machine`;
  if (ahead > MAX_SKEW) {
    return {
      check,
      status: "warn",
      found,
      fix: "set this machine's clock, unless the chain is one of your own whose time was moved",
    };
  }
  if (-ahead > MAX_BLOCK_AGE) {
    const fix =
      chainId === 31_337n
        ? "a local chain makes blocks only with transactions: its epochs wait for one"
        : "wait until the node has synced, or set this machine's clock";
    return { check, status: "warn", found, fix };
  }
  return { check, status: "ok", found };
}

function checkChain({ chainId }: Endpoint, network: ChosenNetwork): Finding {
  const check = "deployment";
  try {
    const { deployment } = deploymentOf(network);
    if (deployment === undefined) return { check, status: "ok", found: `Claims ${network.claims ?? ""}` };
    if (BigInt(deployment.chainId) === chainId) return { check, status: "ok", found: `is of chain ${chainId}` };
    const found = `${network.deployment ?? ""} is of chain ${deployment.chainId}, the endpoint of chain ${chainId}`;
    return { check, status: "fail", found, fix: "choose the network's own endpoint and record" };
  } catch (error) {
    return {
      check,
      status: "fail",
      found: explain(error).message,
      fix: "deploy, or name the record in the configuration",
    };
  }
}

function checkKey(config: Config, network: ChosenNetwork, options: Options, io: Io): Finding {
  const check = "key";
  try {
    const from = fromOf({ config, network, options, io });
    if (from.startsWith("node:")) return { check, status: "ok", found: `${from}, an account of the node` };
    const key = new Keystore(config.keys).find(from);
    const found = `${key.name} ${key.address}`;
    if (isExposed(key))
      return { check, status: "warn", found: `${found}, which others can read`, fix: `chmod 600 ${key.path}` };
    return { check, status: "ok", found };
  } catch (error) {
    return {
      check,
      status: "fail",
      found: explain(error).message,
      fix: "make or import one with assay keys, or choose one with --from",
    };
  }
}

async function checkMoney(io: Io, options: Options): Promise<Finding[]> {
  const session = await openSession(io, options);
  const { account, assay, endpoint, tokens } = session;
  try {
    const [ether, balance, credit] = await Promise.all([
      endpoint.provider.getBalance(account),
      assay.token.balance(account),
      assay.stake.credit(account),
    ]);
    const gas: Finding =
      ether > 0n
        ? { check: "ether", status: "ok", found: `${formatEther(ether)} ETH for gas` }
        : { check: "ether", status: "fail", found: `${account} has none`, fix: "send it some, for gas" };
    const funds: Finding =
      balance > 0n
        ? { check: "tokens", status: "ok", found: tokens(balance) }
        : { check: "tokens", status: "warn", found: "none", fix: "assay faucet gives test tokens" };
    const due: Finding[] =
      credit === 0n
        ? []
        : [
            {
              check: "credits",
              status: "warn",
              found: `${tokens(credit)} wait`,
              fix: "assay stake withdraw --credits",
            },
          ];
    return [gas, funds, ...due];
  } finally {
    endpoint.provider.destroy();
  }
}

async function checkAgent(session: ReadSession, options: Options): Promise<Finding[]> {
  const { io, network } = session;
  if ((options.agent ?? io.env.ASSAY_AGENT ?? network.agent) === undefined) return [];
  const { assay, tokens } = session;
  const agentId = agentOf(session, options.agent);
  const { owner, wallet, stake, state, epoch } = await assay.readMany({
    owner: assay.agents.owner.request(agentId),
    wallet: assay.agents.wallet.request(agentId),
    stake: assay.stake.account.request(agentId),
    state: assay.agents.state.request(agentId),
    epoch: assay.beats.epoch.request(),
  });
  const check = `agent ${agentId}`;
  const findings: Finding[] = [
    wallet === null
      ? { check, status: "fail", found: `owner ${owner}, no wallet`, fix: "assay agent rotate --wallet KEY" }
      : { check, status: "ok", found: `owner ${owner}, wallet ${wallet}` },
    stake.free > 0n
      ? { check, status: "ok", found: `${tokens(stake.free)} of ${tokens(stake.balance)} free` }
      : {
          check,
          status: "warn",
          found: `none of ${tokens(stake.balance)} is free`,
          fix: "assay stake add, or wait until ballots are settled",
        },
  ];
  if (state.owner !== owner) {
    return [...findings, { check, status: "warn", found: "is not enrolled", fix: "assay domain join enrolls it" }];
  }
  return [...findings, ...(await checkSecrets(session, agentId, epoch, assay))];
}

/** Whether the secrets that the agent is enrolled with are here, and how long they last. */
async function checkSecrets(session: ReadSession, agentId: bigint, epoch: number, assay: Assay): Promise<Finding[]> {
  const check = `agent ${agentId}`;
  const path = journalPath(session, agentId);
  if (!existsSync(path)) {
    const fix = "run it where they are; if they are lost, assay agent rotate --secrets makes new ones";
    return [{ check, status: "warn", found: `is enrolled, its secrets are not in ${path}`, fix }];
  }
  let memory: AgentMemory | null;
  try {
    const journal = openJournalOf(session, agentId);
    memory = journal.load();
    journal.close();
  } catch (error) {
    if (!(error instanceof AgentError) || error.code !== "JOURNAL_LOCKED") throw error;
    return [{ check, status: "ok", found: "enrolled; another process runs it now" }];
  }
  const enrolments = await assay.events([{ name: "consensus.Enrolled", args: { agentId } }]);
  if (memory === null || enrolments.at(-1)?.args.anchor !== memory.chain.anchor) {
    const fix = "bring the right ones there, or make new ones with assay agent rotate --secrets";
    return [{ check, status: "fail", found: `is enrolled with other secrets than those in ${path}`, fix }];
  }
  const left = memory.tipEpoch + memory.chain.length - epoch;
  const found = `enrolled; secrets for ${left} epochs left`;
  if (left > FEW_SECRETS) return [{ check, status: "ok", found }];
  return [{ check, status: "warn", found, fix: "make new ones in time: assay agent rotate --secrets" }];
}
