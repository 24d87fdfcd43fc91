import FeedForwardNeuralNetwork, { type LayerModel, type NetworkModel } from "ml-fnn";
import { Matrix } from "ml-matrix";
import { randomBelow, type RandomGenerator } from "../random.ts";
import type { Example, Features } from "./features.ts";
import type { Scorer } from "./classifier.ts";
import { dot, fitStandardizer, fitTfIdf } from "./vectorizer.ts";

const VOCABULARY = 200;
const HIDDEN = 12;
const ITERATIONS = 120;
const LEARNING_RATE = 0.01;
const REGULARIZATION = 0.3;
const OUTPUTS = 2;

/** A neural network with one hidden layer of tanh units, on words and style together. */
export function trainNeuralNetwork(examples: readonly Example[], random: RandomGenerator): Scorer {
  const words = fitTfIdf(examples, VOCABULARY);
  const style = fitStandardizer(examples.map(({ features }) => features.style));
  const input = (features: Features): number[] => [
    ...words(features).map((value) => value * 3),
    ...style(features.style).map((value) => value / 3),
  ];
  // Sorted by class, so that output 0 is ham and output 1 is spam: the library numbers outputs by first appearance.
  const sorted = [...examples].sort((x, y) => x.truth - y.truth);
  const rows = sorted.map(({ features }) => input(features));
  const network = FeedForwardNeuralNetwork.load(initialNetwork(rows[0]?.length ?? 0, random));
  network.train(
    rows,
    sorted.map(({ truth }) => truth),
  );
  const [hiddenLayer, outputLayer] = network.toJSON().layers.map(denseLayer);
  if (hiddenLayer === undefined || outputLayer === undefined) throw new Error("ml-fnn: expected two layers");
  return (features) => {
    const activations = weightedSums(hiddenLayer, input(features)).map(Math.tanh);
    const [ham = 0, spam = 0] = weightedSums(outputLayer, activations);
    return spam - ham;
  };
}

interface DenseLayer {
  readonly columns: readonly (readonly number[])[];
  readonly bias: readonly number[];
}

function denseLayer({ W, b }: LayerModel): DenseLayer {
  return { columns: Matrix.checkMatrix(W).transpose().to2DArray(), bias: Matrix.checkMatrix(b).to1DArray() };
}

function weightedSums({ columns, bias }: DenseLayer, input: readonly number[]): number[] {
  return columns.map((column, i) => dot(column, input) + (bias[i] as number));
}

/** Weights from the seed: the library would take them from Math.random. */
function initialNetwork(inputs: number, random: RandomGenerator): NetworkModel {
  const layer = (inputSize: number, outputSize: number): LayerModel => ({
    model: "Layer",
    inputSize,
    outputSize,
    epsilon: LEARNING_RATE,
    regularization: REGULARIZATION,
    activation: "tanh",
    W: Array.from({ length: inputSize }, () =>
      Array.from({ length: outputSize }, () => (randomBelow(random, 2 ** 31) / 2 ** 30 - 1) / Math.sqrt(inputSize)),
    ),
    b: [new Array<number>(outputSize).fill(0)],
  });
  return {
    model: "FNN",
    hiddenLayers: [HIDDEN],
    iterations: ITERATIONS,
    learningRate: LEARNING_RATE,
    regularization: REGULARIZATION,
    activation: "tanh",
    layers: [layer(inputs, HIDDEN), layer(HIDDEN, OUTPUTS)],
  };
}
