// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IConsensusEvents} from "../interfaces/IConsensus.sol";
import {IStakeVault} from "../interfaces/IStakeVault.sol";
import {QuestionId} from "../types/Ids.sol";
import {ConsensusState} from "./ConsensusState.sol";
import {Questions} from "./Questions.sol";
import {Settlement} from "./Settlement.sol";
import {Statistics} from "./Statistics.sol";
import {Verdicts} from "./Verdicts.sol";

/// @title Finality
/// @notice Turns the tally of a final question into its terms of settlement (protocol.md sections 6 and 7). An external library: one
/// call a question, so that Consensus itself has room.
library Finality {
    using ConsensusState for ConsensusState.Packed;
    using Statistics for Statistics.State;

    /// @notice Replaces the tally by the terms of settlement. The caller has checked that the question is final, and passes what it has
    /// looked up already.
    /// @param slots of the question
    /// @param head its open word
    /// @param d its domain
    /// @return word the terms
    /// @return toSink wei that are due to the sink
    function finalize(
        ConsensusState.State storage s,
        IStakeVault vault,
        QuestionId questionId,
        Questions.Slots storage slots,
        uint256 head,
        ConsensusState.Packed d
    ) external returns (uint256 word, uint256 toSink) {
        Settlement.Case memory c;
        (c.head, c.domain, c.rounds) = (head, d, Questions.roundsOf(head));
        Verdicts.Verdict memory v = Verdicts.verdict(
            slots,
            head,
            d.outcomes(),
            d.seats(),
            d.supermajorityBps(),
            c.rounds == d.maxRounds()
        );
        c.rarity = s.statistics[questionId.domainOf()].record(
            d.outcomes(),
            v.decisive && !d.openAnswers() ? v.outcome : Statistics.NOT_COUNTED,
            v.seats,
            Questions.offeredOf(head)
        );
        uint256 canary = Questions.canaryOf(head);
        if (canary != Questions.NO_CANARY) {
            c.canaryConfirmed = v.decisive && canary == Questions.CANARY_OUTCOME + v.outcome;
        }
        if (c.rounds > 1) c.appeals = _appeals(s, questionId, c.rounds);

        word = Settlement.terms(c, v);
        slots.head = word;
        emit IConsensusEvents.QuestionFinalized(questionId, word);
        toSink = c.toSink;
        // A canary nobody opened costs its deposit.
        if (canary == Questions.CANARY_ENTERED) toSink += d.seats() * d.seatFee();
        if (c.rounds > 1) _pay(vault, c.appeals, c.toAppellants);
    }

    function _pay(IStakeVault vault, Settlement.Appeal[] memory appeals, uint256[] memory amounts) private {
        for (uint256 n = 0; n < amounts.length; ++n) {
            if (amounts[n] != 0) vault.credit(appeals[n].appellant, amounts[n]);
        }
    }

    function _appeals(
        ConsensusState.State storage s,
        QuestionId questionId,
        uint256 rounds
    ) private view returns (Settlement.Appeal[] memory appeals) {
        appeals = new Settlement.Appeal[](rounds - 1);
        for (uint256 n = 0; n < appeals.length; ++n) appeals[n] = s.appeals[questionId][n + 2];
    }
}
