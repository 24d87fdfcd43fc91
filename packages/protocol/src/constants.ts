/**
 * Every constant of the protocol. Fixed-point scales: Q8 means 256 = 1.0, Q16 means 65,535 = 1.0, bps means 10,000 = 1.0.
 */

/* TIME */

/** The freeze is the last `1 / FREEZE_DIVISOR` of an epoch. */
export const FREEZE_DIVISOR = 16;
/** Shortest epoch a deployment may have, seconds. */
export const MIN_EPOCH_LENGTH = 30;
/** Epochs from a question's vote until its verdict is final, if nobody takes it further. */
export const EPOCHS_PER_ROUND = 3;
/** Epochs a withdrawal, the lowering of a pledge or the retirement of a signer takes. */
export const UNBONDING_EPOCHS = 18;
/** Slots of an agent's ring of receipts; a ballot of epoch `e` uses slot `e % RECEIPT_RING`. */
export const RECEIPT_RING = 16;

/* SECRET CHAIN AND BEACON */

/** Most hash steps from a secret to the last one revealed. */
export const MAX_SKIPPED_EPOCHS = 4096;
/** Width of the beacon's accumulator, bits. */
export const ACCUMULATOR_BITS = 128n;

/* BALLOTS */

/** Most votes in one ballot. */
export const MAX_VOTES = 256;
/** Generation at which an agent has changed hands so often that its trust is not believed any more. */
export const LAST_GENERATION = 4095;

/* SORTITION */

/** Participation of 1.0, Q16. */
export const FULL_PARTICIPATION = 65_535;
/** Weight of the newest question in the running mean of participation is one in this many. */
export const PARTICIPATION_WINDOW = 16;
/** How far k' may exceed the seats asked for. */
export const MAX_OVERSAMPLING = 4;

/* ALLOCATIONS */

/** Epochs from a change of an allocation until it counts. */
export const ALLOCATION_DELAY = 2;
/** Largest allocation, allocation units. */
export const MAX_ALLOCATION = (1n << 44n) - 1n;
/** Decimals of an allocation unit: one thousandth of a token. */
export const ALLOCATION_DECIMALS = 3;

/* QUESTION SLOT */

/** Most seats one tally holds; a vote that would exceed it is void. */
export const MAX_TALLY_SEATS = 65_535;
/** Largest gain per coherent seat, wei; larger ones saturate and the rest goes to the sink. */
export const MAX_GAIN = (1n << 104n) - 1n;
/** Largest number of seats at risk; larger ones saturate. */
export const MAX_RISK_SEATS = 8191;

/* MONEY */

/** Least bond of an assertion or a statement, in fees of a first round. */
export const MIN_BOND_FEES = 4n;
/** 1.0 in basis points. */
export const BPS = 10_000;
/** A keeper earns one in this many of the burn of another agent's ballot. */
export const KEEPER_DIVISOR = 20n;
/** Part of a forfeit that counts as its burn where the keeper's share is reckoned: the least that is burned of a loss. */
export const FORFEIT_DIVISOR = 10n;
/** Largest `seatFee`, wei: keeps `seatBond` within the 86 bits of a loss. */
export const MAX_SEAT_FEE = 1n << 79n;

/* TRUST, Q8 */

/** 1.0. */
export const ONE = 256;
/** Prior evidence for an agent nobody knows. */
export const PRIOR_FOR = 4096;
/** Prior evidence against an agent nobody knows. */
export const PRIOR_AGAINST = 2048;
/** Largest weight of one seat. */
export const WEIGHT_CAP = 4096;
/** Verdicts an identity is scored on before its weight may exceed {@link NEWCOMER_WEIGHT}. */
export const NEWCOMER_VERDICTS = 3;
/** Largest weight of a newcomer's seat. */
export const NEWCOMER_WEIGHT = 256;
/** Sum of evidence above which a sixteenth of it is forgotten. */
export const EVIDENCE_CAP = 65_536;
/** No counter goes below it. */
export const EVIDENCE_FLOOR = 16;
/** Smallest rarity. */
export const RARITY_MIN = 64;
/** Largest rarity. */
export const RARITY_MAX = 1024;
/** Count of every outcome in a new domain. */
export const COUNT_START = 1024;
/** Evidence multiplier if more than one round was held. */
export const MULTIPLIER_ROUNDS = 2;
/** Evidence multiplier if a canary was confirmed. */
export const MULTIPLIER_CANARY = 8;
/** The number of verdicts saturates here. */
export const MAX_VERDICTS = 4095;

/* DOMAIN PARAMETERS */

/** Most outcomes of a domain. */
export const MAX_OUTCOMES = 16;
/** Most rounds of a question. */
export const MAX_ROUNDS = 4;

/** Inclusive bounds of a domain's parameters. */
export const DOMAIN_BOUNDS = {
  outcomes: [2, MAX_OUTCOMES],
  seats: [3, 255],
  supermajorityBps: [5_001, BPS],
  maxRounds: [1, MAX_ROUNDS],
  /** `seatBond` as a multiple of `seatFee`. */
  bondFactor: [8, 64],
  burnBps: [1_000, 5_000],
  silentEpochs: [16, 65_535],
  /** Epochs. */
  assertionWindow: [1, 1_024],
} as const;
