// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IConsensusEvents} from "../interfaces/IConsensus.sol";
import {IStakeVault} from "../interfaces/IStakeVault.sol";
import {AgentId, DomainId, QuestionId, toQuestionId} from "../types/Ids.sol";
import {Beacon} from "./Beacon.sol";
import {Codec} from "./Codec.sol";
import {ConsensusState} from "./ConsensusState.sol";
import {Finality} from "./Finality.sol";
import {Questions} from "./Questions.sol";
import {Rounds} from "./Rounds.sol";
import {Settlement} from "./Settlement.sol";
import {Snapshots} from "./Snapshots.sol";
import {Sortition} from "./Sortition.sol";
import {Standings} from "./Standings.sol";
import {Trust} from "./Trust.sol";

/// @title Ballots
/// @notice Counts a revealed ballot and settles it later (protocol.md sections 5, 7 and 8).
library Ballots {
    using Beacon for Beacon.State;
    using Codec for Codec.Writer;
    using Questions for Questions.Slots;

    /// @notice What stays the same while a ballot is revealed or settled.
    struct Voter {
        AgentId agentId;
        uint256 generation; // Standings.LAST_GENERATION: earns no trust
        bytes32 secret;
        bytes32 seed; // of the ballot's epoch
        uint256 epoch; // of the ballot
        uint256 backing; // units
    }

    /// @dev A domain's part of a ballot.
    struct Group {
        DomainId domainId;
        uint256 end; // offset behind its last vote
        uint256 stake; // units behind the agent's seats
        uint256 total; // units in the domain
        uint256 weight; // of a seat, Q8
        uint256 standing;
        ConsensusState.Domain domain;
    }

    /// @notice What settling a ballot has come to so far.
    struct Outcome {
        IStakeVault.Change change; // to apply to the agent's account
        uint256 votes; // settled
        uint256 burned; // of the losses, wei; part of `change.toSink`
        Codec.Writer rest; // receipts of what is not final yet
    }

    /// @notice Counts a ballot's votes. Votes without a seat, and on questions unknown or of another epoch, are skipped.
    /// @param trusted false if the agent changed hands since its enrolment: it then has a newcomer's weight
    /// @return receipts of the votes counted
    /// @return used stake the counted votes put at risk, wei
    function count(
        ConsensusState.State storage s,
        Voter memory voter,
        bytes calldata ballot,
        bool trusted
    ) internal returns (bytes memory receipts, uint256 used) {
        if (ballot.length == 0) return (receipts, 0);
        Codec.Writer memory w = Codec.writer(ballot.length, voter.generation);
        uint256 votes = 0;
        uint256 offset = 0;
        Group memory g;
        while (offset < ballot.length) {
            offset = _openBallotGroup(s, voter, ballot, offset, g, trusted);
            votes += (g.end - offset) / Codec.VOTE_SIZE;
            if (votes > Codec.MAX_VOTES) revert IConsensusEvents.TooManyVotes(votes, Codec.MAX_VOTES);
            w.openGroup(DomainId.unwrap(g.domainId));
            uint256 seats = _countGroup(s, voter, ballot, offset, g, w);
            w.closeGroup();
            used += seats * g.domain.seatBond;
            offset = g.end;
        }
        receipts = w.finish();
    }

    /// @notice Settles what is final of a revealed ballot.
    /// @param receipts as in the ring; the caller has checked their hash
    /// @param result its change is added to
    function settle(
        ConsensusState.State storage s,
        ConsensusState.Context memory x,
        Voter memory voter,
        bytes calldata receipts,
        Outcome memory result
    ) internal {
        uint256 generation = Codec.word(receipts, 0) >> 240;
        // Trust earned under another owner than the present one is not carried across.
        if (generation != voter.generation) voter.generation = Standings.LAST_GENERATION;
        result.rest = Codec.writer(receipts.length, generation);
        uint256 offset = Codec.GENERATION_SIZE;
        Group memory g;
        while (offset < receipts.length) {
            uint256 head = Codec.word(receipts, offset);
            g.domainId = DomainId.wrap(uint32(head >> 224));
            offset += Codec.GROUP_SIZE;
            g.end = offset + uint16(head >> 208) * Codec.RECEIPT_SIZE;
            g.domain = s.domains[g.domainId];
            result.rest.openGroup(head >> 224);
            _settleGroup(s, x, voter, receipts, offset, g, result);
            result.rest.closeGroup();
            offset = g.end;
        }
    }

    /// @dev Reads a group's head, checks its form and loads what its votes share.
    function _openBallotGroup(
        ConsensusState.State storage s,
        Voter memory voter,
        bytes calldata ballot,
        uint256 offset,
        Group memory g,
        bool trusted
    ) private view returns (uint256) {
        uint256 head = Codec.word(ballot, offset);
        DomainId domainId = DomainId.wrap(uint32(head >> 224));
        uint256 votes = uint16(head >> 208);
        uint256 first = offset + Codec.GROUP_SIZE;
        uint256 end = first + votes * Codec.VOTE_SIZE;
        if (votes == 0 || end > ballot.length) revert IConsensusEvents.MalformedBallot(offset);
        if (offset != 0 && DomainId.unwrap(domainId) <= DomainId.unwrap(g.domainId)) {
            revert IConsensusEvents.UnsortedVotes(offset);
        }
        g.domainId = domainId;
        g.end = end;
        g.domain = s.domains[domainId];
        g.standing = s.standings[voter.agentId][domainId];
        g.total = Snapshots.valueAt(s.totals[domainId], voter.epoch);
        g.stake = Snapshots.valueAt(g.standing, voter.epoch);
        if (g.stake > voter.backing) g.stake = voter.backing;
        g.weight = trusted ? Trust.weight(Standings.evidence(g.standing, voter.generation)) : Trust.NEWCOMER_WEIGHT;
        return first;
    }

    function _countGroup(
        ConsensusState.State storage s,
        Voter memory voter,
        bytes calldata ballot,
        uint256 offset,
        Group memory g,
        Codec.Writer memory w
    ) private returns (uint256 seatsInAll) {
        uint160 last = 0;
        uint256 end = g.end;
        // Offsets lie within the calldata, and 256 votes of 16 bits of seats need 24 bits.
        unchecked {
            for (; offset < end; offset += Codec.VOTE_SIZE) {
                uint256 vote = Codec.word(ballot, offset);
                bytes20 hash = bytes20(bytes32(vote));
                if (uint160(hash) <= last) revert IConsensusEvents.UnsortedVotes(offset);
                last = uint160(hash);
                uint256 seats = _countVote(s, voter, g, hash, uint8(vote >> 88));
                if (seats == 0) continue;
                w.append(hash, uint8(vote >> 88), seats);
                seatsInAll += seats;
            }
        }
    }

    /// @return seats counted; 0 if the vote is skipped
    function _countVote(
        ConsensusState.State storage s,
        Voter memory voter,
        Group memory g,
        bytes20 hash,
        uint256 outcome
    ) private returns (uint256 seats) {
        QuestionId questionId = toQuestionId(g.domainId, hash);
        Questions.Slots storage slots = s.questions[questionId];
        uint256 head = slots.head;
        if (
            Questions.statusOf(head) != Questions.OPEN ||
            Questions.epochOf(head) != voter.epoch ||
            outcome >= g.domain.outcomes
        ) return 0;
        seats = Sortition.seats(
            Questions.offeredNowOf(head),
            g.stake,
            g.total,
            voter.seed,
            questionId,
            AgentId.unwrap(voter.agentId),
            voter.secret
        );
        if (seats == 0) return 0;
        (uint256 counted, bool fits) = slots.addVote(head, outcome, seats, g.weight);
        if (!fits) return 0;
        if (counted != head) slots.head = counted;
    }

    function _settleGroup(
        ConsensusState.State storage s,
        ConsensusState.Context memory x,
        Voter memory voter,
        bytes calldata receipts,
        uint256 offset,
        Group memory g,
        Outcome memory result
    ) private {
        Trust.Evidence memory evidence;
        bool learned = false;
        uint256 seatsSettled = 0;
        bool teaches = voter.generation != Standings.LAST_GENERATION;
        // As in _countGroup.
        unchecked {
            for (; offset < g.end; offset += Codec.RECEIPT_SIZE) {
                uint256 receipt = Codec.word(receipts, offset);
                uint256 terms = _termsOf(s, x, g, bytes20(bytes32(receipt)), result);
                if (terms == 0) {
                    result.rest.append(bytes20(bytes32(receipt)), uint8(receipt >> 88), uint16(receipt >> 72));
                    continue;
                }
                seatsSettled += uint16(receipt >> 72);
                bool agree = _settleVote(g, receipt, terms, result);
                uint256 quantity = Questions.evidenceOf(terms);
                if (quantity == 0 || !teaches) continue;
                if (!learned) {
                    g.standing = s.standings[voter.agentId][g.domainId];
                    evidence = Standings.evidence(g.standing, voter.generation);
                    learned = true;
                }
                Trust.update(evidence, agree, quantity);
            }
        }
        result.change.unlock += seatsSettled * g.domain.seatBond;
        if (!learned) return;
        s.standings[voter.agentId][g.domainId] = Standings.withEvidence(g.standing, voter.generation, evidence);
        emit IConsensusEvents.TrustUpdated(voter.agentId, g.domainId, evidence.alpha, evidence.beta, evidence.verdicts);
    }

    /// @dev Terms of settlement of a question, finalizing it where that is due; 0 if it is not final yet.
    function _termsOf(
        ConsensusState.State storage s,
        ConsensusState.Context memory x,
        Group memory g,
        bytes20 hash,
        Outcome memory result
    ) private returns (uint256 terms) {
        QuestionId questionId = toQuestionId(g.domainId, hash);
        terms = s.questions[questionId].head;
        if (Questions.statusOf(terms) != Questions.OPEN) return terms;
        if (x.epoch < Rounds.finalFrom(terms)) return 0;
        uint256 toSink;
        (terms, toSink) = Finality.finalize(s, x.vault, questionId, terms);
        result.change.toSink += toSink;
    }

    /// @return agree whether the vote is for the final, or the leading, outcome
    function _settleVote(
        Group memory g,
        uint256 receipt,
        uint256 terms,
        Outcome memory result
    ) private pure returns (bool agree) {
        uint256 seats = uint16(receipt >> 72);
        agree = uint8(receipt >> 88) == Questions.outcomeOf(terms);
        IStakeVault.Change memory change = result.change;
        // 256 votes of 16 bits of seats, each of at most 104 bits of wei: 128 bits.
        unchecked {
            ++result.votes;
            if (agree) {
                change.gain += seats * Questions.gainOf(terms);
                return true;
            }
            uint256 loss = Questions.lossOf(terms);
            if (loss == 0) return false;
            uint256 burn = Settlement.burnOf(loss, g.domain.burnBps) * seats;
            change.loss += loss * seats;
            change.toSink += burn;
            result.burned += burn;
        }
    }
}
