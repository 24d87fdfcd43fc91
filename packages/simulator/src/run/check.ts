import { DOMAIN_BOUNDS } from "@assay/protocol";
import { UNIT } from "../engine/domain.ts";
import { SimulatorError } from "../errors.ts";
import type { Config } from "../model/config.ts";
import { settingsOf, strategyKind } from "../strategies/strategies.ts";

/** Epochs in which questions may be asked: chains of secrets are not longer, with the epochs until all is final. */
const MOST_EPOCHS = 2_000;
const MOST_AGENTS = 10_000_000;

/**
 * Refuses what no simulation can be made of. What a domain may be is for the engine to say.
 * @throws SimulatorError `BAD_CONFIG` with the setting and its range; `UNKNOWN_STRATEGY` with what there is
 */
export function checkConfig(config: Config): void {
  const { rules, groups, stake } = config;
  within("canaries", config.canaries, 0, 1);
  within("minConfidence", config.minConfidence, 0, 1);
  whole("budgetRounds", config.budgetRounds, 0, Math.min(rules.maxRounds, DOMAIN_BOUNDS.maxRounds[1]) - 1);
  if (config.epochs !== null) whole("epochs", config.epochs, 1, MOST_EPOCHS);
  whole("seed", config.seed, 0, Number.MAX_SAFE_INTEGER);
  if (config.questionsPerEpoch !== null)
    whole("questionsPerEpoch", config.questionsPerEpoch, 1, Number.MAX_SAFE_INTEGER);
  if (config.agents !== null) whole("agents", config.agents, 2, MOST_AGENTS);
  if (stake !== 0n && stake < UNIT)
    throw new SimulatorError("BAD_CONFIG", `stake must be at least ${UNIT} wei, got ${stake}`);
  for (const group of groups) {
    settingsOf(strategyKind(group.strategy), group.settings);
    for (const what of ["stake", "identities"] as const) {
      if (group[what] > 0 && group[what] < 1) continue;
      throw new SimulatorError(
        "BAD_CONFIG",
        `share of ${group.strategy} in the ${what} must be above 0 and below 1, got ${group[what]}`,
      );
    }
  }
  for (const what of ["stake", "identities"] as const) {
    const shares = groups.reduce((total, group) => total + group[what], 0);
    if (shares < 1) continue;
    const list = groups.map((group) => `${group.strategy} ${group[what]}`).join(", ");
    throw new SimulatorError("BAD_CONFIG", `shares of the ${what} must leave something to the honest, got ${list}`);
  }
}

function within(name: string, value: number, min: number, max: number): void {
  if (value >= min && value <= max) return;
  throw new SimulatorError("BAD_CONFIG", `${name} must be a number from ${min} to ${max}, got ${value}`);
}

function whole(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new SimulatorError("BAD_CONFIG", `${name} must be an integer from ${min} to ${max}, got ${value}`);
}
