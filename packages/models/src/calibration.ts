/** Maps a raw score to the probability of outcome 1. */
export type Calibration = (score: number) => number;

const ITERATIONS = 50;
const RIDGE = 1e-9;
const MIN_STEP = 1e-8;

/**
 * Platt scaling: fits P(1 | score) = 1 / (1 + exp(a * z + b)) by Newton's method on the standardised score z.
 * Targets are smoothed by the class counts, so that few examples never give a probability of 0 or 1.
 * Source: Lin, Lin, Weng, "A note on Platt's probabilistic outputs for support vector machines", 2007.
 */
export function fitCalibration(scores: readonly number[], truths: readonly number[]): Calibration {
  const { mean, deviation } = moments(scores);
  const z = scores.map((score) => (score - mean) / deviation);
  const positives = truths.filter((truth) => truth === 1).length;
  const negatives = truths.length - positives;
  const high = (positives + 1) / (positives + 2);
  const low = 1 / (negatives + 2);
  const targets = truths.map((truth) => (truth === 1 ? high : low));

  let a = 0;
  let b = Math.log((negatives + 1) / (positives + 1));
  let loss = crossEntropy(z, targets, a, b);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    let [aa, ab, bb, ga, gb] = [RIDGE, 0, RIDGE, 0, 0];
    z.forEach((value, i) => {
      const p = sigmoid(-(a * value + b));
      const weight = p * (1 - p);
      const error = (targets[i] as number) - p;
      aa += value * value * weight;
      ab += value * weight;
      bb += weight;
      ga += value * error;
      gb += error;
    });
    const determinant = aa * bb - ab * ab;
    const stepA = -(bb * ga - ab * gb) / determinant;
    const stepB = -(aa * gb - ab * ga) / determinant;
    let size = 1;
    let next = crossEntropy(z, targets, a + stepA, b + stepB);
    while (next > loss && size > MIN_STEP) {
      size /= 2;
      next = crossEntropy(z, targets, a + size * stepA, b + size * stepB);
    }
    if (next >= loss) break;
    a += size * stepA;
    b += size * stepB;
    loss = next;
  }
  return (score) => sigmoid(-(a * ((score - mean) / deviation) + b));
}

export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

function crossEntropy(z: readonly number[], targets: readonly number[], a: number, b: number): number {
  return z.reduce((sum, value, i) => {
    const f = a * value + b;
    // log(1 + exp(f)) without overflow.
    return sum + (targets[i] as number) * f + Math.max(-f, 0) + Math.log1p(Math.exp(-Math.abs(f)));
  }, 0);
}

function moments(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) || 1 };
}
