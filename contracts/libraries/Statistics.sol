// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Sortition} from "./Sortition.sol";
import {Trust} from "./Trust.sol";

/// @title Statistics
/// @notice Running statistics of a domain: how often each outcome was final, and how many offered seats are revealed.
/// @dev Word 0, from bit 0: counts of outcomes 0 to 7, 16 bits each (Q8) | participation 16 (Q16) | dust 112 (wei).
/// Word 1: outcomes 8 to 15.
library Statistics {
    struct State {
        uint256 head;
        uint256 tail; // only in domains of more than eight outcomes
    }

    uint256 private constant PER_WORD = 8;
    uint256 private constant COUNT_BITS = 16;
    uint256 private constant PARTICIPATION_SHIFT = 128;
    uint256 private constant DUST_SHIFT = 144;

    function initialize(State storage self, uint256 outcomes) internal {
        uint256[] memory counts = new uint256[](outcomes);
        for (uint256 i = 0; i < outcomes; ++i) counts[i] = Trust.COUNT_START;
        store(self, counts, Sortition.FULL_PARTICIPATION, 0);
    }

    /// @return counts of the domain's outcomes, Q8
    /// @return participation Q16
    /// @return dust wei that rounding left of the domain's questions and that is the sink's
    function load(
        State storage self,
        uint256 outcomes
    ) internal view returns (uint256[] memory counts, uint256 participation, uint256 dust) {
        counts = new uint256[](outcomes);
        uint256 word = self.head;
        participation = (word >> PARTICIPATION_SHIFT) & 0xffff;
        dust = word >> DUST_SHIFT;
        unchecked {
            for (uint256 i = 0; i < outcomes; ++i) {
                if (i == PER_WORD) word = self.tail;
                counts[i] = word & 0xffff;
                word >>= COUNT_BITS;
            }
        }
    }

    function participationOf(State storage self) internal view returns (uint256) {
        return (self.head >> PARTICIPATION_SHIFT) & 0xffff;
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

    function store(State storage self, uint256[] memory counts, uint256 participation, uint256 dust) internal {
        uint256 head = (participation << PARTICIPATION_SHIFT) | (dust << DUST_SHIFT);
        uint256 tail = 0;
        unchecked {
            for (uint256 i = 0; i < counts.length; ++i) {
                if (i < PER_WORD) head |= counts[i] << (i * COUNT_BITS);
                else tail |= counts[i] << ((i - PER_WORD) * COUNT_BITS);
            }
        }
        self.head = head;
        if (counts.length > PER_WORD) self.tail = tail;
    }
}
