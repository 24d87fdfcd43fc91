import { keccak, toBytes } from "@assay/protocol";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import type { RandomGenerator } from "pure-rand/types/RandomGenerator";

/**
 * A stream of chance that follows from a seed and a label, and from nothing else: who adds a consumer with a label of its own
 * changes nobody else's draws.
 */
export interface Chance {
  /** For distributions of pure-rand; draws from this same stream. */
  readonly generator: RandomGenerator;
  /** Below 1. */
  readonly real: () => number;
  /** An integer of [0, count). @param count at least 1 */
  readonly below: (count: number) => number;
  /** True with this probability. */
  readonly holds: (probability: number) => boolean;
  /** Mean 0, standard deviation 1. */
  readonly normal: () => number;
  /** One of a list that is not empty. */
  readonly pick: <T>(list: readonly T[]) => T;
  /** An index, with a probability in proportion to its weight. @param weights not negative, not all 0 */
  readonly weighted: (weights: readonly number[]) => number;
  /** A shuffled copy. */
  readonly shuffle: <T>(list: readonly T[]) => T[];
}

/**
 * The stream of a label.
 * @param seed of the simulation
 * @param label unique to the consumer, e.g. `strategy/random/3`
 * @example
 * chanceOf(1, "items").shuffle([0, 1, 2]);
 */
export function chanceOf(seed: number, label: string): Chance {
  const digest = toBytes(keccak(new TextEncoder().encode(`${seed}/${label}`)));
  const words = new DataView(digest.buffer, digest.byteOffset);
  return chanceFrom(xoroshiro128plusFromState([0, 4, 8, 12].map((at) => words.getInt32(at))));
}

function chanceFrom(generator: RandomGenerator): Chance {
  const real = () => uniformFloat64(generator);
  const below = (count: number) => uniformInt(generator, 0, count - 1);
  return {
    generator,
    real,
    below,
    holds: (probability) => real() < probability,
    normal: () => Math.sqrt(-2 * Math.log(1 - real())) * Math.cos(2 * Math.PI * real()),
    pick: <T>(list: readonly T[]) => list[below(list.length)] as T,
    weighted: (weights) => {
      let rest = real() * weights.reduce((total, weight) => total + weight, 0);
      const chosen = weights.findIndex((weight) => (rest -= weight) < 0);
      // Rounding may leave a rest beyond the last.
      return chosen < 0 ? weights.findLastIndex((weight) => weight > 0) : chosen;
    },
    shuffle: <T>(list: readonly T[]) => {
      const shuffled = [...list];
      for (let i = shuffled.length - 1; i > 0; i--) {
        const j = below(i + 1);
        [shuffled[i], shuffled[j]] = [shuffled[j] as T, shuffled[i] as T];
      }
      return shuffled;
    },
  };
}
