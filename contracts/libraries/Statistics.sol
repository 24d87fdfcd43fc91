// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Sortition} from "./Sortition.sol";
import {EVIDENCE_CAP, Trust} from "./Trust.sol";

/// @title Statistics
/// @notice Running statistics of a domain: how often each outcome was final, and how many offered seats are revealed.
/// @dev Word 0, from bit 0: counts of outcomes 0 to 7, 16 bits each (Q8) | participation 16 (Q16).
/// Word 1: counts of outcomes 8 to 15. Counts are worked on where they stand: a question is finalized for every few votes.
library Statistics {
    struct State {
        uint256 head;
        uint256 tail; // only in domains of more than eight outcomes
    }

    /// @notice Stands for the outcome of a question that is not counted.
    uint256 internal constant NOT_COUNTED = type(uint256).max;

    uint256 private constant PER_WORD = 8;
    uint256 private constant COUNT_BITS = 16;
    uint256 private constant COUNT_MASK = (1 << COUNT_BITS) - 1;
    uint256 private constant COUNTS_MASK = (1 << 128) - 1;
    uint256 private constant PARTICIPATION_SHIFT = 128;
    // Every other count of a word, and ones that add four of them up in the top 32 of 128 bits.
    uint256 private constant EVEN_COUNTS = 0x0000ffff0000ffff0000ffff0000ffff;
    uint256 private constant ADD_UP = 0x00000001000000010000000100000001;

    function initialize(State storage self, uint256 outcomes) internal {
        uint256 counts = 0;
        for (uint256 i = 0; i < PER_WORD; ++i) counts |= Trust.COUNT_START << (i * COUNT_BITS);
        self.head = (counts & _mask(outcomes)) | (Sortition.FULL_PARTICIPATION << PARTICIPATION_SHIFT);
        if (outcomes > PER_WORD) self.tail = counts & _mask(outcomes - PER_WORD);
    }

    /// @return counts of the domain's outcomes, Q8
    /// @return participation Q16
    function load(
        State storage self,
        uint256 outcomes
    ) internal view returns (uint256[] memory counts, uint256 participation) {
        (uint256 head, uint256 tail) = (self.head, self.tail);
        counts = new uint256[](outcomes);
        for (uint256 i = 0; i < outcomes; ++i) counts[i] = _countOf(i < PER_WORD ? head : tail, i % PER_WORD);
        participation = head >> PARTICIPATION_SHIFT;
    }

    function participationOf(State storage self) internal view returns (uint256) {
        return self.head >> PARTICIPATION_SHIFT;
    }

    /// @notice Records a final question.
    /// @param outcome counted, or NOT_COUNTED
    /// @param revealed seats of all its rounds
    /// @param offered seats of all its rounds
    /// @return g rarity of the outcome before it is counted, Q8; 1 if it is not counted
    function record(
        State storage self,
        uint256 outcomes,
        uint256 outcome,
        uint256 revealed,
        uint256 offered
    ) internal returns (uint256 g) {
        uint256 counts = self.head;
        uint256 participation = Sortition.updateParticipation(counts >> PARTICIPATION_SHIFT, revealed, offered);
        counts &= COUNTS_MASK;
        if (outcome == NOT_COUNTED) g = Trust.ONE;
        else if (outcomes <= PER_WORD) (g, counts) = _recordShort(counts, outcomes, outcome);
        else (g, counts) = _recordLong(self, counts, outcomes, outcome);
        self.head = counts | (participation << PARTICIPATION_SHIFT);
    }

    /// @dev Counts an outcome of up to eight, which stand in one word.
    function _recordShort(
        uint256 counts,
        uint256 outcomes,
        uint256 outcome
    ) private pure returns (uint256 g, uint256 counted) {
        unchecked {
            uint256 sum = _sum(counts);
            g = Trust.rarity(sum, _countOf(counts, outcome), outcomes);
            counted = _counted(counts, outcome, sum + Trust.ONE > EVIDENCE_CAP);
        }
    }

    /// @dev Counts an outcome of nine to sixteen, which stand in two words.
    function _recordLong(
        State storage self,
        uint256 counts,
        uint256 outcomes,
        uint256 outcome
    ) private returns (uint256 g, uint256 counted) {
        unchecked {
            uint256 tail = self.tail;
            uint256 sum = _sum(counts) + _sum(tail);
            bool first = outcome < PER_WORD;
            uint256 place = outcome % PER_WORD;
            g = Trust.rarity(sum, _countOf(first ? counts : tail, place), outcomes);
            bool full = sum + Trust.ONE > EVIDENCE_CAP;
            counted = _counted(counts, first ? place : PER_WORD, full);
            self.tail = _counted(tail, first ? PER_WORD : place, full);
        }
    }

    /// @dev The counts of a word with that at `place` counted, none if it is PER_WORD; if `full`, each forgets a sixteenth.
    function _counted(uint256 counts, uint256 place, bool full) private pure returns (uint256 result) {
        unchecked {
            if (!full) return place < PER_WORD ? counts + (Trust.ONE << (place * COUNT_BITS)) : counts;
            // A count and its 256 may need 17 bits until it has decayed, so this is done one by one.
            for (uint256 i = 0; counts != 0; ++i) {
                uint256 count = counts & COUNT_MASK;
                if (i == place) count += Trust.ONE;
                result |= Trust.decay(count) << (i * COUNT_BITS);
                counts >>= COUNT_BITS;
            }
        }
    }

    /// @dev Sum of the eight counts of a word: pairs first, in 32 bits each, then all four at once.
    function _sum(uint256 counts) private pure returns (uint256) {
        unchecked {
            uint256 pairs = (counts & EVEN_COUNTS) + ((counts >> COUNT_BITS) & EVEN_COUNTS);
            return ((pairs * ADD_UP) >> 96) & 0xffffffff;
        }
    }

    function _countOf(uint256 counts, uint256 place) private pure returns (uint256) {
        unchecked {
            return (counts >> (place * COUNT_BITS)) & COUNT_MASK;
        }
    }

    function _mask(uint256 counts) private pure returns (uint256) {
        return counts >= PER_WORD ? COUNTS_MASK : (1 << (counts * COUNT_BITS)) - 1;
    }
}
