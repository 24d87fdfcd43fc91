import type { RandomGenerator } from "../random.ts";
import type { Example, Features } from "./features.ts";

/** A raw score of a message: the higher, the more it looks like spam. No fixed scale. */
export type Scorer = (features: Features) => number;

/** Learns a scorer from examples. Takes its randomness from `random` alone. */
export type Trainer = (examples: readonly Example[], random: RandomGenerator) => Scorer;
