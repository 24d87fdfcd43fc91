// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IConsensus, IConsensusEvents} from "../interfaces/IConsensus.sol";
import {QuestionId} from "../types/Ids.sol";
import {ConsensusState} from "./ConsensusState.sol";
import {Questions} from "./Questions.sol";
import {Rounds} from "./Rounds.sol";
import {Settlement} from "./Settlement.sol";
import {Sortition} from "./Sortition.sol";
import {Statistics} from "./Statistics.sol";
import {Trust} from "./Trust.sol";
import {Verdicts} from "./Verdicts.sol";

/// @title Finality
/// @notice Turns the tally of a final question into its terms of settlement (protocol.md sections 6 and 7). An external library: one
/// call a question, so that Consensus itself has room.
library Finality {
    using Statistics for Statistics.State;

    /// @notice Replaces the tally by the terms of settlement. The caller has checked that the question is final.
    /// @return word the terms
    /// @return toSink wei the caller must credit the sink with
    function finalize(
        ConsensusState.State storage s,
        ConsensusState.Context memory x,
        QuestionId questionId,
        uint256 head
    ) external returns (uint256 word, uint256 toSink) {
        ConsensusState.Domain memory d = s.domains[questionId.domainOf()];
        Questions.Header memory h = Questions.header(head);
        Verdicts.Verdict memory v = Rounds.verdictOf(s, questionId, head, d);
        Settlement.Inputs memory i;
        i.seatFee = d.seatFee;
        i.seatBond = d.seatBond;
        i.burnBps = d.burnBps;
        i.firstRoundSeats = d.seats;
        i.rounds = h.rounds;
        i.canaryConfirmed = v.decisive && h.canary == Questions.CANARY_OUTCOME + v.outcome;
        i.rarity = _count(s, questionId, d, v, h.offered);
        if (h.rounds > 1) i.appeals = _appeals(s, questionId, h.rounds);

        (Questions.Terms memory t, Settlement.Payouts memory p) = Settlement.terms(i, v);
        t.budget = h.budget;
        toSink = p.toSink;
        // A canary nobody opened costs its deposit.
        if (h.canary == Questions.CANARY_ENTERED) toSink += uint256(d.seats) * d.seatFee;
        word = Questions.encodeTerms(t);
        s.questions[questionId].head = word;
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
        for (uint256 n = 0; n < p.appellants.length; ++n) {
            if (p.appellants[n] != 0) x.vault.credit(i.appeals[n].appellant, p.appellants[n]);
        }
    }

    /// @dev Updates the domain's statistics. Returns the rarity of the verdict before it is counted.
    function _count(
        ConsensusState.State storage s,
        QuestionId questionId,
        ConsensusState.Domain memory d,
        Verdicts.Verdict memory v,
        uint256 offered
    ) private returns (uint256 rarity) {
        Statistics.State storage statistics = s.statistics[questionId.domainOf()];
        (uint256[] memory counts, uint256 participation) = statistics.load(d.outcomes);
        rarity = Trust.ONE;
        if (v.decisive && !d.openAnswers) {
            rarity = Trust.rarity(counts, v.outcome);
            Trust.count(counts, v.outcome);
        }
        statistics.store(counts, Sortition.updateParticipation(participation, v.seats, offered));
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
