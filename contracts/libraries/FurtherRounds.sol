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

    /// @notice See IConsensus.appeal.
    function appeal(ConsensusState.State storage s, ConsensusState.Context memory x, QuestionId questionId) external {
        (uint256 head, Questions.Header memory h, ConsensusState.Domain memory d) = _appealable(s, x, questionId);
        Verdicts.Verdict memory v = Rounds.verdictOf(s, questionId, head, d);
        uint256 fee = _startRound(s, x, questionId, head, h, d, msg.sender, v.decisive ? uint8(v.outcome) + 1 : 0);
        x.vault.pull(msg.sender, fee);
    }

    /// @notice See IConsensus.spendBudget.
    function spendBudget(
        ConsensusState.State storage s,
        ConsensusState.Context memory x,
        QuestionId questionId
    ) external {
        (uint256 head, Questions.Header memory h, ConsensusState.Domain memory d) = _appealable(s, x, questionId);
        if (Rounds.verdictOf(s, questionId, head, d).decisive) {
            revert IConsensusEvents.VerdictIsDecisive(questionId);
        }
        uint256 seats = Sortition.seatsOfRound(d.seats, h.rounds + 1);
        if (h.budget < seats) revert IConsensusEvents.BudgetTooSmall(questionId, seats, h.budget);
        h.budget -= seats;
        _startRound(s, x, questionId, head, h, d, address(0), 0);
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
        QuestionId questionId = Rounds.idOf(origin);
        (uint256 head, Questions.Header memory h, ConsensusState.Domain memory d) = _open(s, questionId);
        if (h.canary != Questions.CANARY_ENTERED) revert IConsensusEvents.NoCanary(questionId);
        bytes32 commitment = keccak256(abi.encode(address(this), origin.asker, answer, salt));
        if (commitment != origin.canaryCommitment) revert IConsensusEvents.CanaryMismatch(questionId, commitment);
        if (answer != NO_ANSWER && answer >= d.outcomes) {
            revert IConsensusEvents.OutcomeOutOfRange(answer, d.outcomes);
        }
        // The second round, if somebody has started it, was started in the very epoch the canary is opened in.
        uint256 firstEpoch = h.rounds == 1 ? h.epoch : h.epoch - ConsensusState.ROUND_EPOCHS;
        if (h.rounds > 2 || x.epoch != firstEpoch + 2) {
            revert IConsensusEvents.NotAppealable(questionId, uint32(firstEpoch + 2), x.epoch);
        }
        if (x.freeze) revert IConsensusEvents.InFreeze(x.epoch);

        h.canary = answer == NO_ANSWER ? Questions.CANARY_EMPTY : Questions.CANARY_OUTCOME + answer;
        uint256 deposit = uint256(d.seats) * d.seatFee;
        Verdicts.Verdict memory v = Rounds.verdictOf(s, questionId, head, d);
        bool disagrees = answer != NO_ANSWER && v.decisive && v.outcome != answer;
        bool starts = disagrees && h.rounds == 1 && h.rounds < d.maxRounds;
        emit IConsensusEvents.CanaryOpened(questionId, answer, starts);
        if (starts) {
            uint256 fee = _startRound(s, x, questionId, head, h, d, origin.asker, uint8(v.outcome) + 1);
            x.vault.pull(origin.asker, fee - deposit);
        } else {
            s.questions[questionId].head = Questions.withHeader(head, h);
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
            uint256 toSink;
            (word, toSink) = Finality.finalize(s, x, questionId, word);
            if (toSink != 0) x.vault.creditSink(toSink);
        }
        Questions.Terms memory t = Questions.terms(word);
        amount = t.budget * d.seatFee;
        if (t.refundable) amount += _refund(s, questionId, t.rounds, d);
        if (amount == 0) revert IConsensusEvents.NothingToReclaim(questionId);
        (t.budget, t.refundable) = (0, false);
        s.questions[questionId].head = Questions.encodeTerms(t);
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

    function _open(
        ConsensusState.State storage s,
        QuestionId questionId
    ) private view returns (uint256 head, Questions.Header memory h, ConsensusState.Domain memory d) {
        head = s.questions[questionId].head;
        if (Questions.statusOf(head) != Questions.OPEN) revert IConsensusEvents.QuestionNotOpen(questionId);
        h = Questions.header(head);
        d = s.domains[questionId.domainOf()];
    }

    /// @dev An open question in the epoch after its reveals, before the freeze, with a round left.
    function _appealable(
        ConsensusState.State storage s,
        ConsensusState.Context memory x,
        QuestionId questionId
    ) private view returns (uint256 head, Questions.Header memory h, ConsensusState.Domain memory d) {
        (head, h, d) = _open(s, questionId);
        if (h.rounds >= d.maxRounds) {
            revert IConsensusEvents.TooManyRounds(questionId, h.rounds + 1, d.maxRounds);
        }
        if (x.epoch != h.epoch + 2) {
            revert IConsensusEvents.NotAppealable(questionId, uint32(h.epoch + 2), x.epoch);
        }
        // Whoever knows the next seed could start a round only when its committee suits them.
        if (x.freeze) revert IConsensusEvents.InFreeze(x.epoch);
    }

    /// @return fee of the round, wei
    function _startRound(
        ConsensusState.State storage s,
        ConsensusState.Context memory x,
        QuestionId questionId,
        uint256 head,
        Questions.Header memory h,
        ConsensusState.Domain memory d,
        address payer,
        uint8 against
    ) private returns (uint256 fee) {
        ++h.rounds;
        uint256 seats = Sortition.seatsOfRound(d.seats, h.rounds);
        h.epoch = x.epoch + 1;
        h.offeredNow = Sortition.offeredSeats(seats, s.statistics[questionId.domainOf()].participationOf());
        h.offered += h.offeredNow;
        s.questions[questionId].head = Questions.withHeader(head, h);
        if (payer != address(0)) s.appeals[questionId][h.rounds] = Settlement.Appeal(payer, against);
        fee = seats * d.seatFee;
        emit IConsensusEvents.RoundStarted(
            questionId,
            uint8(h.rounds),
            uint32(h.epoch),
            h.offeredNow,
            payer,
            against == 0 ? NO_ANSWER : against - 1
        );
    }
}
