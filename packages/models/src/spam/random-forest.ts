import { RandomForestClassifier } from "ml-random-forest";
import { randomBelow, type RandomGenerator } from "../random.ts";
import type { Example } from "./features.ts";
import type { Scorer } from "./classifier.ts";

const TREES = 25;
const FEATURES_PER_TREE = 0.4;
const MAX_DEPTH = 8;
const MIN_SAMPLES = 4;

/** Random forest on layout and typography: it never reads a word. */
export function trainRandomForest(examples: readonly Example[], random: RandomGenerator): Scorer {
  const forest = new RandomForestClassifier({
    seed: randomBelow(random, 2 ** 31),
    nEstimators: TREES,
    maxFeatures: FEATURES_PER_TREE,
    replacement: false,
    useSampleBagging: true,
    noOOB: true,
    treeOptions: { maxDepth: MAX_DEPTH, minNumSamples: MIN_SAMPLES },
  });
  forest.train(
    examples.map(({ features }) => [...features.style]),
    examples.map(({ truth }) => truth),
  );
  return (features) => {
    const votes = forest.predictionValues([[...features.style]]).getRow(0);
    return votes.reduce((sum, vote) => sum + vote, 0) / votes.length;
  };
}
