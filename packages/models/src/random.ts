import { createHash } from "node:crypto";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import type { RandomGenerator } from "pure-rand/types/RandomGenerator";

export type { RandomGenerator };

/** A generator that depends on the seed and on what it is for, so that adding one use changes no other. */
export function randomFor(seed: number, purpose: string): RandomGenerator {
  const digest = createHash("sha256").update(`${seed}/${purpose}`).digest();
  return xoroshiro128plus(digest.readInt32BE(0));
}

/** Uniform integer in [0, below). */
export function randomBelow(random: RandomGenerator, below: number): number {
  return uniformInt(random, 0, below - 1);
}

/** A shuffled copy (Fisher-Yates). */
export function shuffle<T>(items: readonly T[], random: RandomGenerator): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = randomBelow(random, last + 1);
    const moved = result[last] as T;
    result[last] = result[other] as T;
    result[other] = moved;
  }
  return result;
}

/** @throws RangeError when the value is not a safe integer of at least `minimum`. */
export function requireInteger(name: string, value: number, minimum: number): void {
  if (!Number.isSafeInteger(value) || value < minimum) {
    throw new RangeError(`${name} must be an integer of at least ${minimum}, got ${value}`);
  }
}
