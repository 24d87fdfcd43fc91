import { isAddress } from "ethers";
import { CONTRACT_KEYS } from "./codec.ts";
import type { Addresses } from "./contracts.ts";
import { ClientError } from "./errors/assay-error.ts";

/** A deployment as `deployments/<network>.json` records it: what a client needs of it. */
export interface Deployment {
  /** The network's name. */
  readonly network: string;
  readonly chainId: number;
  /** Block before which there is nothing to read. */
  readonly startBlock: number;
  readonly parameters: DeploymentParameters;
  readonly addresses: Addresses;
}

/** What an instance was deployed with. */
export interface DeploymentParameters {
  /** Unix seconds. */
  readonly genesis: number;
  /** Seconds. */
  readonly epochLength: number;
}

/**
 * Checks a parsed deployment file.
 * @param where it is from, for messages
 * @throws ClientError `MALFORMED_DEPLOYMENT`, `MISSING_DEPLOYMENT` if the deployment has broken off
 * @example
 * const deployment = parseDeployment(JSON.parse(readFileSync("deployments/sepolia.json", "utf8")));
 */
export function parseDeployment(value: unknown, where = "the deployment file"): Deployment {
  const malformed = (what: string) => new ClientError("MALFORMED_DEPLOYMENT", `${where} is malformed: ${what}`);
  if (typeof value !== "object" || value === null) throw malformed("it is no object");
  const file = value as Partial<Record<keyof Deployment | "complete", unknown>>;
  const { network, chainId, startBlock } = file;
  if (typeof network !== "string") throw malformed("network is no text");
  if (typeof chainId !== "number") throw malformed("chainId is no number");
  if (typeof startBlock !== "number") throw malformed("startBlock is no number");
  const parameters = (file.parameters ?? {}) as Partial<DeploymentParameters>;
  const { genesis, epochLength } = parameters;
  if (file.complete === false || file.addresses === null) {
    throw new ClientError("MISSING_DEPLOYMENT", `the deployment in ${where} has broken off: resume it`);
  }
  if (typeof genesis !== "number" || typeof epochLength !== "number") {
    throw malformed("parameters has no genesis and epochLength");
  }
  const addresses = requireAddresses(file.addresses, (what) => malformed(`addresses.${what}`));
  return { network, chainId, startBlock, parameters: { genesis, epochLength }, addresses };
}

/** Checks the addresses of an instance. @param error of what is wrong */
export function requireAddresses(value: unknown, error: (what: string) => ClientError): Addresses {
  const found = (value ?? {}) as Partial<Record<string, unknown>>;
  for (const key of CONTRACT_KEYS) if (!isAddress(found[key])) throw error(`${key} is no address`);
  return Object.fromEntries(CONTRACT_KEYS.map((key) => [key, found[key]])) as Addresses;
}
