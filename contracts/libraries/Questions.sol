// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

// Of the file, as assembly elsewhere knows no other constants.

/// @dev The bits that tell whether a question is open for the ballots of an epoch: status and epoch.
uint256 constant BALLOT_MASK = 0x1fffffffe000000000003;

/// @dev Tallies: where the first begins in an open word, bits of each, and how many stand in that word and in each further one.
uint256 constant TALLY_SHIFT = 81;
uint256 constant TALLY_BITS = 44;
uint256 constant HEAD_TALLIES = 3;
uint256 constant WORD_TALLIES = 5;

/// @title Questions
/// @notice The one slot of a question: while open its schedule and tally, afterwards the terms of settlement.
/// @dev Open, from bit 0: status 2 | rounds 3 | canary 5 | budget 12 | offered 14 | k' 13 | epoch 32 | 3 x (seats 16, weight 28).
/// Outcomes from 3 on stand in further words of five such pairs.
/// Final: status 2 | rounds 3 | outcome 5 | budget 12 | support 14 | evidence 14 | riskSeats 13 | loss 86 | gain 104 | refundable 1.
library Questions {
    uint256 internal constant NONE = 0;
    uint256 internal constant OPEN = 1;
    uint256 internal constant RESOLVED = 2;
    uint256 internal constant UNRESOLVED = 3;

    uint256 internal constant NO_OUTCOME = 31;

    uint256 internal constant NO_CANARY = 0;
    uint256 internal constant CANARY_ENTERED = 1;
    uint256 internal constant CANARY_EMPTY = 2;
    uint256 internal constant CANARY_OUTCOME = 3; // plus the outcome

    uint256 internal constant MAX_GAIN = (1 << 104) - 1;
    uint256 internal constant MAX_RISK_SEATS = (1 << 13) - 1;

    uint256 private constant ROUNDS_BITS = 7 << 2;
    uint256 private constant BUDGET_BITS = 0xfff << 10;
    uint256 private constant REFUNDABLE = 1 << 253;
    uint256 private constant EPOCH_SHIFT = 49;
    uint256 private constant TALLY_MASK = (1 << TALLY_BITS) - 1;
    uint256 private constant SEATS_BITS = 16;
    uint256 private constant SEATS_MASK = (1 << SEATS_BITS) - 1;

    /// @notice Where the tally of an outcome stands.
    struct Slots {
        uint256 head;
        mapping(uint256 index => uint256 word) more;
    }

    /// @notice Schedule of an open question.
    struct Header {
        uint256 rounds; // held or running, 1 to 4
        uint256 canary;
        uint256 budget; // prepaid seats of further rounds
        uint256 offered; // sum of k' over the rounds
        uint256 offeredNow; // k' of the round in `epoch`
        uint256 epoch; // of the vote of the last round
    }

    /// @notice Terms of settlement of a final question.
    struct Terms {
        uint256 status; // RESOLVED or UNRESOLVED
        uint256 rounds;
        uint256 outcome; // final, or the leading one of an unresolved question; NO_OUTCOME if nobody voted
        uint256 budget; // seats prepaid and not used, until reclaimed
        uint256 supportBps;
        uint256 evidence; // Q8
        uint256 riskSeats;
        uint256 loss; // wei per incoherent seat
        uint256 gain; // wei per coherent seat
        bool refundable; // nobody voted: the asker's fees, less the burn, until reclaimed
    }

    /// @notice Seats and weight (Q8) of every outcome.
    struct Tally {
        uint256[] seats;
        uint256[] weights;
    }

    /// @notice What the bits of BALLOT_MASK say of a question that is open for the ballots of `epoch`.
    function openFor(uint256 epoch) internal pure returns (uint256) {
        return OPEN | (epoch << EPOCH_SHIFT);
    }

    function statusOf(uint256 word) internal pure returns (uint256) {
        return word & 3;
    }

    function epochOf(uint256 word) internal pure returns (uint256) {
        return (word >> EPOCH_SHIFT) & 0xffffffff;
    }

    function offeredNowOf(uint256 word) internal pure returns (uint256) {
        return (word >> 36) & 0x1fff;
    }

    function roundsOf(uint256 word) internal pure returns (uint256) {
        return (word >> 2) & 7;
    }

    function canaryOf(uint256 openWord) internal pure returns (uint256) {
        return (openWord >> 5) & 31;
    }

    function budgetOf(uint256 word) internal pure returns (uint256) {
        return (word >> 10) & 0xfff;
    }

    function offeredOf(uint256 openWord) internal pure returns (uint256) {
        return (openWord >> 22) & 0x3fff;
    }

    function header(uint256 word) internal pure returns (Header memory h) {
        h.rounds = roundsOf(word);
        h.canary = canaryOf(word);
        h.budget = budgetOf(word);
        h.offered = offeredOf(word);
        h.offeredNow = offeredNowOf(word);
        h.epoch = epochOf(word);
    }

    function outcomeOf(uint256 finalWord) internal pure returns (uint256) {
        return (finalWord >> 5) & 31;
    }

    function evidenceOf(uint256 finalWord) internal pure returns (uint256) {
        return (finalWord >> 36) & 0x3fff;
    }

    function lossOf(uint256 finalWord) internal pure returns (uint256) {
        return (finalWord >> 63) & ((1 << 86) - 1);
    }

    function gainOf(uint256 finalWord) internal pure returns (uint256) {
        return (finalWord >> 149) & MAX_GAIN;
    }

    /// @notice The open word with its schedule replaced; tallies are kept.
    function withHeader(uint256 word, Header memory h) internal pure returns (uint256) {
        return
            ((word >> TALLY_SHIFT) << TALLY_SHIFT) |
            OPEN |
            (h.rounds << 2) |
            (h.canary << 5) |
            (h.budget << 10) |
            (h.offered << 22) |
            (h.offeredNow << 36) |
            (h.epoch << EPOCH_SHIFT);
    }

    function terms(uint256 word) internal pure returns (Terms memory t) {
        t.status = word & 3;
        t.rounds = roundsOf(word);
        t.outcome = outcomeOf(word);
        t.budget = budgetOf(word);
        t.supportBps = (word >> 22) & 0x3fff;
        t.evidence = evidenceOf(word);
        t.riskSeats = (word >> 50) & 0x1fff;
        t.loss = lossOf(word);
        t.gain = gainOf(word);
        t.refundable = word & REFUNDABLE != 0;
    }

    /// @notice Part of a final word: how the question ended. The other parts are added with `|`.
    /// @param openWord whose rounds and budget are kept
    /// @param status RESOLVED or UNRESOLVED
    /// @param outcome see Terms
    function encodeEnd(uint256 openWord, uint256 status, uint256 outcome) internal pure returns (uint256) {
        return (openWord & (ROUNDS_BITS | BUDGET_BITS)) | status | (outcome << 5);
    }

    /// @notice Part of a final word: how firm its verdict is.
    /// @param seats revealed; without any the asker's fees are refundable
    function encodeSupport(uint256 supportBps, uint256 riskSeats, uint256 seats) internal pure returns (uint256 word) {
        word = (supportBps << 22) | (riskSeats << 50);
        if (seats == 0) word |= REFUNDABLE;
    }

    /// @notice Part of a final word: what it means for a seat.
    function encodePayout(uint256 evidence, uint256 loss, uint256 gain) internal pure returns (uint256) {
        return (evidence << 36) | (loss << 63) | (gain << 149);
    }

    /// @notice The final word once its asker has reclaimed what is left.
    function reclaimed(uint256 finalWord) internal pure returns (uint256) {
        return finalWord & ~(REFUNDABLE | BUDGET_BITS);
    }

    /// @notice What a seat of `weight` adds to a tally: itself, and its weight. A vote whose seats have no room in their 16 bits is void;
    /// where they have, so has the weight.
    /// @param weight at most Trust.WEIGHT_CAP, so that 28 bits hold the weight of 2^16 seats
    function seatOf(uint256 weight) internal pure returns (uint256) {
        return 1 | (weight << SEATS_BITS);
    }

    /// @notice Seats and weights of all outcomes.
    function tally(Slots storage self, uint256 head, uint256 outcomes) internal view returns (Tally memory t) {
        t.seats = new uint256[](outcomes);
        t.weights = new uint256[](outcomes);
        uint256 word = firstTally(head);
        uint256 wordAt = nextWordAt(0);
        for (uint256 o = 0; o < outcomes; ++o) {
            if (o == wordAt) (word, wordAt) = (tallyWord(self, o), nextWordAt(o));
            uint256 one = tallyOf(word);
            (t.seats[o], t.weights[o]) = (seatsOf(one), weightOf(one));
            word = nextTally(word);
        }
    }

    /// @notice The open word, shifted so that the tally of outcome 0 comes first.
    function firstTally(uint256 head) internal pure returns (uint256) {
        return head >> TALLY_SHIFT;
    }

    function nextTally(uint256 word) internal pure returns (uint256) {
        return word >> TALLY_BITS;
    }

    /// @notice The outcome whose tally is the first of the next further word, where that of `outcome` was the first of one; the first
    /// such outcome for 0.
    function nextWordAt(uint256 outcome) internal pure returns (uint256) {
        unchecked {
            return outcome == 0 ? HEAD_TALLIES : outcome + WORD_TALLIES;
        }
    }

    /// @notice The further word that the tally of `outcome`, from HEAD_TALLIES on, stands in.
    function tallyWord(Slots storage self, uint256 outcome) internal view returns (uint256) {
        unchecked {
            return self.more[(outcome - HEAD_TALLIES) / WORD_TALLIES];
        }
    }

    /// @notice The tally that comes first in `word`: weight above seats.
    function tallyOf(uint256 word) internal pure returns (uint256) {
        return word & TALLY_MASK;
    }

    function seatsOf(uint256 tally_) internal pure returns (uint256) {
        return tally_ & SEATS_MASK;
    }

    function weightOf(uint256 tally_) internal pure returns (uint256) {
        return tally_ >> SEATS_BITS;
    }
}
