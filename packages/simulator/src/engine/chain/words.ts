import type { Hex } from "@assay/protocol";

/** Hex digits of an ABI word. */
const WORD = 64;
/** Hex digits of an address, and `0x`. */
const ADDRESS = 42;

/** A static argument. */
export type Value = bigint | number | Hex;

/** A value as an ABI word, in hex digits: integers and addresses to the right, fixed bytes to the left. */
export function wordOf(value: Value): string {
  if (typeof value !== "string") return value.toString(16).padStart(WORD, "0");
  const digits = value.slice(2).toLowerCase();
  return value.length === ADDRESS ? digits.padStart(WORD, "0") : digits.padEnd(WORD, "0");
}

/** What a dynamic argument of bytes is behind its offset: its length, and itself in whole words. */
export function bytesWords(bytes: Hex): string {
  const digits = bytes.slice(2);
  return wordOf(digits.length / 2) + digits.padEnd(Math.ceil(digits.length / WORD) * WORD, "0");
}

/** The words of a result. */
export function wordsIn(data: Hex): bigint[] {
  const words: bigint[] = [];
  for (let at = 2; at < data.length; at += WORD) words.push(BigInt(`0x${data.slice(at, at + WORD)}`));
  return words;
}
