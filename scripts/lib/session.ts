import { AssayError, bindContracts, type Contracts, errorInterfaces } from "@assay/agent";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import {
  type ContractTransactionReceipt,
  type ContractTransactionResponse,
  formatEther,
  formatUnits,
  parseUnits,
} from "ethers";
import { isRefusedAnyway } from "./allowance.ts";
import { requireArtifacts } from "./artifacts.ts";
import { type Deployment, requireDeployment } from "./deployment-file.ts";
import { chooseAccount, type Connection, type NetworkOptions, openConnection } from "./network.ts";

/** Options that every script has. */
export interface CommonOptions extends NetworkOptions {
  readonly json: boolean;
  /** Folder of the deployment files. */
  readonly deployments: string;
}

/** A transaction that a script sent. */
interface SentTransaction {
  readonly what: string;
  readonly hash: string;
  readonly block: number;
  readonly gasUsed: bigint;
  /** Wei of ether. */
  readonly fee: bigint;
}

/** A line of progress; it goes to standard error where the result is JSON. */
export type Say = (line: string) => void;

/** Sends transactions one after another and keeps what they cost. */
class Sender {
  readonly sent: SentTransaction[] = [];
  readonly #say: Say;

  constructor(say: Say) {
    this.#say = say;
  }

  /** Waits until a transaction is mined. @throws AssayError `ContractReverted` if it was dropped */
  async send(what: string, pending: Promise<ContractTransactionResponse>): Promise<ContractTransactionReceipt> {
    const response = await pending;
    this.#say(`${what}: ${response.hash}`);
    const receipt = await response.wait();
    if (receipt === null) throw new AssayError("ContractReverted", `${what}: the transaction was dropped`);
    this.note(what, receipt);
    return receipt;
  }

  /** Keeps a transaction that others have waited for. */
  note(what: string, receipt: ContractTransactionReceipt): void {
    const { hash, blockNumber: block, gasUsed, fee } = receipt;
    this.sent.push({ what, hash, block, gasUsed, fee });
  }

  /** What all of it cost, in one line; null if nothing was sent. */
  summary(): string | null {
    if (this.sent.length === 0) return null;
    const gas = this.sent.reduce((sum, { gasUsed }) => sum + gasUsed, 0n);
    const fee = this.sent.reduce((sum, tx) => sum + tx.fee, 0n);
    const count = this.sent.length === 1 ? "1 transaction" : `${this.sent.length} transactions`;
    return `${count}, ${gas} gas, ${formatEther(fee)} ETH`;
  }
}

/** A deployment and what reads it. */
export interface ReadSession {
  readonly options: CommonOptions;
  readonly connection: Connection;
  readonly deployment: Deployment;
  /** Folder of the compiled contracts. */
  readonly artifacts: string;
  readonly contracts: Contracts;
  readonly say: Say;
  readonly sender: Sender;
  /** Wei of an amount of tokens. @throws AssayError `BadInput` on too many decimals */
  readonly amount: (text: string) => bigint;
  /** Tokens of an amount of wei, as an option takes them. */
  readonly plain: (wei: bigint) => string;
  /** Tokens of an amount of wei, with the token's symbol. */
  readonly tokens: (wei: bigint) => string;
}

/** A deployment, and an account that acts on it. */
export interface Session extends ReadSession {
  readonly account: HardhatEthersSigner;
  /**
   * Lets the vault take `amount`, unless what is to take it is refused anyway.
   * @param rehearse calls what takes it, without sending
   * @throws AssayError `InsufficientFunds`
   */
  readonly allow: (amount: bigint, rehearse: () => Promise<unknown>) => Promise<void>;
}

/** Opens a deployment for reading; needs no key. */
export async function openReadSession(options: CommonOptions, say: Say): Promise<ReadSession> {
  return openSessionOn(await openConnection(options, true), options, say);
}

/** Opens a deployment with an account to send from. */
export async function openSession(options: CommonOptions, say: Say): Promise<Session> {
  const connection = await openConnection(options, false);
  const session = await openSessionOn(connection, options, say);
  const account = await orClose(connection, async () => chooseAccount(connection, options.account));
  const contracts = bindContracts(addressesOf(session.deployment), account, session.artifacts);
  return { ...session, contracts, account, allow: (...payment) => allowVault(session, contracts, account, payment) };
}

async function openSessionOn(connection: Connection, options: CommonOptions, say: Say): Promise<ReadSession> {
  return orClose(connection, async () => {
    const deployment = requireDeployment(options.deployments, options.network, connection.chainId);
    if ((await connection.provider.getCode(deployment.addresses.claims)) === "0x") {
      const message = `${options.network} has no code at ${deployment.addresses.claims}: was the chain restarted? Remove its file in ${options.deployments} and deploy again`;
      throw new AssayError("NoCode", message);
    }
    const artifacts = await requireArtifacts(say);
    const contracts = bindContracts(deployment.addresses, connection.provider, artifacts);
    const [decimals, symbol] = await Promise.all([contracts.token.decimals(), contracts.token.symbol()]);
    const plain = (wei: bigint): string => formatUnits(wei, decimals).replace(/\.0$/, "");
    return {
      options,
      connection,
      deployment,
      artifacts,
      contracts,
      say,
      sender: new Sender(say),
      amount: (text) => {
        const places = text.split(".")[1]?.length ?? 0;
        if (BigInt(places) > decimals) {
          throw new AssayError("BadInput", `${text} has more than the ${decimals} decimals of ${symbol}`);
        }
        return parseUnits(text, decimals);
      },
      plain,
      tokens: (wei) => `${plain(wei)} ${symbol}`,
    };
  });
}

function addressesOf({ addresses }: Deployment) {
  if (addresses === null) throw new AssayError("MissingDeployment", "the deployment is not complete");
  return addresses;
}

async function orClose<T>(connection: Connection, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function allowVault(
  session: ReadSession,
  contracts: Contracts,
  account: HardhatEthersSigner,
  [amount, rehearse]: Parameters<Session["allow"]>,
): Promise<void> {
  const { token, vault } = contracts;
  const vaultAddress = await vault.getAddress();
  const [balance, allowance] = await Promise.all([
    token.balanceOf(account.address),
    token.allowance(account.address, vaultAddress),
  ]);
  if (balance < amount) {
    const { tokens, options } = session;
    const message = `${account.address} has ${tokens(balance)} and needs ${tokens(amount)} (test tokens: "npm run faucet -- --network ${options.network}")`;
    throw new AssayError("InsufficientFunds", message);
  }
  if (allowance < amount) {
    await rehearse().catch((error: unknown) => {
      if (isRefusedAnyway(error, errorInterfaces(session.artifacts))) throw error;
    });
    await session.sender.send("allow the vault to take the tokens", token.approve(vaultAddress, amount));
  }
}
