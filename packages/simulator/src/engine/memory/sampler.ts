import type { Chance } from "../../chance.ts";
import type { AgentIndex } from "../engine.ts";
import type { Member } from "./seats.ts";

/** Classes of stake by the power of two below it: allocations have 44 bits. */
const CLASSES = 45;
/** Agents that draw a seat with a lower chance than this are found by chance, the others are tried one by one. */
const LARGEST_CHANCE = 1 / 2;
/** Bound of `-ln(1 - p) / p` for such chances: it grows with `p`. */
const THINNING = -Math.log1p(-LARGEST_CHANCE) / LARGEST_CHANCE;

/** A draw: what `seatsOf` of the protocol depends on, but for the hash. */
interface Offer {
  /** k'. */
  readonly offered: number;
  /** Units that agents have in all. */
  readonly total: number;
  /** Units that count for an agent: as in the table, or fewer. */
  readonly backed: (agent: AgentIndex) => number;
}

/**
 * Draws committees by their exact law: agent `i` has `floor(k's/S)` seats, and one more with the probability of the remainder,
 * independently of all others. Takes time in proportion to the seats, whatever the number of agents.
 *
 * Agents are ordered by classes of stake. Those of classes that may have a chance of a half or more are tried one by one: there are at
 * most `4 k'` of them. Of the rest, points of a Poisson process over their cumulative stake pick agents, and each point stands with the
 * probability that leaves agent `i` points at a rate of `-ln(1 - p_i)`: so it has at least one with probability `p_i` exactly, and the
 * parts of a Poisson process are independent.
 */
export class SeatSampler {
  /** Agents with stake, by class ascending. */
  readonly #agents: Uint32Array;
  /** Units of the agents up to and with each. */
  readonly #sums: Float64Array;
  /** Units of each. */
  readonly #units: Float64Array;
  /** Where each class begins. */
  readonly #starts = new Uint32Array(CLASSES + 1);
  /** Number of the draw in which an agent was last found. */
  readonly #found: Uint32Array;
  #draws = 0;

  /**
   * @param units of each agent, below 2^44; 0 of those who have no part
   * @param count of agents
   */
  constructor(units: Float64Array, count: number) {
    for (let agent = 0; agent < count; agent++) {
      const stake = units[agent] as number;
      if (stake > 0) this.#starts[classOf(stake) + 1]!++;
    }
    for (let c = 0; c < CLASSES; c++) this.#starts[c + 1]! += this.#starts[c] as number;
    const staked = this.#starts[CLASSES] as number;
    this.#agents = new Uint32Array(staked);
    this.#sums = new Float64Array(staked);
    this.#units = units;
    this.#found = new Uint32Array(count);
    const next = this.#starts.slice();
    for (let agent = 0; agent < count; agent++) {
      const stake = units[agent] as number;
      if (stake > 0) this.#agents[next[classOf(stake)]!++] = agent;
    }
    let sum = 0;
    for (let i = 0; i < staked; i++) this.#sums[i] = sum += units[this.#agents[i] as number] as number;
  }

  /** A committee, by agent ascending. */
  draw(chance: Chance, { offered, total, backed }: Offer): Member[] {
    if (total === 0) return [];
    const rate = offered / total;
    let large = 0;
    while (large < CLASSES && rate * 2 ** (large + 1) <= LARGEST_CHANCE) large++;
    const end = this.#starts[large] as number;
    const members = this.#drawSmall(chance, rate, end, backed);
    for (let i = end; i < this.#agents.length; i++) {
      const agent = this.#agents[i] as number;
      const expected = rate * backed(agent);
      const whole = Math.floor(expected);
      const seats = whole + (chance.real() < expected - whole ? 1 : 0);
      if (seats > 0) members.push({ agent, seats });
    }
    return members.sort((a, b) => a.agent - b.agent);
  }

  /** @param rate chance of a unit @param end of the part of the table that is drawn from */
  #drawSmall(chance: Chance, rate: number, end: number, backed: Offer["backed"]): Member[] {
    const members: Member[] = [];
    if (end === 0) return members;
    const draw = ++this.#draws;
    const stake = this.#sums[end - 1] as number;
    for (let at = gap(chance, rate); at < stake; at += gap(chance, rate)) {
      const agent = this.#agents[this.#find(at, end)] as number;
      const probability = rate * backed(agent);
      const kept = -Math.log1p(-probability) / (THINNING * rate * (this.#units[agent] as number));
      if (chance.real() >= kept || this.#found[agent] === draw) continue;
      this.#found[agent] = draw;
      members.push({ agent, seats: 1 });
    }
    return members;
  }

  /** Place of the agent whose units hold this point of the cumulative stake. */
  #find(at: number, end: number): number {
    let [low, high] = [0, end - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sums[middle] as number) > at) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** Units up to the next point. */
function gap(chance: Chance, rate: number): number {
  return -Math.log1p(-chance.real()) / (THINNING * rate);
}

/** Whole part of the logarithm to base 2, exactly. */
function classOf(units: number): number {
  const high = Math.floor(units / 2 ** 22);
  return high === 0 ? 31 - Math.clz32(units) : 53 - Math.clz32(high);
}
