// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IConsensus} from "../../../contracts/interfaces/IConsensus.sol";
import {AgentId, DomainId} from "../../../contracts/types/Ids.sol";
import {Ledger} from "./Ledger.sol";
import {Twin} from "./Twin.sol";

/// @notice What agents do: beats, enrolments, allocations; and what others do for them: forfeits, settlements, trims.
abstract contract Committee is Ledger {
    struct Plan {
        bool settles;
        uint256 pick; // pending ballot settled
        bool reveals;
        bool overdue;
        bool covered;
        address sender;
        uint256 fee; // to whoever relays it
        address relayer;
    }

    /* BEATS */

    function _beat(uint256 i, uint256 seed) internal {
        Member storage m = members[i];
        if (m.open && m.epoch == _epoch()) return;
        IConsensus.Beat memory b;
        Plan memory plan = _plan(i, seed, b);
        if (plan.sender == _owner(m) && (!m.open || plan.reveals || plan.overdue) && (seed >> 24) % 8 != 0) {
            _fill(i, seed >> 32, b, plan);
        }
        _send(i, b, plan);
    }

    /// @dev The parts of a beat that concern earlier ballots.
    function _plan(uint256 i, uint256 seed, IConsensus.Beat memory b) internal view returns (Plan memory plan) {
        Member storage m = members[i];
        b.agentId = AgentId.wrap(m.id);
        plan.sender = (seed >> 16) % 8 == 0 ? _user(seed) : _owner(m);
        uint256 n = pending[i].length;
        if (n != 0 && seed % 2 == 0) {
            plan.pick = (seed >> 8) % n;
            plan.settles = _settleable(pending[i][plan.pick]);
            if (plan.settles) {
                (b.settleEpoch, b.receipts) = (pending[i][plan.pick].epoch, _receipts(pending[i][plan.pick]));
            }
        }
        b.previous.tip = m.tip;
        if (!m.open) return plan;
        b.previous = IConsensus.Link(m.tip, m.commitment, m.exposure, m.backing);
        plan.overdue = _epoch() > m.epoch + 1;
        plan.reveals = !plan.overdue && (seed >> 20) % 16 != 0;
        if (plan.reveals) (b.secret, b.ballot) = (_secret(m, m.epoch), m.ballot);
    }

    function _send(uint256 i, IConsensus.Beat memory b, Plan memory plan) private {
        Member storage m = members[i];
        bool effective = plan.settles || plan.reveals || plan.overdue;
        bool should = plan.reveals ? m.covered : effective || _canBeat(i, b, plan.sender);
        bool ok = false;
        bool committed = false;
        // A beat that settles and forfeits nothing moves no other stake.
        bool watched = plan.settles && !plan.overdue;
        uint256 before = watched ? vault.account(b.agentId).balance : 0;
        if (uint256(b.commitment) % 2 == 0) {
            _as(plan.sender, consensus.beat.selector);
            try consensus.beat(b) returns (bool yes) {
                (ok, committed) = (true, yes);
            } catch {}
        } else {
            bytes memory packed = _pack(b, plan);
            _as(plan.sender, consensus.beatPacked.selector);
            try consensus.beatPacked(packed) returns (bool yes) {
                (ok, committed) = (true, yes);
            } catch {}
        }
        _agree(
            should,
            ok,
            plan.reveals
                ? "reveal"
                : plan.overdue
                    ? "beat: overdue"
                    : effective
                        ? "beat: settle"
                        : "beat"
        );
        if (ok && watched) _checkLoss(i, plan.pick, before);
        if (ok) _ghostBeat(i, b, plan, committed);
    }

    /// @dev What a beat that took effect has done.
    function _ghostBeat(uint256 i, IConsensus.Beat memory b, Plan memory plan, bool committed) internal {
        Member storage m = members[i];
        rolled[_epoch()] = true;
        if (plan.settles) _ghostSettle(i, plan.pick, address(0));
        _ghostNotice(i);
        if (plan.reveals) _ghostReveal(i);
        else if (plan.overdue) _ghostOverdue(i, address(0));
        else if (!plan.settles && b.commitment == 0 && !m.open && m.seen < _epoch()) m.seen = _epoch();
        m.available -= plan.fee;
        credits[plan.relayer] += plan.fee;
        // A relayed beat is a sign of life whatever it holds.
        if (plan.relayer != address(0) && m.seen < _epoch()) m.seen = _epoch();
        if (b.commitment == 0) return;
        _agree(_canCommit(i, b, plan.sender, 0), committed, "commit");
        if (committed) _ghostCommit(i, b, plan.covered);
    }

    /// @dev See Beats: the parts of a beat, without what is empty.
    function _pack(IConsensus.Beat memory b, Plan memory plan) internal pure returns (bytes memory packed) {
        uint256 flags = plan.reveals ? 4 : 2;
        if (plan.overdue) flags |= 8;
        if (b.receipts.length != 0) flags |= 1;
        if (b.commitment != 0) flags |= 16;
        packed = abi.encodePacked(uint8(flags), AgentId.unwrap(b.agentId), b.commitEpoch);
        if (b.receipts.length != 0)
            packed = abi.encodePacked(packed, b.settleEpoch, uint16(b.receipts.length), b.receipts);
        if (!plan.reveals) packed = abi.encodePacked(packed, b.previous.tip);
        if (plan.reveals || plan.overdue) {
            packed = abi.encodePacked(packed, uint128(b.previous.exposure), uint48(b.previous.backing));
        }
        if (plan.reveals) packed = abi.encodePacked(packed, b.secret, uint16(b.ballot.length), b.ballot);
        if (plan.overdue) packed = abi.encodePacked(packed, b.previous.commitment);
        if (b.commitment == 0) return packed;
        packed = abi.encodePacked(packed, uint128(b.exposure), uint48(b.backing), b.commitment);
    }

    function _canBeat(uint256 i, IConsensus.Beat memory b, address sender) private view returns (bool) {
        return b.commitment == 0 ? members[i].wallet == sender : _canCommit(i, b, sender, 0);
    }

    function _canCommit(uint256 i, IConsensus.Beat memory b, address sender, uint256 fee) internal view returns (bool) {
        Member storage m = members[i];
        if (m.wallet != sender || m.enrolledKey != m.ownerKey || m.open) return false;
        bool next = m.nextFrom != 0 && _epoch() >= m.nextFrom;
        if (_epoch() <= (next ? m.nextFrom - 1 : m.base)) return false;
        for (uint256 n = 0; n < pending[i].length; ++n) if (pending[i][n].epoch % 16 == _epoch() % 16) return false;
        uint256 rest = m.available - fee;
        return b.exposure <= rest - m.locked && b.backing * UNIT <= rest;
    }

    function _ghostCommit(uint256 i, IConsensus.Beat memory b, bool covered) private {
        Member storage m = members[i];
        if (m.nextFrom != 0 && _epoch() >= m.nextFrom) {
            (m.seed, m.base, m.nextFrom) = (m.nextSeed, m.nextFrom - 1, 0);
            m.tip = _link(m.seed, CHAIN);
            ++did["commit: on the next chain"];
        }
        m.locked += b.exposure;
        (m.open, m.epoch, m.covered) = (true, uint32(_epoch()), covered);
        (m.commitment, m.exposure, m.backing) = (b.commitment, b.exposure, b.backing);
        m.ballot = _drafts[i];
        if (m.seen < _epoch()) m.seen = _epoch();
    }

    mapping(uint256 member => bytes) private _drafts;

    /// @dev Writes a ballot and its commitment. Styles: 0 to 3 honest, 4 contrarian, 5 random, 6 half of it, 7 nonsense among it.
    function _fill(uint256 i, uint256 seed, IConsensus.Beat memory b, Plan memory plan) internal {
        Member storage m = members[i];
        bool next = m.nextFrom != 0 && _epoch() >= m.nextFrom;
        uint256 base = next ? m.nextFrom - 1 : m.base;
        if (_epoch() <= base || _epoch() - base >= CHAIN) return;
        bytes32 secret = _link(next ? m.nextSeed : m.seed, CHAIN - (_epoch() - base));
        uint256 style = seed % 8;
        if ((seed >> 3) % 2 == 0) {
            _count(consensus.roll.selector);
            consensus.roll();
            rolled[_epoch()] = true;
        }
        b.backing = m.available / UNIT;
        if ((seed >> 4) % 4 == 0) b.backing = b.backing / 2;
        bytes memory ballot = _write(i, seed, Draw(consensus.seedOf(uint32(_epoch())), secret), b);
        // One in 16 declares too little where it knows its seats: such a ballot can only be forfeited.
        plan.covered = b.exposure == 0 || style > 5 || (seed >> 6) % 16 != 0 || consensus.seedOf(uint32(_epoch())) == 0;
        if (!plan.covered) --b.exposure;
        else if ((seed >> 11) % 2 == 0) b.exposure += (seed >> 12) % 1e18;
        if (!plan.covered) ++did["commit: exposure too small"];
        _drafts[i] = ballot;
        b.commitEpoch = uint32(_epoch());
        b.commitment = keccak256(abi.encode(block.chainid, consensus, m.id, _epoch(), secret, keccak256(ballot)));
    }

    /// @return ballot packed; its exposure is added to the beat's
    function _write(
        uint256 i,
        uint256 seed,
        Draw memory draw,
        IConsensus.Beat memory b
    ) private returns (bytes memory ballot) {
        uint256 style = seed % 8;
        // In one epoch out of four everybody errs, or no appeal would ever succeed.
        if (style < 4 && uint256(keccak256(abi.encode("mob", _epoch()))) % 4 == 0) style = 4;
        uint256[] memory on = _questionsOf(_epoch());
        bytes memory group;
        uint256 n = 0;
        for (uint256 offset = 0; offset < on.length; ++offset) {
            uint256 d = questions[on[offset]].domain;
            if (style != 6 || uint192(_id(on[offset])) % 2 == 1) {
                bytes20 hash = bytes20(_id(on[offset]) << 32);
                group = abi.encodePacked(group, hash, uint8(_answer(on[offset], style, seed)));
                b.exposure += _seatsAtMost(i, on[offset], b.backing, draw) * rules[d].seatBond;
                ++n;
            }
            if (offset + 1 != on.length && questions[on[offset + 1]].domain == d) continue;
            // A vote on no question at all.
            if (style == 7) (group, n) = (abi.encodePacked(group, bytes20(type(uint160).max), uint8(1)), n + 1);
            if (n != 0) ballot = abi.encodePacked(ballot, uint32(d), uint16(n), group);
            (group, n) = ("", 0);
        }
    }

    function _answer(uint256 q, uint256 style, uint256 seed) private view returns (uint256) {
        uint256 outcomes = rules[questions[q].domain].outcomes;
        if (style == 4) return (_truth(q) + 1) % outcomes;
        if (style == 5) return (seed >> (q % 200)) % outcomes;
        if (style == 7 && q % 3 == 0) return outcomes;
        return _truth(q);
    }

    function _seatsAtMost(uint256 i, uint256 q, uint256 backing, Draw memory draw) private returns (uint256) {
        Question storage x = questions[q];
        uint256 stake = _allocation(i, x.domain, _epoch());
        if (backing < stake) stake = backing;
        bytes32 ticket =
            draw.seed == 0 ? bytes32(0) : keccak256(abi.encode(draw.seed, x.id, members[i].id, draw.secret));
        return Twin.seatsOf(x.offeredNow, stake, _known(x.domain, _epoch()), ticket);
    }

    /// @dev Open questions voted in an epoch, ascending by id.
    function _questionsOf(uint256 epoch) private view returns (uint256[] memory on) {
        uint256[] storage voted = votedIn[epoch];
        uint256[] memory found = new uint256[](voted.length);
        uint256 n = 0;
        for (uint256 k = 0; k < voted.length; ++k) {
            uint256 q = voted[k];
            if (questions[q].done || questions[q].epoch != epoch) continue;
            uint256 offset = n++;
            for (; offset != 0 && _id(found[offset - 1]) > _id(q); --offset) found[offset] = found[offset - 1];
            found[offset] = q;
        }
        on = new uint256[](n);
        for (uint256 offset = 0; offset < n; ++offset) on[offset] = found[offset];
    }

    /* FOR AN AGENT */

    function _settle(uint256 i, uint256 n, address keeper) internal {
        bool should = _settleable(pending[i][n]);
        Settled memory s = Settled(pending[i][n].epoch, _receipts(pending[i][n]));
        uint256 before = vault.account(AgentId.wrap(members[i].id)).balance;
        _as(keeper, consensus.settle.selector);
        try consensus.settle(AgentId.wrap(members[i].id), s.epoch, s.receipts) {
            _agree(should, true, "settle");
            rolled[_epoch()] = true;
            _checkLoss(i, n, before);
            _ghostSettle(i, n, keeper);
            settledOf[i] = s;
        } catch {
            _agree(should, false, "settle");
        }
    }

    /// @dev By the vault's balances and the contract's verdicts alone.
    function _checkLoss(uint256 i, uint256 n, uint256 before) private {
        Pending storage p = pending[i][n];
        uint256 afterwards = vault.account(AgentId.wrap(members[i].id)).balance;
        if (afterwards >= before) return;
        bool coherent = true;
        for (uint256 v = 0; v < p.votes.length; ++v) {
            if (!_due(p.votes[v].question)) continue;
            (bool resolved, uint256 outcome) = _verdictOf(p.votes[v].question);
            if (resolved && outcome != p.votes[v].outcome) coherent = false;
        }
        if (coherent) ++unfair;
        if (before - afterwards > p.declared - p.lost) ++unfair;
    }

    uint256 internal unfair; // losses that nobody may have

    struct Settled {
        uint32 epoch;
        bytes receipts;
    }

    mapping(uint256 member => Settled) internal settledOf;

    function _verdictOf(uint256 q) internal view returns (bool resolved, uint256 outcome) {
        IConsensus.Verdict memory v = consensus.verdict(questions[q].id);
        return (v.status == IConsensus.VerdictStatus.Resolved, v.outcome);
    }

    function _forfeit(uint256 i, address keeper) internal {
        Member storage m = members[i];
        bool should = m.open && _epoch() >= m.epoch + 2;
        _as(keeper, consensus.forfeit.selector);
        try consensus.forfeit(AgentId.wrap(m.id), IConsensus.Link(m.tip, m.commitment, m.exposure, m.backing)) {
            _agree(should, true, "forfeit");
            rolled[_epoch()] = true;
            ++did[rolled[m.epoch + 1] ? "forfeit: lost" : "forfeit: released"];
            if (should) _ghostOverdue(i, keeper);
        } catch {
            _agree(should, false, "forfeit");
        }
    }

    /* ENROLMENT AND ALLOCATION */

    function _enroll(uint256 i, uint256 seed) internal {
        Member storage m = members[i];
        bool should = !m.open && pending[i].length == 0;
        bytes32 chain = keccak256(abi.encode(seed, i, _epoch()));
        bytes32 anchor = _keepChain(chain);
        _as(_owner(m), consensus.enroll.selector);
        try consensus.enroll(AgentId.wrap(m.id), anchor) {
            rolled[_epoch()] = true;
            _ghostNotice(i);
            (m.enrolledKey, m.nextFrom) = (m.ownerKey, 0);
            (m.seed, m.tip) = (chain, anchor);
            (m.base, m.seen) = (uint32(_epoch() + 1), _epoch() + 1);
            _agree(should, true, "enroll");
        } catch {
            _agree(should, false, "enroll");
        }
    }

    function _announce(uint256 i, uint256 seed) internal {
        Member storage m = members[i];
        bool should = m.enrolledKey == m.ownerKey && m.nextFrom == 0;
        bytes32 chain = keccak256(abi.encode("next", seed, i, _epoch()));
        bytes32 anchor = _keepChain(chain);
        _as(_owner(m), consensus.announceAnchor.selector);
        try consensus.announceAnchor(AgentId.wrap(m.id), anchor) {
            rolled[_epoch()] = true;
            (m.nextSeed, m.nextFrom) = (chain, uint32(_epoch() + 2));
            _agree(should, true, "announceAnchor");
        } catch {
            _agree(should, false, "announceAnchor");
        }
    }

    function _allocate(uint256 i, uint256 d, uint256 amount) internal {
        Member storage m = members[i];
        bool should = m.enrolledKey == m.ownerKey && amount <= m.available;
        _as(_owner(m), consensus.allocate.selector);
        try consensus.allocate(AgentId.wrap(m.id), DomainId.wrap(uint32(d)), amount) {
            _ghostAllocate(i, d, amount / UNIT);
            _agree(should, true, "allocate");
        } catch {
            _agree(should, false, "allocate");
        }
    }

    function _trim(uint256 i, uint256 d) internal {
        Member storage m = members[i];
        Change[] storage c = allocations[i][d];
        uint256 allowed = _epoch() > m.seen + 16 ? 0 : m.available / UNIT;
        bool should = c[c.length - 1].units > allowed;
        _as(_user(i), consensus.trim.selector);
        try consensus.trim(AgentId.wrap(m.id), DomainId.wrap(uint32(d))) {
            _ghostAllocate(i, d, allowed);
            _agree(should, true, "trim");
        } catch {
            _agree(should, false, "trim");
        }
    }

    function _ghostAllocate(uint256 i, uint256 d, uint256 units) private {
        rolled[_epoch()] = true;
        Change[] storage c = allocations[i][d];
        if (c[c.length - 1].from == _epoch() + 2) c[c.length - 1].units = units;
        else c.push(Change(_epoch() + 2, units));
    }
}
