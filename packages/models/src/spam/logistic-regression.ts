import LogisticRegression from "ml-logistic-regression";
import { Matrix } from "ml-matrix";
import type { Example } from "./features.ts";
import type { Scorer } from "./classifier.ts";
import { dot, fitTfIdf } from "./vectorizer.ts";

const VOCABULARY = 500;
/** Stopping early is the regularisation: the library has no other. */
const STEPS = 100;
const LEARNING_RATE = 0.8;

/** Logistic regression on TF-IDF words. */
export function trainLogisticRegression(examples: readonly Example[]): Scorer {
  const vectorize = fitTfIdf(examples, VOCABULARY);
  const rows = examples.map(({ features }) => [1, ...vectorize(features)]);
  const regression = new LogisticRegression({ numSteps: STEPS, learningRate: LEARNING_RATE });
  regression.train(new Matrix(rows), Matrix.columnVector(examples.map(({ truth }) => truth)));
  // Classifier 0 tells class 0 (ham) from the rest and so rises with spam.
  const weights = regression.classifiers[0]?.weights.to1DArray() ?? [];
  return (features) => dot(weights, [1, ...vectorize(features)]);
}
