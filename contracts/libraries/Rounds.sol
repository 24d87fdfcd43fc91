// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IConsensus, IConsensusEvents} from "../interfaces/IConsensus.sol";
import {DomainId, QuestionId, toQuestionId} from "../types/Ids.sol";
import {ConsensusState} from "./ConsensusState.sol";
import {Questions} from "./Questions.sol";
import {Snapshots} from "./Snapshots.sol";
import {Sortition} from "./Sortition.sol";
import {Statistics} from "./Statistics.sol";
import {Verdicts} from "./Verdicts.sol";

/// @title Rounds
/// @notice How a question is opened, and what is known of it while it is open (protocol.md sections 4 and 6).
library Rounds {
    using Questions for Questions.Slots;
    using Statistics for Statistics.State;

    function idOf(IConsensus.Origin calldata origin) internal pure returns (QuestionId) {
        bytes32 rest = keccak256(abi.encode(origin.asker, origin.canaryCommitment, origin.salt));
        return toQuestionId(origin.domainId, bytes20(keccak256(abi.encode(origin.contentHash, rest))));
    }

    function domainOf(
        ConsensusState.State storage s,
        DomainId domainId
    ) internal view returns (ConsensusState.Domain memory d) {
        d = s.domains[domainId];
        if (d.seats == 0) revert IConsensusEvents.UnknownDomain(domainId);
    }

    /// @notice Opens a question.
    /// @return questionId its id
    /// @return cost wei the asker owes
    function ask(
        ConsensusState.State storage s,
        ConsensusState.Context memory x,
        IConsensus.Origin calldata origin,
        uint256 budgetRounds,
        string calldata uri
    ) internal returns (QuestionId questionId, uint256 cost) {
        ConsensusState.Domain memory d = domainOf(s, origin.domainId);
        questionId = idOf(origin);
        Questions.Slots storage slots = s.questions[questionId];
        if (slots.head != 0) revert IConsensusEvents.QuestionExists(questionId);
        if (budgetRounds >= d.maxRounds) {
            revert IConsensusEvents.TooManyRounds(questionId, budgetRounds + 1, d.maxRounds);
        }

        Questions.Header memory h;
        h.rounds = 1;
        // In the freeze the next seed can no longer be influenced; whoever knew it then would ask for a committee of friends.
        h.epoch = x.epoch + (x.freeze ? 2 : 1);
        _requireMinStake(s, origin.domainId, h.epoch);
        h.offeredNow = Sortition.offeredSeats(d.seats, s.statistics[origin.domainId].participationOf());
        h.offered = h.offeredNow;
        h.budget = Sortition.seatsAsked(d.seats, budgetRounds + 1) - d.seats;
        cost = (d.seats + h.budget) * d.seatFee;
        if (origin.canaryCommitment != 0) {
            h.canary = Questions.CANARY_ENTERED;
            cost += uint256(d.seats) * d.seatFee;
        }
        slots.head = Questions.withHeader(0, h);
        emit IConsensusEvents.QuestionAsked(
            questionId,
            origin.asker,
            origin.contentHash,
            origin.canaryCommitment,
            origin.salt,
            uint32(h.epoch),
            h.offeredNow,
            h.budget,
            uri
        );
    }

    /// @notice Verdict so far of an open question.
    function verdictOf(
        ConsensusState.State storage s,
        QuestionId questionId,
        uint256 word,
        ConsensusState.Domain memory d
    ) internal view returns (Verdicts.Verdict memory) {
        bool lastRound = Questions.roundsOf(word) == d.maxRounds;
        return Verdicts.verdict(s.questions[questionId], word, d.outcomes, d.seats, d.supermajorityBps, lastRound);
    }

    /// @notice First epoch in which an open question is final.
    function finalFrom(uint256 word) internal pure returns (uint256) {
        return Questions.epochOf(word) + ConsensusState.ROUND_EPOCHS;
    }

    function outcomeForReaders(uint256 outcome) internal pure returns (uint8) {
        return outcome == Questions.NO_OUTCOME ? type(uint8).max : uint8(outcome);
    }

    function _requireMinStake(ConsensusState.State storage s, DomainId domainId, uint256 epoch) private view {
        uint256 total = s.totals[domainId];
        uint256 units = Snapshots.valueAt(total, epoch);
        uint256 minimum = ConsensusState.minStakeOf(total);
        if (units < minimum) revert IConsensusEvents.DomainBelowMinStake(domainId, units, minimum);
    }
}
