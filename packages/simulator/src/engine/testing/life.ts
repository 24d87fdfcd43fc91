import type { Chance } from "../../chance.ts";
import type { AgentIndex, Asked, Beat, Committee, Engine, Events, QuestionIndex } from "../engine.ts";
import type { Rules } from "../rules.ts";
import { USUAL_RULES } from "../usual.ts";

export const TOKEN = 10n ** 18n;

/** A domain like the default one, with small committees. */
export const RULES: Rules = { ...USUAL_RULES, outcomes: 3, seats: 5 };

/** How often a random population does what, as probabilities. */
export interface Habits {
  /** To vote with outcome 0, the right one. */
  readonly right: (agent: AgentIndex) => number;
  readonly abstain: number;
  readonly withhold: number;
  /** Not to beat. */
  readonly silent: number;
  readonly appeal: number;
  readonly canary: number;
  readonly newcomer: number;
  readonly leave: number;
}

/** A population that does what chance has it do, whatever engine runs it. */
export class Life {
  readonly engine: Engine;
  readonly agents: AgentIndex[] = [];
  /** Asked, and not final yet. */
  readonly open = new Set<QuestionIndex>();
  readonly final: QuestionIndex[] = [];
  /** By agents, wei. */
  deposited = 0n;
  readonly #chance: Chance;
  readonly #habits: Habits;
  readonly #gone = new Set<AgentIndex>();
  readonly #canaries = new Set<QuestionIndex>();

  constructor(engine: Engine, chance: Chance, habits: Habits) {
    this.engine = engine;
    this.#chance = chance;
    this.#habits = habits;
  }

  async enrol(stakes: readonly bigint[]): Promise<void> {
    this.agents.push(...(await this.engine.enrol(stakes.map((stake) => ({ stake })))));
    for (const stake of stakes) this.deposited += stake;
  }

  /** One epoch. @returns what happened as it began, and in its beats */
  async epoch(questions: number): Promise<readonly [Events, Events]> {
    const begun = await this.engine.advance();
    for (const question of begun.finalized) {
      this.open.delete(question);
      this.final.push(question);
      if (this.#chance.holds(0.5)) await this.engine.reclaim(question);
    }
    const beaten = await this.engine.beat(this.#beats(await this.engine.committees()));
    await this.#takeFurther();
    await this.ask(questions);
    await this.#moveAgents();
    return [begun, beaten];
  }

  /** Ends everything that can end. */
  async end(): Promise<void> {
    while (this.open.size > 0) await this.epoch(0);
    await this.engine.settleAll(this.agents);
    for (const question of this.final) await this.engine.reclaim(question);
  }

  async ask(questions: number): Promise<void> {
    const { rules } = this.engine;
    const asked = Array.from({ length: questions }, (): Asked => {
      const plain = { purse: this.#chance.below(3), budgetRounds: this.#chance.below(rules.maxRounds) };
      if (!this.#chance.holds(this.#habits.canary)) return plain;
      const answer = this.#chance.holds(0.2) ? null : this.#chance.below(rules.outcomes);
      return { ...plain, canary: { answer } };
    });
    (await this.engine.ask(asked)).forEach((question, i) => {
      this.open.add(question);
      if (asked[i]?.canary !== undefined) this.#canaries.add(question);
    });
  }

  #beats(committees: readonly Committee[]): Beat[] {
    const votes = new Map<AgentIndex, { question: QuestionIndex; outcome: number }[]>();
    for (const { question, members } of committees) {
      for (const { agent } of members) {
        const outcome = this.#chance.holds(this.#habits.right(agent))
          ? 0
          : this.#chance.below(this.engine.rules.outcomes);
        if (this.#chance.holds(this.#habits.abstain)) continue;
        const all = votes.get(agent) ?? [];
        votes.set(agent, all);
        all.push({ question, outcome });
      }
    }
    const beats: Beat[] = [];
    for (const agent of this.agents) {
      if (this.#chance.holds(this.#habits.silent)) continue;
      const reveal = !this.#chance.holds(this.#habits.withhold);
      beats.push({ agent, reveal, votes: reveal ? (votes.get(agent) ?? []) : [] });
    }
    return beats;
  }

  async #takeFurther(): Promise<void> {
    const open = [...this.open];
    const verdicts = await this.engine.verdicts(open);
    for (const [i, { status, rounds }] of verdicts.entries()) {
      const question = open[i] as QuestionIndex;
      const appealable = status === "undecided" || status === "provisional";
      if (!appealable) continue;
      let last = rounds === this.engine.rules.maxRounds;
      if (!last && this.#chance.holds(this.#habits.appeal)) {
        last = true;
        await this.engine.appeal(question, this.#chance.below(4));
      }
      // An opening may have started the round already.
      if (this.#canaries.delete(question) && this.#chance.holds(0.8)) {
        last = true;
        if (rounds === 1) await this.engine.openCanary(question);
      }
      if (last || status !== "undecided") continue;
      await this.engine.spendBudget(question).catch((error: unknown) => {
        if (!String(error).includes("prepaid")) throw error;
      });
    }
  }

  async #moveAgents(): Promise<void> {
    const { newcomer, leave } = this.#habits;
    if (this.#chance.holds(newcomer)) await this.enrol([BigInt(1 + this.#chance.below(5_000)) * TOKEN]);
    const staying = this.agents.filter((agent) => !this.#gone.has(agent));
    if (staying.length < 4 || !this.#chance.holds(leave)) return;
    const leaver = this.#chance.pick(staying);
    this.#gone.add(leaver);
    await this.engine.leave([leaver]);
  }
}
