// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IConsensusEvents} from "../interfaces/IConsensus.sol";
import {AgentId, DomainId, QuestionId} from "../types/Ids.sol";
import {Codec, RECEIPT_SIZE, VOTE_SIZE} from "./Codec.sol";
import {ConsensusState} from "./ConsensusState.sol";
import {Finality} from "./Finality.sol";
// Used in assembly.
// solhint-disable-next-line no-unused-import
import {BALLOT_MASK, HEAD_TALLIES, Questions, TALLY_BITS, TALLY_SHIFT, WORD_TALLIES} from "./Questions.sol";
import {Rounds} from "./Rounds.sol";
import {Snapshots} from "./Snapshots.sol";
import {Standings} from "./Standings.sol";
// solhint-disable-next-line no-unused-import
import {EVIDENCE_CAP, Trust} from "./Trust.sol";

/// @title Ballots
/// @notice Counts a revealed ballot and settles it later (protocol.md sections 5, 7 and 8).
/// @dev What runs once a vote is in assembly, at two thirds of what the compiler makes of it: Sortition.seats, the tally of Questions and
/// the payout by the terms of a question. The differential tests hold it to those libraries and to their twins in TypeScript.
library Ballots {
    using ConsensusState for ConsensusState.Packed;
    using Codec for Codec.Writer;

    /* TYPES */

    /// @notice A ballot being counted. The caller fills in what is marked with a star.
    struct Reveal {
        uint256 domainBits; // 0x00: the domain of the votes at hand, where a question's id has it
        uint256 stake; // 0x20: units behind the agent's seats in it
        uint256 total; // 0x40: units in it
        uint256 seat; // 0x60: what one seat adds to a tally
        uint256 outcomes; // 0x80: K of the domain
        uint256 open; // 0xa0: Questions.openFor the ballot's epoch
        bytes32 seed; // 0xc0 *: of that epoch; from here on as Sortition.Ticket
        uint256 questionId; // 0xe0
        AgentId agentId; // *
        bytes32 secret; // *
        uint256 end; // offset behind the last vote of the domain
        uint256 seatBond; // of the domain, wei
        uint256 epoch; // *: of the ballot
        uint256 backing; // *: units
        uint256 generation; // *: Standings.LAST_GENERATION if the agent changed hands since its enrolment: a newcomer's weight
    }

    /// @notice A ballot being settled, and what that has come to so far. The caller fills in what is marked with a star.
    struct Settling {
        uint256 domainBits; // 0x00: the domain of the receipts at hand, where a question's id has it
        uint256 burnBps; // 0x20: of the domain
        uint256 seats; // 0x40: settled in the domain; from bit 32 on, how many votes were evidence
        uint256 gain; // 0x60: wei
        uint256 loss; // 0x80: wei
        uint256 burned; // 0xa0: wei of the losses
        uint256 alpha; // 0xc0: evidence for the agent in the domain
        uint256 beta; // 0xe0: evidence against it
        bool full; // 0x100: it has come to more than it may be, and has to fade
        uint256 unlock; // wei
        uint256 toSink; // wei, of questions finalized on the way
        AgentId agentId; // *
        uint256 generation; // *; Standings.LAST_GENERATION: earns no trust
    }

    /* COUNTING */

    /// @notice Counts a ballot's votes. Votes without a seat, and on questions unknown or of another epoch, are skipped.
    /// @return receipts of the votes counted
    /// @return used stake the counted votes put at risk, wei
    function count(
        ConsensusState.State storage s,
        Reveal memory r,
        bytes memory ballot
    ) internal returns (bytes memory receipts, uint256 used) {
        if (ballot.length == 0) return (receipts, 0);
        Codec.Writer memory w = Codec.writer(ballot.length, r.generation);
        uint256 votes = 0;
        uint256 offset = 0;
        r.open = Questions.openFor(r.epoch);
        // Offsets within a ballot that is in memory, and at most 256 votes of 16 bits of seats and 88 of bond each.
        unchecked {
            while (offset < ballot.length) {
                offset = _openGroup(s, ballot, offset, r);
                votes += (r.end - offset) / VOTE_SIZE;
                if (votes > Codec.MAX_VOTES) revert IConsensusEvents.TooManyVotes(votes, Codec.MAX_VOTES);
                w.openGroup(r.domainBits);
                used += _countGroup(s, Codec.pointer(ballot, offset), Codec.pointer(ballot, r.end), r, w) * r.seatBond;
                w.closeGroup();
                offset = r.end;
            }
        }
        receipts = w.finish();
    }

    /// @dev Reads a group's head, checks its form and loads what its votes share.
    function _openGroup(
        ConsensusState.State storage s,
        bytes memory ballot,
        uint256 offset,
        Reveal memory r
    ) private view returns (uint256 first) {
        uint256 head = Codec.wordOf(ballot, offset);
        // An offset of memory and 16 bits of votes.
        unchecked {
            uint256 votes = uint16(head >> 208);
            first = offset + Codec.GROUP_SIZE;
            uint256 end = first + votes * VOTE_SIZE;
            if (votes == 0 || end > ballot.length) revert IConsensusEvents.MalformedBallot(offset);
            r.end = end;
        }
        head = (head >> 224) << 224;
        if (offset != 0 && head <= r.domainBits) revert IConsensusEvents.UnsortedVotes(offset);
        r.domainBits = head;
        DomainId domainId = DomainId.wrap(uint32(head >> 224));
        ConsensusState.Packed d = ConsensusState.packed(s.domains[domainId]);
        (r.outcomes, r.seatBond) = (d.outcomes(), d.seatBond());
        uint256 standing = s.standings[r.agentId][domainId];
        r.total = Snapshots.valueAt(s.totals[domainId], r.epoch);
        uint256 stake = Snapshots.valueAt(standing, r.epoch);
        r.stake = stake < r.backing ? stake : r.backing;
        (uint256 alpha, uint256 beta, uint256 verdicts) = Standings.evidence(standing, r.generation);
        r.seat = Questions.seatOf(Trust.weight(alpha, beta, verdicts));
    }

    /// @dev At most 256 votes in memory, of 16 bits of seats: nothing can overflow, nor can a tally once its seats fit.
    /// @param p where in memory the group's votes are
    /// @param end behind its last vote
    function _countGroup(
        ConsensusState.State storage s,
        uint256 p,
        uint256 end,
        Reveal memory r,
        Codec.Writer memory w
    ) private returns (uint256 seatsInAll) {
        mapping(QuestionId => Questions.Slots) storage questions = s.questions;
        assembly ("memory-safe") {
            let last := 0
            let to := mload(add(w, 0x20))
            // The key of a question, of which only the hash changes.
            mstore(0, mload(r))
            mstore(0x20, questions.slot)
            for {} lt(p, end) {
                p := add(p, VOTE_SIZE)
            } {
                let vote := mload(p)
                let slot := shr(96, vote)
                if iszero(gt(slot, last)) {
                    break
                }
                last := slot
                mcopy(4, p, 20)
                slot := keccak256(0, 0x40)
                let word := sload(slot)
                if xor(and(word, BALLOT_MASK), mload(add(r, 0xa0))) {
                    continue
                }
                // As Sortition.seats.
                mstore(add(r, 0xe0), mload(0))
                let seats
                {
                    let total := mload(add(r, 0x40))
                    let product := mul(and(shr(36, word), 0x1fff), mload(add(r, 0x20)))
                    let fraction := div(shl(64, mod(product, total)), total)
                    let draw := and(keccak256(add(r, 0xc0), 0x80), 0xffffffffffffffff)
                    seats := add(div(product, total), lt(draw, fraction))
                }
                let outcome := byte(20, vote)
                if iszero(mul(seats, lt(outcome, mload(add(r, 0x80))))) {
                    continue
                }
                // Where Questions has the outcome's tally.
                let shift := add(mul(outcome, TALLY_BITS), TALLY_SHIFT)
                if iszero(lt(outcome, HEAD_TALLIES)) {
                    outcome := sub(outcome, HEAD_TALLIES)
                    mstore(0, div(outcome, WORD_TALLIES))
                    mstore(0x20, add(slot, 1))
                    slot := keccak256(0, 0x40)
                    mstore(0, mload(r))
                    mstore(0x20, questions.slot)
                    word := sload(slot)
                    shift := mul(mod(outcome, WORD_TALLIES), TALLY_BITS)
                }
                if gt(add(and(shr(shift, word), 0xffff), seats), 0xffff) {
                    continue
                }
                sstore(slot, add(word, shl(shift, mul(seats, mload(add(r, 0x60))))))
                seatsInAll := add(seatsInAll, seats)
                // Hash and outcome as they came, then the seats.
                mstore(to, vote)
                mstore(add(to, VOTE_SIZE), shl(240, seats))
                to := add(to, RECEIPT_SIZE)
            }
            mstore(add(w, 0x20), to)
        }
        unchecked {
            if (p < end) revert IConsensusEvents.UnsortedVotes(r.end - (end - p));
        }
    }

    /* SETTLING */

    /// @notice Settles what is final of a revealed ballot.
    /// @param receipts as in the ring; the caller has checked their hash
    /// @return rest receipts of what is not final yet
    function settle(
        ConsensusState.State storage s,
        ConsensusState.Context memory x,
        Settling memory t,
        bytes memory receipts
    ) internal returns (bytes memory rest) {
        uint256 generation = Codec.wordOf(receipts, 0) >> 240;
        // Trust earned under another owner than the present one is not carried across.
        if (generation != t.generation) t.generation = Standings.LAST_GENERATION;
        Codec.Writer memory w = Codec.writer(receipts.length, generation);
        uint256 p = Codec.pointer(receipts, Codec.GENERATION_SIZE);
        uint256 end = Codec.pointer(receipts, receipts.length);
        // Within receipts, which are in memory and were written here.
        unchecked {
            while (p < end) {
                uint256 head = Codec.wordAt(p);
                p += Codec.GROUP_SIZE;
                t.domainBits = (head >> 224) << 224;
                w.openGroup(t.domainBits);
                uint256 groupEnd = p + uint16(head >> 208) * RECEIPT_SIZE;
                _settleGroup(s, x, p, groupEnd, t, w);
                w.closeGroup();
                p = groupEnd;
            }
        }
        rest = w.finish();
    }

    /// @param p where in memory the group's receipts are
    /// @param end behind its last receipt
    function _settleGroup(
        ConsensusState.State storage s,
        ConsensusState.Context memory x,
        uint256 p,
        uint256 end,
        Settling memory t,
        Codec.Writer memory w
    ) private {
        DomainId domainId = DomainId.wrap(uint32(t.domainBits >> 224));
        ConsensusState.Packed d = ConsensusState.packed(s.domains[domainId]);
        (t.burnBps, t.seats) = (d.burnBps(), 0);
        uint256 standing = s.standings[t.agentId][domainId];
        uint256 verdicts;
        (t.alpha, t.beta, verdicts) = Standings.evidence(standing, t.generation);
        // At most 256 votes of 16 bits of seats and 88 of bond each.
        unchecked {
            while (true) {
                p = _settleFinal(s.questions, p, end, t);
                if (t.full) {
                    (t.alpha, t.beta) = Trust.forget(t.alpha, t.beta);
                    t.full = false;
                    continue;
                }
                if (p == end) break;
                p = _settleOpen(s, x, p, d, t, w);
            }
            t.unlock += uint32(t.seats) * d.seatBond();
            uint256 scored = t.seats >> 32;
            if (scored == 0 || t.generation == Standings.LAST_GENERATION) return;
            verdicts += scored;
        }
        s.standings[t.agentId][domainId] = Standings.withEvidence(standing, t.generation, t.alpha, t.beta, verdicts);
    }

    /// @dev Settles receipts in a row, up to one whose question is open, or one that makes the evidence more than it may be. At most 256
    /// of 16 bits of seats, each of at most 104 bits of wei: 128 bits.
    /// @return where in memory it has come to
    function _settleFinal(
        mapping(QuestionId => Questions.Slots) storage questions,
        uint256 p,
        uint256 end,
        Settling memory t
    ) private view returns (uint256) {
        assembly ("memory-safe") {
            let seats := mload(add(t, 0x40))
            let gain := mload(add(t, 0x60))
            let alpha := mload(add(t, 0xc0))
            let room := sub(EVIDENCE_CAP, add(alpha, mload(add(t, 0xe0))))
            // The key of a question, of which only the hash changes.
            mstore(0, mload(t))
            mstore(0x20, questions.slot)
            for {} lt(p, end) {} {
                let receipt := mload(p)
                mcopy(4, p, 20)
                let terms := sload(keccak256(0, 0x40))
                if eq(and(terms, 3), 1) {
                    break
                }
                p := add(p, RECEIPT_SIZE)
                let n := and(shr(72, receipt), 0xffff)
                let quantity := and(shr(36, terms), 0x3fff)
                seats := add(seats, or(n, shl(32, gt(quantity, 0))))
                room := sub(room, quantity)
                switch and(xor(byte(20, receipt), shr(5, terms)), 31)
                case 0 {
                    gain := add(gain, mul(n, and(shr(149, terms), 0xffffffffffffffffffffffffff)))
                    alpha := add(alpha, quantity)
                }
                default {
                    let loss := and(shr(63, terms), 0x3fffffffffffffffffffff)
                    mstore(add(t, 0x80), add(mload(add(t, 0x80)), mul(n, loss)))
                    // As Settlement.burnOf.
                    let burn := div(add(mul(loss, mload(add(t, 0x20))), 9999), 10000)
                    mstore(add(t, 0xa0), add(mload(add(t, 0xa0)), mul(n, burn)))
                    mstore(add(t, 0xe0), add(mload(add(t, 0xe0)), quantity))
                }
                if slt(room, 0) {
                    // It may have been too much by one before.
                    if quantity {
                        mstore(add(t, 0x100), 1)
                        break
                    }
                }
            }
            mstore(add(t, 0x40), seats)
            mstore(add(t, 0x60), gain)
            mstore(add(t, 0xc0), alpha)
        }
        return p;
    }

    /// @dev Finalizes the question of the receipt at `p`, which is settled next, or keeps the receipt for another time.
    /// @return where in memory settling goes on
    function _settleOpen(
        ConsensusState.State storage s,
        ConsensusState.Context memory x,
        uint256 p,
        ConsensusState.Packed d,
        Settling memory t,
        Codec.Writer memory w
    ) private returns (uint256) {
        uint256 receipt = Codec.wordAt(p);
        QuestionId questionId = QuestionId.wrap(bytes24(bytes32(t.domainBits | ((receipt >> 96) << 64))));
        Questions.Slots storage slots = s.questions[questionId];
        uint256 head = slots.head;
        unchecked {
            if (x.epoch < Rounds.finalFrom(head)) {
                w.append(receipt);
                return p + RECEIPT_SIZE;
            }
            (, uint256 toSink) = Finality.finalize(s, x.vault, questionId, slots, head, d);
            t.toSink += toSink;
        }
        return p;
    }
}
