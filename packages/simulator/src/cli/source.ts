import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { Source } from "../model/config.ts";
import { bad, readNumber, readPairs } from "./settings.ts";

const OPTION = "--data";

type Synthetic = Extract<Source, { kind: "synthetic" }>;

/** A panel of a hundred that is right three times in four. */
export const SYNTHETIC: Synthetic = {
  kind: "synthetic",
  items: 600,
  outcomes: 2,
  accuracy: 0.75,
  spread: 0.08,
  correlation: 0.1,
  prevalence: 0.5,
  density: 1,
};

/**
 * Reads a source: a folder with answers.csv and gold.csv, `spam`, `language`, or `synthetic` with settings behind a colon.
 * @throws SimulatorError `BAD_CONFIG`
 */
export function readSource(text: string, openAs: "candidates" | "claims"): Source {
  if (text === "spam" || text === "language") return { kind: "builtin", task: text };
  if (text === "synthetic") return SYNTHETIC;
  if (text.startsWith("synthetic:")) return readSynthetic(text.slice("synthetic:".length));
  const path = resolve(text);
  if (text === "" || statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw bad(OPTION, `"${text}" is neither spam, language, synthetic nor a folder`);
  }
  return { kind: "folder", path, openAs };
}

function readSynthetic(text: string): Synthetic {
  const given = readPairs(OPTION, text).map(([name, value]): [string, number] => {
    if (name === "kind" || !Object.hasOwn(SYNTHETIC, name)) {
      const there = Object.keys(SYNTHETIC).filter((key) => key !== "kind");
      throw bad(OPTION, `synthetic has no setting "${name}"; it has ${there.join(", ")}`);
    }
    return [name, readNumber(OPTION, `${name} of synthetic`, value, { min: 0, max: Infinity })];
  });
  return { ...SYNTHETIC, ...Object.fromEntries(given) };
}
