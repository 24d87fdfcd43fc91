import type { Group } from "../model/config.ts";
import { settingsOf, strategyKind } from "../strategies/strategies.ts";
import { bad, readNumber, readPairs } from "./settings.ts";

const OPTION = "--adversaries";

/**
 * Reads groups: "colluders:0.2,identities=0.4,lies=0.5;sleeper:0.1". The number is the share of the stake; that of the identities is
 * the same unless it is given; all others are settings of the strategy.
 * @throws SimulatorError `BAD_CONFIG`, `UNKNOWN_STRATEGY`
 */
export function readGroups(text: string): Group[] {
  if (text.trim() === "" || text.trim() === "none") return [];
  const groups = text.split(";").map(readGroup);
  for (const key of ["stake", "identities"] as const) {
    const total = groups.reduce((sum, group) => sum + group[key], 0);
    if (total >= 1) throw bad(OPTION, `the shares of ${key} come to ${round(total)}; somebody honest has to be left`);
  }
  const names = groups.map(({ strategy }) => strategy);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw bad(OPTION, `${twice} is given twice`);
  return groups;
}

function readGroup(text: string): Group {
  const [head = "", ...rest] = text.trim().split(",");
  const at = head.indexOf(":");
  if (at < 0) throw bad(OPTION, `"${head}" is not strategy:share, such as colluders:0.2`);
  const kind = strategyKind(head.slice(0, at).trim());
  const stake = share("the share of the stake", kind.name, head.slice(at + 1).trim());
  const pairs = rest.length === 0 ? [] : readPairs(OPTION, rest.join(","));
  const given = pairs.filter(([name]) => name !== "identities");
  const identities = pairs.find(([name]) => name === "identities")?.[1];
  const settings = Object.fromEntries(
    given.map(([name, value]) => [name, readNumber(OPTION, `${name} of ${kind.name}`, value, ANY)]),
  );
  return {
    strategy: kind.name,
    stake,
    identities: identities === undefined ? stake : share("the share of the identities", kind.name, identities),
    settings: settingsOf(kind, settings),
  };
}

/** Bounds of a setting are the strategy's own affair. */
const ANY = { min: -Infinity, max: Infinity };

function share(what: string, strategy: string, text: string): number {
  const value = readNumber(OPTION, `${what} of ${strategy}`, text, { min: 0, max: 1 });
  if (value === 1) throw bad(OPTION, `${what} of ${strategy} is 1; somebody honest has to be left`);
  return value;
}

const round = (value: number) => Number(value.toFixed(6));
