import { type Chance, chanceOf } from "../../chance.ts";
import type { Asked, Beat, Engine, Grind, QuestionIndex, VerdictView } from "../engine.ts";
import { Refusal } from "../refusal.ts";

/** How long a plan is, and for how many. */
export interface PlanSize {
  readonly agents: number;
  readonly epochs: number;
  /** Asked an epoch on average. */
  readonly questions: number;
  /** Wei, of a middling agent. */
  readonly stake: bigint;
}

/** What an agent of a plan is like, each a probability. */
interface Character {
  readonly accuracy: number;
  readonly abstains: number;
  readonly withholds: number;
  readonly silent: number;
}

interface Posed {
  readonly index: QuestionIndex;
  readonly asked: Asked;
  readonly truth: number;
  /** How much harder than usual, 0 to 1; nobody votes at 1. */
  readonly difficulty: number;
  /** Of the last round. */
  voteEpoch: number;
  verdict: VerdictView | null;
  /** Decisive outcomes that were appealed against. */
  readonly against: number[];
}

const CHARACTERS: readonly Character[] = [
  { accuracy: 0.9, abstains: 0.05, withholds: 0.02, silent: 0.01 },
  { accuracy: 0.75, abstains: 0.1, withholds: 0.05, silent: 0.02 },
  { accuracy: 0.5, abstains: 0, withholds: 0, silent: 0 },
  { accuracy: 0.1, abstains: 0.2, withholds: 0.15, silent: 0.1 },
];
const PURSES = 4;
/** Epochs after the last question in which agents still beat, and then until all is final. */
const LAST_BEATS = 5;
const REST = 12;

/** What a plan did. */
export interface PlanResult {
  /** How often each thing happened. */
  readonly seen: ReadonlyMap<string, number>;
  /** By agents, wei. */
  readonly deposited: bigint;
}

/**
 * Does whatever an engine can be asked for, in an order and with people that follow from the seed: agents of all kinds that come and
 * go, questions hard and easy, appeals, budgets, canaries, and requests that are refused. In the end all is final and settled.
 */
export async function runPlan(engine: Engine, size: PlanSize, seed: number): Promise<PlanResult> {
  const plan = new Plan(engine, size, chanceOf(seed, "plan"));
  await plan.run();
  return plan;
}

class Plan {
  readonly seen = new Map<string, number>();
  deposited = 0n;
  readonly #engine: Engine;
  readonly #size: PlanSize;
  readonly #chance: Chance;
  readonly #characters: Character[] = [];
  readonly #posed: Posed[] = [];

  constructor(engine: Engine, size: PlanSize, chance: Chance) {
    [this.#engine, this.#size, this.#chance] = [engine, size, chance];
  }

  async run(): Promise<void> {
    await this.#enrol(this.#size.agents);
    for (let epoch = 1; epoch <= this.#size.epochs; epoch++) {
      await this.#epoch();
      await this.#ask();
      if (epoch % 9 === 0) await this.#comeAndGo();
    }
    for (let epoch = 0; epoch < LAST_BEATS; epoch++) await this.#epoch();
    for (let epoch = 0; epoch < REST; epoch++) await this.#advance();
    const { settled } = await this.#engine.settleAll(this.#characters.map((_, agent) => agent));
    this.#note("settled in the end", settled.length);
    for (const { index } of this.#posed) await this.#engine.reclaim(index);
    await this.#engine.verdicts(this.#posed.map(({ index }) => index));
  }

  async #epoch(): Promise<void> {
    await this.#advance();
    await this.#beat();
    await this.#takeFurther();
    await this.#tryAnything();
  }

  async #advance(): Promise<void> {
    const { finalized, forfeited } = await this.#engine.advance(this.#grind());
    this.#note("forfeited", forfeited.length);
    await this.#noteFinal(finalized);
  }

  /** Now and then a few agents try for a better seed. */
  #grind(): Grind | undefined {
    const { below, holds, shuffle } = this.#chance;
    if (!holds(0.2)) return undefined;
    this.#note("ground");
    const agents = shuffle(this.#characters.map((_, agent) => agent)).slice(0, 4);
    return { agents, tries: 1 + below(4) };
  }

  async #noteFinal(finalized: readonly QuestionIndex[]): Promise<void> {
    const verdicts = await this.#engine.verdicts(finalized);
    verdicts.forEach((verdict, i) => {
      const posed = this.#posed[finalized[i] as number] as Posed;
      posed.verdict = verdict;
      this.#note(`${verdict.status} in round ${verdict.rounds}`);
      if (verdict.outcome === null) this.#note("nobody voted");
      for (const against of posed.against) {
        const succeeded = verdict.status === "resolved" && verdict.outcome !== against;
        this.#note(succeeded ? "appeal succeeded" : "appeal failed");
      }
    });
  }

  async #beat(): Promise<void> {
    const votes = this.#characters.map((): Beat["votes"][number][] => []);
    for (const { question, members } of await this.#engine.committees()) {
      const posed = this.#posed[question] as Posed;
      posed.voteEpoch = this.#engine.epoch();
      for (const { agent, seats } of members) {
        const outcome = this.#opinion(this.#characters[agent] as Character, posed);
        if (outcome !== null) votes[agent]?.push({ question, outcome });
        if (seats > 1) this.#note("more than one seat");
      }
    }
    const beats = this.#characters.flatMap(({ withholds, silent }, agent): Beat[] => {
      if (this.#chance.holds(silent)) return [];
      const reveal = !this.#chance.holds(withholds);
      return [{ agent, reveal, votes: reveal ? this.#chance.shuffle(votes[agent] ?? []) : [] }];
    });
    const { revealed, settled, dropped } = await this.#engine.beat(beats);
    this.#note("revealed", revealed.length);
    this.#note("settled", settled.length);
    this.#note("lost", settled.filter(({ loss }) => loss > 0n).length);
    this.#note("dropped", dropped);
  }

  /** What can be done with questions revealed in the last epoch. */
  async #takeFurther(): Promise<void> {
    const { below, holds, shuffle } = this.#chance;
    const epoch = this.#engine.epoch();
    const revealed = this.#posed.filter(({ voteEpoch }) => voteEpoch + 2 === epoch);
    const verdicts = await this.#engine.verdicts(revealed.map(({ index }) => index));
    for (const [i, posed] of revealed.entries()) {
      const { index, asked } = posed;
      const { status, outcome, rounds } = verdicts[i] as VerdictView;
      const appeal = async () => {
        await this.#try(`appeal while ${status}`, () => this.#engine.appeal(index, below(PURSES)));
        if (status === "provisional" && outcome !== null) posed.against.push(outcome);
      };
      const open = async () => {
        const kind = asked.canary?.answer ?? null;
        const agrees = kind === null ? "none" : `${kind === outcome ? "agreeing" : "disagreeing"} while ${status}`;
        await this.#try(`canary opened: ${agrees}`, () => this.#engine.openCanary(index));
      };
      const acts: (() => Promise<void>)[] = [];
      if (holds(status === "undecided" ? 0.4 : 0.2)) acts.push(appeal);
      if (asked.canary !== undefined && rounds === 1 && holds(0.7)) acts.push(open);
      if (asked.budgetRounds > 0 && status === "undecided" && holds(0.7)) {
        acts.push(() => this.#try("budget spent", () => this.#engine.spendBudget(index)));
      }
      for (const act of shuffle(acts)) await act();
    }
  }

  /** Requests that come to nothing more often than not. */
  async #tryAnything(): Promise<void> {
    const { below, pick } = this.#chance;
    for (let i = 0; i < 3 && this.#posed.length > 0; i++) {
      const recent = this.#posed.slice(-8 * this.#size.questions);
      const { index } = pick(recent);
      await pick([
        () => this.#try("appeal anyhow", () => this.#engine.appeal(index, below(PURSES))),
        () => this.#try("budget spent anyhow", () => this.#engine.spendBudget(index)),
        () => this.#try("canary opened anyhow", () => this.#engine.openCanary(index)),
        () => this.#try("reclaimed", () => this.#engine.reclaim(index)),
        () => this.#try("left", () => this.#engine.leave([below(this.#characters.length + 1)]), 0.05),
      ])();
    }
  }

  async #ask(): Promise<void> {
    const { below, holds, pick, real } = this.#chance;
    const { outcomes, maxRounds } = this.#engine.rules;
    const count = below(2 * this.#size.questions + 1);
    const posed = Array.from({ length: count }, (_, i) => {
      const truth = Math.min(below(outcomes), below(outcomes));
      const answer = pick([truth, truth, below(outcomes), null]);
      const canary = holds(0.35) ? { canary: { answer } } : {};
      const asked = { purse: below(PURSES), budgetRounds: holds(0.4) ? below(maxRounds) : 0, ...canary };
      const difficulty = holds(0.08) ? 1 : holds(0.5) ? 0 : real();
      return { index: this.#posed.length + i, asked, truth, difficulty, voteEpoch: 0, verdict: null, against: [] };
    });
    await this.#try("asked", async () => {
      await this.#engine.ask(posed.map(({ asked }) => asked));
      this.#posed.push(...posed);
    });
  }

  async #comeAndGo(): Promise<void> {
    await this.#enrol(1 + this.#chance.below(2));
    const leaving = this.#chance.below(this.#characters.length);
    await this.#try("left", () => this.#engine.leave([leaving]));
  }

  async #enrol(count: number): Promise<void> {
    const { below, pick } = this.#chance;
    const newcomers = Array.from({ length: count }, () => {
      // From the least that counts for anything to several seats, and not in whole units.
      const stake = (this.#size.stake * BigInt(pick([1, 2, 5, 10, 10, 10, 20, 40]))) / 10n;
      return { stake: stake + BigInt(below(1_000_000)) };
    });
    const enrolled = await this.#engine.enrol(newcomers);
    for (const agent of enrolled) this.#characters[agent] = pick(CHARACTERS);
    for (const { stake } of newcomers) this.deposited += stake;
    this.#note("enrolled", count);
  }

  #opinion({ accuracy, abstains }: Character, { truth, difficulty }: Posed): number | null {
    const { below, holds } = this.#chance;
    if (holds(abstains) || difficulty === 1) return null;
    return holds(accuracy * (1 - difficulty / 2)) ? truth : below(this.#engine.rules.outcomes);
  }

  async #try(what: string, act: () => Promise<void>, probability = 1): Promise<void> {
    if (!this.#chance.holds(probability)) return;
    try {
      await act();
      this.#note(what);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#note(`refused: ${error.reason}`);
    }
  }

  #note(what: string, times = 1): void {
    if (times > 0) this.seen.set(what, (this.seen.get(what) ?? 0) + times);
  }
}
