// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IConsensusEvents} from "../interfaces/IConsensus.sol";
import {IStakeVault} from "../interfaces/IStakeVault.sol";
import {QuestionId} from "../types/Ids.sol";
import {ConsensusState} from "./ConsensusState.sol";
import {Questions} from "./Questions.sol";
import {Rounds} from "./Rounds.sol";
import {Settlement} from "./Settlement.sol";
import {Statistics} from "./Statistics.sol";
import {Verdicts} from "./Verdicts.sol";

/// @title Finality
/// @notice Turns the tally of a final question into its terms of settlement (protocol.md sections 6 and 7). An external library: one
/// call a question, so that Consensus itself has room.
library Finality {
    using Statistics for Statistics.State;

    /// @notice Replaces the tally by the terms of settlement. The caller has checked that the question is final.
    /// @return word the terms
    /// @return toSink wei that are due to the sink
    function finalize(
        ConsensusState.State storage s,
        IStakeVault vault,
        QuestionId questionId,
        uint256 head
    ) external returns (uint256 word, uint256 toSink) {
        ConsensusState.Domain memory d = s.domains[questionId.domainOf()];
        Verdicts.Verdict memory v = Rounds.verdictOf(s, questionId, head, d);
        uint256 rarity = s.statistics[questionId.domainOf()].record(
            d.outcomes,
            v.decisive && !d.openAnswers ? v.outcome : Statistics.NOT_COUNTED,
            v.seats,
            Questions.offeredOf(head)
        );
        Settlement.Inputs memory i = _inputs(d, v, head, rarity);
        if (i.rounds > 1) i.appeals = _appeals(s, questionId, i.rounds);

        (Questions.Terms memory t, Settlement.Payouts memory p) = Settlement.terms(i, v);
        word = Questions.encodeTerms(t);
        s.questions[questionId].head = word;
        emit IConsensusEvents.QuestionFinalized(questionId, word);
        toSink = p.toSink;
        // A canary nobody opened costs its deposit.
        if (Questions.canaryOf(head) == Questions.CANARY_ENTERED) toSink += i.firstRoundSeats * i.seatFee;
        for (uint256 n = 0; n < p.appellants.length; ++n) {
            if (p.appellants[n] != 0) vault.credit(i.appeals[n].appellant, p.appellants[n]);
        }
    }

    function _inputs(
        ConsensusState.Domain memory d,
        Verdicts.Verdict memory v,
        uint256 head,
        uint256 rarity
    ) private pure returns (Settlement.Inputs memory) {
        return
            Settlement.Inputs({
                seatFee: d.seatFee,
                seatBond: d.seatBond,
                burnBps: d.burnBps,
                firstRoundSeats: d.seats,
                rounds: Questions.roundsOf(head),
                budget: Questions.budgetOf(head),
                rarity: rarity,
                canaryConfirmed: v.decisive && Questions.canaryOf(head) == Questions.CANARY_OUTCOME + v.outcome,
                appeals: new Settlement.Appeal[](0)
            });
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
