import { keccak } from "@assay/protocol";
import type { Outlook } from "./agent.ts";
import { finish, keyOf, type Present, type RuntimeContext } from "./runtime-context.ts";
import type { BeatDispatch } from "./runtime-sending.ts";
import { LONGEST_STAGGER, MAX_ATTEMPTS, PART } from "./runtime-timing.ts";
import type { SelfWatch } from "./runtime-watch.ts";
import { type Decision, decide } from "./verification.ts";

/** Longest time of a timer, ms. */
const LONGEST_TIMER = 2_147_483_647;

/** An agent's work in an epoch: has it rolled, answers its questions, and has the beat sent. */
export class EpochWork {
  readonly #context: RuntimeContext;
  readonly #watch: SelfWatch;
  readonly #dispatch: BeatDispatch;

  constructor(context: RuntimeContext, watch: SelfWatch, dispatch: BeatDispatch) {
    this.#context = context;
    this.#watch = watch;
    this.#dispatch = dispatch;
  }

  /**
   * Does what can be done now.
   * @param lookBack first block that may hold something that still matters
   */
  async act(present: Present, lookBack: () => Promise<number>): Promise<void> {
    const { agent, status, purse } = this.#context;
    const { policy } = this.#context.options;
    const { epoch } = present;
    const outlook = await agent.outlook();
    if (outlook.epoch !== epoch) return;
    this.#watch.noteBallot(outlook.ballotOpen, outlook.lastEpoch);
    status.secretsLeft = outlook.secretsLeft;
    if (outlook.receiptsMissing && !policy.dryRun) await agent.recover(await lookBack());
    this.#watch.checkReveal(outlook);
    if (outlook.committed) return this.#finish(present, "committed");
    if (present.attempts >= MAX_ATTEMPTS && !outlook.revealDue)
      return this.#finish(present, "given up until the next epoch");

    const commit = await this.#mayCommit(outlook);
    if (commit && !(await this.#seeded(present, outlook))) return;
    const answering = commit && !outlook.kept && outlook.questions.some(({ seats }) => seats > 0);
    if (answering && present.decisions === null) {
      const by = this.#answerBy(outlook);
      // Revealed first where answering would take too long.
      if (by === null) return this.#dispatch.send(present, outlook, false);
      if (!(await this.#answer(present, outlook, by))) return;
    }
    if (policy.dryRun) return this.#finish(present, "dry run: nothing is sent");
    const votes = [...(present.decisions?.values() ?? [])].some(({ outcome }) => outcome !== null);
    const silent = epoch - outlook.lastEpoch;
    const commits = commit && (votes || outlook.kept || silent >= policy.keepAliveEpochs);
    const due = commits || outlook.ballotOpen || outlook.settlements.length > 0;
    if (!due) return this.#finish(present, "nothing to do");
    // A beat would roll by itself, each agent's: one is enough.
    if (commits && !outlook.seeded && (await purse.canPay()) && !(await this.#rolled(present, outlook))) return;
    await this.#dispatch.send(present, outlook, commits);
  }

  /** Whether a ballot may be begun; what is open is revealed in any case. */
  async #mayCommit({ epoch, firstEpoch, secretsLeft }: Outlook): Promise<boolean> {
    const { clock, options } = this.#context;
    if (epoch < firstEpoch || secretsLeft < 0) return false;
    if (!clock.before(epoch, PART.commit)) return false;
    if (options.policy.dryRun || options.relayer !== undefined) return true;
    return this.#watch.mayPay(2n);
  }

  /** Sees to it that the epoch has a seed where the agent needs it to know its seats. */
  async #seeded(present: Present, outlook: Outlook): Promise<boolean> {
    const { questions, revealDue, seeded } = outlook;
    const needless = questions.length === 0 && !revealDue && this.#context.options.relayer === undefined;
    return seeded || needless || this.#rolled(present, outlook);
  }

  /** Has the epoch rolled; each agent waits for a time of its own, so that one rolls for all. @returns false until it is */
  async #rolled(present: Present, { epoch, revealDue }: Outlook): Promise<boolean> {
    const { agent, chain, clock, options, purse, terms } = this.#context;
    if (options.policy.dryRun) return false;
    const share = Number(BigInt(keccak(word(options.agentId, epoch))) % 1000n) / 1000;
    const stagger = Math.min(LONGEST_STAGGER, terms.epochLength * PART.roll) * share;
    if (chain.monotonic() - present.since < stagger * 1000) return false;
    if (await purse.canPay()) {
      await this.#dispatch.roll(epoch);
      return false; // the next look learns the seats
    }
    // Somebody else must; what is due is revealed without a seed in the end.
    if (!revealDue || clock.before(epoch, PART.relay)) return false;
    await this.#dispatch.send(present, await agent.outlook(), false);
    return false;
  }

  /** Unix seconds of the chain by which questions are answered; null: the reveal must not wait for that. */
  #answerBy({ epoch, revealDue }: Outlook): number | null {
    const { clock, options } = this.#context;
    if (!revealDue) return clock.at(epoch, PART.late);
    const part = options.relayer === undefined ? PART.answer : PART.answerForRelay;
    return clock.before(epoch, part) ? clock.at(epoch, part) : null;
  }

  /** @returns false if it was stopped meanwhile */
  async #answer(present: Present, { questions, epoch }: Outlook, by: number): Promise<boolean> {
    const { options, status, clock, stop, assay, report } = this.#context;
    status.phase = "verifying";
    const drawn = questions.filter(({ seats }) => seats > 0).map(({ question }) => question);
    const ms = Math.max(0, (by - clock.now) * 1000);
    const timer = new AbortController();
    const timeout = setTimeout(() => timer.abort(), Math.min(ms, LONGEST_TIMER));
    const signal = AbortSignal.any([timer.signal, stop]);
    const outcomesOf = async (domainId: number) => (await assay.domains.get(domainId)).outcomes;
    let decisions: Decision[];
    try {
      decisions = await decide(drawn, outcomesOf, options.verification, signal);
    } finally {
      clearTimeout(timeout);
    }
    if (stop.aborted) return false;
    present.decisions = new Map(decisions.map((d) => [keyOf(d.question.id, d.question.contentHash), d]));
    status.decisions = decisions.map(({ question, outcome, reason, why }) => ({
      ...{ questionId: question.id, outcome, reason, why },
    }));
    for (const { question, outcome, confidence, reason, why } of decisions) {
      const { id, domainId } = question;
      const fields = { epoch, questionId: id, domainId, outcome, confidence, reason };
      if (reason !== null) status.counts.abstentions[reason]++;
      const what = outcome === null ? `abstains on ${id}: ${why}` : `answers ${id} with outcome ${outcome}: ${why}`;
      report("info", outcome === null ? "abstain" : "answer", what, fields);
    }
    return true;
  }

  #finish(present: Present, why: string): void {
    finish(this.#context, present, why);
  }
}

function word(agentId: bigint, epoch: number): Uint8Array {
  return new TextEncoder().encode(`${agentId} ${epoch}`);
}
