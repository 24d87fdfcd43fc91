import type { Example } from "./features.ts";
import type { Scorer } from "./classifier.ts";
import { dot, fitTfIdf } from "./vectorizer.ts";

const VOCABULARY = 800;
const NEIGHBOURS = 9;

/**
 * The k nearest examples by cosine similarity of TF-IDF words vote, each with its similarity. Searched one by one:
 * at this many dimensions a k-d tree, as libraries have it, visits nearly all the examples anyway.
 */
export function trainNearestNeighbours(examples: readonly Example[]): Scorer {
  const vectorize = fitTfIdf(examples, VOCABULARY);
  const known = examples.map(({ features, truth }) => ({ vector: vectorize(features), truth }));
  return (features) => {
    const vector = vectorize(features);
    const nearest = known
      .map((example) => ({ similarity: dot(vector, example.vector), vote: example.truth === 1 ? 1 : -1 }))
      .sort((x, y) => y.similarity - x.similarity)
      .slice(0, NEIGHBOURS);
    return nearest.reduce((sum, { similarity, vote }) => sum + similarity * vote, 0);
  };
}
