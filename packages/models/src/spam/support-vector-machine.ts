import SVM from "libsvm-js/asm.js";
import type { Example } from "./features.ts";
import type { Scorer } from "./classifier.ts";
import { dot, fitTfIdf } from "./vectorizer.ts";

const VOCABULARY = 600;
const COST = 1;

/** Linear support vector machine (LIBSVM, C-SVC) on TF-IDF words. */
export function trainSupportVectorMachine(examples: readonly Example[]): Scorer {
  const vectorize = fitTfIdf(examples, VOCABULARY);
  const svm = new SVM({
    kernel: SVM.KERNEL_TYPES.LINEAR,
    type: SVM.SVM_TYPES.C_SVC,
    cost: COST,
    quiet: true,
  });
  svm.train(
    examples.map(({ features }) => vectorize(features)),
    examples.map(({ truth }) => truth),
  );
  const { weights, offset } = hyperplane(svm.serializeModel(), VOCABULARY);
  svm.free();
  return (features) => dot(vectorize(features), weights) + offset;
}

/**
 * The decision function of a serialised linear LIBSVM model, positive on the side of class 1. The library gives
 * class labels only, and its probability estimates depend on a random generator that cannot be seeded.
 */
export function hyperplane(model: string, size: number): { weights: number[]; offset: number } {
  const [head = "", body = ""] = model.split("\nSV\n");
  const field = (name: string): number => Number(new RegExp(`^${name} (\\S+)`, "m").exec(head)?.[1] ?? Number.NaN);
  const sign = field("label") === 1 ? 1 : -1;
  const weights = new Array<number>(size).fill(0);
  for (const line of body.trim().split("\n")) {
    const [coefficient, ...entries] = line.trim().split(" ");
    for (const entry of entries) {
      const [position, value] = entry.split(":");
      const i = Number(position) - 1;
      weights[i] = (weights[i] ?? 0) + sign * Number(coefficient) * Number(value);
    }
  }
  return { weights, offset: -sign * field("rho") };
}
