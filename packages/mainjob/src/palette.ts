import { OKABE_ITO } from "@assay/charts";

/** Colour of a kind of agent: honest models share one, and are told apart by their labels. */
export const ROLE_COLOURS = {
  honest: OKABE_ITO.blue,
  lazy: OKABE_ITO.orange,
  random: OKABE_ITO.purple,
  colluding: OKABE_ITO.vermilion,
} as const;

/** Dashes say the same as the colours. */
export const ROLE_DASHES = { honest: "none", lazy: "6 3", random: "2 3", colluding: "10 3 2 3" } as const;

export const VERDICT_COLOURS = {
  right: OKABE_ITO.blue,
  unresolved: OKABE_ITO.orange,
  wrong: OKABE_ITO.vermilion,
} as const;
