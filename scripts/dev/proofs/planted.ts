/** Bugs that the proofs must refute, as replacements in a source: a proof that cannot fail shows nothing. */
export interface PlantedBug {
  readonly name: string;
  /** The property that must fail: its function and a part of its name. */
  readonly refutes: readonly [functionName: string, part: string];
  /** Below contracts/. */
  readonly file: string;
  /** Stands in the file once. */
  readonly find: string;
  readonly replace: string;
}

export const BUGS: readonly PlantedBug[] = [
  {
    name: "the burn is rounded down",
    refutes: ["Settlement.burnOf", ""],
    file: "libraries/Settlement.sol",
    find: "(amount * burnBps + BPS - 1) / BPS",
    replace: "(amount * burnBps) / BPS",
  },
  {
    name: "a loss may be more than the bond",
    refutes: ["Settlement.lossPerSeat", ""],
    file: "libraries/Settlement.sol",
    find: "(2 * leadingWeight - weight) * rarity + divisor - 1",
    replace: "2 * leadingWeight * rarity + divisor - 1",
  },
  {
    name: "the appellants' bonus is not capped by the losses",
    refutes: ["Settlement.terms", "resolved after 1 to 4"],
    file: "libraries/Settlement.sol",
    find: "Math.min(refunds / 2, netLosses)",
    replace: "refunds / 2",
  },
  {
    name: "the sink gets its burn on top of what is left",
    refutes: ["Settlement.terms", "resolved after 1 to 4"],
    file: "libraries/Settlement.sol",
    find: "p.toSink = pot - gain * v.leadingSeats;",
    replace: "p.toSink = pot - gain * v.leadingSeats + burnOf(loss, i.burnBps);",
  },
  {
    name: "the gain is not capped",
    refutes: ["Settlement.terms", "resolved after 1 to 4"],
    file: "libraries/Settlement.sol",
    find: "Math.min(pot / v.leadingSeats, Questions.MAX_GAIN)",
    replace: "pot",
  },
  {
    name: "the asker of a question without votes is charged for the appeals too",
    refutes: ["Settlement.terms", "without a vote"],
    file: "libraries/Settlement.sol",
    find: "fees -= fee;",
    replace: "",
  },
  {
    name: "the keeper gets more than its part",
    refutes: ["Settlement.keeperShare", ""],
    file: "libraries/Settlement.sol",
    find: "burn / KEEPER_DIVISOR",
    replace: "burn / KEEPER_DIVISOR + 1",
  },
  {
    name: "a whole seat is won with the fraction of one",
    refutes: ["Sortition.seats", ""],
    file: "libraries/Sortition.sol",
    find: "sub(product, mul(n, total))",
    replace: "product",
  },
  {
    name: "everybody has a seat more",
    refutes: ["Sortition.seats", ""],
    file: "libraries/Sortition.sol",
    find: "n := div(product, total)",
    replace: "n := add(div(product, total), 1)",
  },
  {
    name: "oversampling has no ceiling",
    refutes: ["Sortition.offeredSeats", ""],
    file: "libraries/Sortition.sol",
    find: "return offered < ceiling ? offered : ceiling;",
    replace: "return offered;",
  },
  {
    name: "a round of too many reveals counts for more than all",
    refutes: ["Sortition.updateParticipation", ""],
    file: "libraries/Sortition.sol",
    find: "if (share > FULL_PARTICIPATION) share = FULL_PARTICIPATION;",
    replace: "",
  },
  {
    name: "the sum of rounds counts one seat too many",
    refutes: ["Sortition.seatsAsked", ""],
    file: "libraries/Sortition.sol",
    find: "mask * firstRoundSeats + mask - rounds",
    replace: "mask * firstRoundSeats + mask - rounds + 1",
  },
  {
    name: "evidence has no floor",
    refutes: ["Trust.update", "stays so"],
    file: "libraries/Trust.sol",
    find: "e.alpha = alpha < FLOOR ? FLOOR : alpha;",
    replace: "e.alpha = alpha;",
  },
  {
    name: "one round of forgetting is taken for enough",
    refutes: ["Trust.update", "stays so"],
    file: "libraries/Trust.sol",
    find: "} while (alpha + beta > EVIDENCE_CAP);",
    replace: "} while (false);",
  },
  {
    name: "the weight of a seat has no cap",
    refutes: ["Trust.weight", "at most"],
    file: "libraries/Trust.sol",
    find: "if (w > WEIGHT_CAP) w = WEIGHT_CAP;",
    replace: "",
  },
  {
    name: "a newcomer has more than a newcomer's weight",
    refutes: ["Trust.weight", "at most"],
    file: "libraries/Trust.sol",
    find: "e.verdicts < NEWCOMER_VERDICTS && w > NEWCOMER_WEIGHT",
    replace: "e.verdicts + 1 < NEWCOMER_VERDICTS && w > NEWCOMER_WEIGHT",
  },
  {
    name: "rarity has no upper bound",
    refutes: ["Trust.rarity", ""],
    file: "libraries/Trust.sol",
    find: "if (g > RARITY_MAX) g = RARITY_MAX;",
    replace: "",
  },
];
