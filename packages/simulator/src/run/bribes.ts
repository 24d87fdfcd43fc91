import { BPS, lossPerSeat, ONE, rarity } from "@assay/protocol";
import { chanceOf } from "../chance.ts";
import type { VerdictView } from "../engine/engine.ts";
import type { Config } from "../model/config.ts";
import { settingsOf, strategyKind } from "../strategies/strategies.ts";
import type { Person } from "./population.ts";
import type { Question } from "./question.ts";

/** Offers of groups that bribe: who takes them, and what they come to. Paid beside the protocol, which knows nothing of it. */
export class Bribes {
  /** Paid so far, wei. */
  paid = 0n;
  readonly #config: Config;
  /** By group, of those that bribe. */
  readonly #offers: ReadonlyMap<number, { readonly rational: number; readonly epsilon: number }>;

  constructor(config: Config) {
    this.#config = config;
    const offers = config.groups.map(({ strategy, settings }, group) => {
      const { rational, epsilon } = settingsOf(strategyKind(strategy), settings);
      return rational === undefined || epsilon === undefined ? null : ([group, { rational, epsilon }] as const);
    });
    this.#offers = new Map(offers.filter((offer) => offer !== null));
  }

  /** Groups whose offers somebody takes. */
  takenBy({ name, honest }: Person): ReadonlySet<number> {
    const { seed } = this.#config;
    const taken = [...this.#offers].filter(
      ([group, { rational }]) => honest && chanceOf(seed, `bribe/${group}/${name}`).holds(rational),
    );
    return new Set(taken.map(([group]) => group));
  }

  /**
   * Pays who lost by taking an offer what it lost, and epsilon.
   * @param counts of final outcomes before the epoch in which it became final, Q8: its loss is reckoned from them and from the support
   */
  pay({ bought }: Question, { status, outcome, supportBps }: VerdictView, counts: readonly number[]): void {
    if (status !== "resolved" || outcome === null) return;
    const { rules } = this.#config;
    const g = rules.openAnswers || rules.without.includes("rarity") ? ONE : rarity(counts, outcome);
    const loss = lossPerSeat(rules.seatBond, supportBps, BPS, g);
    for (const { group, offered, seats } of bought) {
      if (offered === outcome) continue;
      const epsilon = BigInt(Math.round((this.#offers.get(group)?.epsilon ?? 0) * 1e6));
      this.paid += BigInt(seats) * (loss + (rules.seatFee * epsilon) / 1_000_000n);
    }
  }
}
