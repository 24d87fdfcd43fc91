// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Sortition} from "./Sortition.sol";
import {Trust} from "./Trust.sol";

/// @title Statistics
/// @notice Running statistics of a domain: how often each outcome was final, and how many offered seats are revealed.
/// @dev Word 0, from bit 0: counts of outcomes 0 to 7, 16 bits each (Q8) | participation 16 (Q16). Word 1: outcomes 8 to 15.
library Statistics {
    struct State {
        uint256 head;
        uint256 tail; // only in domains of more than eight outcomes
    }

    uint256 private constant PER_WORD = 8;
    uint256 private constant COUNT_BITS = 16;
    uint256 private constant PARTICIPATION_SHIFT = 128;

    function initialize(State storage self, uint256 outcomes) internal {
        uint256[] memory counts = new uint256[](outcomes);
        for (uint256 i = 0; i < outcomes; ++i) counts[i] = Trust.COUNT_START;
        store(self, counts, Sortition.FULL_PARTICIPATION);
    }

    function load(
        State storage self,
        uint256 outcomes
    ) internal view returns (uint256[] memory counts, uint256 participation) {
        counts = new uint256[](outcomes);
        uint256 word = self.head;
        participation = (word >> PARTICIPATION_SHIFT) & 0xffff;
        for (uint256 i = 0; i < outcomes; ++i) {
            if (i == PER_WORD) word = self.tail;
            counts[i] = (word >> ((i % PER_WORD) * COUNT_BITS)) & 0xffff;
        }
    }

    function participationOf(State storage self) internal view returns (uint256) {
        return (self.head >> PARTICIPATION_SHIFT) & 0xffff;
    }

    function store(State storage self, uint256[] memory counts, uint256 participation) internal {
        uint256 head = participation << PARTICIPATION_SHIFT;
        uint256 tail = 0;
        for (uint256 i = 0; i < counts.length; ++i) {
            uint256 shifted = counts[i] << ((i % PER_WORD) * COUNT_BITS);
            if (i < PER_WORD) head |= shifted;
            else tail |= shifted;
        }
        self.head = head;
        if (counts.length > PER_WORD) self.tail = tail;
    }
}
