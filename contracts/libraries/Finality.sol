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

    /// @notice Replaces the tally by the terms of settlement. The caller has checked that the question is final.
    /// @return word the terms
    /// @return toSink wei that are due to the sink
    function finalize(
        ConsensusState.State storage s,
        IStakeVault vault,
        QuestionId questionId,
        uint256 head
    ) external returns (uint256 word, uint256 toSink) {
        // Unpacked where it is used: a copy in memory would cost each question more than all it is needed for.
        ConsensusState.Packed d = ConsensusState.packed(s.domains[questionId.domainOf()]);
        Settlement.Inputs memory i;
        (i.rounds, i.budget) = (Questions.roundsOf(head), Questions.budgetOf(head));
        (i.seatFee, i.seatBond, i.burnBps, i.firstRoundSeats) = (d.seatFee(), d.seatBond(), d.burnBps(), d.seats());
        Verdicts.Verdict memory v = Verdicts.verdict(
            s.questions[questionId],
            head,
            d.outcomes(),
            i.firstRoundSeats,
            d.supermajorityBps(),
            i.rounds == d.maxRounds()
        );
        i.rarity = s.statistics[questionId.domainOf()].record(
            d.outcomes(),
            v.decisive && !d.openAnswers() ? v.outcome : Statistics.NOT_COUNTED,
            v.seats,
            Questions.offeredOf(head)
        );
        i.canaryConfirmed = v.decisive && Questions.canaryOf(head) == Questions.CANARY_OUTCOME + v.outcome;
        if (i.rounds > 1) i.appeals = _appeals(s, questionId, i.rounds);

        Settlement.Payouts memory p;
        word = Questions.encodeTerms(Settlement.terms(i, v, p));
        s.questions[questionId].head = word;
        emit IConsensusEvents.QuestionFinalized(questionId, word);
        toSink = p.toSink;
        // A canary nobody opened costs its deposit.
        if (Questions.canaryOf(head) == Questions.CANARY_ENTERED) toSink += i.firstRoundSeats * i.seatFee;
        if (i.rounds > 1) _pay(vault, i.appeals, p.appellants);
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
