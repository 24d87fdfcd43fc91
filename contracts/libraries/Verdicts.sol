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
    /// @param firstRoundSeats k of the domain; half of it is the quorum
    /// @param supermajorityBps share of the weight that decides
    /// @param lastRound more than half decides in the last round
    function verdict(
        Questions.Tally memory t,
        uint256 firstRoundSeats,
        uint256 supermajorityBps,
        bool lastRound
    ) internal pure returns (Verdict memory v) {
        v.outcome = Questions.NO_OUTCOME;
        uint256 second = 0;
        // At most 16 tallies of 16 bits of seats and 28 bits of weight; bps take 14 more.
        unchecked {
            for (uint256 o = 0; o < t.seats.length; ++o) {
                uint256 seats = t.seats[o];
                if (seats == 0) continue;
                uint256 w = t.weights[o];
                v.seats += seats;
                v.weight += w;
                if (
                    v.outcome == Questions.NO_OUTCOME ||
                    w > v.leadingWeight ||
                    (w == v.leadingWeight && seats > v.leadingSeats)
                ) {
                    second = v.leadingWeight;
                    (v.outcome, v.leadingWeight, v.leadingSeats) = (o, w, seats);
                } else if (w > second) {
                    second = w;
                }
            }
            bool quorum = v.seats >= (firstRoundSeats + 1) / 2;
            bool majority =
                lastRound ? 2 * v.leadingWeight > v.weight : v.leadingWeight * BPS >= supermajorityBps * v.weight;
            v.decisive = quorum && majority && v.leadingWeight > second;
            if (v.weight != 0) v.supportBps = (v.leadingWeight * BPS) / v.weight;
            // The second is never more than half of the weight.
            uint256 missing = v.weight - 2 * second + 1;
            uint256 riskSeats = (missing + Trust.WEIGHT_CAP - 1) / Trust.WEIGHT_CAP;
            v.riskSeats = riskSeats < Questions.MAX_RISK_SEATS ? riskSeats : Questions.MAX_RISK_SEATS;
        }
    }
}
