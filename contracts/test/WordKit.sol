// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ConsensusState} from "../libraries/ConsensusState.sol";
import {Questions} from "../libraries/Questions.sol";
import {Statistics} from "../libraries/Statistics.sol";
import {Verdicts} from "../libraries/Verdicts.sol";

/// @notice Writes the packed words of the core from plain arrays, for tests that start from any state.
library WordKit {
    /// @notice Stores statistics as they would stand after any history.
    function store(Statistics.State storage self, uint256[] memory counts, uint256 participation) internal {
        uint256 head = participation << 128;
        uint256 tail = 0;
        for (uint256 i = 0; i < counts.length; ++i) {
            if (i < 8) head |= counts[i] << (i * 16);
            else tail |= counts[i] << ((i - 8) * 16);
        }
        (self.head, self.tail) = (head, tail);
    }

    /// @notice A domain's slot with what settlement needs of it.
    function packedDomain(
        uint256 seatFee,
        uint256 seatBond,
        uint256 burnBps,
        uint256 seats
    ) internal pure returns (ConsensusState.Packed) {
        return ConsensusState.Packed.wrap(seatFee | (seatBond << 80) | (burnBps << 184) | (seats << 216));
    }

    /// @notice The verdict on a tally, written to `slots` first.
    function verdict(
        Questions.Slots storage slots,
        Questions.Tally memory t,
        uint256 firstRoundSeats,
        uint256 supermajorityBps,
        bool lastRound
    ) internal returns (Verdicts.Verdict memory) {
        uint256 outcomes = t.seats.length;
        uint256[4] memory words; // the head, then the further ones
        for (uint256 o = 0; o < outcomes; ++o) {
            uint256 pair = t.seats[o] | (t.weights[o] << 16);
            if (o < 3) words[0] |= pair << (81 + o * 44);
            else words[1 + (o - 3) / 5] |= pair << (((o - 3) % 5) * 44);
        }
        for (uint256 n = 0; n < 3; ++n) slots.more[n] = words[n + 1];
        return Verdicts.verdict(slots, words[0], outcomes, firstRoundSeats, supermajorityBps, lastRound);
    }
}
