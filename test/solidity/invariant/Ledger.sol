// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {QuestionId} from "../../../contracts/types/Ids.sol";
import {Twin} from "./Twin.sol";
import {World} from "./World.sol";

/// @notice What reveals, settlements and forfeits do to the ghost.
abstract contract Ledger is World {
    uint256 private constant KEEPER_PART = 20;
    uint256 private constant FORFEIT_PART = 200;

    /// @dev Counts an open ballot into the ghost's tallies and keeps its receipts. The votes stand in the ballot as packed.
    function _ghostReveal(uint256 i) internal {
        Member storage m = members[i];
        bytes memory ballot = m.ballot;
        Draw memory draw = Draw(consensus.seedOf(m.epoch), _secret(m, m.epoch));
        bool trusted = m.enrolledKey == m.ownerKey;
        uint256 used = 0;
        Pending storage p = pending[i].push();
        (p.epoch, p.generation, p.declared) = (m.epoch, trusted ? m.generation : 4095, m.exposure);
        uint256 offset = 0;
        while (offset < ballot.length) {
            uint256 d = _read(ballot, offset, 4);
            uint256 n = _read(ballot, offset + 4, 2);
            offset += 6;
            for (uint256 v = 0; v < n; ++v) {
                used += _ghostVote(i, p, d, _read(ballot, offset, 20), _read(ballot, offset + 20, 1), draw);
                offset += 21;
            }
        }
        if (p.votes.length == 0) pending[i].pop();
        m.locked = m.locked - m.exposure + used;
        (m.open, m.tip) = (false, draw.secret);
    }

    function _ghostVote(
        uint256 i,
        Pending storage p,
        uint256 d,
        uint256 hash,
        uint256 outcome,
        Draw memory draw
    ) private returns (uint256 atRisk) {
        uint256 q = questionAt[bytes24(uint192((d << 160) | hash))];
        if (q == 0 || outcome >= rules[d].outcomes) return 0;
        Question storage question = questions[q - 1];
        if (question.done || question.epoch != p.epoch) return 0;
        uint256 stake = _allocation(i, d, p.epoch);
        if (members[i].backing < stake) stake = members[i].backing;
        bytes32 ticket = keccak256(abi.encode(draw.seed, question.id, members[i].id, draw.secret));
        uint256 seats = Twin.seatsOf(question.offeredNow, stake, _known(d, p.epoch), ticket);
        if (seats == 0) return 0;
        question.tally.seats[outcome] += seats;
        question.tally.weights[outcome] += seats * _weight(i, d, p.generation);
        question.open += seats;
        p.votes.push(Vote(q - 1, outcome, seats));
        return seats * rules[d].seatBond;
    }

    function _weight(uint256 i, uint256 d, uint256 generation) private view returns (uint256) {
        Trust storage t = trusts[i][d];
        if (t.generation != generation) return 256;
        return Twin.weight(t.alpha, t.beta, t.verdicts);
    }

    /// @dev A forfeit or, if nobody rolled the reveal epoch, a release.
    function _ghostOverdue(uint256 i, address keeper) internal {
        Member storage m = members[i];
        m.open = false;
        m.locked -= m.exposure;
        if (!rolled[m.epoch + 1]) return;
        m.available -= m.exposure;
        _toSink(m.exposure, m.exposure / FORFEIT_PART, keeper, m.enrolledKey);
    }

    function _toSink(uint256 amount, uint256 keeperShare, address keeper, uint256 enrolledKey) private {
        bool own = keeper == address(0) || (enrolledKey != 0 && keeper == addresses[enrolledKey]);
        if (own) keeperShare = 0;
        credits[keeper] += keeperShare;
        sinkDue += amount - keeperShare;
    }

    function _ghostFinalize(uint256 q) internal {
        Question storage x = questions[q];
        Twin.Rules memory d = rules[x.domain];
        Twin.Terms memory t = Twin.settle(Twin.Facts(d, x.tally, appeals[q], x.rounds, x.canary, counts[x.domain]));
        (x.done, x.terms) = (true, t);
        for (uint256 r = 2; r <= x.rounds; ++r) credits[appeals[q][r].appellant] += t.paid[r];
        sinkDue += t.toSink;
        if (x.canary == 1) sinkDue += d.seats * d.seatFee;
        uint256 n = 0;
        for (uint256 o = 0; o < 5; ++o) n += x.tally.seats[o];
        participation[x.domain] = Twin.meanParticipation(participation[x.domain], n, x.offered);
        if (t.resolved && !d.openAnswers) counts[x.domain] = Twin.counted(counts[x.domain], d.outcomes, t.outcome);
        ++did[
            t.resolved
                ? "finalize: resolved"
                : n == 0
                    ? "finalize: nobody voted"
                    : "finalize: unresolved"
        ];
        if (x.rounds > 1) ++did["finalize: several rounds"];
        if (x.canary == 3 + t.outcome && t.resolved) ++did["finalize: canary confirmed"];
        for (uint256 r = 2; r <= x.rounds; ++r) if (t.resolved && t.paid[r] != 0) ++did["finalize: appeal succeeded"];
    }

    function _due(uint256 q) internal view returns (bool) {
        return questions[q].done || _epoch() >= questions[q].epoch + 3;
    }

    function _settleable(Pending storage p) internal view returns (bool) {
        for (uint256 v = 0; v < p.votes.length; ++v) if (_due(p.votes[v].question)) return true;
        return false;
    }

    /// @dev Settles what is final of a pending ballot. The ballot goes once nothing is left of it.
    function _ghostSettle(uint256 i, uint256 n, address keeper) internal {
        Pending storage p = pending[i][n];
        Vote[] memory votes = p.votes;
        delete p.votes;
        uint256 burned = 0;
        for (uint256 v = 0; v < votes.length; ++v) {
            if (_due(votes[v].question)) burned += _ghostSettleVote(i, p, votes[v]);
            else p.votes.push(votes[v]);
        }
        _toSink(burned, burned / KEEPER_PART, keeper, members[i].enrolledKey);
        if (p.votes.length != 0) {
            ++did["settle: in part"];
            return;
        }
        pending[i][n] = pending[i][pending[i].length - 1];
        pending[i].pop();
    }

    function _ghostSettleVote(uint256 i, Pending storage p, Vote memory v) private returns (uint256 burn) {
        Question storage q = questions[v.question];
        if (!q.done) _ghostFinalize(v.question);
        Member storage m = members[i];
        m.locked -= v.seats * rules[q.domain].seatBond;
        q.open -= v.seats;
        bool agree = v.outcome == q.terms.outcome;
        if (agree) {
            m.available += v.seats * q.terms.gain;
            q.gains += v.seats * q.terms.gain;
        } else {
            uint256 loss = v.seats * q.terms.loss;
            burn = v.seats * q.terms.burn;
            m.available -= loss;
            p.lost += loss;
            q.losses += loss;
            q.burned += burn;
            if (loss != 0) ++did["settle: a loss"];
        }
        if (q.terms.evidence == 0 || p.generation != m.generation || p.generation >= 4095) return burn;
        Trust storage t = trusts[i][q.domain];
        if (t.generation != p.generation) trusts[i][q.domain] = Trust(p.generation, 4096, 2048, 0);
        (t.alpha, t.beta) = Twin.learn(t.alpha, t.beta, agree, q.terms.evidence);
        ++t.verdicts;
    }

    /// @dev Receipts as the contract should have written them.
    function _receipts(Pending storage p) internal view returns (bytes memory receipts) {
        receipts = abi.encodePacked(uint16(p.generation));
        uint256 v = 0;
        while (v < p.votes.length) {
            uint256 d = questions[p.votes[v].question].domain;
            bytes memory group;
            uint256 n = 0;
            for (; v < p.votes.length && questions[p.votes[v].question].domain == d; ++v) {
                bytes20 hash = bytes20(_id(p.votes[v].question) << 32);
                group = abi.encodePacked(group, hash, uint8(p.votes[v].outcome), uint16(p.votes[v].seats));
                ++n;
            }
            receipts = abi.encodePacked(receipts, uint32(d), uint16(n), group);
        }
    }

    /// @dev A beat or an enrolment sees that the agent has changed hands.
    function _ghostNotice(uint256 i) internal {
        Member storage m = members[i];
        if (m.enrolledKey == 0 || m.enrolledKey == m.ownerKey) return;
        m.enrolledKey = 0;
        ++m.generation;
    }

    function _id(uint256 q) internal view returns (bytes24) {
        return QuestionId.unwrap(questions[q].id);
    }

    function _read(bytes memory data, uint256 offset, uint256 size) internal pure returns (uint256 x) {
        require(offset + size <= data.length);
        assembly ("memory-safe") {
            x := shr(sub(256, mul(8, size)), mload(add(add(data, 32), offset)))
        }
    }
}
