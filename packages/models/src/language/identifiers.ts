import { LANGUAGES } from "./languages.ts";

/** Scores of a text by language code, ISO 639-1 or 639-3; missing means nothing speaks for it. Higher is likelier. */
export type Identify = (text: string) => ReadonlyMap<string, number>;

export interface Identifier {
  /** True when its authors built it from the Declaration that the snippets come from. */
  readonly contaminated: boolean;
  load(): Promise<Identify>;
}

const CODES = LANGUAGES.map(({ code }) => code);
/** cld3 looks at this much of a text at most. */
const CLD3_MAX_BYTES = 512;
/** Milliseconds that cld3 may take to start; its own limit of three seconds is too short for a busy machine. */
const CLD3_TIMEOUT = 120_000;

/** Six language identifiers by different authors, with their own models inside; each is read from disk by `load` only. */
export const IDENTIFIERS = {
  cld3: {
    contaminated: false,
    load: async () => {
      const { loadModule } = await import("cld3-asm");
      const identifier = (await loadModule({ timeout: CLD3_TIMEOUT })).create(0, CLD3_MAX_BYTES);
      return (text) => {
        const { language, probability } = identifier.findLanguage(text);
        return new Map([[language, probability]]);
      };
    },
  },
  fasttext: {
    contaminated: false,
    load: async () => {
      const { getLIDModel } = await import("fasttext.wasm.js");
      const model = await (await getLIDModel()).load();
      return (text) => {
        const found = model.predict(text, -1, 0);
        return new Map(
          Array.from({ length: found.size() }, (_, i) => {
            const [probability, label] = found.get(i);
            return [label.replace("__label__", ""), probability];
          }),
        );
      };
    },
  },
  lande: {
    contaminated: false,
    load: async () => {
      const { default: lande } = await import("lande");
      return (text) => new Map(lande(text));
    },
  },
  eld: {
    contaminated: false,
    load: async () => {
      const { eld } = await import("eld/medium");
      return (text) => new Map(Object.entries(eld.detect(text).getScores()));
    },
  },
  // Its README: "Train with dataset from Tatoeba and UDHR".
  tinyld: {
    contaminated: true,
    load: async () => {
      const { detectAll } = await import("tinyld");
      return (text) => new Map(detectAll(text).map(({ lang, accuracy }) => [lang, accuracy]));
    },
  },
  // Its trigrams come from the package `trigrams`, which counts them in the Declaration.
  franc: {
    contaminated: true,
    load: async () => {
      const { francAll } = await import("franc");
      return (text) => new Map(francAll(text, { only: CODES }));
    },
  },
} as const satisfies Record<string, Identifier>;

export type LanguageKind = keyof typeof IDENTIFIERS;
