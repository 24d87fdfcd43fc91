import { type Assay, ClientError, createClient, type PayableAction, type Sent } from "@assay/sdk";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { formatEther, formatUnits, parseUnits, type TransactionReceipt } from "ethers";
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

  /** Waits until a transaction is mined; returns what it did. */
  async send<T>(what: string, pending: Promise<Sent<T>>): Promise<T> {
    const sent = await pending;
    this.#say(`${what}: ${sent.hash}`);
    const { result, receipt } = await sent.wait();
    this.note(what, receipt);
    return result;
  }

  /** Keeps a transaction that others have waited for. */
  note(what: string, receipt: TransactionReceipt): void {
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
  /** As the account that acts, or nobody. */
  readonly assay: Assay;
  readonly say: Say;
  readonly sender: Sender;
  /** Wei of an amount of tokens. @throws ClientError `BAD_INPUT` on too many decimals */
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
   * Lets the vault take what an action costs, and does it.
   * @returns what it did, and what was paid, wei
   * @throws ClientError `INSUFFICIENT_TOKENS`
   */
  readonly pay: <Args, T>(
    what: string,
    action: PayableAction<Args, T>,
    args: Args,
  ) => Promise<T & { readonly paid: bigint }>;
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
  const acting = { ...session, assay: session.assay.connect(account), account };
  return { ...acting, pay: (...payment) => pay(acting, ...payment) };
}

async function openSessionOn(connection: Connection, options: CommonOptions, say: Say): Promise<ReadSession> {
  return orClose(connection, async () => {
    const deployment = requireDeployment(options.deployments, options.network, connection.chainId);
    if ((await connection.provider.getCode(deployment.addresses.claims)) === "0x") {
      const message = `${options.network} has no code at ${deployment.addresses.claims}: was the chain restarted? Remove its file in ${options.deployments} and deploy again`;
      throw new ClientError("NO_CODE", message);
    }
    const assay = createClient({ deployment, runner: connection.provider });
    const { decimals, symbol } = await assay.token.terms();
    const plain = (wei: bigint): string => formatUnits(wei, decimals).replace(/\.0$/, "");
    return {
      options,
      connection,
      deployment,
      assay,
      say,
      sender: new Sender(say),
      amount: (text) => {
        const places = text.split(".")[1]?.length ?? 0;
        if (places > decimals) {
          throw new ClientError("BAD_INPUT", `${text} has more than the ${decimals} decimals of ${symbol}`);
        }
        return parseUnits(text, decimals);
      },
      plain,
      tokens: (wei) => `${plain(wei)} ${symbol}`,
    };
  });
}

async function orClose<T>(connection: Connection, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function pay<Args, T>(
  { assay, account, options, sender, tokens }: Omit<Session, "pay">,
  what: string,
  action: PayableAction<Args, T>,
  args: Args,
): Promise<T & { readonly paid: bigint }> {
  const [paid, balance] = await Promise.all([action.cost(args), assay.token.balance(account.address)]);
  if (balance < paid) {
    const message = `${account.address} has ${tokens(balance)} and needs ${tokens(paid)} (test tokens: "npm run faucet -- --network ${options.network}")`;
    throw new ClientError("INSUFFICIENT_TOKENS", message);
  }
  const approval = await action.approve(args);
  if (approval !== null) await sender.send("allow the vault to take the tokens", Promise.resolve(approval));
  return { ...(await sender.send(what, action(args))), paid };
}
