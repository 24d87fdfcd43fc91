import { PAGE_COLOURS } from "@assay/charts";

/** Colour of a kind of agent: honest models share one, and are told apart by their labels. */
export const ROLE_COLOURS = {
  honest: PAGE_COLOURS.blue,
  lazy: PAGE_COLOURS.orange,
  random: PAGE_COLOURS.purple,
  colluding: PAGE_COLOURS.vermilion,
} as const;

/** Dashes say the same as the colours. */
export const ROLE_DASHES = { honest: "none", lazy: "6 3", random: "2 3", colluding: "10 3 2 3" } as const;
