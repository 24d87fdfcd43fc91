/** What the classifiers read of a message; computed once, however many of them ask. */
export interface Features {
  /** The message as it is, HTML source included, cut at MAX_LENGTH. */
  readonly source: string;
  /** What a reader would see of it: the source without markup. */
  readonly visible: string;
  /** Times that each word occurs. */
  readonly words: ReadonlyMap<string, number>;
  /** Distinct character n-grams of the visible text, in lower case. */
  readonly grams: readonly string[];
  /** Layout and typography in numbers, see `styleOf`. */
  readonly style: readonly number[];
}

export interface Example {
  readonly features: Features;
  /** 1 for spam, 0 for ham. */
  readonly truth: number;
}

/** Longer messages are judged by their beginning. */
const MAX_LENGTH = 12_000;
const GRAM_LENGTH = 5;
const MAX_GRAM_TEXT = 2_500;

/** Extracts features once per text. */
export class FeatureCache {
  readonly #features = new Map<string, Features>();

  get(text: string): Features {
    let features = this.#features.get(text);
    if (features === undefined) {
      features = extract(text);
      this.#features.set(text, features);
    }
    return features;
  }
}

function extract(text: string): Features {
  const source = text.slice(0, MAX_LENGTH);
  const visible = stripMarkup(source);
  const words = countWords(visible.toLowerCase());
  const style = styleOf(source, visible);
  let grams: string[] | undefined;
  return {
    source,
    visible,
    words,
    style,
    get grams() {
      grams ??= gramsOf(visible);
      return grams;
    },
  };
}

function stripMarkup(source: string): string {
  if (!/<\/?[a-z!]/i.test(source)) return source;
  return source
    .replace(/<(style|script)\b[\s\S]*?<\/\1>/gi, " ")
    .replace(/<!--[\s\S]*?-->/g, "")
    .replace(/<[^>]{0,2000}>/g, " ")
    .replace(/&nbsp;/gi, " ")
    .replace(/&amp;/gi, "&");
}

function countWords(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [word] of text.matchAll(/[a-z][a-z'-]{1,18}[a-z]|[$£€]\d|\d+%/g)) {
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

function gramsOf(visible: string): string[] {
  const text = visible.toLowerCase().replace(/\s+/g, " ").slice(0, MAX_GRAM_TEXT);
  const grams = new Set<string>();
  for (let start = 0; start + GRAM_LENGTH <= text.length; start++) grams.add(text.slice(start, start + GRAM_LENGTH));
  return [...grams];
}

/** Counts and shares that say how a message looks, not what it says. All non-negative. */
function styleOf(source: string, plain: string): number[] {
  const length = Math.max(plain.length, 1);
  const lines = plain.split("\n");
  const letters = Math.max(count(plain, /\p{L}/gu), 1);
  const words = plain.match(/\S+/g) ?? [];
  return [
    Math.log1p(plain.length),
    Math.log1p(lines.length),
    count(plain, /\p{Lu}/gu) / letters,
    words.filter((word) => /^[A-Z]{4,}$/.test(word)).length / Math.max(words.length, 1),
    count(plain, /\d/g) / length,
    count(plain, /!/g) / Math.sqrt(length),
    count(plain, /!{2,}/g),
    count(plain, /\?/g) / Math.sqrt(length),
    count(plain, /[$£€]/g) / Math.sqrt(length),
    count(plain, /%/g),
    lines.filter((line) => /^\s*[>|]/.test(line)).length / lines.length,
    count(plain, /\b(?:wrote|writes|said):/gi),
    count(source, /https?:\/\//gi),
    count(source, /https?:\/\/\d+\.\d+\.\d+\.\d+/gi),
    count(source, /<[a-z]+[\s>]/gi) / Math.sqrt(source.length + 1),
    count(source, /<(?:font|table|img)\b/gi),
    count(source, /mailto:/gi),
    count(plain, /\b[\w.+-]+@[\w.-]+\b/g),
    count(plain, /[{}();=]/g) / length,
    count(plain, /[*=_~-]{4,}/g),
    count(plain, /[^\p{ASCII}]/gu) / length,
    letters / Math.max(words.length, 1),
    lines.filter((line) => line.trim() === "").length / lines.length,
    count(plain, /\b\d{3}[-. ]\d{3}[-. ]\d{4}\b|\b1-\d{3}-/g),
    count(plain, /\b[a-z]+\d+[a-z\d]*\b/gi) / Math.max(words.length, 1),
  ];
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
