// Types of the libraries that ship none, or none that resolve under nodenext, as far as they are used here.

declare module "wink-naive-bayes-text-classifier" {
  interface Classifier {
    definePrepTasks(tasks: readonly ((input: readonly string[]) => readonly string[])[]): number;
    defineConfig(config: { considerOnlyPresence: boolean; smoothingFactor: number }): boolean;
    learn(input: readonly string[], label: string): boolean;
    consolidate(): boolean;
    computeOdds(input: readonly string[]): [label: string, odds: number][];
  }
  export default function naiveBayes(): Classifier;
}

declare module "ml-logistic-regression" {
  import type { Matrix } from "ml-matrix";
  export default class LogisticRegression {
    constructor(options: { numSteps: number; learningRate: number });
    /** Weights of one-against-the-rest, one per class. */
    readonly classifiers: readonly { readonly weights: Matrix }[];
    train(features: Matrix, target: Matrix): void;
  }
}

declare module "libsvm-js/asm.js" {
  export default class SVM {
    static readonly KERNEL_TYPES: { readonly LINEAR: string };
    static readonly SVM_TYPES: { readonly C_SVC: string };
    constructor(options: { kernel: string; type: string; cost: number; quiet: boolean });
    train(samples: readonly (readonly number[])[], labels: readonly number[]): void;
    predictOne(sample: readonly number[]): number;
    serializeModel(): string;
    free(): void;
  }
}

declare module "ml-fnn" {
  import type { Matrix } from "ml-matrix";
  export interface LayerModel {
    readonly model: "Layer";
    readonly inputSize: number;
    readonly outputSize: number;
    readonly epsilon: number;
    readonly regularization: number;
    readonly activation: string;
    readonly W: number[][] | Matrix;
    readonly b: number[][] | Matrix;
  }
  export interface NetworkModel {
    readonly model: "FNN";
    readonly hiddenLayers: readonly number[];
    readonly iterations: number;
    readonly learningRate: number;
    readonly regularization: number;
    readonly activation: string;
    readonly layers: readonly LayerModel[];
  }
  export default class FeedForwardNeuralNetwork {
    static load(model: NetworkModel): FeedForwardNeuralNetwork;
    train(features: readonly (readonly number[])[], labels: readonly number[]): void;
    toJSON(): NetworkModel;
  }
}

declare module "vader-sentiment" {
  export const SentimentIntensityAnalyzer: {
    polarity_scores(text: string): { neg: number; neu: number; pos: number; compound: number };
  };
}

declare module "fasttext.wasm.js" {
  interface Model {
    /** The `count` likeliest labels (-1 for all) of at least probability `threshold`, likeliest first. */
    predict(
      text: string,
      count: number,
      threshold: number,
    ): {
      size(): number;
      get(index: number): [probability: number, label: string];
    };
  }
  export function getLIDModel(): Promise<{ load(): Promise<Model> }>;
}
