import { chanceOf } from "../../chance.ts";
import type { AgentIndex } from "../engine.ts";
import type { AgentTable } from "./agents.ts";
import type { Question } from "./questions.ts";
import { SeatSampler } from "./sampler.ts";
import type { Member, SeatSource } from "./seats.ts";

/** Committees by the law of the draw. No agent has a secret, and no question an id. */
export class SampledSeats implements SeatSource {
  readonly #seed: number;
  readonly #agents: AgentTable;
  #sampler: SeatSampler | null = null;
  #epoch = 0;
  #attempt = 0;

  constructor(seed: number, agents: AgentTable) {
    this.#seed = seed;
    this.#agents = agents;
  }

  asked(): void {}

  /** As good as any: the order of ids tells nothing of questions. */
  compare(a: number, b: number): number {
    return a - b;
  }

  advance(epoch: number, changed: boolean): void {
    this.#epoch = epoch;
    this.#attempt = 0;
    if (changed) this.#sampler = null;
  }

  reseed(attempt: number): void {
    this.#attempt = attempt;
  }

  revealed(): void {}

  draw(questions: readonly Question[], backed: (agent: AgentIndex) => number): Member[][] {
    const { units, count, total } = this.#agents;
    this.#sampler ??= new SeatSampler(units, count);
    const sampler = this.#sampler;
    const chance = chanceOf(this.#seed, `engine/seats/${this.#epoch}/${this.#attempt}`);
    return questions.map(({ offeredNow }) => sampler.draw(chance, { offered: offeredNow, total, backed }));
  }
}
