import {
  ALLOCATION_DELAY,
  type Evidence,
  MAX_ALLOCATION,
  ONE,
  PRIOR_AGAINST,
  PRIOR_FOR,
  seatWeight,
  updateEvidence,
} from "@assay/protocol";
import { UNIT } from "../domain.ts";
import type { AgentIndex } from "../engine.ts";
import { Refusal } from "../refusal.ts";

/** Changes of allocations that count from one epoch on. */
interface Changes {
  readonly agents: AgentIndex[];
  readonly units: number[];
  /** Of the total. */
  difference: number;
}

/** What a ballot's settlement does to an agent's account, wei. */
export interface AccountChange {
  readonly gain: bigint;
  readonly loss: bigint;
  readonly unlock: bigint;
}

/** All agents: accounts, allocations and trust, in arrays by index, so that a million of them fit. */
export class AgentTable {
  /** Wei. */
  readonly balance: bigint[] = [];
  /** Wei of the balance. */
  readonly locked: bigint[] = [];
  /** Allocation units that count in this epoch, below 2^44. */
  units = new Float64Array(0);
  /** Sum of `units`. */
  total = 0;
  readonly #weighted: boolean;
  /** Units that count once all changes do. */
  #latest = new Float64Array(0);
  #latestTotal = 0;
  #enrolled = new Int32Array(0);
  #alpha = new Uint16Array(0);
  #beta = new Uint16Array(0);
  #verdicts = new Uint16Array(0);
  readonly #changes = new Map<number, Changes>();

  /** @param weighted false: every seat weighs 1, whatever the trust in its agent */
  constructor(weighted: boolean) {
    this.#weighted = weighted;
  }

  get count(): number {
    return this.balance.length;
  }

  /**
   * @param stakes wei each
   * @returns the first one's index
   * @throws Refusal `STAKE`
   */
  enrol(stakes: readonly bigint[], epoch: number): AgentIndex {
    const units = stakes.map(unitsOf);
    const allUnits = units.reduce((sum, one) => sum + one, this.#latestTotal);
    if (allUnits > Number(MAX_ALLOCATION)) {
      throw new Refusal("STAKE", `a domain holds at most ${MAX_ALLOCATION} units of stake, not ${allUnits}`);
    }
    const first = this.count;
    this.#reserve(first + stakes.length);
    stakes.forEach((stake, i) => {
      this.balance.push(stake);
      this.locked.push(0n);
      this.#enrolled[first + i] = epoch;
      this.#allocate(first + i, units[i] as number, epoch);
    });
    return first;
  }

  hasLeft(agent: AgentIndex): boolean {
    return this.#latest[agent] === 0;
  }

  leave(agent: AgentIndex, epoch: number): void {
    this.#allocate(agent, 0, epoch);
  }

  /** Lets the changes count that do from this epoch on. @returns whether there were any */
  advance(epoch: number): boolean {
    const changes = this.#changes.get(epoch);
    if (changes === undefined) return false;
    changes.agents.forEach((agent, i) => (this.units[agent] = changes.units[i] as number));
    this.total += changes.difference;
    this.#changes.delete(epoch);
    return true;
  }

  /** Units that count in the next epoch. */
  totalAfter(epoch: number): number {
    return this.total + (this.#changes.get(epoch + 1)?.difference ?? 0);
  }

  /** Epoch of its enrolment. */
  enrolledIn(agent: AgentIndex): number {
    return this.#enrolled[agent] as number;
  }

  /** Units behind its seats if its balance becomes more by `net` (wei) before it commits. */
  backed(agent: AgentIndex, net: bigint): number {
    const backing = Number(((this.balance[agent] as bigint) + net) / UNIT);
    return Math.min(this.units[agent] as number, backing);
  }

  /** Wei that a ballot may lock. */
  free(agent: AgentIndex): bigint {
    return (this.balance[agent] as bigint) - (this.locked[agent] as bigint);
  }

  lock(agent: AgentIndex, amount: bigint): void {
    this.locked[agent] = (this.locked[agent] as bigint) + amount;
  }

  apply(agent: AgentIndex, { gain, loss, unlock }: AccountChange): void {
    this.balance[agent] = (this.balance[agent] as bigint) + gain - loss;
    this.locked[agent] = (this.locked[agent] as bigint) - unlock;
  }

  evidence(agent: AgentIndex): Evidence {
    return {
      alpha: this.#alpha[agent] as number,
      beta: this.#beta[agent] as number,
      verdicts: this.#verdicts[agent] as number,
    };
  }

  /** Of a seat, Q8. */
  weight(agent: AgentIndex): number {
    return this.#weighted ? seatWeight(this.evidence(agent)) : ONE;
  }

  /** Adds the evidence of one final question. @param quantity Q8, not 0 */
  score(agent: AgentIndex, agree: boolean, quantity: number): void {
    const { alpha, beta, verdicts } = updateEvidence(this.evidence(agent), agree, quantity);
    this.#alpha[agent] = alpha;
    this.#beta[agent] = beta;
    this.#verdicts[agent] = verdicts;
  }

  #allocate(agent: AgentIndex, units: number, epoch: number): void {
    const from = epoch + ALLOCATION_DELAY;
    const changes = this.#changes.get(from) ?? { agents: [], units: [], difference: 0 };
    this.#changes.set(from, changes);
    changes.agents.push(agent);
    changes.units.push(units);
    const difference = units - (this.#latest[agent] as number);
    changes.difference += difference;
    this.#latestTotal += difference;
    this.#latest[agent] = units;
  }

  /** Makes room, for as many again where it has to grow. */
  #reserve(count: number): void {
    const room = this.units.length;
    if (count <= room) return;
    const size = Math.max(count, 2 * room);
    const grown = <A extends { set(from: A): void }>(old: A, made: A): A => {
      made.set(old);
      return made;
    };
    this.units = grown(this.units, new Float64Array(size));
    this.#latest = grown(this.#latest, new Float64Array(size));
    this.#enrolled = grown(this.#enrolled, new Int32Array(size));
    this.#alpha = grown(this.#alpha, new Uint16Array(size).fill(PRIOR_FOR));
    this.#beta = grown(this.#beta, new Uint16Array(size).fill(PRIOR_AGAINST));
    this.#verdicts = grown(this.#verdicts, new Uint16Array(size));
  }
}

function unitsOf(stake: bigint): number {
  if (typeof stake !== "bigint" || stake < UNIT) {
    throw new Refusal("STAKE", `a stake must be at least ${UNIT} wei, got ${stake}`);
  }
  const units = stake / UNIT;
  if (units > MAX_ALLOCATION) {
    throw new Refusal("STAKE", `an agent allocates at most ${MAX_ALLOCATION} units of stake, not ${units}`);
  }
  return Number(units);
}
