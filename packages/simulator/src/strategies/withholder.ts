import type { StrategyKind } from "./strategy.ts";

export const withholder: StrategyKind = {
  name: "withholder",
  description:
    "says what its data say, and hides a ballot once the others' votes are against more of its seats than for",
  honest: false,
  needsTruth: false,
  settings: {},
  create: () => ({
    vote: (_member, _question, { outcome }) => outcome,
    reveals: (_member, ballot) =>
      // Withholding is of the ballot as a whole.
      ballot.reduce(
        (balance, { outcome, seats, others }) => balance + (others === null || others === outcome ? seats : -seats),
        0,
      ) >= 0,
  }),
};
