import { setTimeout as wait } from "node:timers/promises";
import { epochStart, keccak } from "@assay/protocol";
import { type Assay, AssayError, blockAt, ClientError, isUnreachable, type Terms, toAssayError } from "@assay/sdk";
import type { Provider, TransactionReceipt } from "ethers";
import { Agent, type Outlook } from "./agent.ts";
import { Alerts } from "./alerts.ts";
import type { BeatEffects } from "./beats.ts";
import { QuestionBoard } from "./board.ts";
import { AgentError } from "./errors.ts";
import { relayBeat } from "./relayer.ts";
import { ChainClock } from "./runtime-clock.ts";
import { Purse } from "./runtime-purse.ts";
import type { Happening, RuntimeEnd, RuntimeOptions, RuntimeStatus } from "./runtime-options.ts";
import {
  ETHER_BEATS,
  FREE_BONDS,
  LONGEST_STAGGER,
  LOOK_BACK,
  MAX_ATTEMPTS,
  PART,
  QUIET,
  REORG_DEPTH,
  STALLED,
} from "./runtime-timing.ts";
import { TransactionSender } from "./sender.ts";
import { type Decision, decide } from "./verification.ts";

/** What is known and done in one epoch. */
interface Present {
  readonly epoch: number;
  /** Milliseconds of the monotonic clock at which a block of it was first seen. */
  readonly since: number;
  attempts: number;
  /** What it answers; null until it has looked. */
  decisions: Map<string, Decision> | null;
  /** Why the relayer is not asked any more; null while it is. */
  relayerFailed: string | null;
  /** Whether there is nothing more to do, as things stand. */
  done: boolean;
  /** Whether a ballot of this epoch has been on the chain. */
  committed: boolean;
  counted: boolean;
}

/**
 * An agent that lives by itself: in each epoch it learns its seats, answers the questions, and reveals, settles and commits in one
 * beat. Whatever it does is read back from the chain, so that a reorganisation, a restart or a relayer that lies cost it nothing.
 */
export class Runtime {
  readonly status: RuntimeStatus;
  readonly #options: RuntimeOptions;
  readonly #assay: Assay;
  readonly #provider: Provider;
  readonly #monotonic: () => number;
  readonly #sleep: (ms: number, signal: AbortSignal) => Promise<unknown>;
  readonly #alerts: Alerts;
  readonly #purse: Purse;
  readonly #stop = new AbortController();
  #terms!: Terms;
  #clock!: ChainClock;
  #agent!: Agent;
  #board!: QuestionBoard;
  #present: Present | null = null;
  /** First block seen of lately begun epochs. */
  readonly #firstBlocks = new Map<number, number>();
  #epochs = 0;

  /** @throws ClientError `WRONG_CHAIN` if the wallet is not connected */
  constructor(options: RuntimeOptions) {
    const { wallet, agentId, policy } = options;
    if (wallet.provider === null)
      throw new ClientError("WRONG_CHAIN", "the agent's wallet is not connected to a chain");
    this.#options = options;
    this.#assay = options.assay.connect(wallet);
    this.#provider = wallet.provider;
    this.#monotonic = options.monotonic ?? (() => performance.now());
    this.#sleep = options.sleep ?? ((ms, signal) => wait(ms, undefined, { signal }).catch(() => undefined));
    const { journal, maxFeePerGas } = options;
    this.#purse = new Purse({
      ...{ wallet, provider: wallet.provider, journal, limit: policy.maxEtherPerDay, maxFeePerGas },
      now: () => this.#clock.now,
    });
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
    const length = (this.#terms as Terms | undefined)?.epochLength ?? 0;
    return Math.min(12_000, Math.max(1_000, (length * 1000) / 30));
  }

  /* START AND END */

  async #start(): Promise<void> {
    const { agentId, wallet, journal, domains, policy, maxFeePerGas } = this.#options;
    this.#terms = await this.#assay.terms();
    this.#clock = new ChainClock(this.#terms, this.#monotonic);
    const latest = await this.#provider.getBlock("latest");
    if (latest !== null) this.#clock.see(latest);
    const from = await this.#lookBack();
    this.#board = new QuestionBoard(this.#assay, from, REORG_DEPTH);
    const sender = new TransactionSender({
      ...{ wallet, log: journal.transactions, confirmations: REORG_DEPTH, pollMs: Math.min(this.#pollMs, 2_000) },
      mined: (receipt) => this.#spent(receipt),
      ...(maxFeePerGas !== undefined && { maxFeePerGas }),
    });
    this.#agent = new Agent({
      ...{ agentId, wallet, assay: this.#assay, board: this.#board, journal, sender, domains, limits: policy.limits },
      verify: ({ id, contentHash }) => this.#present?.decisions?.get(keyOf(id, contentHash))?.outcome ?? null,
    });
    if (!this.#agent.enrolled) {
      const message = `agent ${agentId} has no secrets in ${journal.path}: it joins a domain first, or the journal is restored`;
      throw new AgentError("MISSING_BALLOT", message);
    }
    if (!policy.dryRun) await this.#agent.recover(from);
    await this.#purse.recall();
    this.#report("info", "start", `agent ${agentId} runs in domains ${domains.join(", ") || "none"}`, { domains });
  }

  /** First block that may hold something that still matters. */
  async #lookBack(): Promise<number> {
    const { startBlock } = this.#assay;
    const epoch = await this.#assay.beats.epoch();
    if (epoch <= LOOK_BACK) return startBlock;
    return blockAt(this.#provider, epochStart(this.#terms, epoch - LOOK_BACK), startBlock);
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
    const block = await this.#provider.getBlock("latest");
    if (block === null) throw new ClientError("NODE_UNREACHABLE", "the chain has no block yet", { retryable: true });
    this.#clock.see(block);
    const epoch = this.#clock.epochAt(block.timestamp);
    if (epoch > (this.#present?.epoch ?? -1)) await this.#enter(epoch, block.number);
    const present = this.#present;
    if (present === null) return;
    if (await this.#wake(epoch)) return;
    this.#checkStall();
    // After a reorganisation the latest block may be of an epoch before.
    if (epoch < present.epoch) return;
    if (present.done) await this.#confirm(present);
    if (!present.done) await this.#act(present);
    if (present.done && !present.counted) {
      present.counted = true;
      this.#epochs++;
    }
  }

  /** Begins an epoch. */
  async #enter(epoch: number, block: number): Promise<void> {
    const from = this.#firstBlocks.get(epoch - 2) ?? this.#firstBlocks.values().next().value;
    this.#firstBlocks.set(epoch, block);
    for (const old of this.#firstBlocks.keys()) if (old < epoch - 2) this.#firstBlocks.delete(old);
    // What was learned from blocks that have been replaced since is learned again.
    if (from !== undefined && !this.#options.policy.dryRun) await this.#agent.recover(Math.max(0, from - REORG_DEPTH));
    this.#board.forget(epoch - LOOK_BACK);
    this.#present = {
      ...{ epoch, since: this.#monotonic(), attempts: 0, decisions: null, relayerFailed: null },
      ...{ done: false, committed: false, counted: false },
    };
    Object.assign(this.status, { epoch, phase: "waiting", decisions: [] });
    const secondsLeft = this.#clock.at(epoch + 1, 0) - this.#clock.now;
    this.#report("info", "epoch", `epoch ${epoch}, ${secondsLeft} s left`, { epoch, secondsLeft });
    await this.#takeStock();
  }

  /** Begins an epoch on a chain that makes no block unless somebody sends something. @returns whether it has */
  async #wake(epoch: number): Promise<boolean> {
    const quiet = Math.min(QUIET, this.#terms.epochLength / 8) * 1000;
    if (this.#clock.stillMs < quiet || this.#options.policy.dryRun) return false;
    const pending = await this.#provider.getBlock("pending").catch(() => null);
    if (pending === null || this.#clock.epochAt(pending.timestamp) <= epoch) return false;
    if (!(await this.#purse.canPay())) return false;
    await this.#roll(epoch + 1);
    return true;
  }

  #checkStall(): void {
    const limit = 1000 * Math.max(STALLED.seconds, this.#terms.epochLength * STALLED.epochs);
    const stalled = this.#clock.stillMs > limit;
    const seconds = Math.round(this.#clock.stillMs / 1000);
    this.#alerts.set("chain_unreachable", stalled ? "no new block: is the node in step with the chain?" : null);
    if (stalled) {
      this.#report("debug", "stalled", `no new block for ${seconds} s`, { seconds });
      this.#options.leaveEndpoint?.();
    }
  }

  /** Whether what was done in this epoch is still so: a reorganisation may have dropped it. */
  async #confirm(present: Present): Promise<void> {
    const { ballotOpen, lastEpoch } = await this.#assay.agents.state(this.#options.agentId);
    this.#noteBallot(ballotOpen, lastEpoch);
    const revealed = !(ballotOpen && lastEpoch === present.epoch - 1);
    const committed = ballotOpen && lastEpoch === present.epoch;
    if (this.#options.policy.dryRun || (revealed && (committed || !present.committed))) return;
    this.#report("warn", "reorganised", `the chain has dropped the beat of epoch ${present.epoch}: again`);
    Object.assign(present, { done: false, attempts: 0, committed: false });
  }

  /* AN EPOCH */

  async #act(present: Present): Promise<void> {
    const { epoch } = present;
    const { policy } = this.#options;
    const outlook = await this.#agent.outlook();
    if (outlook.epoch !== epoch) return;
    this.#noteBallot(outlook.ballotOpen, outlook.lastEpoch);
    this.status.secretsLeft = outlook.secretsLeft;
    if (outlook.receiptsMissing && !policy.dryRun) await this.#agent.recover(await this.#lookBack());
    this.#checkReveal(outlook);
    if (outlook.committed) return this.#finish(present, "committed");
    if (present.attempts >= MAX_ATTEMPTS && !outlook.revealDue)
      return this.#finish(present, "given up until the next epoch");

    const commit = await this.#mayCommit(outlook);
    if (commit && !(await this.#seeded(present, outlook))) return;
    const answering = commit && !outlook.kept && outlook.questions.some(({ seats }) => seats > 0);
    if (answering && present.decisions === null) {
      const by = this.#answerBy(outlook);
      // Revealed first where answering would take too long.
      if (by === null) return this.#send(present, outlook, false);
      if (!(await this.#answer(present, outlook, by))) return;
    }
    if (policy.dryRun) return this.#finish(present, "dry run: nothing is sent");
    const votes = [...(present.decisions?.values() ?? [])].some(({ outcome }) => outcome !== null);
    const silent = epoch - outlook.lastEpoch;
    const due = votes || outlook.kept || outlook.ballotOpen || outlook.settlements.length > 0;
    const alive = commit && silent >= policy.keepAliveEpochs;
    if (!due && !alive) return this.#finish(present, "nothing to do");
    await this.#send(present, outlook, commit);
  }

  /** Whether a ballot may be begun; what is open is revealed in any case. */
  async #mayCommit({ epoch, firstEpoch, secretsLeft }: Outlook): Promise<boolean> {
    if (epoch < firstEpoch || secretsLeft < 0) return false;
    if (!this.#clock.before(epoch, PART.commit)) return false;
    if (this.#options.policy.dryRun || this.#options.relayer !== undefined) return true;
    return this.#mayPay(2n);
  }

  /** Whether so many beats more stay within the day's limit. */
  async #mayPay(beats: bigint): Promise<boolean> {
    this.status.spent = this.#purse.spent;
    const allowed = await this.#purse.mayPay(beats);
    const message = "the day's limit of spending is reached: nothing but reveals is sent";
    this.#alerts.set("spending_limit", allowed ? null : message);
    return allowed;
  }

  /** Sees to it that the epoch has a seed; each agent waits for a time of its own, so that one rolls for all. */
  async #seeded(present: Present, { seeded, epoch, questions, revealDue }: Outlook): Promise<boolean> {
    if (seeded) return true;
    // Without questions of its own the beat rolls by itself, where there is one.
    if (questions.length === 0 && !revealDue && this.#options.relayer === undefined) return true;
    if (this.#options.policy.dryRun) return false;
    const { agentId } = this.#options;
    const share = Number(BigInt(keccak(word(agentId, epoch))) % 1000n) / 1000;
    const stagger = Math.min(LONGEST_STAGGER, this.#terms.epochLength * PART.roll) * share;
    if (this.#monotonic() - present.since < stagger * 1000) return false;
    if (await this.#purse.canPay()) {
      await this.#roll(epoch);
      return false; // the next look learns the seats
    }
    // Somebody else must; what is due is revealed without a seed in the end.
    if (!revealDue || this.#clock.before(epoch, PART.relay)) return false;
    await this.#send(present, await this.#agent.outlook(), false);
    return false;
  }

  async #roll(epoch: number): Promise<void> {
    const receipt = await this.#agent.roll();
    if (receipt === null) return;
    this.status.counts.rolls++;
    this.#report("info", "roll", `rolled epoch ${epoch}`, { epoch, transaction: receipt.hash });
  }

  /** Unix seconds of the chain by which questions are answered; null: the reveal must not wait for that. */
  #answerBy({ epoch, revealDue }: Outlook): number | null {
    if (!revealDue) return this.#clock.at(epoch, PART.late);
    const part = this.#options.relayer === undefined ? PART.answer : PART.answerForRelay;
    return this.#clock.before(epoch, part) ? this.#clock.at(epoch, part) : null;
  }

  /** @returns false if it was stopped meanwhile */
  async #answer(present: Present, { questions, epoch }: Outlook, by: number): Promise<boolean> {
    const { verification } = this.#options;
    this.status.phase = "verifying";
    const drawn = questions.filter(({ seats }) => seats > 0).map(({ question }) => question);
    const ms = Math.max(0, (by - this.#clock.now) * 1000);
    const timer = new AbortController();
    const timeout = setTimeout(() => timer.abort(), Math.min(ms, 2_147_483_647));
    const signal = AbortSignal.any([timer.signal, this.#stop.signal]);
    const outcomesOf = async (domainId: number) => (await this.#assay.domains.get(domainId)).outcomes;
    let decisions: Decision[];
    try {
      decisions = await decide(drawn, outcomesOf, verification, signal);
    } finally {
      clearTimeout(timeout);
    }
    if (this.#stop.signal.aborted) return false;
    present.decisions = new Map(decisions.map((d) => [keyOf(d.question.id, d.question.contentHash), d]));
    this.status.decisions = decisions.map(({ question, outcome, reason, why }) => ({
      ...{ questionId: question.id, outcome, reason, why },
    }));
    for (const { question, outcome, confidence, reason, why } of decisions) {
      const { id, domainId } = question;
      const fields = { epoch, questionId: id, domainId, outcome, confidence, reason };
      if (reason !== null) this.status.counts.abstentions[reason]++;
      const what = outcome === null ? `abstains on ${id}: ${why}` : `answers ${id} with outcome ${outcome}: ${why}`;
      this.#report("info", outcome === null ? "abstain" : "answer", what, fields);
    }
    return true;
  }

  /* SENDING */

  /** Reveals, settles and commits, through the relayer or by a transaction of its own. */
  async #send(present: Present, outlook: Outlook, commit: boolean): Promise<void> {
    if (this.#options.policy.dryRun) return this.#finish(present, "dry run: nothing is sent");
    this.status.phase = "sending";
    const { epoch } = outlook;
    const relayed = this.#options.relayer !== undefined && present.relayerFailed === null && outlook.lastEpoch < epoch;
    if (relayed && (await this.#relay(present, outlook, commit))) return;
    if (!(await this.#purse.canPay())) return this.#waitForOthers(present, outlook);
    if (commit && !(await this.#mayPay(2n))) commit = false;
    present.attempts++;
    const report = await this.#agent.beat({ commit, epoch });
    if (report === null) return; // the epoch is over, or somebody else was faster: the next look tells
    const { refused } = this.#assay.beats.beat.decode(report.receipt) ?? { refused: null };
    this.#beaten(present, { ...report, commit, votes: report.votes.length, refused, transaction: report.receipt.hash });
    if (outlook.settlements.length > 1 && (await this.#mayPay(1n))) {
      const receipts = await this.#agent.settleDue();
      this.status.counts.settlements += receipts.length;
    }
  }

  /** The relayer has let it down, and the wallet has no ether: the relayer is asked again, to the end of the epoch. */
  #waitForOthers(present: Present, { revealDue }: Outlook): void {
    const message = "the wallet has too little ether for a beat of its own: send it some";
    this.#alerts.set("ether_low", message);
    if (this.#options.relayer !== undefined) present.relayerFailed = null;
    else if (!revealDue) this.#finish(present, message);
  }

  /** @returns false if the agent must send the beat itself */
  async #relay(present: Present, outlook: Outlook, commit: boolean): Promise<boolean> {
    const { relayer, agentId } = this.#options;
    if (relayer === undefined) return false;
    const { epoch } = outlook;
    const first = this.#clock.before(epoch, PART.relay);
    if (!first && (await this.#purse.canPay())) return false;
    const deadline = this.#clock.at(epoch, first ? PART.relay : 1);
    const signed = await this.#agent.prepareBeat({ maxRelayFee: relayer.fee, deadline }, { commit, epoch });
    if (signed === null) {
      this.#finish(present, "nothing to do");
      return true;
    }
    const why = await relayBeat(relayer, signed, {
      landed: async () => (await this.#assay.agents.state(agentId)).lastEpoch >= epoch,
      late: () => this.#clock.now >= deadline,
      stopped: () => this.#stop.signal.aborted,
      pause: async () => {
        await this.#sleep(this.#pollMs, new AbortController().signal);
        const block = await this.#provider.getBlock("latest");
        if (block !== null) this.#clock.see(block);
      },
    });
    this.#alerts.set("relayer_down", why);
    present.relayerFailed = why;
    if (why !== null) return false;
    const { ballotOpen, lastEpoch } = await this.#assay.agents.state(agentId);
    await this.#agent.recover(Math.max(0, (this.#firstBlocks.get(epoch) ?? 0) - REORG_DEPTH));
    const committed = ballotOpen && lastEpoch === epoch;
    const effects = { revealedEpoch: outlook.revealDue ? epoch - 1 : null, settledEpoch: null, committed };
    this.#beaten(present, { ...effects, commit, votes: signed.votes.length, refused: null, relayed: true });
    return true;
  }

  #beaten(present: Present, beat: Beaten): void {
    const { epoch } = present;
    const { counts } = this.status;
    counts.beats++;
    if (beat.relayed) counts.relayed++;
    if (beat.committed) counts.votes += beat.votes;
    if (beat.revealedEpoch !== null) counts.reveals++;
    if (beat.settledEpoch !== null) counts.settlements++;
    this.#noteBallot(beat.committed, epoch);
    const did = [
      beat.committed ? `committed ${beat.votes} votes` : "committed nothing",
      ...(beat.revealedEpoch === null ? [] : [`revealed epoch ${beat.revealedEpoch}`]),
      ...(beat.settledEpoch === null ? [] : [`settled epoch ${beat.settledEpoch}`]),
    ];
    const { transaction, relayed = false, revealedEpoch, settledEpoch, committed, votes } = beat;
    const fields = { epoch, transaction, relayed, revealedEpoch, settledEpoch, committed, votes };
    this.#report("info", "beat", `epoch ${epoch}: ${did.join(", ")}`, fields);
    if (beat.refused !== null && beat.refused !== undefined) {
      const why = beat.refused instanceof Error ? beat.refused.message : "with an error that is not known";
      this.#report("warn", "commit-refused", `the ballot of epoch ${epoch} was not taken: ${why}`, { epoch });
    }
    present.committed = beat.committed;
    // After a reveal by itself there may be a ballot to commit.
    if (beat.commit || beat.committed) this.#finish(present, "done");
  }

  #finish(present: Present, why: string): void {
    present.done = true;
    this.status.phase = "done";
    this.#alerts.set("reveal_at_risk", null);
    this.#report("debug", "done", `epoch ${present.epoch}: ${why}`, { epoch: present.epoch });
  }

  /* WATCHING OVER ITSELF */

  #noteBallot(open: boolean, epoch: number): void {
    this.status.lastBeat = epoch;
    this.status.openBallot = open ? { epoch, revealBefore: epochStart(this.#terms, epoch + 2) } : null;
  }

  #checkReveal({ epoch, revealDue, ballotOpen, lastEpoch }: Outlook): void {
    const late = revealDue && !this.#clock.before(epoch, PART.reveal);
    const by = new Date(this.#clock.at(epoch + 1, 0) * 1000).toISOString();
    const message = `the ballot of epoch ${lastEpoch} is not revealed yet, and is forfeited at ${by}`;
    this.#alerts.set("reveal_at_risk", late ? message : null);
    const missed = ballotOpen && lastEpoch < epoch - 1;
    this.#alerts.set("epoch_missed", missed ? `the ballot of epoch ${lastEpoch} was not revealed in time` : null);
  }

  /** Reads what may run out. */
  async #takeStock(): Promise<void> {
    const { agentId, warnings, domains, relayer } = this.#options;
    const [stake, ether, cost, bonds] = await Promise.all([
      this.#assay.stake.account(agentId),
      this.#purse.balance(),
      this.#purse.beatCost(),
      Promise.all(domains.map(async (domainId) => (await this.#assay.domains.get(domainId)).seatBond)),
    ]);
    Object.assign(this.status, { stake, ether, spent: this.#purse.spent });
    const dearest = bonds.reduce((max, bond) => (bond > max ? bond : max), 0n);
    const leastStake = warnings.freeStake ?? FREE_BONDS * dearest;
    this.#alerts.set(
      "stake_low",
      stake.free < leastStake ? `${stake.free} wei of stake are free, fewer than ${leastStake}: add stake` : null,
    );
    const leastEther = warnings.ether ?? (relayer === undefined ? ETHER_BEATS : 1n) * cost;
    this.#alerts.set(
      "ether_low",
      ether < leastEther ? `the wallet has ${ether} wei of ether, fewer than ${leastEther}: send it some` : null,
    );
    const { secretsLeft } = this.status;
    const few = secretsLeft !== null && secretsLeft < warnings.secrets;
    this.#alerts.set("secrets_low", few ? `there are secrets for ${secretsLeft} epochs: enroll again in time` : null);
  }

  #spent(receipt: TransactionReceipt): void {
    this.#purse.count(receipt);
    this.status.spent = this.#purse.spent;
  }

  #worked(): void {
    this.status.lastLook = this.#monotonic();
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

  #report(level: Happening["level"], event: string, message: string, fields: Happening["fields"] = {}): void {
    this.#options.report({ level, event, message, fields });
  }
}

/** What became of a beat. */
interface Beaten extends BeatEffects {
  /** Whether it was to commit. */
  readonly commit: boolean;
  readonly votes: number;
  /** Why the ballot was not taken. */
  readonly refused: unknown;
  readonly transaction?: string;
  readonly relayed?: boolean;
}

/** A question, and the content that it is about: after a reorganisation an id may be of another one. */
function keyOf(id: string, contentHash: string): string {
  return `${id} ${contentHash}`;
}

function word(agentId: bigint, epoch: number): Uint8Array {
  return new TextEncoder().encode(`${agentId} ${epoch}`);
}

/** What no waiting helps against. */
function isFatal({ code }: AssayError): boolean {
  return /^(JOURNAL_|MISSING_BALLOT$|OTHER_CHAIN$|WRONG_CHAIN$|NO_CODE$|WRONG_PASSPHRASE$|NO_PASSPHRASE$)/.test(code);
}
