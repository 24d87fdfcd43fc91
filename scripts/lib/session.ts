import {
  type Assay,
  ClientError,
  createClient,
  type PayableAction,
  type Sent,
  type Terms,
  TransactionLog,
} from "@assay/sdk";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { type TokenUnits, tokenUnits } from "../../packages/cli/src/lib/units.ts";
import { type Deployment, requireDeployment } from "./deployment-file.ts";
import { chooseAccount, type Connection, type NetworkOptions, openConnection } from "./network.ts";

/** Options that every script has. */
export interface CommonOptions extends NetworkOptions {
  readonly json: boolean;
  /** Folder of the deployment files. */
  readonly deployments: string;
}

/** A line of progress; it goes to standard error where the result is JSON. */
export type Say = (line: string) => void;

/** Sends transactions one after another and keeps what they cost. */
class Sender extends TransactionLog {
  readonly #say: Say;

  constructor(say: Say) {
    super();
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
}

/** A deployment and what reads it. */
export interface ReadSession extends TokenUnits {
  readonly options: CommonOptions;
  readonly connection: Connection;
  readonly deployment: Deployment;
  /** As the account that acts, or nobody. */
  readonly assay: Assay;
  readonly terms: Terms;
  readonly say: Say;
  readonly sender: Sender;
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
    const terms = await assay.terms();
    return {
      options,
      connection,
      deployment,
      assay,
      say,
      sender: new Sender(say),
      terms,
      ...tokenUnits(terms.token),
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
