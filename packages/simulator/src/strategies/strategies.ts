import { SimulatorError } from "../errors.ts";
import { adaptive } from "./adaptive.ts";
import { briber } from "./briber.ts";
import { colluders } from "./colluders.ts";
import { copier } from "./copier.ts";
import { falseCanary } from "./false-canary.ts";
import { griefer } from "./griefer.ts";
import { grinder } from "./grinder.ts";
import { honest } from "./honest.ts";
import { idle } from "./idle.ts";
import { lazy } from "./lazy.ts";
import { prior } from "./prior.ts";
import { random } from "./random.ts";
import { replay } from "./replay.ts";
import { selfDealer } from "./self-dealer.ts";
import { sleeper } from "./sleeper.ts";
import type { StrategyKind } from "./strategy.ts";
import { sybils } from "./sybils.ts";
import { whitewasher } from "./whitewasher.ts";
import { withholder } from "./withholder.ts";

const KINDS: readonly StrategyKind[] = [
  honest,
  replay,
  lazy,
  prior,
  random,
  copier,
  colluders,
  adaptive,
  sybils,
  sleeper,
  whitewasher,
  idle,
  withholder,
  grinder,
  selfDealer,
  briber,
  falseCanary,
  griefer,
];

/** How agents play, by name. */
export const STRATEGIES: ReadonlyMap<string, StrategyKind> = new Map(KINDS.map((kind) => [kind.name, kind]));

/**
 * The strategy of a name.
 * @throws SimulatorError `UNKNOWN_STRATEGY` with what there is
 */
export function strategyKind(name: string): StrategyKind {
  const kind = STRATEGIES.get(name);
  if (kind !== undefined) return kind;
  throw new SimulatorError(
    "UNKNOWN_STRATEGY",
    `there is no strategy "${name}"; there are ${[...STRATEGIES.keys()].join(", ")}`,
  );
}

/**
 * All settings of a strategy, with its defaults where nothing is given.
 * @throws SimulatorError `UNKNOWN_STRATEGY` for a setting it does not have; `BAD_CONFIG` out of range
 */
export function settingsOf(
  { name, settings }: StrategyKind,
  given: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const unknown = Object.keys(given).find((key) => !Object.hasOwn(settings, key));
  if (unknown !== undefined) {
    const there = Object.keys(settings).join(", ");
    throw new SimulatorError(
      "UNKNOWN_STRATEGY",
      `${name} has no setting "${unknown}"; it has ${there === "" ? "none" : there}`,
    );
  }
  const resolved = Object.entries(settings).map(([key, { default: usual, min, max, integer }]): [string, number] => {
    const value = given[key] ?? usual;
    if (!(value >= min && value <= max) || (integer && !Number.isInteger(value))) {
      const kind = integer ? "an integer" : "a number";
      throw new SimulatorError("BAD_CONFIG", `${key} of ${name} must be ${kind} from ${min} to ${max}, got ${value}`);
    }
    return [key, value];
  });
  return Object.fromEntries(resolved);
}
