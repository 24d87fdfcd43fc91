import type { Trainer } from "./classifier.ts";
import { trainCompression } from "./compression.ts";
import { trainKeywords } from "./keywords.ts";
import { trainLogisticRegression } from "./logistic-regression.ts";
import { trainGramNaiveBayes, trainNaiveBayes } from "./naive-bayes.ts";
import { trainNearestNeighbours } from "./nearest-neighbours.ts";
import { trainNeuralNetwork } from "./neural-network.ts";
import { trainRandomForest } from "./random-forest.ts";
import { trainSentiment } from "./sentiment.ts";
import { trainSupportVectorMachine } from "./support-vector-machine.ts";

/** Every kind of spam classifier. */
export const SPAM_TRAINERS = {
  "naive-bayes": trainNaiveBayes,
  "gram-naive-bayes": trainGramNaiveBayes,
  "logistic-regression": trainLogisticRegression,
  "support-vector-machine": trainSupportVectorMachine,
  "nearest-neighbours": trainNearestNeighbours,
  "random-forest": trainRandomForest,
  "neural-network": trainNeuralNetwork,
  compression: trainCompression,
  sentiment: trainSentiment,
  keywords: trainKeywords,
} as const satisfies Record<string, Trainer>;

export type SpamKind = keyof typeof SPAM_TRAINERS;
