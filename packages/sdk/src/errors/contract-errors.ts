import type { ErrorName } from "../codec.ts";

interface Known {
  readonly code: string;
  /** What to do about it. */
  readonly hint: string;
  /** The same call succeeds once time has passed, or somebody else has acted. */
  readonly retryable?: true;
}

/** Every custom error that a call of the protocol can end with. Codes are stable. */
export const CONTRACT_ERRORS = {
  /* QUESTIONS AND ROUNDS */
  BudgetTooSmall: {
    code: "BUDGET_TOO_SMALL",
    hint: "what the asker prepaid does not cover the next round: appeal, and pay for it",
  },
  CanaryMismatch: { code: "CANARY_MISMATCH", hint: "give the answer and the salt that the question was asked with" },
  InFreeze: { code: "IN_FREEZE", hint: "try again in the next epoch", retryable: true },
  NoCanary: { code: "NO_CANARY", hint: "the question was asked without a canary, or it has been opened" },
  NotAppealable: {
    code: "NOT_APPEALABLE",
    hint: "a round can be started in the epoch after its reveals only, before the freeze",
    retryable: true,
  },
  NotAsker: { code: "NOT_ASKER", hint: "only who asked the question may do this" },
  NotFinal: { code: "NOT_FINAL", hint: "wait for the epoch in which it is final", retryable: true },
  NotPayer: { code: "NOT_PAYER", hint: "ask in the name of the account that sends, or through Claims" },
  NothingToReclaim: { code: "NOTHING_TO_RECLAIM", hint: "nothing of what was prepaid is left, or it is reclaimed" },
  QuestionExists: { code: "QUESTION_EXISTS", hint: "the same has been asked before: choose another salt" },
  QuestionNotOpen: { code: "QUESTION_NOT_OPEN", hint: "the question was never asked, or is finalized" },
  TooManyRounds: { code: "TOO_MANY_ROUNDS", hint: "the domain allows no further round" },
  UnknownQuestion: { code: "UNKNOWN_QUESTION", hint: "there is no such question on this deployment" },
  VerdictIsDecisive: { code: "VERDICT_IS_DECISIVE", hint: "a budget is for undecided questions: appeal instead" },

  /* DOMAINS */
  DomainBelowMinStake: {
    code: "DOMAIN_BELOW_MIN_STAKE",
    hint: "agents must allocate more stake to the domain first, or their allocations do not count yet",
    retryable: true,
  },
  NothingToTrim: { code: "NOTHING_TO_TRIM", hint: "the agent has the stake that it allocated, and is not silent" },
  OutcomeOutOfRange: { code: "OUTCOME_OUT_OF_RANGE", hint: "outcomes are counted from 0: look at the domain's" },
  ParameterOutOfBounds: { code: "PARAMETER_OUT_OF_BOUNDS", hint: "choose it from `minimum` to `maximum`" },
  UnknownDomain: { code: "UNKNOWN_DOMAIN", hint: "create it first, or look the number up in the domain's event" },

  /* AGENTS AND THEIR CHAINS */
  AllocationTooLarge: {
    code: "ALLOCATION_TOO_LARGE",
    hint: "allocate at most `maximum`: what is neither pledged nor being withdrawn",
  },
  AnchorAlreadyAnnounced: { code: "ANCHOR_ALREADY_ANNOUNCED", hint: "the announced chain must begin first" },
  BallotsPending: { code: "BALLOTS_PENDING", hint: "settle the agent's ballots first", retryable: true },
  BallotStillOpen: { code: "BALLOT_STILL_OPEN", hint: "reveal the open ballot first, or forfeit it if it is overdue" },
  ChainNotValid: {
    code: "CHAIN_NOT_VALID",
    hint: "the chain of secrets begins later, or was not shown for too long: enroll again",
  },
  NotAgentOwner: { code: "NOT_AGENT_OWNER", hint: "send from the account that owns the agent" },
  NotAgentWallet: { code: "NOT_AGENT_WALLET", hint: "send from the agent's wallet" },
  NotEnrolled: { code: "NOT_ENROLLED", hint: "enroll the agent first; a new owner must enroll it again" },
  ZeroAnchor: { code: "ZERO_ANCHOR", hint: "an anchor is the last hash of a chain of secrets, never zero" },

  /* BEATS */
  AlreadyBeaten: { code: "ALREADY_BEATEN", hint: "the agent has beaten in this epoch" },
  BeatExpired: { code: "BEAT_EXPIRED", hint: "have the agent sign its beat again, with a later deadline" },
  CommitOutOfEpoch: { code: "COMMIT_OUT_OF_EPOCH", hint: "the beat was mined too late: prepare one for this epoch" },
  ExposureExceeded: { code: "EXPOSURE_EXCEEDED", hint: "the ballot's votes need more than was declared for it" },
  InvalidBeatSignature: { code: "INVALID_BEAT_SIGNATURE", hint: "the beat must be signed by the agent's wallet" },
  LinkMismatch: {
    code: "LINK_MISMATCH",
    hint: "tip, commitment, exposure and backing must be those of the agent's last events",
  },
  MalformedBallot: { code: "MALFORMED_BALLOT", hint: "encode ballots with encodeBallot" },
  MalformedBeat: { code: "MALFORMED_BEAT", hint: "encode beats with encodeBeat or encodeRelayedBeat" },
  NoOpenBallot: { code: "NO_OPEN_BALLOT", hint: "there is nothing to reveal or to forfeit" },
  NotOverdue: {
    code: "NOT_OVERDUE",
    hint: "a ballot can be revealed until the end of the next epoch",
    retryable: true,
  },
  NotSelf: { code: "NOT_SELF", hint: "relay beats with beatFor" },
  NothingFinal: { code: "NOTHING_FINAL", hint: "no question of the ballot is final yet", retryable: true },
  ReceiptsMismatch: { code: "RECEIPTS_MISMATCH", hint: "give the receipts of the agent's last event of that ballot" },
  RevealMismatch: { code: "REVEAL_MISMATCH", hint: "secret, ballot, exposure and backing are not those committed" },
  RevealOutOfEpoch: { code: "REVEAL_OUT_OF_EPOCH", hint: "a ballot is revealed in the epoch after its own" },
  RingSlotTaken: { code: "RING_SLOT_TAKEN", hint: "settle the ballot of sixteen epochs ago first", retryable: true },
  SignatureCountMismatch: { code: "SIGNATURE_COUNT_MISMATCH", hint: "give one signature for each beat" },
  TooManyVotes: { code: "TOO_MANY_VOTES", hint: "a ballot holds at most `maximum` votes" },
  UnsortedVotes: { code: "UNSORTED_VOTES", hint: "encode ballots with encodeBallot, which sorts them" },

  /* STAKE */
  InsufficientFreeStake: {
    code: "INSUFFICIENT_FREE_STAKE",
    hint: "stake more, or wait until ballots are settled",
    retryable: true,
  },
  InsufficientPledge: { code: "INSUFFICIENT_PLEDGE", hint: "lower the pledge by at most `remaining`" },
  InvalidReceiver: { code: "INVALID_RECEIVER", hint: "the receiver must be neither zero nor the vault" },
  NotConsensus: { code: "NOT_CONSENSUS", hint: "only Consensus may do this" },
  NotDesk: { code: "NOT_DESK", hint: "only Consensus and Claims may do this" },
  NothingLowering: { code: "NOTHING_LOWERING", hint: "no pledge of the agent is being lowered" },
  NothingToCollect: { code: "NOTHING_TO_COLLECT", hint: "the account has no credit" },
  NothingToSweep: { code: "NOTHING_TO_SWEEP", hint: "settlements have left nothing for the sink" },
  NothingToWithdraw: { code: "NOTHING_TO_WITHDRAW", hint: "request a withdrawal first" },
  SafeCastOverflowedUintDowncast: { code: "AMOUNT_TOO_LARGE", hint: "amounts have at most 128 bits" },
  SafeERC20FailedOperation: {
    code: "TOKEN_TRANSFER_FAILED",
    hint: "the stake token refused: look at balance and allowance",
  },
  StillUnbonding: { code: "STILL_UNBONDING", hint: "wait for the epoch `availableFrom`", retryable: true },
  ZeroAddress: { code: "ZERO_ADDRESS", hint: "give an address that is not zero" },
  ZeroAmount: { code: "ZERO_AMOUNT", hint: "give an amount above 0" },

  /* CLAIMS */
  BondTooSmall: { code: "BOND_TOO_SMALL", hint: "raise the bond to `minimum` at least" },
  CallbackAlreadyDelivered: { code: "CALLBACK_ALREADY_DELIVERED", hint: "a verdict is delivered once" },
  ClaimExists: { code: "CLAIM_EXISTS", hint: "the same has been asserted before: choose another salt" },
  InsufficientGas: { code: "INSUFFICIENT_GAS", hint: "send with a gas limit above `needed`" },
  InvalidProof: { code: "INVALID_PROOF", hint: "the leaf is not under the claim's content hash" },
  NoCallback: { code: "NO_CALLBACK", hint: "the consumer has not registered for this claim" },
  NotASigner: { code: "NOT_A_SIGNER", hint: "the account is no statement signer of the agent: add it first" },
  PreimageMismatch: { code: "PREIMAGE_MISMATCH", hint: "content hash and rest are not those of the claim's id" },
  StatementExpired: { code: "STATEMENT_EXPIRED", hint: "a statement can be challenged until it expires" },
  StatementFallen: { code: "STATEMENT_FALLEN", hint: "the statement has fallen, and answers for nothing any more" },
  StatementUnderChallenge: {
    code: "STATEMENT_UNDER_CHALLENGE",
    hint: "wait until the running challenge is resolved",
    retryable: true,
  },
  UnexpectedStatus: { code: "UNEXPECTED_STATUS", hint: "the claim does not exist, or is past this step" },
  WindowClosed: { code: "WINDOW_CLOSED", hint: "the assertion can be disputed no more: resolve it" },
  WindowOpen: { code: "WINDOW_OPEN", hint: "wait until the window of disputes has closed", retryable: true },
  ZeroGasLimit: { code: "ZERO_GAS_LIMIT", hint: "a callback needs gas" },

  /* REGISTRY */
  DeadlineExpired: { code: "DEADLINE_EXPIRED", hint: "have the wallet sign again" },
  DeadlineTooFar: { code: "DEADLINE_TOO_FAR", hint: "a wallet's consent lasts five minutes at most" },
  ERC721IncorrectOwner: { code: "ERC721_INCORRECT_OWNER", hint: "the agent belongs to somebody else" },
  ERC721InsufficientApproval: {
    code: "ERC721_INSUFFICIENT_APPROVAL",
    hint: "only the agent's owner, or whom it approved",
  },
  ERC721InvalidApprover: { code: "ERC721_INVALID_APPROVER", hint: "only the agent's owner may approve" },
  ERC721InvalidOperator: { code: "ERC721_INVALID_OPERATOR", hint: "give an address that is not zero" },
  ERC721InvalidOwner: { code: "ERC721_INVALID_OWNER", hint: "give an address that is not zero" },
  ERC721InvalidReceiver: { code: "ERC721_INVALID_RECEIVER", hint: "the receiver does not accept ERC-721 tokens" },
  ERC721InvalidSender: { code: "ERC721_INVALID_SENDER", hint: "the agent cannot be registered twice" },
  ERC721NonexistentToken: { code: "UNKNOWN_AGENT", hint: "there is no such agent" },
  InvalidWalletSignature: { code: "INVALID_WALLET_SIGNATURE", hint: "the new wallet itself must sign its consent" },
  ReservedMetadataKey: { code: "RESERVED_METADATA_KEY", hint: "set the wallet with its consent instead" },
  ZeroAgentWallet: { code: "ZERO_AGENT_WALLET", hint: "unset the wallet instead" },

  /* TOKEN AND SIGNATURES */
  ECDSAInvalidSignature: { code: "INVALID_SIGNATURE", hint: "the signature is malformed" },
  ECDSAInvalidSignatureLength: { code: "INVALID_SIGNATURE_LENGTH", hint: "a key's signature has 65 bytes" },
  ECDSAInvalidSignatureS: { code: "INVALID_SIGNATURE_S", hint: "give the canonical form of the signature" },
  ERC20InsufficientAllowance: {
    code: "INSUFFICIENT_ALLOWANCE",
    hint: "approve the vault for what the action costs first",
  },
  ERC20InsufficientBalance: { code: "INSUFFICIENT_BALANCE", hint: "get tokens first; test tokens have a faucet" },
  ERC20InvalidApprover: { code: "ERC20_INVALID_APPROVER", hint: "the zero address owns nothing" },
  ERC20InvalidReceiver: { code: "ERC20_INVALID_RECEIVER", hint: "give an address that is not zero" },
  ERC20InvalidSender: { code: "ERC20_INVALID_SENDER", hint: "the zero address owns nothing" },
  ERC20InvalidSpender: { code: "ERC20_INVALID_SPENDER", hint: "give an address that is not zero" },
  ERC2612ExpiredSignature: { code: "PERMIT_EXPIRED", hint: "sign the permit again, with a later deadline" },
  ERC2612InvalidSigner: { code: "INVALID_PERMIT_SIGNER", hint: "the permit must be signed by the tokens' owner" },
  FaucetNotReady: { code: "FAUCET_NOT_READY", hint: "the faucet gives once a day to an account", retryable: true },
  InvalidAccountNonce: { code: "INVALID_ACCOUNT_NONCE", hint: "sign again: another permit was used first" },

  /* DEPLOYMENT */
  Create2EmptyBytecode: { code: "EMPTY_BYTECODE", hint: "give the contracts' creation code" },
  Create3EmptyBytecode: { code: "EMPTY_BYTECODE", hint: "give the contracts' creation code" },
  EpochLengthTooShort: { code: "EPOCH_LENGTH_TOO_SHORT", hint: "an epoch lasts `minimum` seconds at least" },
  FailedDeployment: {
    code: "FAILED_DEPLOYMENT",
    hint: "the salt was used before, or the constructor or the code's size was refused",
  },
  GenesisInFuture: { code: "GENESIS_IN_FUTURE", hint: "the first epoch must have begun" },
  GenesisTooOld: { code: "GENESIS_TOO_OLD", hint: "choose a later genesis" },
  InsufficientBalance: { code: "INSUFFICIENT_DEPLOYER_BALANCE", hint: "the factory lacks ether" },
  InvalidShortString: { code: "INVALID_SHORT_STRING", hint: "the contract's name is malformed" },
  StringTooLong: { code: "STRING_TOO_LONG", hint: "the contract's name is too long" },
  WrongWiring: { code: "WRONG_WIRING", hint: "give the creation code of Consensus and Claims, in this order" },
} as const satisfies Record<ErrorName, Known>;

/** Stable code of a custom error. */
export type ContractErrorCode = (typeof CONTRACT_ERRORS)[ErrorName]["code"];
