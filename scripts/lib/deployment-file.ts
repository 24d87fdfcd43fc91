import type { ContractName, DeployedContract } from "@assay/agent";
import { type Addresses, ClientError } from "@assay/sdk";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What an instance was deployed with. */
export interface DeploymentParameters {
  /** Stake token; null: a new AssayToken. */
  readonly token: string | null;
  /** Identity registry; null: a new AgentRegistry. */
  readonly registry: string | null;
  readonly sink: string;
  /** Unix seconds. */
  readonly genesis: number;
  /** Seconds. */
  readonly epochLength: number;
  readonly salt: string;
}

/** One contract of a deployment. */
interface RecordedContract extends DeployedContract {
  /** keccak256 of the code at the address. */
  readonly codeHash: string;
}

/** The file `deployments/<network>.json`. */
export interface Deployment {
  readonly version: string;
  readonly network: string;
  readonly chainId: number;
  readonly deployer: string;
  /** Block before which there is nothing to read. */
  readonly startBlock: number;
  /** False while a deployment is under way or has broken off. */
  readonly complete: boolean;
  readonly parameters: DeploymentParameters;
  readonly addresses: Addresses | null;
  readonly contracts: Partial<Record<ContractName, RecordedContract>>;
  /** Transactions sent, of contracts that are not recorded yet. */
  readonly sent: Partial<Record<ContractName, string>>;
}

/** Path of a network's deployment file. */
export function deploymentPath(folder: string, network: string): string {
  return join(folder, `${network}.json`);
}

/**
 * Reads a deployment file; null if there is none.
 * @throws ClientError `MALFORMED_DEPLOYMENT`
 */
export function readDeployment(path: string): Deployment | null {
  if (!existsSync(path)) return null;
  try {
    const deployment = JSON.parse(readFileSync(path, "utf8")) as Deployment;
    const { chainId, complete, contracts, parameters, addresses } = deployment;
    const whole = typeof chainId === "number" && typeof complete === "boolean" && typeof contracts === "object";
    if (!whole || typeof parameters !== "object" || (complete && typeof addresses?.claims !== "string")) {
      throw new Error("fields are missing");
    }
    return deployment;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ClientError("MALFORMED_DEPLOYMENT", `${path} is not a deployment file: ${reason}`, { cause });
  }
}

/** Replaces a deployment file in one step. */
export function writeDeployment(path: string, deployment: Deployment): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.next`, `${JSON.stringify(deployment, null, 2)}\n`);
  renameSync(`${path}.next`, path);
}

/** Forgets a deployment, for a chain that is gone. */
export function removeDeployment(path: string): void {
  rmSync(path, { force: true });
}

/**
 * The finished deployment of a network.
 * @throws ClientError `MISSING_DEPLOYMENT`, `MALFORMED_DEPLOYMENT`, `WRONG_CHAIN`
 */
export function requireDeployment(
  folder: string,
  network: string,
  chainId: bigint,
): Deployment & { addresses: Addresses } {
  const path = deploymentPath(folder, network);
  const deployment = readDeployment(path);
  const deploy = `npm run deploy -- --network ${network}`;
  if (deployment === null) {
    throw new ClientError("MISSING_DEPLOYMENT", `nothing is deployed on ${network} (no ${path}): run "${deploy}"`);
  }
  if (BigInt(deployment.chainId) !== chainId) {
    const message = `${path} is of chain ${deployment.chainId}, but ${network} is chain ${chainId}`;
    throw new ClientError("WRONG_CHAIN", message);
  }
  const { addresses } = deployment;
  if (!deployment.complete || addresses === null) {
    throw new ClientError("MISSING_DEPLOYMENT", `the deployment in ${path} has broken off: resume it with "${deploy}"`);
  }
  return { ...deployment, addresses };
}
