import { setTimeout as wait } from "node:timers/promises";
import { type Assay, AssayError, ClientError, isUnreachable, type Terms, toAssayError } from "@assay/sdk";
import type { TransactionReceipt } from "ethers";
import { Agent } from "./agent.ts";
import { Alerts } from "./alerts.ts";
import { AgentError } from "./errors.ts";
import { keyOf, type Present, type Report, type RuntimeContext } from "./runtime-context.ts";
import { EpochWork } from "./runtime-epoch.ts";
import type { RuntimeEnd, RuntimeOptions, RuntimeStatus } from "./runtime-options.ts";
import { Purse } from "./runtime-purse.ts";
import { pendingTime } from "./pending-time.ts";
import { BeatDispatch } from "./runtime-sending.ts";
import { LONGEST_WAIT, LOOK_BACK, QUIET, REORG_DEPTH } from "./runtime-timing.ts";
import { SelfWatch } from "./runtime-watch.ts";
import { NodeSender } from "./node-sender.ts";
import { TransactionSender } from "./sender.ts";
import type { Sender } from "./sending.ts";
import { SharedChain } from "./shared-chain.ts";
import type { WalletLine } from "./wallet-line.ts";

/**
 * An agent that lives by itself: in each epoch it learns its seats, answers the questions, and reveals, settles and commits in one
 * beat. Whatever it does is read back from the chain, so that a reorganisation, a restart or a relayer that lies cost it nothing.
 */
export class Runtime {
  readonly status: RuntimeStatus;
  readonly #options: RuntimeOptions;
  readonly #assay: Assay;
  readonly #chain: SharedChain;
  readonly #line: Promise<WalletLine>;
  readonly #sleep: (ms: number, signal: AbortSignal) => Promise<unknown>;
  readonly #alerts: Alerts;
  readonly #stop = new AbortController();
  #terms: Terms | null = null;
  #context!: RuntimeContext;
  #watch!: SelfWatch;
  #dispatch!: BeatDispatch;
  #work!: EpochWork;
  #present: Present | null = null;
  /** First block seen of lately begun epochs. */
  readonly #firstBlocks = new Map<number, number>();
  #epochs = 0;

  /** @throws ClientError `WRONG_CHAIN` if the wallet is not connected */
  constructor(options: RuntimeOptions) {
    const { wallet, agentId, transactions, monotonic } = options;
    if (wallet.provider === null)
      throw new ClientError("WRONG_CHAIN", "the agent's wallet is not connected to a chain");
    this.#options = options;
    this.#assay = options.assay.connect(wallet);
    this.#chain = options.chain ?? new SharedChain(options.assay, wallet.provider, monotonic);
    this.#line = this.#chain.join(wallet, transactions);
    this.#sleep = options.sleep ?? ((ms, signal) => wait(ms, undefined, { signal }).catch(() => undefined));
    this.#alerts = new Alerts(({ name, raised, message }) =>
      this.#report(raised ? "warn" : "info", "alert", raised ? message : `over: ${message}`, { alert: name, raised }),
    );
    this.status = {
      ...{ agentId, epoch: null, phase: "starting", lastLook: null, trouble: null, openBallot: null, lastBeat: null },
      ...{ stake: null, ether: null, spent: 0n, secretsLeft: null, decisions: [], alerts: this.#alerts.raised },
      counts: {
        ...{ beats: 0, relayed: 0, rolls: 0, votes: 0, reveals: 0, settlements: 0, failures: 0 },
        abstentions: { "no-verifier": 0, content: 0, verifier: 0, failed: 0, late: 0, confidence: 0 },
      },
    };
  }

  /**
   * Lives until the signal, or for as many epochs as told, and finishes the transactions under way.
   * @throws what no waiting helps against: AgentError `JOURNAL_...`, `MISSING_BALLOT`, `OTHER_CHAIN`; ClientError `WRONG_CHAIN`
   */
  async run(signal: AbortSignal): Promise<RuntimeEnd> {
    const { epochs = Infinity } = this.#options;
    const stop = () => this.#stop.abort();
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    try {
      let started = false;
      while (!this.#stop.signal.aborted && this.#epochs < epochs) {
        try {
          if (!started) await this.#start();
          started = true;
          await this.#look();
          this.#worked();
        } catch (error) {
          this.#failed(error);
        }
        if (this.#epochs < epochs) await this.#sleep(this.#pollMs, this.#stop.signal);
      }
      return await this.#end();
    } finally {
      signal.removeEventListener("abort", stop);
      this.status.phase = "stopped";
    }
  }

  get #pollMs(): number {
    if (this.#options.pollMs !== undefined) return this.#options.pollMs;
    const length = this.#terms?.epochLength ?? 0;
    return Math.min(12_000, Math.max(1_000, (length * 1000) / 30));
  }

  /* START AND END */

  async #start(): Promise<void> {
    const { agentId, wallet, journal, transactions, domains, policy, maxFeePerGas } = this.#options;
    const assay = this.#assay;
    const chain = this.#chain;
    const { terms, clock, board, from } = await chain.open();
    this.#terms = terms;
    const purse = new Purse({
      ...{ wallet, provider: chain.provider, transactions, limit: policy.maxEtherPerDay, maxFeePerGas },
      now: () => clock.now,
    });
    const sender = await this.#openSender(purse);
    const agent = new Agent({
      ...{ agentId, wallet, assay, board, journal, sender, domains, limits: policy.limits },
      verify: ({ id, contentHash }) => this.#present?.decisions?.get(keyOf(id, contentHash))?.outcome ?? null,
    });
    if (!agent.enrolled) {
      const message = `agent ${agentId} has no secrets in its journal: it joins a domain first, or the journal is restored`;
      throw new AgentError("MISSING_BALLOT", message);
    }
    if (!policy.dryRun) await agent.recover(from);
    await purse.recall();
    this.#context = {
      ...{ options: this.#options, assay, chain, terms, clock, agent, board, purse },
      ...{ alerts: this.#alerts, status: this.status, report: this.#report },
      stop: this.#stop.signal,
      pause: (signal) => this.#sleep(this.#pollMs, signal),
    };
    this.#watch = new SelfWatch(this.#context);
    this.#dispatch = new BeatDispatch(this.#context, this.#watch);
    this.#work = new EpochWork(this.#context, this.#watch, this.#dispatch);
    this.#report("info", "start", `agent ${agentId} runs in domains ${domains.join(", ") || "none"}`, { domains });
  }

  async #openSender(purse: Purse): Promise<Sender> {
    const { wallet, transactions: log, maxFeePerGas } = this.#options;
    const line = await this.#line;
    const mined = (receipt: TransactionReceipt) => {
      purse.count(receipt);
      this.status.spent = purse.spent;
    };
    if (log === null) return new NodeSender({ wallet, line, mined });
    const timing = { confirmations: REORG_DEPTH, pollMs: Math.min(this.#pollMs, LONGEST_WAIT) };
    const cap = maxFeePerGas === undefined ? {} : { maxFeePerGas };
    return new TransactionSender({ wallet, log, line, mined, ...timing, ...cap });
  }

  async #end(): Promise<RuntimeEnd> {
    const { openBallot } = this.status;
    if (openBallot !== null) {
      const by = new Date(openBallot.revealBefore * 1000).toISOString();
      const message = `the ballot of epoch ${openBallot.epoch} must be revealed before ${by}, or it is forfeited: run the agent again by then`;
      this.#report("warn", "open-ballot", message, { ...openBallot });
    }
    this.#report("info", "stop", `stopped after ${this.#epochs} epochs`);
    return { epochs: this.#epochs, openBallot };
  }

  /* LOOKS */

  /** Looks at the chain once, and does what is to be done. */
  async #look(): Promise<void> {
    const { clock } = this.#context;
    const block = await this.#chain.look(this.#pollMs / 2);
    const epoch = clock.epochAt(block.timestamp);
    if (epoch > (this.#present?.epoch ?? -1)) await this.#enter(epoch, block.number);
    const present = this.#present;
    if (present === null) return;
    if (await this.#wake(epoch)) return;
    this.#watch.checkStall();
    // After a reorganisation the latest block may be of an epoch before.
    if (epoch < present.epoch) return;
    if (present.done) await this.#confirm(present);
    if (!present.done) await this.#work.act(present, () => this.#chain.lookBack());
    if (present.done && !present.counted) {
      present.counted = true;
      this.#epochs++;
    }
  }

  /** Begins an epoch. */
  async #enter(epoch: number, block: number): Promise<void> {
    const { agent, board, clock } = this.#context;
    const from = this.#firstBlocks.get(epoch - 2) ?? this.#firstBlocks.values().next().value;
    this.#firstBlocks.set(epoch, block);
    for (const old of this.#firstBlocks.keys()) if (old < epoch - 2) this.#firstBlocks.delete(old);
    // What was learned from blocks that have been replaced since is learned again.
    if (from !== undefined && !this.#options.policy.dryRun) await agent.recover(Math.max(0, from - REORG_DEPTH));
    board.forget(epoch - LOOK_BACK);
    this.#present = {
      ...{
        epoch,
        since: this.#chain.monotonic(),
        firstBlock: block,
        attempts: 0,
        decisions: null,
        relayerFailed: null,
      },
      ...{ done: false, committed: false, counted: false },
    };
    Object.assign(this.status, { epoch, phase: "waiting", decisions: [] });
    const secondsLeft = clock.at(epoch + 1, 0) - clock.now;
    this.#report("info", "epoch", `epoch ${epoch}, ${secondsLeft} s left`, { epoch, secondsLeft });
    await this.#watch.takeStock();
  }

  /** Begins an epoch on a chain that makes no block unless somebody sends something. @returns whether it has */
  async #wake(epoch: number): Promise<boolean> {
    const { clock, terms, purse } = this.#context;
    const quiet = Math.min(QUIET, terms.epochLength / 8) * 1000;
    if (clock.stillMs < quiet || this.#options.policy.dryRun) return false;
    const pending = await pendingTime(this.#chain.provider);
    if (pending === null || clock.epochAt(pending) <= epoch) return false;
    if (!(await purse.canPay())) return false;
    await this.#dispatch.roll(epoch + 1);
    return true;
  }

  /** Whether what was done in this epoch is still so: a reorganisation may have dropped it. */
  async #confirm(present: Present): Promise<void> {
    const { ballotOpen, lastEpoch } = await this.#assay.agents.state(this.#options.agentId);
    this.#watch.noteBallot(ballotOpen, lastEpoch);
    const revealed = !(ballotOpen && lastEpoch === present.epoch - 1);
    const committed = ballotOpen && lastEpoch === present.epoch;
    if (this.#options.policy.dryRun || (revealed && (committed || !present.committed))) return;
    this.#report("warn", "reorganised", `the chain has dropped the beat of epoch ${present.epoch}: again`);
    Object.assign(present, { done: false, attempts: 0, committed: false });
  }

  /* TROUBLE */

  #worked(): void {
    this.status.lastLook = this.#chain.monotonic();
    if (this.status.trouble === null) return;
    this.#report("info", "recovered", `goes on: ${this.status.trouble} is over`);
    this.status.trouble = null;
  }

  /** @throws it again if no waiting helps */
  #failed(thrown: unknown): void {
    const error = toAssayError(thrown);
    if (error instanceof AssayError && isFatal(error)) throw error;
    this.status.counts.failures++;
    const message = error instanceof Error ? error.message : String(error);
    if (isUnreachable(error)) this.#alerts.set("chain_unreachable", message);
    // Said once, not at every look.
    const level = this.status.trouble === message ? "debug" : "warn";
    this.status.trouble = message;
    this.#report(level, "failed", message, { code: (error as { code?: unknown }).code });
  }

  readonly #report: Report = (level, event, message, fields = {}) => {
    this.#options.report({ level, event, message, fields });
  };
}

/** What no waiting helps against. */
function isFatal({ code }: AssayError): boolean {
  return /^(JOURNAL_|MISSING_BALLOT$|OTHER_CHAIN$|WRONG_CHAIN$|NO_CODE$|WRONG_PASSPHRASE$|NO_PASSPHRASE$)/.test(code);
}
