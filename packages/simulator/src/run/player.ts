import type { AgentIndex } from "../engine/engine.ts";
import type { Strategy } from "../strategies/strategy.ts";
import type { Person } from "./population.ts";

/** An agent in a run, with what became of it so far. */
export class Player {
  readonly agent: AgentIndex;
  readonly person: Person;
  readonly plays: Strategy;
  /** Groups whose offers it takes. */
  readonly takesFrom: ReadonlySet<number>;
  /** Of a seat, 1 = newcomer. */
  weight = 1;
  /** It has left. */
  gone = false;
  seats = 0;
  votes = 0;
  coherent = 0;
  forfeits = 0;
  /** Wei. */
  gain = 0n;
  loss = 0n;
  /** Of the items asked to which it has an answer, and whose truth is known. */
  known = 0;
  right = 0;

  constructor(agent: AgentIndex, person: Person, plays: Strategy, takesFrom: ReadonlySet<number>) {
    this.agent = agent;
    this.person = person;
    this.plays = plays;
    this.takesFrom = takesFrom;
  }
}
