import { PAGE_COLOURS } from "@assay/charts";
import type { Contender } from "./names.ts";

interface LineStyle {
  readonly colour: string;
  readonly dash?: string;
  readonly strong?: boolean;
}

/** How the swarm and what it is compared with are drawn, over time and beside each other. */
export const CONTENDER_STYLES: Readonly<Record<Contender, LineStyle>> = {
  swarm: { colour: PAGE_COLOURS.ink, strong: true },
  swarmDecided: { colour: PAGE_COLOURS.ink },
  majoritySame: { colour: PAGE_COLOURS.orange },
  majority: { colour: PAGE_COLOURS.orange, dash: "6 3" },
  stakeWeighted: { colour: PAGE_COLOURS.vermilion, dash: "6 3" },
  stakeMoving: { colour: PAGE_COLOURS.vermilion },
  dawidSkene: { colour: PAGE_COLOURS.purple },
  bestPast: { colour: PAGE_COLOURS.skyBlue },
  bestHindsight: { colour: PAGE_COLOURS.green },
  oracle: { colour: PAGE_COLOURS.soft, dash: "2 3" },
};

const OTHERS: readonly LineStyle[] = [
  { colour: PAGE_COLOURS.vermilion, dash: "10 3 2 3", strong: true },
  { colour: PAGE_COLOURS.orange, dash: "6 3", strong: true },
  { colour: PAGE_COLOURS.purple, dash: "2 3", strong: true },
  { colour: PAGE_COLOURS.green, dash: "10 3", strong: true },
  { colour: PAGE_COLOURS.skyBlue, dash: "4 2", strong: true },
];

/** How a kind of agent is drawn. @param other its number among those that are not honest; beyond five, styles repeat */
export function kindStyle(honest: boolean, other: number): LineStyle {
  return honest ? { colour: PAGE_COLOURS.blue, strong: true } : (OTHERS[other % OTHERS.length] as LineStyle);
}
