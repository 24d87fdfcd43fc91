import type { Item } from "@assay/models";
import { chance } from "./chance.ts";
import { type Domain, PARAMETERS } from "./domains.ts";
import type { Options } from "./options.ts";

/** An entry for the audit draw: an answer that the asker knows, or none; both look the same until they are opened. */
type CanaryPlan = { readonly answer: number | null };

/** A question as its asker intends it. */
export interface PlannedQuestion {
  readonly domain: Domain;
  readonly item: Item;
  /** Further rounds that are prepaid. */
  readonly budgetRounds: number;
  readonly canary: CanaryPlan | null;
}

/** Share of the questions whose answer the asker knows, and of those that only look like it. */
const CANARY_SHARE = 0.05;
const DECOY_SHARE = 0.05;
/** Share of the questions with a budget for all further rounds. */
const BUDGET_SHARE = 0.9;

/** The questions of each epoch: every domain's claims in their order, spread evenly. */
export function planQuestions(domains: readonly Domain[], { epochs, claims, seed }: Options): PlannedQuestion[][] {
  const counts = [Math.ceil(claims / 2), Math.floor(claims / 2)];
  const plan: PlannedQuestion[][] = Array.from({ length: epochs }, () => []);
  domains.forEach((domain, d) => {
    const count = counts[d] ?? 0;
    for (let i = 0; i < count; i++) {
      const item = domain.task.heldOut[i] as Item;
      const epoch = Math.floor((i * epochs) / count);
      plan[epoch]?.push({ domain, item, ...extras(item, seed) });
    }
  });
  return plan;
}

function extras(item: Item, seed: number): Pick<PlannedQuestion, "budgetRounds" | "canary"> {
  const audit = chance(seed, `audit/${item.id}`);
  const known = audit < CANARY_SHARE;
  const entered = audit < CANARY_SHARE + DECOY_SHARE;
  const budget = chance(seed, `budget/${item.id}`) < BUDGET_SHARE;
  return {
    budgetRounds: budget ? PARAMETERS.maxRounds - 1 : 0,
    canary: entered ? { answer: known ? item.truth : null } : null,
  };
}
