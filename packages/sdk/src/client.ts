import type { ContractRunner, TransactionReceipt } from "ethers";
import { agentActions } from "./actions/agents.ts";
import { beatActions } from "./actions/beats.ts";
import { claimActions } from "./actions/claims.ts";
import { domainActions } from "./actions/domains.ts";
import { questionActions } from "./actions/questions.ts";
import { stakeActions } from "./actions/stake.ts";
import { tokenActions, vaultAllowance } from "./actions/token.ts";
import { Context, type Terms } from "./context.ts";
import { type Addresses, bindContracts, type Contracts } from "./contracts.ts";
import { type Deployment, requireAddresses } from "./deployment.ts";
import { ClientError } from "./errors/assay-error.ts";
import { type AnyEvent, type EventSelection, ReceiptEvents, type SelectedName } from "./events.ts";
import { readEvents } from "./logs.ts";
import { readBlockNumber } from "./node.ts";
import { joinReads, type Read, Reader, type ReadOptions, type Reads, type Values, view } from "./reads.ts";
import { type Watched, watchEvents, type WatchOptions } from "./watch.ts";

/** Which deployment a client is of, and who acts. */
export type ClientOptions = {
  /** An ethers provider, to read; or a signer that is connected to one, to act. */
  readonly runner: ContractRunner;
  /** Block before which there is nothing to read; of the deployment unless told, else 0. */
  readonly startBlock?: number;
} & (
  | { readonly deployment: Deployment; readonly addresses?: undefined }
  | { readonly addresses: Addresses; readonly deployment?: undefined }
);

/** Which blocks of the chain to read events of. */
export interface EventRange {
  /** The deployment's first unless told. */
  readonly fromBlock?: number;
  /** The latest unless told. */
  readonly toBlock?: number;
}

/** One deployment of Assay, as one account sees it. */
export class Assay {
  readonly addresses: Addresses;
  readonly runner: ContractRunner;
  /** Block before which there is nothing to read. */
  readonly startBlock: number;
  /** The contracts themselves, for what no action does. */
  readonly contracts: Contracts;
  readonly agents: ReturnType<typeof agentActions>;
  readonly stake: ReturnType<typeof stakeActions>;
  readonly domains: ReturnType<typeof domainActions>;
  readonly questions: ReturnType<typeof questionActions>;
  readonly beats: ReturnType<typeof beatActions>;
  readonly claims: ReturnType<typeof claimActions>;
  readonly token: ReturnType<typeof tokenActions>;
  readonly #context: Context;

  /** Use {@link createClient} or {@link connect}. */
  constructor(addresses: Addresses, runner: ContractRunner, startBlock: number) {
    this.addresses = addresses;
    this.runner = runner;
    this.startBlock = startBlock;
    this.contracts = bindContracts(addresses, runner);
    const context = new Context({ addresses, runner, startBlock });
    this.#context = context;
    this.token = tokenActions(context);
    const allowance = vaultAllowance(context, this.token);
    this.stake = stakeActions(context, this.token, allowance);
    this.agents = agentActions(context);
    this.domains = domainActions(context, this.agents);
    this.questions = questionActions(context, this.domains, allowance);
    this.beats = beatActions(context);
    this.claims = claimActions(context, this.domains, this.questions, allowance);
  }

  /** The same deployment, as another account sees it. */
  connect(runner: ContractRunner): Assay {
    return new Assay(this.addresses, runner, this.startBlock);
  }

  /** What never changes: chain, clock, units and token; read once. */
  terms(): Promise<Terms> {
    return this.#context.terms();
  }

  /** Reads one thing, as of any block. */
  read<T>(request: Read<T>, options?: ReadOptions): Promise<T> {
    return this.#context.reader.read(request, options);
  }

  /**
   * Reads many things, all as of one block: in one call through Multicall3 where the chain has it, else in batches.
   * @throws what the first read that is refused throws; see `optional`
   * @example
   * const { stake, verdict } = await assay.readMany({
   *   stake: assay.stake.account.request(7n),
   *   verdict: assay.claims.verdict.request(claimId),
   * });
   */
  readMany<const R extends Reads>(requests: R, options?: ReadOptions): Promise<Values<R>> {
    return this.#context.reader.read(joinReads(requests), options);
  }

  /**
   * Events in chain order, of kinds that may fix indexed arguments.
   * @example
   * const asked = await assay.events(["consensus.QuestionAsked", { name: "claims.Asserted", args: { domainId: 1 } }]);
   */
  async events<const S extends readonly EventSelection[]>(
    selections: S,
    { fromBlock = this.startBlock, toBlock }: EventRange = {},
  ): Promise<AnyEvent<SelectedName<S[number]>>[]> {
    const { provider } = this.#context;
    const range = { fromBlock, toBlock: toBlock ?? (await readBlockNumber(provider)) };
    return readEvents(provider, this.addresses, selections, range);
  }

  /** Events of one transaction, whoever sent it. */
  eventsIn(receipt: TransactionReceipt): ReceiptEvents {
    return new ReceiptEvents(this.addresses, receipt);
  }

  /**
   * Events as they come, over reorganisations of the chain and failures of the node, until the signal. See {@link watchEvents}.
   * @example
   * for await (const item of assay.watch(["consensus.QuestionAsked"], { signal })) {
   *   if (item.type === "log") console.log(item.event.args.questionId);
   * }
   */
  watch<const S extends readonly EventSelection[]>(
    selections: S,
    options: WatchOptions = {},
  ): AsyncGenerator<Watched<SelectedName<S[number]>>, void> {
    const { provider } = this.#context;
    return watchEvents(provider, this.addresses, selections, { fromBlock: this.startBlock, ...options });
  }
}

/**
 * A client of a deployment. Asks the chain nothing: see {@link connect}.
 * @example
 * const assay = createClient({ deployment: parseDeployment(json), runner: new JsonRpcProvider(url) });
 */
export function createClient({ runner, startBlock, deployment, addresses }: ClientOptions): Assay {
  const found = deployment?.addresses ?? addresses;
  const checked = requireAddresses(found, (what) => new ClientError("BAD_INPUT", `in the client's addresses, ${what}`));
  return new Assay(checked, runner, startBlock ?? deployment?.startBlock ?? 0);
}

/**
 * A client of a deployment, checked: of the right chain, with code, and contracts that belong together.
 * @throws ClientError `WRONG_CHAIN`, `NO_CODE`, `WRONG_WIRING`, `NODE_UNREACHABLE`
 * @example
 * const assay = await connect({ deployment, runner: new Wallet(key, provider) });
 */
export async function connect(options: ClientOptions): Promise<Assay> {
  const assay = createClient(options);
  const { chainId } = await assay.terms();
  const { deployment } = options;
  if (deployment !== undefined && BigInt(deployment.chainId) !== chainId) {
    const message = `the deployment is of chain ${deployment.chainId}, but the node is of chain ${chainId}`;
    throw new ClientError("WRONG_CHAIN", message);
  }
  const wired = await discover(assay.addresses.claims, options.runner);
  for (const [name, address] of Object.entries(wired)) {
    const given = assay.addresses[name as keyof Addresses];
    if (given.toLowerCase() === address.toLowerCase()) continue;
    throw new ClientError("WRONG_WIRING", `${name} is ${given}, but the contracts themselves name ${address}`);
  }
  return assay;
}

/**
 * Addresses of all contracts of a deployment, from that of Claims.
 * @throws ClientError `NO_CODE` if there is no Claims
 * @example
 * const assay = createClient({ addresses: await discover(claims, provider), runner: provider });
 */
export async function discover(claims: string, runner: ContractRunner): Promise<Addresses> {
  const { provider } = runner;
  if (!provider) throw new ClientError("WRONG_CHAIN", "the runner is not connected to a chain");
  const unknown = { token: claims, registry: claims, vault: claims, consensus: claims, claims };
  const desk = await new Reader({ addresses: unknown, provider: () => provider }).read(
    joinReads({
      consensus: view("claims", "consensus", []),
      vault: view("claims", "vault", []),
      registry: view("claims", "registry", []),
    }),
  );
  const known = { ...unknown, ...desk };
  const { token, back } = await new Reader({ addresses: known, provider: () => provider }).read(
    joinReads({ token: view("vault", "token", []), back: view("consensus", "claims", []) }),
  );
  if (back.toLowerCase() !== claims.toLowerCase()) {
    throw new ClientError("WRONG_WIRING", `${claims} names a Consensus whose Claims is ${back}`);
  }
  return { ...desk, token, claims: claims };
}
