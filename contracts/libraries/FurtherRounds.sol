// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IConsensus, IConsensusEvents} from "../interfaces/IConsensus.sol";
import {QuestionId} from "../types/Ids.sol";
import {ConsensusState} from "./ConsensusState.sol";
import {Finality} from "./Finality.sol";
import {Questions} from "./Questions.sol";
import {Rounds} from "./Rounds.sol";
import {Settlement} from "./Settlement.sol";
import {Sortition} from "./Sortition.sol";
import {Statistics} from "./Statistics.sol";
import {Verdicts} from "./Verdicts.sol";

/// @title FurtherRounds
/// @notice Appeals, rounds from the budget, canaries and what the asker gets back (protocol.md section 6). An external library:
/// called rarely, so that Consensus itself has room.
library FurtherRounds {
    using Statistics for Statistics.State;

    /// @notice Answer of a canary commitment that turns out to be none.
    uint8 internal constant NO_ANSWER = type(uint8).max;

    /// @dev An open question, loaded.
    struct Open {
        QuestionId questionId;
        uint256 head;
        Questions.Header header;
        ConsensusState.Domain domain;
    }

    /// @notice See IConsensus.appeal.
    function appeal(ConsensusState.State storage s, ConsensusState.Context memory x, QuestionId questionId) external {
        Open memory q = _appealable(s, x, questionId);
        Verdicts.Verdict memory v = _verdictOf(s, q);
        uint256 fee = _startRound(s, x, q, msg.sender, v.decisive ? uint8(v.outcome) + 1 : 0);
        x.vault.pull(msg.sender, fee);
    }

    /// @notice See IConsensus.spendBudget.
    function spendBudget(
        ConsensusState.State storage s,
        ConsensusState.Context memory x,
        QuestionId questionId
    ) external {
        Open memory q = _appealable(s, x, questionId);
        if (_verdictOf(s, q).decisive) revert IConsensusEvents.VerdictIsDecisive(questionId);
        uint256 seats = Sortition.seatsOfRound(q.domain.seats, q.header.rounds + 1);
        if (q.header.budget < seats) revert IConsensusEvents.BudgetTooSmall(questionId, seats, q.header.budget);
        q.header.budget -= seats;
        _startRound(s, x, q, address(0), 0);
    }

    /// @notice See IConsensus.openCanary.
    function openCanary(
        ConsensusState.State storage s,
        ConsensusState.Context memory x,
        IConsensus.Origin calldata origin,
        uint8 answer,
        bytes32 salt
    ) external {
        if (msg.sender != origin.asker) revert IConsensusEvents.NotAsker(origin.asker, msg.sender);
        Open memory q = _open(s, Rounds.idOf(origin));
        _requireCanary(x, q, origin, answer, salt);
        q.header.canary = answer == NO_ANSWER ? Questions.CANARY_EMPTY : Questions.CANARY_OUTCOME + answer;
        uint256 deposit = uint256(q.domain.seats) * q.domain.seatFee;
        Verdicts.Verdict memory v = _verdictOf(s, q);
        bool starts =
            answer != NO_ANSWER && v.decisive && v.outcome != answer && q.header.rounds == 1 && q.domain.maxRounds > 1;
        emit IConsensusEvents.CanaryOpened(q.questionId, answer, starts);
        if (starts) {
            uint256 fee = _startRound(s, x, q, origin.asker, uint8(v.outcome) + 1);
            x.vault.pull(origin.asker, fee - deposit);
        } else {
            s.questions[q.questionId].head = Questions.withHeader(q.head, q.header);
            x.vault.credit(origin.asker, deposit);
        }
    }

    /// @notice See IConsensus.reclaim.
    function reclaim(
        ConsensusState.State storage s,
        ConsensusState.Context memory x,
        IConsensus.Origin calldata origin
    ) external returns (uint256 amount) {
        QuestionId questionId = Rounds.idOf(origin);
        uint256 word = s.questions[questionId].head;
        uint256 status = Questions.statusOf(word);
        if (status == Questions.NONE) revert IConsensusEvents.UnknownQuestion(questionId);
        ConsensusState.Domain memory d = s.domains[origin.domainId];
        if (status == Questions.OPEN) {
            uint256 finalFrom = Rounds.finalFrom(word);
            if (x.epoch < finalFrom) revert IConsensusEvents.NotFinal(questionId, uint32(finalFrom), x.epoch);
            ConsensusState.Packed packed = ConsensusState.packed(s.domains[origin.domainId]);
            (word, x.toSink) = Finality.finalize(s, x.vault, questionId, s.questions[questionId], word, packed);
            ConsensusState.close(s, x);
        }
        Questions.Terms memory t = Questions.terms(word);
        amount = t.budget * d.seatFee;
        if (t.refundable) amount += _refund(s, questionId, t.rounds, d);
        if (amount == 0) revert IConsensusEvents.NothingToReclaim(questionId);
        s.questions[questionId].head = Questions.reclaimed(word);
        emit IConsensusEvents.Reclaimed(questionId, origin.asker, amount);
        x.vault.credit(origin.asker, amount);
    }

    /// @dev Fees the asker paid for rounds in which nobody voted, less the burn. Appellants got theirs at finalization.
    function _refund(
        ConsensusState.State storage s,
        QuestionId questionId,
        uint256 rounds,
        ConsensusState.Domain memory d
    ) private view returns (uint256) {
        uint256 seats = d.seats;
        for (uint256 round = 2; round <= rounds; ++round) {
            if (s.appeals[questionId][round].appellant == address(0)) {
                seats += Sortition.seatsOfRound(d.seats, round);
            }
        }
        uint256 fees = seats * d.seatFee;
        return fees - Settlement.burnOf(fees, d.burnBps);
    }

    function _open(ConsensusState.State storage s, QuestionId questionId) private view returns (Open memory q) {
        q.questionId = questionId;
        q.head = s.questions[questionId].head;
        if (Questions.statusOf(q.head) != Questions.OPEN) revert IConsensusEvents.QuestionNotOpen(questionId);
        q.header = Questions.header(q.head);
        q.domain = s.domains[questionId.domainOf()];
    }

    function _verdictOf(ConsensusState.State storage s, Open memory q) private view returns (Verdicts.Verdict memory) {
        return Rounds.verdictOf(s, q.questionId, q.head, q.domain);
    }

    /// @dev An open question in the epoch after its reveals, before the freeze, with a round left.
    function _appealable(
        ConsensusState.State storage s,
        ConsensusState.Context memory x,
        QuestionId questionId
    ) private view returns (Open memory q) {
        q = _open(s, questionId);
        if (q.header.rounds >= q.domain.maxRounds) {
            revert IConsensusEvents.TooManyRounds(questionId, q.header.rounds + 1, q.domain.maxRounds);
        }
        _requireAppealEpoch(x, questionId, q.header.epoch + 2);
    }

    /// @dev A canary entered and not opened, its true opening, and the epoch after the first round's reveals.
    function _requireCanary(
        ConsensusState.Context memory x,
        Open memory q,
        IConsensus.Origin calldata origin,
        uint8 answer,
        bytes32 salt
    ) private view {
        if (q.header.canary != Questions.CANARY_ENTERED) revert IConsensusEvents.NoCanary(q.questionId);
        bytes32 commitment = keccak256(abi.encode(address(this), origin.asker, answer, salt));
        if (commitment != origin.canaryCommitment) {
            revert IConsensusEvents.CanaryMismatch(q.questionId, commitment);
        }
        if (answer != NO_ANSWER && answer >= q.domain.outcomes) {
            revert IConsensusEvents.OutcomeOutOfRange(answer, q.domain.outcomes);
        }
        // Rounds follow each other without a gap, and the second may have been started in the very epoch of the opening.
        uint256 firstEpoch = q.header.epoch - (q.header.rounds - 1) * ConsensusState.ROUND_EPOCHS;
        _requireAppealEpoch(x, q.questionId, firstEpoch + 2);
    }

    /// @dev Whoever knows the next seed, in the freeze, could start a round only when its committee suits them.
    function _requireAppealEpoch(ConsensusState.Context memory x, QuestionId questionId, uint256 epoch) private pure {
        if (x.epoch != epoch) revert IConsensusEvents.NotAppealable(questionId, uint32(epoch), x.epoch);
        if (x.freeze) revert IConsensusEvents.InFreeze(x.epoch);
    }

    /// @return fee of the round, wei
    function _startRound(
        ConsensusState.State storage s,
        ConsensusState.Context memory x,
        Open memory q,
        address payer,
        uint8 against
    ) private returns (uint256 fee) {
        Questions.Header memory h = q.header;
        ++h.rounds;
        uint256 seats = Sortition.seatsOfRound(q.domain.seats, h.rounds);
        h.epoch = x.epoch + 1;
        h.offeredNow = Sortition.offeredSeats(seats, s.statistics[q.questionId.domainOf()].participationOf());
        h.offered += h.offeredNow;
        s.questions[q.questionId].head = Questions.withHeader(q.head, h);
        if (payer != address(0)) s.appeals[q.questionId][h.rounds] = Settlement.Appeal(payer, against);
        fee = seats * q.domain.seatFee;
        emit IConsensusEvents.RoundStarted(
            q.questionId,
            uint8(h.rounds),
            uint32(h.epoch),
            h.offeredNow,
            payer,
            against == 0 ? NO_ANSWER : against - 1
        );
    }
}
