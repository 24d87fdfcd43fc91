import { SimulatorError } from "../../errors.ts";
import type {
  AgentIndex,
  AgentView,
  Asked,
  Beat,
  Books,
  Committee,
  Engine,
  Events,
  Grind,
  PurseIndex,
  QuestionIndex,
  VerdictView,
} from "../engine.ts";
import { MemoryEngine } from "../memory/engine.ts";
import { Refusal } from "../refusal.ts";
import type { Rules } from "../rules.ts";
import { ChainEngine, type ChainOptions } from "./chain-engine.ts";
import { compare, describeDifferences } from "./differences.ts";

/** An engine, and what to call it where it differs. */
export interface Twin {
  readonly name: string;
  readonly engine: Engine;
}

/** What a call ended with. */
type Outcome<T> = { readonly value: T } | { readonly refused: Refusal };

/**
 * Two engines as one: each does all that is asked, and what they tell must be the same to the last unit, refusals included. Whenever an
 * epoch begins, and after its beats, all that can be read of them is compared as well: every agent, every question that is not final
 * or has just become so, statistics and books.
 */
export class TwinEngine implements Engine {
  readonly rules: Rules;
  readonly #left: Twin;
  readonly #right: Twin;
  #compared = 0;
  #agents: AgentIndex[] = [];
  /** Questions whose verdicts may still change. */
  readonly #open = new Set<QuestionIndex>();

  constructor(left: Twin, right: Twin) {
    this.rules = left.engine.rules;
    this.#left = left;
    this.#right = right;
  }

  /** Single values compared so far. */
  get compared(): number {
    return this.#compared;
  }

  epoch(): number {
    this.#require("epoch", this.#left.engine.epoch(), this.#right.engine.epoch());
    return this.#left.engine.epoch();
  }

  async enrol(newcomers: readonly { readonly stake: bigint }[]): Promise<readonly AgentIndex[]> {
    const agents = await this.#both("enrol", (engine) => engine.enrol(newcomers));
    this.#agents.push(...agents);
    return agents;
  }

  leave(agents: readonly AgentIndex[]): Promise<void> {
    return this.#both("leave", (engine) => engine.leave(agents));
  }

  async advance(grind?: Grind): Promise<Events> {
    const events = await this.#both("advance", (engine) => engine.advance(grind));
    await this.#compareState();
    return events;
  }

  committees(): Promise<readonly Committee[]> {
    return this.#both("committees", (engine) => engine.committees());
  }

  async beat(beats: readonly Beat[]): Promise<Events> {
    const events = await this.#both("beat", (engine) => engine.beat(beats));
    await this.#compareState();
    return events;
  }

  async ask(questions: readonly Asked[]): Promise<readonly QuestionIndex[]> {
    const asked = await this.#both("ask", (engine) => engine.ask(questions));
    for (const question of asked) this.#open.add(question);
    return asked;
  }

  appeal(question: QuestionIndex, purse: PurseIndex): Promise<void> {
    return this.#both(`appeal of question ${question}`, (engine) => engine.appeal(question, purse));
  }

  spendBudget(question: QuestionIndex): Promise<void> {
    return this.#both(`budget of question ${question}`, (engine) => engine.spendBudget(question));
  }

  openCanary(question: QuestionIndex): Promise<void> {
    return this.#both(`canary of question ${question}`, (engine) => engine.openCanary(question));
  }

  reclaim(question: QuestionIndex): Promise<void> {
    return this.#both(`reclaim of question ${question}`, (engine) => engine.reclaim(question));
  }

  verdicts(questions: readonly QuestionIndex[]): Promise<readonly VerdictView[]> {
    return this.#both(`verdicts of questions ${questions.join()}`, (engine) => engine.verdicts(questions));
  }

  agents(agents: readonly AgentIndex[]): Promise<readonly AgentView[]> {
    return this.#both("agents", (engine) => engine.agents(agents));
  }

  statistics(): Promise<{ readonly counts: readonly number[]; readonly participation: number }> {
    return this.#both("statistics", (engine) => engine.statistics());
  }

  books(): Promise<Books> {
    return this.#both("books", (engine) => engine.books());
  }

  async settleAll(agents: readonly AgentIndex[]): Promise<Events> {
    const events = await this.#both("settleAll", (engine) => engine.settleAll(agents));
    await this.#compareState();
    return events;
  }

  close(): Promise<void> {
    return this.#both("close", (engine) => engine.close());
  }

  /** @throws SimulatorError `ENGINES_DIFFER` */
  async #both<T>(what: string, act: (engine: Engine) => Promise<T>): Promise<T> {
    const [left, right] = await Promise.all([outcomeOf(act(this.#left.engine)), outcomeOf(act(this.#right.engine))]);
    const told = (outcome: Outcome<T>) => ("refused" in outcome ? { refused: outcome.refused.reason } : outcome);
    this.#require(what, told(left), told(right));
    if ("refused" in left) throw left.refused;
    return left.value;
  }

  async #compareState(): Promise<void> {
    const open = [...this.#open];
    const verdicts = await this.verdicts(open);
    verdicts.forEach(({ status }, i) => {
      if (status === "resolved" || status === "unresolved") this.#open.delete(open[i] as QuestionIndex);
    });
    await this.agents(this.#agents);
    await this.statistics();
    await this.books();
  }

  #require(what: string, left: unknown, right: unknown): void {
    const { compared, differences } = compare(left, right);
    this.#compared += compared;
    if (differences.length === 0) return;
    const names = { left: this.#left.name, right: this.#right.name };
    const lines = describeDifferences(differences, names);
    throw new SimulatorError("ENGINES_DIFFER", `${what} in epoch ${this.#left.engine.epoch()}:\n${lines}`);
  }
}

/**
 * The contracts and the rules in memory from the same seed, as one engine.
 * @throws Refusal `RULES`
 */
export async function createTwins(options: Omit<ChainOptions, "checked">): Promise<TwinEngine> {
  const chain = await ChainEngine.create({ ...options, checked: true });
  const memory = new MemoryEngine({ ...options, mode: "exact", ids: chain.ids });
  return new TwinEngine({ name: "memory", engine: memory }, { name: "chain", engine: chain });
}

async function outcomeOf<T>(acting: Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await acting };
  } catch (error) {
    if (error instanceof Refusal) return { refused: error };
    throw error;
  }
}
