import {
  type Addresses,
  type Assay,
  ClientError,
  connect,
  type Deployment,
  discover,
  parseDeployment,
  type Terms,
} from "@assay/sdk";
import { type ContractRunner, type Signer, type Wallet } from "ethers";
import { existsSync, readFileSync } from "node:fs";
import { type ChosenNetwork, chooseNetwork, type Config, type ConfigOptions, loadConfig } from "./config.ts";
import { type Endpoint, isLocalChain, openEndpoint } from "./endpoint.ts";
import { CliError, fail, messageOf } from "./errors.ts";
import type { Io } from "./io.ts";
import { decryptKey, isExposed, type KeyEntry, Keystore, KeystoreSigner } from "./keystore.ts";
import { type PassphraseOptions, readPassphrase } from "./passphrase.ts";
import { Sender } from "./sender.ts";
import { type TokenUnits, tokenUnits } from "./units.ts";

/** Options that every command has. */
export interface CommonOptions extends ConfigOptions, PassphraseOptions {
  readonly json?: boolean;
  readonly yes?: boolean;
  readonly from?: string;
}

/** A deployment, and what reads it. */
export interface ReadSession extends TokenUnits {
  readonly io: Io;
  readonly options: CommonOptions;
  readonly config: Config;
  readonly network: ChosenNetwork;
  readonly endpoint: Endpoint;
  readonly assay: Assay;
  readonly terms: Terms;
}

/** A deployment, and an account that acts on it. */
export interface Session extends ReadSession {
  readonly account: string;
  readonly signer: Signer;
  readonly sender: Sender;
  /** Another key, to sign with only. */
  readonly otherSigner: (from: string) => Promise<Signer>;
}

/** Prefix that names an account which a node of one's own holds the key of. */
const NODE_ACCOUNT = "node:";

/** Opens the deployment of the chosen network for reading; needs no key. */
export async function openReadSession(io: Io, options: CommonOptions): Promise<ReadSession> {
  const config = loadConfig(options, io.env);
  const network = chooseNetwork(config, options, io.env);
  const endpoint = await openEndpoint(network.rpc);
  return closeOnError(endpoint, () => openOn(io, options, config, network, endpoint));
}

/** Opens a deployment with the key that sends. */
export async function openSession(io: Io, options: CommonOptions): Promise<Session> {
  const session = await openReadSession(io, options);
  return closeOnError(session.endpoint, async () => {
    const from = fromOf(session);
    const otherSigner = (name: string) => openSigner(session, name);
    const signer = await openSigner(session, from);
    const account = await signer.getAddress();
    const assay = session.assay.connect(signer);
    const acting = { ...session, assay, account, signer, otherSigner };
    return { ...acting, sender: new Sender(acting, from) };
  });
}

/** Name of the key that sends: `--from`, `$ASSAY_FROM`, the network's, or the only one there is. */
export function fromOf({
  options,
  io,
  network,
  config,
}: Pick<ReadSession, "options" | "io" | "network" | "config">): string {
  return options.from ?? io.env.ASSAY_FROM ?? network.from ?? new Keystore(config.keys).only().name;
}

/**
 * The agent that is meant: `--agent`, `$ASSAY_AGENT`, or the network's.
 * @throws CliError `BAD_INPUT`
 */
export function agentOf({ io, network, config }: ReadSession, agent: bigint | undefined): bigint {
  const given = agent ?? io.env.ASSAY_AGENT ?? network.agent;
  if (given === undefined)
    fail(`say which agent: --agent ID, or "agent" of ${network.name} in ${config.path ?? "a configuration"}`);
  if (typeof given === "string" && !/^\d+$/.test(given)) fail(`$ASSAY_AGENT is no agent id: ${given}`);
  return BigInt(given);
}

/** Whether an agent is meant. */
export function namesAgent({ io, network }: ReadSession, agent: bigint | undefined): boolean {
  return (agent ?? io.env.ASSAY_AGENT ?? network.agent) !== undefined;
}

/** The address that a name of a key, an address or `node:N` stands for; needs no passphrase. */
export async function addressOf(session: ReadSession, from: string): Promise<string> {
  return (await openSigner(session, from)).getAddress();
}

/** The signer of a key's name, its address, or `node:N`; asks for the passphrase when it has to sign. */
async function openSigner({ config, endpoint, io, options }: ReadSession, from: string): Promise<Signer> {
  const { provider, chainId } = endpoint;
  if (!from.startsWith(NODE_ACCOUNT)) {
    const key = new Keystore(config.keys).find(from);
    return new KeystoreSigner(key, unlocker(key, io, options), provider);
  }
  if (!isLocalChain(chainId))
    fail(`${from}: only nodes of chain 31337 or 1337 sign by themselves, this is chain ${chainId}`);
  const accounts = (await provider.send("eth_accounts", [])) as string[];
  const account = accounts[Number(from.slice(NODE_ACCOUNT.length))];
  if (account === undefined) fail(`the node has no account ${from} (it has ${accounts.length}, counted from 0)`);
  return provider.getSigner(account);
}

/** Decrypts once, when first asked. */
function unlocker(key: KeyEntry, io: Io, options: PassphraseOptions): () => Promise<Wallet> {
  let wallet: Promise<Wallet> | null = null;
  return () => {
    if (wallet === null && isExposed(key)) {
      io.stderr.write(`warning: others can read ${key.path}: chmod 600 it\n`);
    }
    wallet ??= readPassphrase(options, io, `the key ${key.name}`).then((passphrase) => decryptKey(key, passphrase));
    return wallet;
  };
}

async function openOn(
  io: Io,
  options: CommonOptions,
  config: Config,
  network: ChosenNetwork,
  endpoint: Endpoint,
): Promise<ReadSession> {
  const assay = await connectTo(network, endpoint.provider);
  const terms = await assay.terms();
  return { io, options, config, network, endpoint, assay, terms, ...tokenUnits(terms.token) };
}

/** A client of a network's deployment, checked. */
async function connectTo(network: ChosenNetwork, runner: ContractRunner): Promise<Assay> {
  const where = deploymentOf(network);
  try {
    if (where.deployment !== undefined) return await connect({ deployment: where.deployment, runner });
    const addresses: Addresses = await discover(where.claims, runner);
    return await connect({ addresses, runner, startBlock: network.startBlock ?? 0 });
  } catch (error) {
    if (!(error instanceof ClientError) || error.retryable) throw error;
    const hint = "is it the right network, and has its chain been restarted since?";
    throw new ClientError(error.code, `${network.name}: ${error.message} (${hint})`, { cause: error });
  }
}

/** A network's deployment record, read and checked, or the address of its Claims. */
export function deploymentOf({
  deployment,
  claims,
  name,
}: ChosenNetwork): { readonly deployment: Deployment } | { readonly deployment?: undefined; readonly claims: string } {
  if (claims !== undefined) return { claims };
  const path = deployment ?? "";
  if (!existsSync(path)) {
    throw new ClientError("MISSING_DEPLOYMENT", `nothing is deployed on ${name}: there is no ${path}`);
  }
  let record: unknown;
  try {
    record = JSON.parse(readFileSync(path, "utf8")) as unknown;
  } catch (cause) {
    throw new CliError("BAD_CONFIG", `${path} is no deployment record: ${messageOf(cause)}`, { cause });
  }
  return { deployment: parseDeployment(record, path) };
}

async function closeOnError<T>({ provider }: Endpoint, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    provider.destroy();
    throw error;
  }
}
