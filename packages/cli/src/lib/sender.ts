import {
  AssayError,
  ClientError,
  type PayableAction,
  type Sent,
  TransactionLog,
  type TransactionOptions,
  type WriteAction,
} from "@assay/sdk";
import { formatEther, type Signer } from "ethers";
import { CliError } from "./errors.ts";
import { Progress } from "./io.ts";
import type { ReadSession } from "./session.ts";

/** What is about to be done, for the question whether to do it. */
export interface Plan {
  /** What it does, such as `ask a committee of domain 1`. */
  readonly title: string;
  /** What the vault takes from the account, wei of the stake token; nothing unless told. */
  readonly cost?: bigint;
  /** Further lines: what is locked, what cannot be undone. */
  readonly notes?: readonly string[];
  /** What its transactions may use in all, gas; null: not known before. */
  readonly gas?: bigint | null;
}

/**
 * Agrees to a plan, or refuses it.
 * @param lines the plan in words
 * @throws CliError `NOT_CONFIRMED`
 */
export type Consent = (plan: Plan, lines: readonly string[]) => Promise<void>;

/** Who sends, and where. */
export type SendContext = ReadSession & { readonly account: string; readonly signer: Signer };

/** Sends for an account, once the user has agreed to what it costs, and keeps what was sent. */
export class Sender extends TransactionLog {
  readonly #context: SendContext;
  /** How the user calls the account. */
  readonly #from: string;
  readonly #consent: Consent;

  /** @param consent asks the user at the terminal unless told */
  constructor(context: SendContext, from: string, consent: Consent = askUser(context)) {
    super();
    this.#context = context;
    this.#from = from;
    this.#consent = consent;
  }

  /**
   * Has the user agree to one action, and does it. What the contracts would refuse is refused before the question.
   * @throws CliError `NOT_CONFIRMED`; otherwise as the action
   */
  async act<Args, T>(
    plan: Omit<Plan, "cost" | "gas">,
    action: WriteAction<Args, T> | PayableAction<Args, T>,
    args: Args,
  ): Promise<T> {
    const cost = "cost" in action ? await action.cost(args) : 0n;
    await this.requireTokens(cost);
    await this.confirm({ ...plan, cost, gas: await this.#estimate(action, args, cost) });
    return this.send(plan.title, action, args);
  }

  /** Sends what the user has agreed to, the approval it needs before it. */
  async send<Args, T>(
    what: string,
    action: WriteAction<Args, T> | PayableAction<Args, T>,
    args: Args,
    options?: TransactionOptions,
  ): Promise<T> {
    if ("approve" in action) {
      const approval = await action.approve(args);
      if (approval !== null) await this.#mined("let the vault take the tokens", approval);
    }
    return this.#mined(what, await action(args, options));
  }

  /** @throws ClientError `INSUFFICIENT_TOKENS` */
  async requireTokens(cost: bigint): Promise<void> {
    const { account, assay, tokens } = this.#context;
    const balance = cost === 0n ? 0n : await assay.token.balance(account);
    if (balance >= cost) return;
    const message = `${account} has ${tokens(balance)} and needs ${tokens(cost)}: get tokens first ("assay faucet" gives test tokens)`;
    throw new ClientError("INSUFFICIENT_TOKENS", message);
  }

  /**
   * Asks whether to go on, with what it costs.
   * @throws CliError `NOT_CONFIRMED` if the answer is no, or nobody can be asked; ClientError `INSUFFICIENT_ETHER`
   */
  async confirm(plan: Plan): Promise<void> {
    const { account, endpoint } = this.#context;
    const ether = await endpoint.provider.getBalance(account);
    if (ether === 0n) {
      const message = `${account} has no ether to pay for gas: send it some first`;
      throw new ClientError("INSUFFICIENT_ETHER", message);
    }
    await this.#consent(plan, await this.#describe(plan, ether));
  }

  async #describe({ title, cost = 0n, notes = [], gas = null }: Plan, ether: bigint): Promise<string[]> {
    const { account, assay, endpoint, network, tokens } = this.#context;
    const { maxFeePerGas, gasPrice } = await endpoint.provider.getFeeData();
    const price = maxFeePerGas ?? gasPrice ?? 0n;
    const gasLine = gas === null ? "is known when it is sent" : `at most ${formatEther(gas * price)} ETH (${gas} gas)`;
    return [
      title,
      ...(cost === 0n ? [] : [`  pays  ${tokens(cost)} of ${tokens(await assay.token.balance(account))}`]),
      ...notes.map((note) => `  note  ${note}`),
      `  gas   ${gasLine} of ${formatEther(ether)} ETH`,
      `  from  ${this.#from === account ? account : `${this.#from} ${account}`} on ${network.name} (chain ${endpoint.chainId})`,
    ];
  }

  /** Gas of an action that can be sent as things are; null where an approval must come first. */
  async #estimate<Args, T>(action: WriteAction<Args, T>, args: Args, cost: bigint): Promise<bigint | null> {
    const { account, assay, signer } = this.#context;
    if (cost > 0n && (await assay.token.allowance(account)) < cost) return null;
    await action.simulate(args);
    const call = await action.populate(args);
    return call.gasLimit ?? signer.estimateGas(call);
  }

  async #mined<T>(what: string, sending: Sent<T>): Promise<T> {
    const { io } = this.#context;
    const progress = new Progress(io);
    progress.show(`${what}: ${sending.hash}, waiting until it is mined`);
    try {
      const { result, receipt } = await sending.wait();
      this.note(what, receipt);
      return result;
    } catch (error) {
      if (!(error instanceof AssayError) || error.code !== "NODE_UNREACHABLE") throw error;
      const message = `${what} was sent as ${sending.hash}, but the node does not say what came of it: look there before you send it again`;
      throw new ClientError("NODE_UNREACHABLE", message, { cause: error, retryable: true });
    } finally {
      progress.done();
    }
  }
}

/** Says what it costs and asks at the terminal; with `--yes` only says so. */
function askUser({ io, options }: Pick<ReadSession, "io" | "options">): Consent {
  return async (_, lines) => {
    io.stderr.write(`${lines.join("\n")}\n`);
    if (options.yes) return;
    if (!io.interactive) {
      throw new CliError("NOT_CONFIRMED", "nothing was sent: add --yes to agree without a terminal to be asked at");
    }
    if (!(await io.confirm("Send?"))) throw new CliError("NOT_CONFIRMED", "nothing was sent");
  };
}
