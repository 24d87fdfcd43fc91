import naiveBayes from "wink-naive-bayes-text-classifier";
import type { Example, Features } from "./features.ts";
import type { Scorer } from "./classifier.ts";

/** Multinomial naive Bayes on words, counting repetitions. */
export function trainNaiveBayes(examples: readonly Example[]): Scorer {
  return train(examples, repeatedWords, { considerOnlyPresence: false, smoothingFactor: 0.5 });
}

/** Binarised naive Bayes on character n-grams: reads through obfuscated spelling and any language. */
export function trainGramNaiveBayes(examples: readonly Example[]): Scorer {
  return train(examples, ({ grams }) => grams, { considerOnlyPresence: true, smoothingFactor: 0.1 });
}

function train(
  examples: readonly Example[],
  tokens: (features: Features) => readonly string[],
  config: { considerOnlyPresence: boolean; smoothingFactor: number },
): Scorer {
  const classifier = naiveBayes();
  classifier.definePrepTasks([(input) => input]);
  classifier.defineConfig(config);
  for (const { features, truth } of examples) classifier.learn(tokens(features), truth === 1 ? "spam" : "ham");
  classifier.consolidate();
  return (features) => {
    const known = tokens(features);
    const odds = classifier.computeOdds(known).find(([label]) => label === "spam")?.[1] ?? 0;
    // Naive Bayes counts dependent evidence again and again: the root keeps long messages comparable.
    return odds / Math.sqrt(known.length + 1);
  };
}

function repeatedWords({ words }: Features): string[] {
  return [...words].flatMap(([word, times]) => new Array<string>(times).fill(word));
}
