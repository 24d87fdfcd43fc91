import { STRATEGIES } from "../strategies/strategies.ts";

const WIDTH = 14;

/** Every strategy with its settings, for `--help`. */
export function strategiesHelp(): string {
  const lines = [...STRATEGIES.values()].flatMap(({ name, description, settings }) => [
    `  ${name.padEnd(WIDTH)} ${description}`,
    ...Object.entries(settings).map(
      ([key, { meaning, default: usual, min, max }]) =>
        `  ${"".padEnd(WIDTH)}   ${key}=${usual}  ${meaning} (${min} to ${max})`,
    ),
  ]);
  return `Strategies, and their settings with defaults:\n${lines.join("\n")}\n`;
}
