import type { AgentIndex, Asked, Engine, Events, QuestionIndex } from "../engine.ts";

/** Of each agent on each question: what it votes; `null` abstains. */
export type Choices = Readonly<Record<QuestionIndex, readonly (number | null)[]>>;

/** How agents beat otherwise than by revealing. */
export interface Unusual {
  readonly withhold?: readonly AgentIndex[];
  readonly silent?: readonly AgentIndex[];
}

const PLAIN: Asked = { purse: 0, budgetRounds: 0 };

/** An engine with some agents at a table: all of them beat, in order, unless told otherwise. */
export class Table {
  readonly engine: Engine;
  readonly agents: readonly AgentIndex[];

  private constructor(engine: Engine, agents: readonly AgentIndex[]) {
    this.engine = engine;
    this.agents = agents;
  }

  /** Enrols agents, and goes on to the epoch from whose next on their stake counts. */
  static async lay(engine: Engine, stakes: readonly bigint[]): Promise<Table> {
    const table = new Table(engine, await engine.enrol(stakes.map((stake) => ({ stake }))));
    await engine.advance();
    return table;
  }

  async ask(asked: Partial<Asked> = {}): Promise<QuestionIndex> {
    const [question] = await this.engine.ask([{ ...PLAIN, ...asked }]);
    return question as QuestionIndex;
  }

  /** The next epoch up to its beats. @returns what happened as it began, and in its beats */
  async epoch(choices: Choices = {}, unusual: Unusual = {}): Promise<readonly [Events, Events]> {
    const { withhold = [], silent = [] } = unusual;
    const begun = await this.engine.advance();
    const beats = this.agents
      .filter((agent) => !silent.includes(agent))
      .map((agent) => ({
        agent,
        reveal: !withhold.includes(agent),
        votes: Object.entries(choices).flatMap(([question, outcomes]) => {
          const outcome = outcomes[agent] ?? null;
          return outcome === null ? [] : [{ question: Number(question), outcome }];
        }),
      }));
    return [begun, await this.engine.beat(beats)];
  }

  /** Epochs in which nobody votes. @returns what happened as the last one began, and in its beats */
  async pass(epochs: number): Promise<readonly [Events, Events]> {
    for (let i = 1; i < epochs; i++) await this.epoch();
    return this.epoch();
  }

  /** Balances, wei. */
  async balances(): Promise<bigint[]> {
    return (await this.engine.agents(this.agents)).map(({ balance }) => balance);
  }

  async verdict(question: QuestionIndex) {
    const [verdict] = await this.engine.verdicts([question]);
    return verdict;
  }
}
