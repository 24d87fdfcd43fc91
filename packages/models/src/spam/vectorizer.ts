import type { Example, Features } from "./features.ts";

/** Turns a message into a vector of unit length (or zero). */
export type Vectorizer = (features: Features) => number[];

/** Words in fewer messages than this are chance. */
const MIN_DOCUMENTS = 2;

/**
 * TF-IDF over the words that tell spam from ham best in the examples (highest chi-squared statistic of
 * presence against class), with logarithmic term frequency and unit length.
 */
export function fitTfIdf(examples: readonly Example[], size: number): Vectorizer {
  const words = informativeWords(examples, size);
  const index = new Map(words.map(({ word }, i) => [word, i]));
  const idf = words.map(({ documents }) => 1 + Math.log(examples.length / documents));
  return (features) => {
    const vector = new Array<number>(words.length).fill(0);
    for (const [word, times] of features.words) {
      const i = index.get(word);
      if (i !== undefined) vector[i] = (1 + Math.log(times)) * (idf[i] as number);
    }
    return normalized(vector);
  };
}

function informativeWords(examples: readonly Example[], size: number): { word: string; documents: number }[] {
  const perWord = new Map<string, [ham: number, spam: number]>();
  for (const { features, truth } of examples) {
    for (const word of features.words.keys()) {
      const documents = perWord.get(word) ?? [0, 0];
      documents[truth === 1 ? 1 : 0] += 1;
      perWord.set(word, documents);
    }
  }
  const spam = examples.filter(({ truth }) => truth === 1).length;
  return [...perWord]
    .map(([word, [inHam, inSpam]]) => ({
      word,
      documents: inHam + inSpam,
      score: chiSquared(inSpam, inHam, spam - inSpam, examples.length - spam - inHam),
    }))
    .filter(({ documents }) => documents >= MIN_DOCUMENTS)
    .sort((x, y) => y.score - x.score || (x.word < y.word ? -1 : 1))
    .slice(0, size);
}

/** Chi-squared statistic of a two-by-two table. */
function chiSquared(a: number, b: number, c: number, d: number): number {
  const margins = (a + b) * (c + d) * (a + c) * (b + d);
  return margins === 0 ? 0 : ((a + b + c + d) * (a * d - b * c) ** 2) / margins;
}

function normalized(vector: number[]): number[] {
  const length = Math.sqrt(dot(vector, vector));
  return length === 0 ? vector : vector.map((value) => value / length);
}

export function dot(x: readonly number[], y: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i] as number) * (y[i] as number);
  return sum;
}

/** Scales each column to mean 0 and deviation 1 over the examples, clipped at three deviations. */
export function fitStandardizer(rows: readonly (readonly number[])[]): (row: readonly number[]) => number[] {
  const columns = (rows[0] ?? []).map((_, column) => {
    const values = rows.map((row) => row[column] as number);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    return { mean, deviation: Math.sqrt(variance) || 1 };
  });
  return (row) =>
    columns.map(({ mean, deviation }, i) => Math.max(-3, Math.min(3, ((row[i] as number) - mean) / deviation)));
}
