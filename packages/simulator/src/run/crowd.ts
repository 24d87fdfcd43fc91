import { chanceOf } from "../chance.ts";
import type { AgentIndex } from "../engine/engine.ts";
import { PANEL_SIZE } from "../model/result.ts";
import type { Player } from "./player.ts";

/** So many agents are asked for what they would say to every item, for baselines; of more, a sample. */
const CROWD_SIZE = 500;

/** The agents whose answers to every item are kept. */
export class Crowd {
  readonly players: Player[] = [];
  readonly #indices = new Map<AgentIndex, number>();

  /** @param everybody at the start, of which at most {@link CROWD_SIZE} are kept */
  constructor(everybody: readonly Player[], seed: number) {
    const chosen =
      everybody.length <= CROWD_SIZE
        ? everybody
        : chanceOf(seed, "crowd")
            .shuffle(everybody)
            .slice(0, CROWD_SIZE)
            .sort((a, b) => a.agent - b.agent);
    chosen.forEach((player) => this.add(player));
  }

  add(player: Player): void {
    this.#indices.set(player.agent, this.players.length);
    this.players.push(player);
  }

  indexOf(player: Player): number | undefined {
    return this.#indices.get(player.agent);
  }

  /** Indices of members of every strategy, the more there are the more, at most {@link PANEL_SIZE}. */
  panel(): number[] {
    const kinds = [...Map.groupBy(this.players.keys(), (i) => this.players[i]?.person.strategy)].map(([, of]) => of);
    const chosen: number[] = [];
    const size = Math.min(PANEL_SIZE, this.players.length);
    const share = size / this.players.length;
    for (const of of kinds) chosen.push(...of.slice(0, Math.max(1, Math.floor(of.length * share))));
    return chosen.slice(0, size).sort((a, b) => a - b);
  }
}
