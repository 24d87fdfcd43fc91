// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IConsensus} from "../interfaces/IConsensus.sol";
import {AgentId, DomainId, QuestionId} from "../types/Ids.sol";
import {Beacon} from "./Beacon.sol";
import {ConsensusState} from "./ConsensusState.sol";
import {Questions} from "./Questions.sol";
import {Rounds} from "./Rounds.sol";
import {Snapshots} from "./Snapshots.sol";
import {Sortition} from "./Sortition.sol";
import {Standings} from "./Standings.sol";
import {Statistics} from "./Statistics.sol";
import {Trust} from "./Trust.sol";
import {Verdicts} from "./Verdicts.sol";

/// @title ConsensusViews
/// @notice What readers ask Consensus. An external library, so that Consensus itself has room.
library ConsensusViews {
    using Beacon for Beacon.State;
    using Questions for Questions.Slots;
    using Statistics for Statistics.State;

    /// @notice See IConsensus.domain.
    function domain(
        ConsensusState.State storage s,
        DomainId domainId,
        uint256 unit
    ) external view returns (IConsensus.DomainParameters memory p) {
        ConsensusState.Domain memory d = Rounds.domainOf(s, domainId);
        uint256 total = s.totals[domainId];
        p = IConsensus.DomainParameters({
            outcomes: d.outcomes,
            seats: d.seats,
            supermajorityBps: d.supermajorityBps,
            maxRounds: d.maxRounds,
            seatFee: d.seatFee,
            seatBond: d.seatBond,
            burnBps: d.burnBps,
            minStake: ConsensusState.minStakeOf(total) * unit,
            silentEpochs: d.silentEpochs,
            assertionWindow: ConsensusState.assertionWindowOf(total),
            openAnswers: d.openAnswers
        });
    }

    /// @notice See IConsensus.deskTerms.
    /// @param voteEpoch epoch in which a question asked now would be voted
    function deskTerms(
        ConsensusState.State storage s,
        DomainId domainId,
        uint256 voteEpoch
    ) external view returns (IConsensus.DeskTerms memory) {
        ConsensusState.Domain memory d = Rounds.domainOf(s, domainId);
        uint256 total = s.totals[domainId];
        return
            IConsensus.DeskTerms({
                fee: uint256(d.seats) * d.seatFee,
                outcomes: d.outcomes,
                assertionWindow: uint32(ConsensusState.assertionWindowOf(total)),
                active: Snapshots.valueAt(total, voteEpoch) >= ConsensusState.minStakeOf(total)
            });
    }

    /// @notice See IConsensus.statistics.
    function statistics(
        ConsensusState.State storage s,
        DomainId domainId
    ) external view returns (uint256[] memory counts, uint256 participation) {
        return s.statistics[domainId].load(Rounds.domainOf(s, domainId).outcomes);
    }

    /// @notice See IConsensus.agent.
    function agent(
        ConsensusState.State storage s,
        AgentId agentId
    ) external view returns (IConsensus.AgentView memory v) {
        ConsensusState.Agent memory a = s.agents[agentId];
        v.owner = ConsensusState.ownerOf(s, agentId);
        v.tipEpoch = a.tipEpoch;
        v.lastEpoch = a.lastEpoch;
        v.ring = a.ring;
        v.generation = a.generation;
        v.ballotOpen = a.ballotOpen;
        v.link = a.link;
        if (a.chain != ConsensusState.CHAIN_ANNOUNCED) return v;
        v.nextAnchor = s.nextChains[agentId].anchor;
        v.nextFrom = s.nextChains[agentId].from;
    }

    /// @notice See IConsensus.seatsOf.
    function seatsOf(
        ConsensusState.State storage s,
        AgentId agentId,
        QuestionId questionId,
        bytes32 secret,
        uint256 backing
    ) external view returns (uint256) {
        uint256 head = s.questions[questionId].head;
        if (Questions.statusOf(head) != Questions.OPEN) return 0;
        uint32 epoch = uint32(Questions.epochOf(head));
        bytes32 seed = s.beacon.seedOf(epoch);
        if (seed == 0) return 0;
        uint256 stake = Snapshots.valueAt(s.standings[agentId][questionId.domainOf()], epoch);
        return
            Sortition.seats(
                Questions.offeredNowOf(head),
                stake < backing ? stake : backing,
                Snapshots.valueAt(s.totals[questionId.domainOf()], epoch),
                Sortition.Ticket(seed, questionId, AgentId.unwrap(agentId), secret)
            );
    }

    /// @notice See IConsensus.question.
    function question(
        ConsensusState.State storage s,
        QuestionId questionId
    ) external view returns (IConsensus.QuestionView memory v) {
        uint256 word = s.questions[questionId].head;
        v.status = IConsensus.QuestionStatus(Questions.statusOf(word));
        if (Questions.statusOf(word) == Questions.OPEN) {
            Questions.Header memory h = Questions.header(word);
            v.rounds = uint8(h.rounds);
            v.voteEpoch = uint32(h.epoch);
            v.offeredSeats = h.offeredNow;
            v.budgetSeats = h.budget;
            v.canary = uint8(h.canary);
        } else {
            Questions.Terms memory t = Questions.terms(word);
            v.rounds = uint8(t.rounds);
            v.budgetSeats = t.budget;
            v.gain = t.gain;
            v.loss = t.loss;
            v.evidence = t.evidence;
        }
    }

    /// @notice See IConsensus.tally.
    function tally(
        ConsensusState.State storage s,
        QuestionId questionId
    ) external view returns (uint256[] memory seats, uint256[] memory weights) {
        Questions.Slots storage slots = s.questions[questionId];
        uint256 word = slots.head;
        if (Questions.statusOf(word) != Questions.OPEN) return (seats, weights);
        Questions.Tally memory t = slots.tally(word, s.domains[questionId.domainOf()].outcomes);
        return (t.seats, t.weights);
    }

    /// @notice See IConsensus.verdict.
    function verdict(
        ConsensusState.State storage s,
        QuestionId questionId,
        uint256 epoch
    ) external view returns (IConsensus.Verdict memory v) {
        uint256 word = s.questions[questionId].head;
        uint256 status = Questions.statusOf(word);
        v.outcome = type(uint8).max;
        if (status == Questions.NONE) return v;
        v.rounds = uint8(Questions.roundsOf(word));
        if (status != Questions.OPEN) {
            Questions.Terms memory t = Questions.terms(word);
            v.status =
                status == Questions.RESOLVED ? IConsensus.VerdictStatus.Resolved : IConsensus.VerdictStatus.Unresolved;
            v.outcome = Rounds.outcomeForReaders(t.outcome);
            v.supportBps = uint16(t.supportBps);
            return v;
        }
        v.status = IConsensus.VerdictStatus.Voting;
        if (epoch < Questions.epochOf(word) + 2) return v;
        Verdicts.Verdict memory soFar = Rounds.verdictOf(s, questionId, word, s.domains[questionId.domainOf()]);
        v.outcome = Rounds.outcomeForReaders(soFar.outcome);
        v.supportBps = uint16(soFar.supportBps);
        if (epoch < Rounds.finalFrom(word)) {
            v.status = soFar.decisive ? IConsensus.VerdictStatus.Provisional : IConsensus.VerdictStatus.Undecided;
        } else {
            v.status = soFar.decisive ? IConsensus.VerdictStatus.Resolved : IConsensus.VerdictStatus.Unresolved;
        }
    }

    /// @notice See IConsensus.stakeAtRisk.
    function stakeAtRisk(ConsensusState.State storage s, QuestionId questionId) external view returns (uint256) {
        uint256 word = s.questions[questionId].head;
        if (Questions.statusOf(word) == Questions.NONE) return 0;
        ConsensusState.Domain memory d = s.domains[questionId.domainOf()];
        uint256 seats =
            Questions.statusOf(word) == Questions.OPEN
                ? Rounds.verdictOf(s, questionId, word, d).riskSeats
                : Questions.terms(word).riskSeats;
        return seats * d.seatBond;
    }

    /// @notice See IConsensus.trust.
    function trust(
        ConsensusState.State storage s,
        AgentId agentId,
        DomainId domainId
    ) external view returns (uint256 alpha, uint256 beta, uint256 verdicts, uint256 weight) {
        (alpha, beta, verdicts) = Standings.evidence(s.standings[agentId][domainId], s.agents[agentId].generation);
        weight = Trust.weight(alpha, beta, verdicts);
    }
}
