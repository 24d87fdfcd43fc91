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
        (uint256 best, uint256 second) = _count(slots, head, outcomes, v);
        // 20 bits of seats, 32 bits of weight, 14 bits of bps; the second is never more than half of the weight.
        unchecked {
            uint256 weight = v.weight;
            v.leadingSeats = Questions.seatsOf(best);
            v.leadingWeight = best = Questions.weightOf(best);
            second = Questions.weightOf(second);
            v.decisive =
                best > second &&
                v.seats >= (firstRoundSeats + 1) / 2 &&
                (lastRound ? 2 * best > weight : best * BPS >= supermajorityBps * weight);
            if (weight != 0) v.supportBps = (best * BPS) / weight;
            uint256 riskSeats = (weight - 2 * second + Trust.WEIGHT_CAP) / Trust.WEIGHT_CAP;
            v.riskSeats = riskSeats < Questions.MAX_RISK_SEATS ? riskSeats : Questions.MAX_RISK_SEATS;
        }
    }

    /// @dev Fills in the leading outcome, and the seats and weight of all together. Among equal weights more seats lead, then the lower
    /// number.
    /// @return best tally of the leading outcome
    /// @return second largest tally besides it
    function _count(
        Questions.Slots storage slots,
        uint256 head,
        uint256 outcomes,
        Verdict memory v
    ) private view returns (uint256 best, uint256 second) {
        uint256 word = Questions.firstTally(head);
        uint256 wordAt = Questions.nextWordAt(0);
        uint256 seats = 0;
        uint256 weight = 0;
        v.outcome = Questions.NO_OUTCOME;
        // As in verdict.
        unchecked {
            for (uint256 o = 0; o < outcomes; ++o) {
                if (o == wordAt) (word, wordAt) = (Questions.tallyWord(slots, o), Questions.nextWordAt(o));
                uint256 tally = Questions.tallyOf(word);
                word = Questions.nextTally(word);
                seats += Questions.seatsOf(tally);
                weight += Questions.weightOf(tally);
                if (tally > best) (second, best, v.outcome) = (best, tally, o);
                else if (tally > second) second = tally;
            }
        }
        (v.seats, v.weight) = (seats, weight);
    }
}
