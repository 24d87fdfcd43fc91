import assert from "node:assert/strict";
import { describe, it } from "node:test";
import SVM from "libsvm-js/asm.js";
import { randomBelow, randomFor } from "../random.ts";
import { hyperplane } from "./support-vector-machine.ts";
import { dot } from "./vectorizer.ts";

describe("hyperplane", () => {
  // Which class comes first in the examples decides the signs inside the model.
  for (const first of [0, 1]) {
    it(`agrees with LIBSVM's own answers when class ${first} comes first`, () => {
      const random = randomFor(first, "svm");
      const point = (): number[] => Array.from({ length: 4 }, () => randomBelow(random, 2001) / 1000 - 1);
      const label = ([x = 0, y = 0, z = 0]: number[]): number => (x + 2 * y - z > 0.2 ? 1 : 0);
      const points = Array.from({ length: 120 }, point).sort((p, q) => (label(p) - label(q)) * (first === 0 ? 1 : -1));
      const svm = new SVM({ kernel: SVM.KERNEL_TYPES.LINEAR, type: SVM.SVM_TYPES.C_SVC, cost: 1, quiet: true });
      svm.train(points, points.map(label));
      const { weights, offset } = hyperplane(svm.serializeModel(), 4);
      for (const fresh of Array.from({ length: 200 }, point)) {
        const distance = dot(weights, fresh) + offset;
        // The serialised model has fewer digits than the one in memory.
        if (Math.abs(distance) > 1e-4) assert.equal(distance > 0 ? 1 : 0, svm.predictOne(fresh));
      }
      svm.free();
    });
  }
});
