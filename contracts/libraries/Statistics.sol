// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Sortition} from "./Sortition.sol";
import {Trust} from "./Trust.sol";

/// @title Statistics
/// @notice Running statistics of a domain: how often each outcome was final, how many offered seats are revealed, and the dust that
/// rounding leaves.
/// @dev Word 0, from bit 0: counts of outcomes 0 to 7, 16 bits each (Q8) | participation 16 (Q16) | dust 112 (wei).
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
    uint256 private constant DUST_SHIFT = 144;

    function initialize(State storage self, uint256 outcomes) internal {
        uint256 counts = 0;
        for (uint256 i = 0; i < PER_WORD; ++i) counts |= Trust.COUNT_START << (i * COUNT_BITS);
        self.head = (counts & _mask(outcomes)) | (Sortition.FULL_PARTICIPATION << PARTICIPATION_SHIFT);
        if (outcomes > PER_WORD) self.tail = counts & _mask(outcomes - PER_WORD);
    }

    /// @return counts of the domain's outcomes, Q8
    /// @return participation Q16
    /// @return dust wei that rounding left of the domain's questions and that is the sink's
    function load(
        State storage self,
        uint256 outcomes
    ) internal view returns (uint256[] memory counts, uint256 participation, uint256 dust) {
        (uint256 head, uint256 tail) = (self.head, self.tail);
        counts = new uint256[](outcomes);
        for (uint256 i = 0; i < outcomes; ++i) counts[i] = _countOf(head, tail, i);
        participation = _participationOf(head);
        dust = head >> DUST_SHIFT;
    }

    function participationOf(State storage self) internal view returns (uint256) {
        return _participationOf(self.head);
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
        uint256 head = self.head;
        uint256 participation = Sortition.updateParticipation(_participationOf(head), revealed, offered);
        g = Trust.ONE;
        if (outcome != NOT_COUNTED) {
            uint256 tail = outcomes > PER_WORD ? self.tail : 0;
            uint256 sum = _sum(head & COUNTS_MASK) + _sum(tail);
            g = Trust.rarity(sum, _countOf(head, tail, outcome), outcomes);
            bool full = sum + Trust.ONE > Trust.EVIDENCE_CAP;
            head = (head & ~COUNTS_MASK) | _counted(head & COUNTS_MASK, outcome, full);
            if (outcomes > PER_WORD) {
                self.tail = _counted(tail, outcome < PER_WORD ? NOT_COUNTED : outcome - PER_WORD, full);
            }
        }
        head &= ~(COUNT_MASK << PARTICIPATION_SHIFT);
        self.head = head | (participation << PARTICIPATION_SHIFT);
    }

    /// @notice Adds at most 2^16 wei of dust: 112 bits hold that of 2^96 questions.
    function addDust(State storage self, uint256 amount) internal {
        if (amount != 0) self.head += amount << DUST_SHIFT;
    }

    /// @notice Empties the domain's dust.
    function takeDust(State storage self) internal returns (uint256 dust) {
        uint256 word = self.head;
        dust = word >> DUST_SHIFT;
        self.head = word & ((1 << DUST_SHIFT) - 1);
    }

    /// @dev Eight counts with `outcome` counted, where it is one of them; if `full`, each forgets a sixteenth.
    function _counted(uint256 counts, uint256 outcome, bool full) private pure returns (uint256 result) {
        unchecked {
            if (!full) return outcome < PER_WORD ? counts + (Trust.ONE << (outcome * COUNT_BITS)) : counts;
            // A count and its 256 may need 17 bits until it has decayed, so this is done one by one.
            for (uint256 i = 0; counts != 0; ++i) {
                uint256 count = counts & COUNT_MASK;
                if (i == outcome) count += Trust.ONE;
                result |= Trust.decay(count) << (i * COUNT_BITS);
                counts >>= COUNT_BITS;
            }
        }
    }

    /// @dev Sum of up to eight counts. Counts are never 0, so the rest of the word is empty at the first that is.
    function _sum(uint256 counts) private pure returns (uint256 sum) {
        unchecked {
            for (; counts != 0; counts >>= COUNT_BITS) sum += counts & COUNT_MASK;
        }
    }

    function _countOf(uint256 head, uint256 tail, uint256 outcome) private pure returns (uint256) {
        unchecked {
            return
                outcome < PER_WORD
                    ? (head >> (outcome * COUNT_BITS)) & COUNT_MASK
                    : (tail >> ((outcome - PER_WORD) * COUNT_BITS)) & COUNT_MASK;
        }
    }

    function _participationOf(uint256 head) private pure returns (uint256) {
        return (head >> PARTICIPATION_SHIFT) & COUNT_MASK;
    }

    function _mask(uint256 counts) private pure returns (uint256) {
        return counts >= PER_WORD ? COUNTS_MASK : (1 << (counts * COUNT_BITS)) - 1;
    }
}
