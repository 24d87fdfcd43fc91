// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AgentId, DomainId, QuestionId} from "../types/Ids.sol";

/// @title IConsensusEvents
/// @notice Events and errors of Consensus and of its libraries.
interface IConsensusEvents {
    event EpochRolled(uint32 indexed epoch, bytes32 seed);
    event DomainCreated(
        DomainId indexed domainId,
        address indexed creator,
        IConsensus.DomainParameters parameters,
        string uri
    );
    event Enrolled(
        AgentId indexed agentId,
        address indexed owner,
        bytes32 anchor,
        uint32 firstEpoch,
        uint16 generation
    );
    event AnchorAnnounced(AgentId indexed agentId, bytes32 anchor, uint32 firstEpoch);
    event Allocated(
        AgentId indexed agentId,
        DomainId indexed domainId,
        uint256 units,
        uint256 totalUnits,
        uint32 fromEpoch
    );
    /// @dev With what the whole beat made of the agent's stake, as AccountChanged of the vault tells it otherwise.
    event BallotCommitted(
        AgentId indexed agentId,
        uint32 epoch,
        bytes32 commitment,
        uint256 exposure,
        uint256 backing,
        uint256 available,
        uint256 locked
    );
    event CommitSkipped(AgentId indexed agentId, uint32 indexed epoch, bytes reason);
    event BallotRevealed(AgentId indexed agentId, uint32 epoch, bytes32 secret, bytes receipts);
    event BallotForfeited(AgentId indexed agentId, uint32 indexed epoch, uint256 exposure, address keeper);
    event BallotReleased(AgentId indexed agentId, uint32 indexed epoch, uint256 exposure);
    /// @dev Trust has no event of its own: it follows from what was revealed and settled, and from the terms of the questions, by the
    /// rule (trust.md).
    event BallotSettled(
        AgentId indexed agentId,
        uint32 epoch,
        uint256 gain,
        uint256 loss,
        address keeper,
        bytes remainder
    );
    event GenerationChanged(AgentId indexed agentId, uint16 generation);
    event QuestionAsked(
        QuestionId indexed questionId,
        address indexed asker,
        bytes32 indexed contentHash,
        bytes32 canaryCommitment,
        bytes32 salt,
        uint32 voteEpoch,
        uint256 offeredSeats,
        uint256 budgetSeats,
        string uri
    );
    /// @param payer the appellant, or 0 where the prepaid budget paid
    /// @param against the decisive outcome appealed against, 255 if the round before was undecided
    event RoundStarted(
        QuestionId indexed questionId,
        uint8 round,
        uint32 voteEpoch,
        uint256 offeredSeats,
        address indexed payer,
        uint8 against
    );
    event CanaryOpened(QuestionId indexed questionId, uint8 answer, bool startedRound);
    /// @param terms the terms of settlement as they are kept from now on; layout in Questions, "Final"
    event QuestionFinalized(QuestionId indexed questionId, uint256 terms);
    event Swept(uint256 amount);
    event BeatSkipped(AgentId indexed agentId, uint32 indexed epoch, bytes reason);
    event Reclaimed(QuestionId indexed questionId, address indexed asker, uint256 amount);

    error EpochLengthTooShort(uint256 epochLength, uint256 minimum);
    error GenesisTooOld(uint256 genesis, uint32 epoch);
    error GenesisInFuture(uint256 genesis, uint256 timestamp);
    error ParameterOutOfBounds(string parameter, uint256 value, uint256 minimum, uint256 maximum);
    error UnknownDomain(DomainId domainId);
    error DomainBelowMinStake(DomainId domainId, uint256 units, uint256 minimum);
    error UnknownQuestion(QuestionId questionId);
    error QuestionExists(QuestionId questionId);
    error QuestionNotOpen(QuestionId questionId);
    error NotFinal(QuestionId questionId, uint32 finalFrom, uint32 epoch);
    error NotAsker(address asker, address caller);
    error NothingToReclaim(QuestionId questionId);
    error TooManyRounds(QuestionId questionId, uint256 rounds, uint256 maximum);
    error NotAppealable(QuestionId questionId, uint32 appealEpoch, uint32 epoch);
    error VerdictIsDecisive(QuestionId questionId);
    error BudgetTooSmall(QuestionId questionId, uint256 seats, uint256 budget);
    error InFreeze(uint32 epoch);
    error NoCanary(QuestionId questionId);
    error CanaryMismatch(QuestionId questionId, bytes32 commitment);
    error OutcomeOutOfRange(uint256 outcome, uint256 outcomes);
    error NotAgentOwner(AgentId agentId, address caller);
    error NotAgentWallet(AgentId agentId, address caller);
    error NotEnrolled(AgentId agentId);
    error ZeroAnchor();
    error BallotStillOpen(AgentId agentId, uint32 epoch);
    error BallotsPending(AgentId agentId, uint16 ring);
    error AnchorAlreadyAnnounced(AgentId agentId, uint32 firstEpoch);
    error ChainNotValid(AgentId agentId, uint32 epoch, uint32 tipEpoch);
    error NoOpenBallot(AgentId agentId);
    error RevealOutOfEpoch(AgentId agentId, uint32 ballotEpoch, uint32 epoch);
    error CommitOutOfEpoch(AgentId agentId, uint32 commitEpoch, uint32 epoch);
    error RevealMismatch(AgentId agentId, uint32 epoch);
    error LinkMismatch(AgentId agentId);
    error NotOverdue(AgentId agentId, uint32 ballotEpoch, uint32 epoch);
    error RingSlotTaken(AgentId agentId, uint32 epoch);
    error InsufficientFreeStake(AgentId agentId, uint256 exposure, uint256 backing, uint256 free);
    error ExposureExceeded(uint256 needed, uint256 declared);
    error TooManyVotes(uint256 votes, uint256 maximum);
    error MalformedBallot(uint256 offset);
    error UnsortedVotes(uint256 offset);
    error ReceiptsMismatch(AgentId agentId, uint32 epoch);
    error NothingFinal(AgentId agentId, uint32 epoch);
    error AllocationTooLarge(AgentId agentId, uint256 amount, uint256 maximum);
    error NothingToSweep();
    error NothingToTrim(AgentId agentId, DomainId domainId);
    error NotPayer(address payer, address caller);
    error MalformedBeat(uint256 length);
    error BeatExpired(AgentId agentId, uint256 deadline, uint256 timestamp);
    error InvalidBeatSignature(AgentId agentId, address wallet);
    error AlreadyBeaten(AgentId agentId, uint32 epoch);
    error SignatureCountMismatch(uint256 beats, uint256 signatures);
    error NotSelf(address caller);
}

/// @title IConsensus
/// @notice Answers questions by secret committees of staked agents: epochs, ballots, tallies, verdicts, settlement, trust. It does not
/// know who asked, or why. No owner, no upgrade, no pause; parameters are immutable per deployment and per domain (protocol.md).
/// @dev Trust assumptions: the registry names each agent's owner and wallet (an upgradeable registry's owner could therefore reach
/// stake and voice); the stake token is a plain ERC-20; the chain's `prevrandao` is not constant and not known longer ahead than the
/// freeze, a sixteenth of an epoch. Amounts are wei of the stake token unless called units: an allocation unit is
/// 10^max(decimals - 3, 0) wei. A deployment lives for 2^24 epochs.
interface IConsensus is IConsensusEvents {
    enum QuestionStatus {
        Unknown,
        Open,
        Resolved,
        Unresolved
    }

    /// @notice What a reader may conclude.
    enum VerdictStatus {
        Unknown, // no such question
        Voting, // the round is being voted or revealed
        Undecided, // revealed and not decisive; may still be taken further
        Provisional, // decisive; may still be appealed
        Resolved, // final
        Unresolved // final, without an outcome
    }

    /// @notice Bounds in protocol.md section 11.
    struct DomainParameters {
        uint256 outcomes; // 2 to 16
        uint256 seats; // 3 to 255
        uint256 supermajorityBps; // 5,001 to 10,000
        uint256 maxRounds; // 1 to 4
        uint256 seatFee; // wei, 1 to 2^79
        uint256 seatBond; // wei, 8 to 64 seatFees
        uint256 burnBps; // 1,000 to 5,000
        uint256 minStake; // wei, at least seats x seatBond and 1,000 units
        uint256 silentEpochs; // 16 to 65,535
        uint256 assertionWindow; // epochs, 1 to 1,024
        bool openAnswers; // outcome numbers mean nothing from question to question
    }

    /// @notice Where a question comes from. Only its hash is kept, in the question's id, so callers pass it in again.
    struct Origin {
        DomainId domainId;
        address asker; // pays, and is paid back
        bytes32 contentHash;
        bytes32 canaryCommitment; // 0: not entered for the audit draw
        bytes32 salt; // any; lets one asker ask the same again
    }

    /// @notice Preimage of the agent's link: shown where no reveal proves it.
    struct Link {
        bytes32 tip; // last revealed secret, or the anchor
        bytes32 commitment; // of the open ballot, 0 if none
        uint256 exposure; // wei
        uint256 backing; // units
    }

    /// @notice One transaction of an agent and epoch. Every part may be left empty.
    struct Beat {
        AgentId agentId;
        uint32 settleEpoch; // epoch of the ballot that `receipts` are of
        bytes receipts; // to settle; empty: none
        Link previous; // of the open ballot; only exposure and backing are read for a reveal
        bytes32 secret; // of the open ballot's epoch; 0: nothing to reveal
        bytes ballot; // revealed
        uint32 commitEpoch; // epoch that `commitment` is for: a beat mined late must not commit what can never be revealed
        bytes32 commitment; // of this epoch's ballot; 0: none
        uint256 exposure; // wei, at least the sum over votes of seats x seatBond
        uint256 backing; // units of stake declared to stand behind the seats
    }

    struct AgentView {
        address owner; // at enrolment; 0 if not enrolled, or void
        uint32 tipEpoch;
        uint32 lastEpoch;
        uint16 ring;
        uint16 generation;
        bool ballotOpen;
        bytes20 link;
        bytes32 nextAnchor; // 0 if none is announced
        uint32 nextFrom;
    }

    struct QuestionView {
        QuestionStatus status;
        uint8 rounds;
        uint32 voteEpoch; // of the last round; 0 once finalized
        uint256 offeredSeats; // k' of the last round; 0 once finalized
        uint256 budgetSeats;
        uint8 canary; // 0 none, 1 entered, 2 opened without an answer, 3 + o opened with outcome o; 0 once finalized
        uint256 gain; // wei per coherent seat; 0 until finalized
        uint256 loss; // wei per incoherent seat; 0 until finalized
        uint256 evidence; // Q8; 0 until finalized
    }

    struct Verdict {
        VerdictStatus status;
        uint8 outcome; // 255: none. The leading outcome where Undecided or Unresolved
        uint16 supportBps; // of all weight
        uint8 rounds;
    }

    /// @notice What a desk needs to know of a domain.
    struct DeskTerms {
        uint256 fee; // wei, of a first round
        uint8 outcomes;
        uint32 assertionWindow; // epochs
        bool active; // a question asked now would find the minimum stake
    }

    /* DOMAINS */

    /// @notice Creates a domain for ever. Anyone. Reverts with ParameterOutOfBounds.
    /// @param uri describes what its questions and outcomes mean
    function createDomain(DomainParameters calldata parameters, string calldata uri) external returns (DomainId);

    /* THE AGENT'S ACTIONS */

    /// @notice Binds the agent to a new secret chain whose first secret is that of the epoch after the next. Owner or agentWallet, with
    /// no ballot open and none waiting to be settled. The first enrolment under a new owner voids all trust earned before.
    /// @param anchor H^M of the seed secret, not zero
    function enroll(AgentId agentId, bytes32 anchor) external;

    /// @notice Announces the chain that follows, from the epoch after the next, without a gap. Owner or agentWallet.
    function announceAnchor(AgentId agentId, bytes32 anchor) external;

    /// @notice Says how much of the agent's stake stands behind its seats in a domain, from the epoch after the next; 0 leaves.
    /// Owner or agentWallet; the same stake may stand in several domains.
    /// @param amount wei, rounded down to whole units; at most what is not pledged or being withdrawn
    function allocate(AgentId agentId, DomainId domainId, uint256 amount) external;

    /// @notice Settles an older ballot, reveals the ballot of the last epoch and commits one for this epoch, in this order. Settling
    /// and revealing anyone may do who knows the receipts or the secret; committing is the agentWallet's. A settlement or reveal that
    /// somebody else has sent first is skipped. A commit that cannot be made is skipped if an earlier part took effect.
    /// @return committed whether a ballot was committed
    function beat(Beat calldata b) external returns (bool committed);

    /// @notice As `beat`, for less calldata: what an agent's software sends.
    /// @param packed see Beats
    function beatPacked(bytes calldata packed) external returns (bool committed);

    /// @notice Sends the beats of many agents, each signed by its agentWallet (EIP-712 `RelayedBeat(bytes beat,uint128
    /// maxRelayFee,uint40 deadline)`; keys and ERC-1271 wallets). Anyone; the fees are credited to the caller. A beat that cannot take
    /// effect is skipped with BeatSkipped, which carries the error, and changes nothing. A relayed beat is for the epoch that it
    /// commits in and takes effect once at most: it leaves the agent with no ballot of an earlier epoch open.
    /// @param beats packed, each behind its relay terms: see Beats
    /// @param signatures of the agents' wallets, in the order of the beats
    /// @return relayed how many took effect
    function beatFor(bytes[] calldata beats, bytes[] calldata signatures) external returns (uint256 relayed);

    /* ANYONE'S ACTIONS */

    /// @notice Fixes the seed of the present epoch if nobody has; every other action does so first.
    function roll() external returns (uint32 epoch, bytes32 seed);

    /// @notice Settles what is final of a revealed ballot. Anyone; earns a twentieth of what is burned of another's.
    function settle(AgentId agentId, uint32 epoch, bytes calldata receipts) external;

    /// @notice Replaces the tally of a final question by its terms of settlement. Anyone.
    function finalize(QuestionId questionId) external;

    /// @notice Forfeits an overdue ballot; releases it if its reveal epoch never got a seed. Anyone; earns a
    /// two-hundredth of another's exposure.
    /// @param previous as in the events Enrolled, AnchorAnnounced or BallotRevealed (tip) and BallotCommitted
    function forfeit(AgentId agentId, Link calldata previous) external;

    /// @notice Lowers an allocation to what the agent still has, or to 0 if it has been silent too long. Anyone.
    function trim(AgentId agentId, DomainId domainId) external;

    /// @notice Credits the sink in the vault with all that settlements have left for it. Anyone. Reverts with NothingToSweep.
    /// @return amount wei
    function sweep() external returns (uint256 amount);

    /// @notice Asks a question of `seats` seats; the asker pays seatFee for each, for each seat of the budget and, if a canary
    /// commitment is given, a deposit of as much again. Only the asker, or Claims on its behalf.
    /// @param budgetRounds further rounds to prepay, which anyone may start while the question is undecided
    /// @return questionId its id
    /// @return cost wei of the above: taken from the asker, unless Claims asks, which pulls it itself
    function ask(
        Origin calldata origin,
        uint8 budgetRounds,
        string calldata uri
    ) external returns (QuestionId questionId, uint256 cost);

    /// @notice Pays for a further round. Anyone, once a round, in the epoch after the reveals, before its freeze.
    function appeal(QuestionId questionId) external;

    /// @notice Starts a further round of an undecided question from its budget. Anyone, when an appeal could be made.
    function spendBudget(QuestionId questionId) external;

    /// @notice Opens the canary commitment. Only the asker, in the epoch after the first round's reveals, before its freeze.
    /// The deposit comes back, unless a decisive verdict disagrees and a further round can be started: the asker then pays
    /// the rest of that round.
    /// @param answer known outcome, 255: not a canary
    function openCanary(Origin calldata origin, uint8 answer, bytes32 salt) external;

    /// @notice Credits the asker with the budget not spent and, where nobody voted, the fees less the burn. Anyone, once final.
    function reclaim(Origin calldata origin) external returns (uint256 amount);

    /* VIEWS */

    function currentEpoch() external view returns (uint32);

    /// @notice True in the last sixteenth of the epoch.
    function inFreeze() external view returns (bool);

    /// @notice Seed of an epoch, 0 if it has none or is too long ago.
    function seedOf(uint32 epoch) external view returns (bytes32);

    function domain(DomainId domainId) external view returns (DomainParameters memory);

    /// @notice What a desk needs to know of a domain. Reverts with UnknownDomain.
    function deskTerms(DomainId domainId) external view returns (DeskTerms memory);

    /// @notice Running counts of final outcomes (Q8) and participation (Q16).
    function statistics(DomainId domainId) external view returns (uint256[] memory counts, uint256 participation);

    /// @notice Wei that are due to the sink and not swept into the vault yet.
    function unsweptDue() external view returns (uint256);

    /// @notice Units allocated by all agents, as counts in `epoch` (exact from the last epoch on).
    function totalAllocation(DomainId domainId, uint32 epoch) external view returns (uint256 units);

    function allocation(AgentId agentId, DomainId domainId, uint32 epoch) external view returns (uint256 units);

    function agent(AgentId agentId) external view returns (AgentView memory);

    /// @notice Seats of an agent in the present round of an open question, given its secret of the round's epoch.
    function seatsOf(
        AgentId agentId,
        QuestionId questionId,
        bytes32 secret,
        uint256 backing
    ) external view returns (uint256);

    function questionIdOf(Origin calldata origin) external pure returns (QuestionId);

    function question(QuestionId questionId) external view returns (QuestionView memory);

    /// @notice Seats and weights (Q8) by outcome; empty once finalized.
    function tally(QuestionId questionId) external view returns (uint256[] memory seats, uint256[] memory weights);

    /// @notice The verdict so far or for ever; a pure function of tally and clock until somebody finalizes it.
    function verdict(QuestionId questionId) external view returns (Verdict memory);

    /// @notice Stake an attacker must (once final: would have had to) put at risk to make another outcome decisive, wei.
    function stakeAtRisk(QuestionId questionId) external view returns (uint256);

    /// @notice Evidence for and against (Q8), verdicts scored, and the weight of a seat (Q8) of an agent in a domain.
    function trust(
        AgentId agentId,
        DomainId domainId
    ) external view returns (uint256 alpha, uint256 beta, uint256 verdicts, uint256 weight);
}
