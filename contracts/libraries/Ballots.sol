// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IConsensusEvents} from "../interfaces/IConsensus.sol";
import {AgentId, DomainId, QuestionId} from "../types/Ids.sol";
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
    using ConsensusState for ConsensusState.Packed;
    using Codec for Codec.Writer;
    using Questions for Questions.Slots;

    /// @dev Hash and outcome of a vote.
    uint256 private constant VOTE_MASK = ~uint256((1 << 88) - 1);

    /// @notice What stays the same while a ballot is revealed or settled.
    struct Voter {
        AgentId agentId;
        uint256 generation; // Standings.LAST_GENERATION: earns no trust
        bytes32 secret;
        bytes32 seed; // of the ballot's epoch
        uint256 epoch; // of the ballot
        uint256 backing; // units
    }

    /// @dev A domain's part of a ballot being counted.
    struct Group {
        uint256 domainId;
        uint256 end; // offset behind its last vote
        uint256 stake; // units behind the agent's seats
        uint256 total; // units in the domain
        uint256 weight; // of a seat, Q8
        uint256 outcomes; // K of the domain
        uint256 seatBond; // of the domain, wei
        uint256 open; // Questions.openFor the ballot's epoch
        Sortition.Ticket ticket;
    }

    /// @dev A domain's part of receipts being settled.
    struct Account {
        uint256 domainId;
        uint256 end; // offset behind its last receipt
        uint256 burnBps; // of the domain
        uint256 seats; // settled
        bool learned; // the evidence has been loaded
    }

    /// @notice What settling a ballot has come to so far, wei.
    struct Outcome {
        uint256 gain;
        uint256 loss;
        uint256 unlock;
        uint256 burned; // of the losses
        uint256 toSink; // of questions finalized on the way
        Codec.Writer rest; // receipts of what is not final yet
    }

    /// @notice Counts a ballot's votes. Votes without a seat, and on questions unknown or of another epoch, are skipped.
    /// @param trusted false if the agent changed hands since its enrolment: it then has a newcomer's weight
    /// @return receipts of the votes counted
    /// @return used stake the counted votes put at risk, wei
    function count(
        ConsensusState.State storage s,
        Voter memory voter,
        bytes memory ballot,
        bool trusted
    ) internal returns (bytes memory receipts, uint256 used) {
        if (ballot.length == 0) return (receipts, 0);
        Codec.Writer memory w = Codec.writer(ballot.length, voter.generation);
        uint256 votes = 0;
        uint256 offset = 0;
        Group memory g;
        g.open = Questions.openFor(voter.epoch);
        g.ticket.seed = voter.seed;
        g.ticket.agentId = AgentId.unwrap(voter.agentId);
        g.ticket.secret = voter.secret;
        while (offset < ballot.length) {
            offset = _openGroup(s, voter, ballot, offset, g, trusted);
            votes += (g.end - offset) / Codec.VOTE_SIZE;
            if (votes > Codec.MAX_VOTES) revert IConsensusEvents.TooManyVotes(votes, Codec.MAX_VOTES);
            w.openGroup(g.domainId);
            uint256 seats = _countGroup(s, Codec.pointer(ballot, offset), Codec.pointer(ballot, g.end), g, w);
            w.closeGroup();
            used += seats * g.seatBond;
            offset = g.end;
        }
        receipts = w.finish();
    }

    /// @notice Settles what is final of a revealed ballot.
    /// @param receipts as in the ring; the caller has checked their hash
    function settle(
        ConsensusState.State storage s,
        ConsensusState.Context memory x,
        Voter memory voter,
        bytes memory receipts
    ) internal returns (Outcome memory result) {
        uint256 generation = Codec.wordOf(receipts, 0) >> 240;
        // Trust earned under another owner than the present one is not carried across.
        if (generation != voter.generation) voter.generation = Standings.LAST_GENERATION;
        result.rest = Codec.writer(receipts.length, generation);
        uint256 offset = Codec.GENERATION_SIZE;
        Account memory a;
        while (offset < receipts.length) {
            uint256 head = Codec.wordOf(receipts, offset);
            offset += Codec.GROUP_SIZE;
            a.domainId = head >> 224;
            a.end = offset + uint16(head >> 208) * Codec.RECEIPT_SIZE;
            result.rest.openGroup(a.domainId);
            _settleGroup(s, x, voter, Codec.pointer(receipts, offset), Codec.pointer(receipts, a.end), a, result);
            result.rest.closeGroup();
            offset = a.end;
        }
    }

    /// @dev Reads a group's head, checks its form and loads what its votes share.
    function _openGroup(
        ConsensusState.State storage s,
        Voter memory voter,
        bytes memory ballot,
        uint256 offset,
        Group memory g,
        bool trusted
    ) private view returns (uint256 first) {
        uint256 head = Codec.wordOf(ballot, offset);
        uint256 votes = uint16(head >> 208);
        first = offset + Codec.GROUP_SIZE;
        uint256 end = first + votes * Codec.VOTE_SIZE;
        if (votes == 0 || end > ballot.length) revert IConsensusEvents.MalformedBallot(offset);
        head >>= 224;
        if (offset != 0 && head <= g.domainId) revert IConsensusEvents.UnsortedVotes(offset);
        (g.domainId, g.end) = (head, end);
        DomainId domainId = DomainId.wrap(uint32(head));
        ConsensusState.Packed d = ConsensusState.packed(s.domains[domainId]);
        (g.outcomes, g.seatBond) = (d.outcomes(), d.seatBond());
        uint256 standing = s.standings[voter.agentId][domainId];
        g.total = Snapshots.valueAt(s.totals[domainId], voter.epoch);
        uint256 stake = Snapshots.valueAt(standing, voter.epoch);
        g.stake = stake < voter.backing ? stake : voter.backing;
        g.weight = trusted ? Trust.weight(Standings.evidence(standing, voter.generation)) : Trust.NEWCOMER_WEIGHT;
    }

    /// @param p where in memory the group's votes are
    /// @param end behind its last vote
    function _countGroup(
        ConsensusState.State storage s,
        uint256 p,
        uint256 end,
        Group memory g,
        Codec.Writer memory w
    ) private returns (uint256 seatsInAll) {
        uint256 last = 0;
        // At most 256 votes in memory, of 16 bits of seats, which need 24 bits.
        unchecked {
            for (; p < end; p += Codec.VOTE_SIZE) {
                uint256 vote = Codec.wordAt(p);
                if (vote >> 96 <= last) revert IConsensusEvents.UnsortedVotes(g.end - (end - p));
                last = vote >> 96;
                uint256 seats = _countVote(s, g, vote);
                if (seats == 0) continue;
                seatsInAll += seats;
                // Hash and outcome as they came.
                w.append((vote & VOTE_MASK) | (seats << 72));
            }
        }
    }

    /// @return seats counted; 0 if the vote is skipped
    function _countVote(ConsensusState.State storage s, Group memory g, uint256 vote) private returns (uint256 seats) {
        (QuestionId questionId, Questions.Slots storage slots) = _questionOf(s, g.domainId, vote);
        uint256 head = slots.head;
        if (head & Questions.BALLOT_MASK != g.open) return 0;
        Sortition.Ticket memory ticket = g.ticket;
        // As `ticket.questionId = questionId`, which would clean what is clean.
        assembly ("memory-safe") {
            mstore(add(ticket, 32), questionId)
        }
        seats = Sortition.seats(Questions.offeredNowOf(head), g.stake, g.total, ticket);
        if (seats == 0) return 0;
        uint256 outcome = (vote >> 88) & 0xff;
        if (outcome >= g.outcomes) return 0;
        if (!slots.addVote(head, outcome, seats, g.weight)) return 0;
    }

    /// @param p where in memory the group's receipts are
    /// @param end behind its last receipt
    function _settleGroup(
        ConsensusState.State storage s,
        ConsensusState.Context memory x,
        Voter memory voter,
        uint256 p,
        uint256 end,
        Account memory a,
        Outcome memory result
    ) private {
        DomainId domainId = DomainId.wrap(uint32(a.domainId));
        ConsensusState.Packed d = ConsensusState.packed(s.domains[domainId]);
        a.burnBps = d.burnBps();
        a.seats = 0;
        a.learned = false;
        Trust.Evidence memory evidence = Standings.evidence(s.standings[voter.agentId][domainId], voter.generation);
        // As in _countGroup; 256 votes of 16 bits of seats, each of at most 104 bits of wei: 128 bits.
        unchecked {
            for (; p < end; p += Codec.RECEIPT_SIZE) {
                uint256 receipt = Codec.wordAt(p);
                (QuestionId questionId, Questions.Slots storage slots) = _questionOf(s, a.domainId, receipt);
                uint256 terms = slots.head;
                if (Questions.statusOf(terms) == Questions.OPEN) {
                    if (x.epoch < Rounds.finalFrom(terms)) {
                        result.rest.append(receipt);
                        continue;
                    }
                    terms = _finalize(s, x, questionId, terms, result);
                }
                uint256 seats = (receipt >> 72) & 0xffff;
                a.seats += seats;
                bool agree = (receipt >> 88) & 0xff == Questions.outcomeOf(terms);
                if (agree) result.gain += seats * Questions.gainOf(terms);
                else _lose(a, Questions.lossOf(terms), seats, result);
                uint256 quantity = Questions.evidenceOf(terms);
                if (quantity == 0) continue;
                a.learned = true;
                Trust.update(evidence, agree, quantity);
            }
            result.unlock += a.seats * d.seatBond();
        }
        if (!a.learned || voter.generation == Standings.LAST_GENERATION) return;
        s.standings[voter.agentId][domainId] = Standings.withEvidence(
            s.standings[voter.agentId][domainId],
            voter.generation,
            evidence
        );
    }

    function _finalize(
        ConsensusState.State storage s,
        ConsensusState.Context memory x,
        QuestionId questionId,
        uint256 head,
        Outcome memory result
    ) private returns (uint256 terms) {
        uint256 toSink;
        (terms, toSink) = Finality.finalize(s, x.vault, questionId, head);
        result.toSink += toSink;
    }

    /// @dev Seats of a vote for another than the final, or the leading, outcome.
    /// @param loss wei for each seat, 86 bits
    function _lose(Account memory a, uint256 loss, uint256 seats, Outcome memory result) private pure {
        // As in _settleGroup.
        unchecked {
            result.loss += loss * seats;
            result.burned += Settlement.burnOf(loss, a.burnBps) * seats;
        }
    }

    /// @dev The question that a vote, or a receipt, is on: both begin with its hash.
    function _questionOf(
        ConsensusState.State storage s,
        uint256 domainId,
        uint256 record
    ) private view returns (QuestionId questionId, Questions.Slots storage slots) {
        mapping(QuestionId => Questions.Slots) storage questions = s.questions;
        // As toQuestionId and a look into the mapping, which would clean twice what is clean.
        assembly ("memory-safe") {
            questionId := or(shl(224, domainId), shl(64, shr(96, record)))
            mstore(0, questionId)
            mstore(32, questions.slot)
            slots.slot := keccak256(0, 64)
        }
    }
}
