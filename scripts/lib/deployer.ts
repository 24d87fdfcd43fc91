import { AgentError, deployProtocol, type DeploymentRecord } from "@assay/agent";
import { ClientError } from "@assay/sdk";
import { readFileSync } from "node:fs";
import { hexlify, isAddress, isHexString, keccak256, randomBytes } from "ethers";
import { type Deployment, type DeploymentParameters, readDeployment, writeDeployment } from "./deployment-file.ts";
import type { Connection } from "./network.ts";
import { fromRoot } from "./paths.ts";
import type { Say } from "./session.ts";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";

/** A parameters file: what may be left to the first run is null. */
export interface ParametersFile {
  readonly token: string | null;
  readonly registry: string | null;
  readonly sink: string;
  /** Unix seconds; null: the time of the first run. */
  readonly genesis: number | null;
  readonly epochLength: number;
  /** 32 bytes; null: random. */
  readonly salt: string | null;
}

/** The protocol's version, which the deployment file names. */
const VERSION = (JSON.parse(readFileSync(fromRoot("package.json"), "utf8")) as { version: string }).version;

/** @throws ClientError `BAD_INPUT` naming the file and the field */
export function readParameters(path: string): ParametersFile {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ClientError("BAD_INPUT", `cannot read the parameters: ${reason} (${path})`, { cause });
  }
  const need = (name: keyof ParametersFile, whole: boolean, expected: string) => {
    if (!whole) throw new ClientError("BAD_INPUT", `${path}: ${name} must be ${expected}`);
  };
  const { token, registry, sink, genesis, epochLength, salt } = value;
  need("token", token === null || isAddress(token), "an address, or null for a new test token");
  need("registry", registry === null || isAddress(registry), "an address, or null for a new registry");
  need("sink", isAddress(sink) && BigInt(sink) !== 0n, "an address that is not zero");
  need("genesis", genesis === null || Number.isSafeInteger(genesis), "unix seconds, or null for now");
  const length = Number.isSafeInteger(epochLength) && Number(epochLength) >= 30;
  need("epochLength", length, "whole seconds, at least 30");
  need("salt", salt === null || isHexString(salt, 32), "32 bytes as hex, or null for random ones");
  const unknown = Object.keys(value).find(
    (name) => !["token", "registry", "sink", "genesis", "epochLength", "salt"].includes(name),
  );
  if (unknown !== undefined) throw new ClientError("BAD_INPUT", `${path}: there is no parameter "${unknown}"`);
  return value as unknown as ParametersFile;
}

/**
 * The deployment that stands in a file already, if it is of this chain and of these parameters.
 * @throws AgentError `OTHER_DEPLOYMENT` if the file must not be overwritten, `NO_CODE` if its chain is gone
 */
export async function findEarlier(
  path: string,
  connection: Connection,
  parameters: ParametersFile,
): Promise<Deployment | null> {
  const earlier = readDeployment(path);
  if (earlier === null) return null;
  const refuse = (why: string): never => {
    throw new AgentError("OTHER_DEPLOYMENT", `${path} holds another deployment (${why}): move it away to deploy anew`);
  };
  if (BigInt(earlier.chainId) !== connection.chainId) {
    refuse(`chain ${earlier.chainId}, not ${connection.chainId}`);
  }
  for (const [name, wanted] of Object.entries(parameters)) {
    const had = earlier.parameters[name as keyof DeploymentParameters];
    const same = String(had).toLowerCase() === String(wanted).toLowerCase();
    const leftOpen = wanted === null && (name === "genesis" || name === "salt");
    if (!same && !leftOpen) refuse(`${name} is ${String(had)}, not ${String(wanted)}`);
  }
  if (earlier.version !== VERSION) refuse(`version ${earlier.version}, not ${VERSION}`);
  for (const [name, { address, codeHash }] of Object.entries(earlier.contracts)) {
    const code = await connection.provider.getCode(address);
    if (code === "0x") {
      const message = `${path} records ${name} at ${address}, where this chain has no code: was it restarted? Move the file away to deploy anew`;
      throw new ClientError("NO_CODE", message);
    }
    if (keccak256(code) !== codeHash) refuse(`other code at ${address}`);
  }
  return earlier;
}

/** What {@link deployInto} works with. */
export interface DeployRun {
  readonly connection: Connection;
  readonly account: HardhatEthersSigner;
  readonly parameters: ParametersFile;
  /** Deployment file, written before the first transaction and after each step. */
  readonly path: string;
  readonly earlier: Deployment | null;
  /** Folder of the compiled contracts, if not that of `npm run compile`. */
  readonly artifacts?: string;
  readonly say: Say;
}

/** Deploys what the earlier run has not, and completes the file. */
export async function deployInto(run: DeployRun): Promise<Deployment> {
  const { connection, account, path, say } = run;
  const { provider } = connection;
  let file = run.earlier ?? (await begin(run));
  if (file.deployer !== account.address) {
    const message = `${path} was begun by ${file.deployer}: resume it with that account, not ${account.address}`;
    throw new AgentError("OTHER_DEPLOYMENT", message);
  }
  const update = (change: Partial<Deployment>) => {
    file = { ...file, ...change };
    writeDeployment(path, file);
  };
  update({});
  const { token, registry, ...rest } = file.parameters;
  const options = { ...rest, token: token ?? undefined, registry: registry ?? undefined, artifacts: run.artifacts };
  const { addresses } = await deployProtocol(
    account,
    options,
    { record: file.contracts, sent: file.sent },
    {
      onSent: (name, hash) => {
        say(`${name}: sent ${hash}`);
        update({ sent: { ...file.sent, [name]: hash } });
      },
      onDeployed: async (name, contract) => {
        const codeHash = keccak256(await provider.getCode(contract.address));
        say(`${name}: ${contract.address}`);
        const { [name]: _, ...sent } = file.sent;
        update({ sent, contracts: { ...file.contracts, [name]: { ...contract, codeHash } } });
      },
    },
  );
  update({ addresses, complete: true });
  return file;
}

async function begin({ connection, account, parameters }: DeployRun): Promise<Deployment> {
  const block = await connection.provider.getBlock("latest");
  if (block === null) throw new ClientError("WRONG_CHAIN", `${connection.network} has no block yet`);
  return {
    version: VERSION,
    network: connection.network,
    chainId: Number(connection.chainId),
    deployer: account.address,
    startBlock: block.number,
    complete: false,
    parameters: {
      ...parameters,
      genesis: parameters.genesis ?? block.timestamp,
      salt: parameters.salt ?? hexlify(randomBytes(32)),
    },
    addresses: null,
    contracts: {},
    sent: {},
  };
}

/** Gas and ether that a deployment's transactions cost. */
export async function costOf(
  connection: Connection,
  record: DeploymentRecord,
): Promise<{ transactions: number; gas: bigint; fee: bigint }> {
  const hashes = [...new Set(Object.values(record).map(({ transaction }) => transaction))];
  const receipts = await Promise.all(hashes.map((hash) => connection.provider.getTransactionReceipt(hash)));
  const sum = (of: (receipt: NonNullable<(typeof receipts)[number]>) => bigint) =>
    receipts.reduce((total, receipt) => total + (receipt === null ? 0n : of(receipt)), 0n);
  return { transactions: hashes.length, gas: sum(({ gasUsed }) => gasUsed), fee: sum(({ fee }) => fee) };
}
