import { createHash } from "node:crypto";
import type { Mutant } from "./mutant.ts";

/** Mutants of one operator in one file, in the order in which they are drawn. */
export interface Stratum {
  readonly name: string;
  readonly mutants: readonly Mutant[];
  /** How many of them the sample wants. */
  readonly quota: number;
}

/**
 * Splits a sample over all strata: in proportion to their size, but one of each at least. Which mutants are drawn, and in
 * which order, is fixed by the seed and the mutants' names.
 */
export function stratify(mutants: readonly Mutant[], size: number, seed: string): Stratum[] {
  const strata = new Map<string, Mutant[]>();
  for (const mutant of mutants) {
    const name = `${mutant.file} ${mutant.operator}`;
    strata.set(name, [...(strata.get(name) ?? []), mutant]);
  }
  const groups = [...strata].map(([name, members]) => ({ name, mutants: shuffle(members, ({ id }) => id, seed) }));
  const quotas = apportion(
    groups.map(({ mutants: members }) => members.length),
    size,
  );
  return groups.map((group, i) => ({ ...group, quota: quotas[i] ?? 0 }));
}

/** The strata's places in the sample, each as often as its quota, in an order by chance, so that a broken-off run is no less fair. */
export function placesOf(strata: readonly Stratum[], seed: string): Stratum[] {
  const places = strata.flatMap((stratum) => Array.from({ length: stratum.quota }, (_, i) => ({ stratum, i })));
  return shuffle(places, ({ stratum, i }) => `${stratum.name} ${i}`, seed).map(({ stratum }) => stratum);
}

/** Shares of `total` in proportion to the sizes, at least 1 each and never more than there are (largest remainders). */
export function apportion(sizes: readonly number[], total: number): number[] {
  const all = sizes.reduce((sum, size) => sum + size, 0);
  const wanted = Math.min(total, all);
  const shares = sizes.map((size) => (size * wanted) / Math.max(all, 1));
  const quotas = shares.map((share, i) => Math.min(sizes[i] as number, Math.max(1, Math.floor(share))));
  const order = shares.map((_, i) => i).sort((a, b) => rest(b) - rest(a) || a - b);
  let left = wanted - quotas.reduce((sum, quota) => sum + quota, 0);
  for (const i of order) {
    if (left <= 0 || quotas[i] === sizes[i]) continue;
    quotas[i] = (quotas[i] as number) + 1;
    left--;
  }
  return quotas;

  function rest(i: number): number {
    return (shares[i] as number) - (quotas[i] as number);
  }
}

function shuffle<T>(items: readonly T[], name: (item: T) => string, seed: string): T[] {
  const rank = (item: T) =>
    createHash("sha256")
      .update(`${seed} ${name(item)}`)
      .digest("hex");
  return items
    .map((item) => ({ item, key: rank(item) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ item }) => item);
}
