// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Questions} from "./Questions.sol";
import {Trust} from "./Trust.sol";

/// @title Verdicts
/// @notice The verdict as a pure function of the tally (protocol.md section 6).
library Verdicts {
    uint256 internal constant BPS = 10_000;

    struct Verdict {
        bool decisive;
        uint256 outcome; // leading outcome, Questions.NO_OUTCOME if nobody voted
        uint256 seats; // revealed, all outcomes
        uint256 weight; // of all outcomes, Q8
        uint256 leadingSeats;
        uint256 leadingWeight; // Q8
        uint256 supportBps; // the leading outcome's share of the weight
        uint256 riskSeats; // seats of full weight that another outcome lacks to more than half, saturating
    }

    /// @notice Verdict so far.
    /// @param head word of the open question
    /// @param outcomes K of the domain
    /// @param firstRoundSeats k of the domain; half of it is the quorum
    /// @param supermajorityBps share of the weight that decides; more than half does in the last round
    function verdict(
        Questions.Slots storage slots,
        uint256 head,
        uint256 outcomes,
        uint256 firstRoundSeats,
        uint256 supermajorityBps,
        bool lastRound
    ) internal view returns (Verdict memory v) {
        uint256 second = _count(slots, head, outcomes, v);
        // 20 bits of seats, 32 bits of weight, 14 bits of bps; the second is never more than half of the weight.
        unchecked {
            uint256 leading = v.leadingWeight;
            uint256 weight = v.weight;
            bool majority = lastRound ? 2 * leading > weight : leading * BPS >= supermajorityBps * weight;
            v.decisive = majority && leading > second && v.seats >= (firstRoundSeats + 1) / 2;
            if (weight != 0) v.supportBps = (leading * BPS) / weight;
            uint256 riskSeats = (weight - 2 * second + Trust.WEIGHT_CAP) / Trust.WEIGHT_CAP;
            v.riskSeats = riskSeats < Questions.MAX_RISK_SEATS ? riskSeats : Questions.MAX_RISK_SEATS;
        }
    }

    /// @dev Fills in what the tallies come to. Returns the largest weight besides the leading outcome's.
    function _count(
        Questions.Slots storage slots,
        uint256 head,
        uint256 outcomes,
        Verdict memory v
    ) private view returns (uint256) {
        uint256 word = Questions.firstTally(head);
        // Weight above seats: among equal weights more seats lead, then the lower number.
        uint256 best = 0;
        uint256 second = 0;
        v.outcome = Questions.NO_OUTCOME;
        // As in verdict.
        unchecked {
            for (uint256 o = 0; o < outcomes; ++o) {
                if (Questions.startsWord(o)) word = Questions.tallyWord(slots, o);
                (uint256 seats, uint256 weight) = Questions.tallyOf(word);
                word = Questions.nextTally(word);
                v.seats += seats;
                v.weight += weight;
                uint256 rank = (weight << 16) | seats;
                if (rank > best) (second, best, v.outcome) = (best, rank, o);
                else if (rank > second) second = rank;
            }
        }
        (v.leadingWeight, v.leadingSeats) = (best >> 16, best & 0xffff);
        return second >> 16;
    }
}
