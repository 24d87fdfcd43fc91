import { deflateRawSync } from "node:zlib";
import type { Example } from "./features.ts";
import type { Scorer } from "./classifier.ts";

/** DEFLATE looks back no further than 32 KiB. */
const DICTIONARY_BYTES = 32_768;
const MAX_TEXT = 3_000;

/**
 * How much better a message compresses after known spam than after known ham, per byte.
 * Source: Bratko et al., "Spam filtering using statistical data compression models", 2006.
 */
export function trainCompression(examples: readonly Example[]): Scorer {
  const [ham, spam] = [0, 1].map((wanted) => dictionary(examples.filter(({ truth }) => truth === wanted)));
  return ({ source }) => {
    const text = Buffer.from(source.slice(0, MAX_TEXT));
    const size = (known: Buffer | undefined): number =>
      deflateRawSync(text, known === undefined ? {} : { dictionary: known }).length;
    return (size(ham) - size(spam)) / text.length;
  };
}

/** The beginnings of all the messages, each with an equal share of the room. */
function dictionary(examples: readonly Example[]): Buffer {
  const share = Math.floor(DICTIONARY_BYTES / Math.max(examples.length, 1));
  return Buffer.concat(examples.map(({ features }) => Buffer.from(features.source).subarray(0, share)));
}
