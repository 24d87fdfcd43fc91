import type { Chance } from "../chance.ts";
import { plurality, type Poll, type Voter } from "./poll.ts";

/** Part of its stake that a voter against the verdict loses to those with it. */
const MOVED = 0.05;

/**
 * Verdicts by stake, where the stake itself is the voice: after each, the losers' share moves to the winners, pro rata to their stakes.
 * In the order of asking; nobody knows a truth.
 */
export function stakeMoving(polls: readonly Poll[], voters: readonly Voter[], chance: Chance): (number | null)[] {
  const stakes = voters.map(({ stake }) => stake);
  return polls.map(({ voices, labels }) => {
    const verdict = plurality(voices, labels, chance, (voter) => stakes[voter] as number);
    const winners = voices.filter(({ outcome }) => outcome === verdict);
    const won = winners.reduce((total, { voter }) => total + (stakes[voter] as number), 0);
    if (won === 0) return verdict;
    let moved = 0;
    for (const { voter, outcome } of voices) {
      if (outcome === verdict) continue;
      const lost = (stakes[voter] as number) * MOVED;
      stakes[voter] = (stakes[voter] as number) - lost;
      moved += lost;
    }
    for (const { voter } of winners) stakes[voter] = (stakes[voter] as number) * (1 + moved / won);
    return verdict;
  });
}
