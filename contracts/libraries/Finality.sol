// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IConsensus, IConsensusEvents} from "../interfaces/IConsensus.sol";
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

    /// @notice What rounding may leave of one question stays with its domain until somebody sweeps it, wei.
    uint256 internal constant DUST = 1 << 16;

    /// @notice Replaces the tally by the terms of settlement. The caller has checked that the question is final.
    /// @return word the terms
    /// @return toSink wei the caller must credit the sink with; the dust of rounding is not in it
    function finalize(
        ConsensusState.State storage s,
        IStakeVault vault,
        QuestionId questionId,
        uint256 head
    ) external returns (uint256 word, uint256 toSink) {
        ConsensusState.Domain memory d = s.domains[questionId.domainOf()];
        Verdicts.Verdict memory v = Rounds.verdictOf(s, questionId, head, d);
        Settlement.Inputs memory i;
        (i.seatFee, i.seatBond, i.burnBps, i.firstRoundSeats) = (d.seatFee, d.seatBond, d.burnBps, d.seats);
        i.rounds = Questions.roundsOf(head);
        uint256 canary = Questions.canaryOf(head);
        i.canaryConfirmed = v.decisive && canary == Questions.CANARY_OUTCOME + v.outcome;
        if (i.rounds > 1) i.appeals = _appeals(s, questionId, i.rounds);
        i.rarity = s.statistics[questionId.domainOf()].record(
            d.outcomes,
            v.decisive && !d.openAnswers ? v.outcome : Statistics.NOT_COUNTED,
            v.seats,
            Questions.offeredOf(head)
        );

        (Questions.Terms memory t, Settlement.Payouts memory p) = Settlement.terms(i, v);
        t.budget = Questions.budgetOf(head);
        word = Questions.encodeTerms(t);
        s.questions[questionId].head = word;
        _tell(questionId, t);
        if (p.toSink < DUST) s.statistics[questionId.domainOf()].addDust(p.toSink);
        else toSink = p.toSink;
        // A canary nobody opened costs its deposit.
        if (canary == Questions.CANARY_ENTERED) toSink += i.firstRoundSeats * i.seatFee;
        for (uint256 n = 0; n < p.appellants.length; ++n) {
            if (p.appellants[n] != 0) vault.credit(i.appeals[n].appellant, p.appellants[n]);
        }
    }

    function _tell(QuestionId questionId, Questions.Terms memory t) private {
        emit IConsensusEvents.QuestionFinalized(
            questionId,
            IConsensus.QuestionStatus(t.status),
            Rounds.outcomeForReaders(t.outcome),
            uint16(t.supportBps),
            uint8(t.rounds),
            t.gain,
            t.loss,
            t.evidence
        );
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
