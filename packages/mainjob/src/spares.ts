import type { Item } from "@assay/models";
import { type Domain, SPARE_ITEMS } from "./domains.ts";
import type { Member } from "./population.ts";

/**
 * Two claims that no question is asked about, for the court: who takes a claim there picks a clear one. Those that most honest
 * agents would answer truly come first.
 */
export function clearSpares(domain: Domain, members: readonly Member[]): readonly [Item, Item] {
  const honest = members.filter((member) => member.domain === domain && member.role === "honest");
  const votesTruly = ({ answer, minConfidence }: Member, item: Item) => {
    const { outcome, confidence } = answer(item);
    return confidence >= minConfidence && outcome === item.truth;
  };
  const right = (item: Item) => honest.filter((member) => votesTruly(member, item)).length;
  const [first, second] = domain.task.heldOut.slice(-SPARE_ITEMS).sort((a, b) => right(b) - right(a));
  if (first === undefined || second === undefined) throw new Error(`domain ${domain.name} has no spare claims`);
  return [first, second];
}
