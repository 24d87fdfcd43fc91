import { SentimentIntensityAnalyzer } from "vader-sentiment";
import type { Scorer } from "./classifier.ts";

/** VADER compares every word with its neighbours: enough text for a mood. */
const MAX_TEXT = 800;
/** VADER's normalisation constant: compound = sum / sqrt(sum^2 + ALPHA). */
const ALPHA = 15;
/** VADER rounds to four digits. */
const MAX_COMPOUND = 0.9999;

/** Advertising is cheerful: the sum of VADER's word valences. A weak model, and meant to be one. */
export function trainSentiment(): Scorer {
  return ({ visible }) => {
    const { compound } = SentimentIntensityAnalyzer.polarity_scores(visible.slice(0, MAX_TEXT));
    // The compound score is all but 1 for most texts of this length: its normalisation is undone.
    const bounded = Math.max(-MAX_COMPOUND, Math.min(MAX_COMPOUND, compound));
    return bounded * Math.sqrt(ALPHA / (1 - bounded ** 2));
  };
}
