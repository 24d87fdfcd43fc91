import type { Outlook } from "./agent.ts";
import type { BeatEffects } from "./beats.ts";
import { relayBeat } from "./relayer.ts";
import { finish, type Present, type RuntimeContext } from "./runtime-context.ts";
import { PART, REORG_DEPTH } from "./runtime-timing.ts";
import type { SelfWatch } from "./runtime-watch.ts";

/** What became of a beat. */
interface Beaten extends BeatEffects {
  /** Whether it was to commit. */
  readonly commit: boolean;
  readonly votes: number;
  /** Why the ballot was not taken. */
  readonly refused: unknown;
  /** Of its own transaction, where it was not relayed. */
  readonly transaction?: string;
  readonly gasUsed?: bigint;
  /** Wei of ether. */
  readonly fee?: bigint;
  readonly relayed?: boolean;
}

/** Sends an agent's beats and rolls, through its relayer or by transactions of its own. */
export class BeatDispatch {
  readonly #context: RuntimeContext;
  readonly #watch: SelfWatch;

  constructor(context: RuntimeContext, watch: SelfWatch) {
    this.#context = context;
    this.#watch = watch;
  }

  /** Gives an epoch its seed, unless another agent of the process is about to. */
  roll(epoch: number): Promise<void> {
    const { agent, chain, status, report } = this.#context;
    return chain.roll(epoch, async () => {
      const receipt = await agent.roll(epoch);
      if (receipt === null) return;
      status.counts.rolls++;
      report("info", "roll", `rolled epoch ${epoch}`, { epoch, transaction: receipt.hash });
    });
  }

  /** Reveals, settles and commits, through the relayer or by a transaction of its own. */
  async send(present: Present, outlook: Outlook, commit: boolean): Promise<void> {
    const { options, status, purse, agent, assay } = this.#context;
    if (options.policy.dryRun) return finish(this.#context, present, "dry run: nothing is sent");
    status.phase = "sending";
    const { epoch } = outlook;
    const relayed = options.relayer !== undefined && present.relayerFailed === null && outlook.lastEpoch < epoch;
    if (relayed && (await this.#relay(present, outlook, commit))) return;
    if (!(await purse.canPay())) return this.#waitForOthers(present, outlook);
    if (commit && !(await this.#watch.mayPay(2n))) commit = false;
    present.attempts++;
    const report = await agent.beat({ commit, epoch });
    if (report === null) return; // the epoch is over, or somebody else was faster: the next look tells
    const { refused } = assay.beats.beat.decode(report.receipt) ?? { refused: null };
    const { hash: transaction, gasUsed, fee } = report.receipt;
    this.#beaten(present, { ...report, commit, votes: report.votes.length, refused, transaction, gasUsed, fee });
    if (outlook.settlements.length > 1 && (await this.#watch.mayPay(1n))) {
      const receipts = await agent.settleDue();
      status.counts.settlements += receipts.length;
    }
  }

  /** The relayer has let it down, and the wallet has no ether: the relayer is asked again, to the end of the epoch. */
  #waitForOthers(present: Present, { revealDue }: Outlook): void {
    const { alerts, options } = this.#context;
    const message = "the wallet has too little ether for a beat of its own: send it some";
    alerts.set("ether_low", message);
    if (options.relayer !== undefined) present.relayerFailed = null;
    else if (!revealDue) finish(this.#context, present, message);
  }

  /** @returns false if the agent must send the beat itself */
  async #relay(present: Present, outlook: Outlook, commit: boolean): Promise<boolean> {
    const { clock, chain, purse, agent, assay, alerts, stop, pause } = this.#context;
    const { relayer, agentId } = this.#context.options;
    if (relayer === undefined) return false;
    const { epoch } = outlook;
    const first = clock.before(epoch, PART.relay);
    if (!first && (await purse.canPay())) return false;
    const deadline = clock.at(epoch, first ? PART.relay : 1);
    const signed = await agent.prepareBeat({ maxRelayFee: relayer.fee, deadline }, { commit, epoch });
    if (signed === null) {
      finish(this.#context, present, "nothing to do");
      return true;
    }
    const why = await relayBeat(relayer, signed, {
      landed: async () => (await assay.agents.state(agentId)).lastEpoch >= epoch,
      late: () => clock.now >= deadline,
      stopped: () => stop.aborted,
      pause: async () => {
        await pause(new AbortController().signal);
        await chain.look(0);
      },
    });
    alerts.set("relayer_down", why);
    present.relayerFailed = why;
    if (why !== null) return false;
    const { ballotOpen, lastEpoch } = await assay.agents.state(agentId);
    await agent.recover(Math.max(0, present.firstBlock - REORG_DEPTH));
    const committed = ballotOpen && lastEpoch === epoch;
    const effects = { revealedEpoch: outlook.revealDue ? epoch - 1 : null, settledEpoch: null, committed };
    this.#beaten(present, { ...effects, commit, votes: signed.votes.length, refused: null, relayed: true });
    return true;
  }

  #beaten(present: Present, beat: Beaten): void {
    const { status, report } = this.#context;
    const { epoch } = present;
    const { counts } = status;
    counts.beats++;
    if (beat.relayed) counts.relayed++;
    if (beat.committed) counts.votes += beat.votes;
    if (beat.revealedEpoch !== null) counts.reveals++;
    if (beat.settledEpoch !== null) counts.settlements++;
    this.#watch.noteBallot(beat.committed, epoch);
    const did = [
      beat.committed ? `committed ${beat.votes} ${beat.votes === 1 ? "vote" : "votes"}` : "committed nothing",
      ...(beat.revealedEpoch === null ? [] : [`revealed epoch ${beat.revealedEpoch}`]),
      ...(beat.settledEpoch === null ? [] : [`settled epoch ${beat.settledEpoch}`]),
    ];
    const { transaction, gasUsed, fee, relayed = false, revealedEpoch, settledEpoch, committed, votes } = beat;
    const fields = { epoch, transaction, gasUsed, fee, relayed, revealedEpoch, settledEpoch, committed, votes };
    report("info", "beat", `epoch ${epoch}: ${did.join(", ")}`, fields);
    if (beat.refused !== null && beat.refused !== undefined) {
      const why = beat.refused instanceof Error ? beat.refused.message : "with an error that is not known";
      report("warn", "commit-refused", `the ballot of epoch ${epoch} was not taken: ${why}`, { epoch });
    }
    present.committed = beat.committed;
    // After a reveal by itself there may be a ballot to commit.
    if (beat.commit || beat.committed) finish(this.#context, present, "done");
  }
}
