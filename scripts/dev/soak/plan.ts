/** What goes wrong in a soak, and when: drawn from the seed alone, before anything runs. */

/** How an endpoint lets its agent down. */
const OUTAGES = ["refuse", "hang", "slow", "429", "500", "cut"] as const;
export type Outage = (typeof OUTAGES)[number];

/** A part of an epoch, 0 to 1. */
type Part = number;

/** Something that goes wrong at a part of an epoch. */
export type Fault = { readonly at: Part } & (
  | {
      readonly kind: "outage";
      /** Index of the agent; `relay` is the relay's own endpoint. */
      readonly whom: number | "relay";
      readonly how: Outage;
      /** Index of the endpoint; null: all that the agent has. */
      readonly endpoint: number | null;
      readonly until: Part;
    }
  /** Ended by SIGKILL, and started again after so many milliseconds. */
  | { readonly kind: "kill"; readonly whom: number | "relay"; readonly downMs: number }
  /** So many blocks are replaced, by blocks that hold the same transactions a block later, or none. */
  | { readonly kind: "reorg"; readonly depth: number; readonly keeps: boolean }
  /** The base fee rises over what a waiting transaction offers. */
  | { readonly kind: "spike" }
);

/** Chances of an epoch, of each agent or of all. */
const CHANCE = { kill: 0.22, outage: 0.3, allEndpoints: 0.4, reorg: 0.35, keeps: 0.5, spike: 0.25, relay: 0.25 };

/**
 * By when things are whole again, so that whoever goes on can reveal: without this a forfeit would say nothing of the agent. Kills come
 * at any time.
 */
const LATEST: Record<"outage" | "reorg" | "spike", Part> = { outage: 0.6, reorg: 0.65, spike: 0.45 };

/** Longest outage, part of an epoch. */
const LONGEST_OUTAGE: Part = 0.35;
const DEEPEST_REORG = 6;
/** Longest pause between a kill and the restart, ms. */
const LONGEST_DOWN = 2_500;

/** Numbers from 0 to below 1. */
export type Random = () => number;

/** Draws the faults of one epoch, in the order of their times. @param agents how many there are */
export function drawFaults(random: Random, agents: number): Fault[] {
  const faults: Fault[] = [];
  const below = (n: number) => Math.floor(random() * n);
  const outage = (whom: number | "relay", endpoint: number | null): Fault => {
    const at = random() * (LATEST.outage - 0.1);
    const until = Math.min(LATEST.outage, at + 0.05 + random() * LONGEST_OUTAGE);
    return { kind: "outage", at, until, whom, endpoint, how: OUTAGES[below(OUTAGES.length)] ?? "refuse" };
  };
  const kill = (whom: number | "relay", latest: Part): Fault => ({
    ...{ kind: "kill", at: random() * latest, whom, downMs: below(LONGEST_DOWN) },
  });
  for (let whom = 0; whom < agents; whom++) {
    const fails = random() < CHANCE.outage;
    if (fails) faults.push(outage(whom, random() < CHANCE.allEndpoints ? null : below(2)));
    // With an outage as well, an agent must be back before what is left of the epoch.
    if (random() < CHANCE.kill) faults.push(kill(whom, fails ? LATEST.outage : 1));
  }
  if (random() < CHANCE.relay) faults.push(kill("relay", 1));
  if (random() < CHANCE.relay) faults.push(outage("relay", 0));
  if (random() < CHANCE.reorg) {
    const depth = 1 + below(DEEPEST_REORG);
    faults.push({ kind: "reorg", at: 0.1 + random() * (LATEST.reorg - 0.1), depth, keeps: random() < CHANCE.keeps });
  }
  if (random() < CHANCE.spike) faults.push({ kind: "spike", at: random() * LATEST.spike });
  return faults.sort((a, b) => a.at - b.at);
}
