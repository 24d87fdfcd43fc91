import { ClientError } from "@assay/sdk";
import type { HardhatEthers, HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { fromRoot } from "./paths.ts";

/** Which chain, and which of its accounts, a script works with. */
export interface NetworkOptions {
  readonly network: string;
  /** Overrides the network's URL. */
  readonly url?: string;
  /** Index or address of the account that sends. */
  readonly account: string;
}

/** A connection to a configured network. */
export interface Connection {
  readonly network: string;
  readonly chainId: bigint;
  readonly provider: HardhatEthers["provider"];
  readonly accounts: readonly HardhatEthersSigner[];
  close(): Promise<void>;
}

/**
 * Connects to a network of hardhat.config.ts; keys come from Hardhat's keystore or configuration variables.
 * @param readOnly needs no account, and so no key
 * @throws ClientError `BAD_INPUT` for a network that is not configured or lacks a configuration variable, `WRONG_CHAIN` where no
 * node answers, or one of another chain
 */
export async function openConnection(options: NetworkOptions, readOnly: boolean): Promise<Connection> {
  process.env.HARDHAT_CONFIG ??= fromRoot("hardhat.config.ts");
  const { config, network } = await import("hardhat");
  const external = Object.keys(config.networks).filter((name) => config.networks[name]?.type === "http");
  if (!external.includes(options.network)) {
    const message = `no network "${options.network}" in hardhat.config.ts (there are ${external.join(", ")})`;
    throw new ClientError("BAD_INPUT", message);
  }
  const override = {
    ...(options.url === undefined ? {} : { url: options.url }),
    ...(readOnly ? { accounts: "remote" as const } : {}),
  };
  const where = options.url ?? options.network;
  const connection = await network.create({ network: options.network, override }).catch((cause: unknown) => {
    throw connectionError(cause, where);
  });
  const { ethers } = connection;
  try {
    const chainId = BigInt((await ethers.provider.send("eth_chainId", [])) as string);
    const accounts = readOnly ? [] : await ethers.getSigners();
    return { network: options.network, chainId, provider: ethers.provider, accounts, close: () => connection.close() };
  } catch (cause) {
    await connection.close();
    throw connectionError(cause, where);
  }
}

/**
 * Checks that there is a key for the explorers.
 * @throws ClientError `BAD_INPUT`
 */
export async function requireExplorerKey(): Promise<void> {
  const { config } = await import("hardhat");
  await config.verify.etherscan.apiKey.get().catch((cause: unknown) => {
    throw connectionError(cause, "the explorer");
  });
}

/** What keeps a script from its chain: a configuration variable, another chain behind the URL, or no node. */
function connectionError(cause: unknown, where: string): ClientError {
  const [message = ""] = cause instanceof Error ? cause.message.replace(/^HHE\d+: /, "").split("\n") : [];
  const variable = /configuration variable "(\w+)"/i.exec(message)?.[1];
  if (variable !== undefined) {
    const hint = `set it with "npx hardhat keystore set ${variable}", or in the environment`;
    return new ClientError("BAD_INPUT", `${message.replace(/\.$/, "")}: ${hint}`, { cause });
  }
  if (/expected 32 bytes/.test(message)) {
    return new ClientError("BAD_INPUT", `a private key of ${where} is malformed: expected 0x and 64 hex digits`, {
      cause,
    });
  }
  const reason = /chain ?id/i.test(message) ? message : "is a node running?";
  return new ClientError("WRONG_CHAIN", `cannot talk to ${where}: ${reason}`, { cause });
}

/**
 * The account that a script sends from.
 * @throws ClientError `BAD_INPUT` if the network has no such account
 */
export function chooseAccount(connection: Connection, account: string): HardhatEthersSigner {
  const { accounts, network } = connection;
  if (accounts.length === 0) throw new ClientError("BAD_INPUT", `network ${network} has no account to send from`);
  const wanted = account.toLowerCase();
  const found = /^\d+$/.test(account)
    ? accounts[Number(account)]
    : accounts.find(({ address }) => address.toLowerCase() === wanted);
  if (found === undefined) {
    const message = `network ${network} has no account ${account} (it has ${accounts.length}, counted from 0)`;
    throw new ClientError("BAD_INPUT", message);
  }
  return found;
}
