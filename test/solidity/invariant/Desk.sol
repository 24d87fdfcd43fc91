// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IClaims} from "../../../contracts/interfaces/IClaims.sol";
import {IConsensus} from "../../../contracts/interfaces/IConsensus.sol";
import {AgentId, ClaimId, DomainId, QuestionId} from "../../../contracts/types/Ids.sol";
import {vm} from "../utils/Vm.sol";
import {Committee} from "./Committee.sol";
import {Consumer, GasEatingConsumer, HonestConsumer, ReentrantConsumer, RevertingConsumer} from "./Consumers.sol";
import {Twin} from "./Twin.sol";

/// @notice What askers, appellants, asserters and challengers do.
abstract contract Desk is Committee {
    struct Case {
        bool statement;
        IClaims.Assertion assertion;
        IClaims.Statement stated;
        uint256 member; // author of the statement
        uint32 attempt;
        uint256 signer; // its key
        ClaimId id;
        IClaims.ClaimStatus status;
        uint256 question;
        address opponent;
        uint256 bond;
        uint256 locked;
        uint256 windowEnd;
    }

    Case[] internal cases;
    uint256[] internal openCases; // whose bonds are still held
    uint256[DOMAINS + 1] internal minUnits = [0, 100_000, 110_000, 1_000];
    uint256 internal salts;

    /// @dev Forgets the cases that are over.
    function _pruneCases() internal {
        for (uint256 n = openCases.length; n != 0; --n) {
            IClaims.ClaimStatus status = cases[openCases[n - 1]].status;
            if (status == IClaims.ClaimStatus.Asserted || status == IClaims.ClaimStatus.InCourt) continue;
            openCases[n - 1] = openCases[openCases.length - 1];
            openCases.pop();
        }
    }

    /* QUESTIONS */

    function _active(uint256 d) internal view returns (bool) {
        return _total(d, _voteEpoch()) >= minUnits[d];
    }

    function _voteEpoch() internal view returns (uint256) {
        return _epoch() + (_freeze() ? 2 : 1);
    }

    /// @param canary 0: none; 1 + o: outcome o; 99: entered, but without an answer
    /// @param desk through Claims
    function _ask(uint256 d, address asker, uint256 budgetRounds, uint256 canary, bool desk) internal {
        Question memory x;
        x.domain = d;
        x.salt = bytes32(++salts);
        x.origin = IConsensus.Origin(DomainId.wrap(uint32(d)), asker, keccak256(abi.encode(salts)), 0, x.salt);
        if (canary != 0) {
            (x.canary, x.answer) = (1, canary == 99 ? 255 : canary - 1);
            if (canary != 99 && salts % 2 == 0) x.answer = _truthOf(x.origin.contentHash, d);
            x.origin.canaryCommitment = keccak256(abi.encode(consensus, asker, uint8(x.answer), x.salt));
        }
        x.budget = Twin.asked(rules[d].seats, budgetRounds + 1) - rules[d].seats;
        uint256 cost = (rules[d].seats * (1 + x.canary) + x.budget) * rules[d].seatFee;
        bool should = _active(d) && budgetRounds < rules[d].maxRounds && token.balanceOf(asker) >= cost;
        bool ok = _sendAsk(x.origin, uint8(budgetRounds), desk);
        _agree(
            should,
            ok,
            canary != 0
                ? "ask: with a canary"
                : budgetRounds == 0
                    ? "ask"
                    : "ask: with a budget"
        );
        if (!ok) return;
        tokens += cost;
        _open(x);
    }

    function _sendAsk(IConsensus.Origin memory o, uint8 budgetRounds, bool desk) private returns (bool) {
        vm.prank(o.asker);
        if (!desk) {
            _count(consensus.ask.selector);
            try consensus.ask(o, budgetRounds, "") returns (QuestionId, uint256) {
                return true;
            } catch {
                return false;
            }
        }
        _count(claims.ask.selector);
        try claims.ask(o.domainId, o.contentHash, "", budgetRounds, o.canaryCommitment, o.salt) returns (ClaimId) {
            return true;
        } catch {
            return false;
        }
    }

    /// @dev A question that has just been asked and paid for.
    function _open(Question memory x) private returns (uint256 q) {
        Twin.Rules memory r = rules[x.domain];
        rolled[_epoch()] = true;
        x.id = consensus.questionIdOf(x.origin);
        (x.epoch, x.rounds) = (_voteEpoch(), 1);
        x.offeredNow = Twin.offered(r.seats, participation[x.domain]);
        x.offered = x.offeredNow;
        x.fees = r.seats * r.seatFee;
        q = questions.length;
        questions.push(x);
        live.push(q);
        votedIn[x.epoch].push(q);
        questionAt[QuestionId.unwrap(x.id)] = q + 1;
    }

    function _mayGoOn(Question storage x) private view returns (bool) {
        return !x.done && x.rounds < rules[x.domain].maxRounds && _epoch() == x.epoch + 2 && !_freeze();
    }

    function _appeal(uint256 q, address appellant) internal {
        Question storage x = questions[q];
        Twin.Rules memory r = rules[x.domain];
        uint256 fee = Twin.committee(r.seats, x.rounds + 1) * r.seatFee;
        bool should = _mayGoOn(x) && token.balanceOf(appellant) >= fee;
        (bool decisive, uint256 top, , ) = Twin.decisive(r, x.tally, x.rounds);
        _as(appellant, consensus.appeal.selector);
        try consensus.appeal(x.id) {
            tokens += fee;
            _nextRound(q, appellant, decisive ? top + 1 : 0);
            _agree(should, true, decisive ? "appeal" : "appeal: undecided");
        } catch {
            _agree(should, false, "appeal");
        }
    }

    function _nextRound(uint256 q, address payer, uint256 against) private {
        Question storage x = questions[q];
        rolled[_epoch()] = true;
        uint256 seats = Twin.committee(rules[x.domain].seats, ++x.rounds);
        x.epoch = _epoch() + 1;
        votedIn[x.epoch].push(q);
        x.offeredNow = Twin.offered(seats, participation[x.domain]);
        x.offered += x.offeredNow;
        x.fees += seats * rules[x.domain].seatFee;
        appeals[q][x.rounds] = Twin.Appeal(payer, against);
    }

    function _spendBudget(uint256 q, address who) internal {
        Question storage x = questions[q];
        (bool decisive, , , ) = Twin.decisive(rules[x.domain], x.tally, x.rounds);
        uint256 seats = Twin.committee(rules[x.domain].seats, x.rounds + 1);
        bool should = _mayGoOn(x) && !decisive && x.budget >= seats;
        _as(who, consensus.spendBudget.selector);
        try consensus.spendBudget(x.id) {
            x.budget -= seats;
            _nextRound(q, address(0), 0);
            _agree(should, true, "spendBudget");
        } catch {
            _agree(should, false, "spendBudget");
        }
    }

    function _openCanary(uint256 q) internal {
        Question storage x = questions[q];
        Twin.Rules memory r = rules[x.domain];
        (bool decisive, uint256 top, , ) = Twin.decisive(r, x.tally, x.rounds);
        uint256 first = x.rounds == 1 ? x.epoch : x.epoch - 3;
        bool should = !x.done && x.canary == 1 && x.rounds <= 2 && _epoch() == first + 2 && !_freeze();
        uint256 deposit = r.seats * r.seatFee;
        bool starts = decisive && x.answer != 255 && top != x.answer && x.rounds == 1 && r.maxRounds > 1;
        uint256 fee = Twin.committee(r.seats, 2) * r.seatFee - deposit;
        if (starts && token.balanceOf(x.origin.asker) < fee) should = false;
        _as(x.origin.asker, consensus.openCanary.selector);
        try consensus.openCanary(x.origin, uint8(x.answer), x.salt) {
            x.canary = x.answer == 255 ? 2 : 3 + x.answer;
            if (starts) {
                tokens += fee;
                _nextRound(q, x.origin.asker, top + 1);
            } else credits[x.origin.asker] += deposit;
            rolled[_epoch()] = true;
            _agree(should, true, starts ? "openCanary: starts a round" : "openCanary");
        } catch {
            _agree(should, false, "openCanary");
        }
    }

    function _finalize(uint256 q) internal {
        bool should = !questions[q].done && _due(q);
        _count(consensus.finalize.selector);
        uint256 gas = gasleft();
        try consensus.finalize(questions[q].id) {
            gas -= gasleft();
            if (gas > dearestFinalize) dearestFinalize = gas;
            rolled[_epoch()] = true;
            if (should) _ghostFinalize(q);
            _agree(should, true, "finalize");
        } catch {
            _agree(should, false, "finalize");
        }
    }

    uint256 public dearestFinalize; // gas

    function _reclaim(uint256 q, address who) internal {
        Question storage x = questions[q];
        bool nobody = true;
        for (uint256 o = 0; o < 5; ++o) if (x.tally.seats[o] != 0) nobody = false;
        bool should = _due(q) && (x.budget != 0 || (x.done ? x.terms.refund != 0 : nobody));
        _as(who, consensus.reclaim.selector);
        try consensus.reclaim(x.origin) {
            rolled[_epoch()] = true;
            if (!x.done) _ghostFinalize(q);
            credits[x.origin.asker] += x.budget * rules[x.domain].seatFee + x.terms.refund;
            (x.budget, x.refunded, x.terms.refund) = (0, x.refunded + x.terms.refund, 0);
            _agree(should, true, nobody ? "reclaim: nobody voted" : "reclaim");
        } catch {
            _agree(should, false, "reclaim");
        }
    }

    /* CONSUMERS */

    Consumer[4] internal consumers; // honest, reverting, eating gas, reentrant
    uint256 internal delivered;
    mapping(uint256 question => bool) private _told;

    function _deliver(uint256 q) internal {
        if (address(consumers[0]) == address(0)) {
            consumers[0] = new HonestConsumer(claims);
            consumers[1] = new RevertingConsumer(claims);
            consumers[2] = new GasEatingConsumer(claims);
            consumers[3] = new ReentrantConsumer(claims);
        }
        if (_told[q]) return;
        ClaimId id = ClaimId.wrap(bytes32(_id(q)));
        for (uint256 n = 4; n != 0; --n) {
            _count(claims.registerCallback.selector);
            consumers[n - 1].register(id);
            _count(claims.deliver.selector);
            uint256 gas = gasleft();
            try claims.deliver(id, address(consumers[n - 1])) returns (bool success) {
                _agree(_due(q), true, "deliver");
                _told[q] = true;
                _agree(n == 1 || n == 4, success, "deliver: heard");
                if (!success) ++did["deliver: deaf consumer"];
                // 100,000 the consumer asked for, and the delivery's own, however much is returned.
                gas -= gasleft();
                if (gas > dearestDelivery) dearestDelivery = gas;
            } catch {
                _agree(_due(q), false, "deliver");
            }
        }
        if (_told[q]) ++delivered;
    }

    uint256 public dearestDelivery; // gas

    /* ASSERTIONS */

    function _assert(uint256 d, uint256 outcome, address asserter, uint256 extra) internal {
        Case memory c;
        Twin.Rules memory r = rules[d];
        c.bond = 4 * r.seats * r.seatFee + extra;
        c.assertion = IClaims.Assertion({
            domainId: DomainId.wrap(uint32(d)),
            outcome: uint8(outcome),
            contentHash: keccak256(abi.encode("assertion", ++salts)),
            asserter: asserter,
            bond: c.bond,
            salt: bytes32(salts)
        });
        c.id = claims.claimIdOf(c.assertion);
        bool should = _active(d) && outcome < r.outcomes && token.balanceOf(asserter) >= c.bond;
        _as(asserter, claims.assertClaim.selector);
        try
            claims.assertClaim(
                c.assertion.domainId,
                uint8(outcome),
                c.assertion.contentHash,
                "",
                c.bond,
                c.assertion.salt
            )
        {
            tokens += c.bond;
            c.windowEnd = _epoch() + 2;
            c.status = IClaims.ClaimStatus.Asserted;
            openCases.push(cases.length);
            cases.push(c);
            _agree(should, true, "assertClaim");
        } catch {
            _agree(should, false, "assertClaim");
        }
    }

    function _dispute(uint256 n, address disputer) internal {
        Case storage c = cases[n];
        if (c.statement) return;
        uint256 d = DomainId.unwrap(c.assertion.domainId);
        uint256 fee = rules[d].seats * rules[d].seatFee;
        bool active = _active(d);
        bool should = c.status == IClaims.ClaimStatus.Asserted && _epoch() <= c.windowEnd;
        if (active && token.balanceOf(disputer) < fee + c.bond) should = false;
        _as(disputer, claims.dispute.selector);
        try claims.dispute(c.assertion, "") {
            if (active) {
                tokens += fee + c.bond;
                _toCourt(c, d, disputer, c.assertion.contentHash);
            } else {
                c.status = IClaims.ClaimStatus.Abandoned;
                credits[c.assertion.asserter] += c.bond;
            }
            _agree(should, true, active ? "dispute" : "dispute: abandoned");
        } catch {
            _agree(should, false, "dispute");
        }
    }

    function _toCourt(Case storage c, uint256 d, address opponent, bytes32 contentHash) private {
        Question memory x;
        x.domain = d;
        x.origin = IConsensus.Origin(DomainId.wrap(uint32(d)), opponent, contentHash, 0, ClaimId.unwrap(c.id));
        (c.status, c.opponent, c.question) = (IClaims.ClaimStatus.InCourt, opponent, _open(x));
    }

    function _resolve(uint256 n) internal {
        Case storage c = cases[n];
        if (c.statement) return _resolveChallenge(n);
        bool asserted = c.status == IClaims.ClaimStatus.Asserted;
        bool should = asserted ? _epoch() > c.windowEnd : c.status == IClaims.ClaimStatus.InCourt && _due(c.question);
        _count(claims.resolve.selector);
        try claims.resolve(c.assertion) {
            if (asserted) {
                c.status = IClaims.ClaimStatus.Stood;
                credits[c.assertion.asserter] += c.bond;
                _agree(should, true, "resolve: stood");
                return;
            }
            c.status = IClaims.ClaimStatus.Closed;
            (bool resolved, uint256 outcome) = _verdictOf(c.question);
            Twin.Rules memory r = rules[DomainId.unwrap(c.assertion.domainId)];
            uint256 fee = r.seats * r.seatFee;
            if (!resolved) {
                // Where nobody voted, only the burn of the fee is lost; the rest is the disputer's to reclaim.
                uint256 cost = outcome == 255 ? Twin.ceilDiv(fee * r.burnBps, 10_000) : fee;
                credits[c.assertion.asserter] += c.bond - cost / 2;
                credits[c.opponent] += c.bond + cost / 2;
            } else {
                address winner = outcome == c.assertion.outcome ? c.assertion.asserter : c.opponent;
                credits[winner] += c.bond + c.bond / 2 - fee;
                credits[c.opponent] += fee;
                sinkDue += c.bond - c.bond / 2;
            }
            _agree(should, true, resolved ? "resolve: decided" : "resolve: unresolved");
        } catch {
            _agree(should, false, "resolve");
        }
    }

    /* STATEMENTS */

    function _sign(IClaims.Statement memory s, uint256 key) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 t) = vm.sign(key, claims.hashStatement(s));
        return abi.encodePacked(r, t, v);
    }

    function _challenge(uint256 i, uint256 d, uint256 outcome, uint256 extra, address challenger) internal {
        Case memory c;
        Twin.Rules memory r = rules[d];
        c.statement = true;
        c.member = i;
        c.signer = salts % 4 == 3 ? 0xE000 + i : 0xD000 + i;
        c.bond = 4 * r.seats * r.seatFee + extra;
        c.stated = IClaims.Statement({
            agentId: AgentId.wrap(members[i].id),
            domainId: DomainId.wrap(uint32(d)),
            outcome: uint8(outcome),
            contentHash: keccak256(abi.encode("statement", ++salts)),
            bond: c.bond,
            expiry: uint64(clock + EPOCH * (salts % 4 == 0 ? salts % 3 : 4 + (salts % 16))),
            nonce: salts
        });
        if (salts % 2 == 0) c.stated.outcome = uint8(_truthOf(c.stated.contentHash, d));
        _challengeAgain(c, challenger);
    }

    function _challengeAgain(Case memory c, address challenger) internal {
        uint256 d = DomainId.unwrap(c.stated.domainId);
        Member storage m = members[c.member];
        uint256 fee = rules[d].seats * rules[d].seatFee;
        (uint32 attempts, bool inCourt, bool fallen) = claims.statementStatus(c.stated);
        bool should = clock <= c.stated.expiry && _active(d) && token.balanceOf(challenger) >= fee + c.bond;
        if (inCourt || fallen || c.stated.outcome >= rules[d].outcomes) should = false;
        if (_epoch() >= answerable[c.member][c.signer]) should = false;
        c.attempt = attempts + 1;
        c.id = claims.challengeIdOf(c.stated, c.attempt);
        bytes memory signature = _sign(c.stated, c.signer);
        _as(challenger, claims.challenge.selector);
        try claims.challenge(c.stated, signature, "") {
            tokens += fee + c.bond;
            c.locked = c.bond < m.pledged ? c.bond : m.pledged;
            m.pledged -= c.locked;
            if (m.lowering > m.pledged) m.lowering = m.pledged;
            (m.available, m.locked) = (m.available + c.locked, m.locked + c.locked);
            openCases.push(cases.length);
            cases.push(c);
            _toCourt(cases[cases.length - 1], d, challenger, c.stated.contentHash);
            _agree(should, true, attempts == 0 ? "challenge" : "challenge: again");
        } catch {
            _agree(should, false, "challenge");
        }
    }

    function _resolveChallenge(uint256 n) private {
        Case storage c = cases[n];
        bool should = c.status == IClaims.ClaimStatus.InCourt && _due(c.question);
        Member storage m = members[c.member];
        _count(claims.resolveChallenge.selector);
        try claims.resolveChallenge(c.stated, c.attempt) {
            c.status = IClaims.ClaimStatus.Closed;
            (bool resolved, uint256 outcome) = _verdictOf(c.question);
            Twin.Rules memory r = rules[DomainId.unwrap(c.stated.domainId)];
            bool upheld = resolved && outcome == c.stated.outcome;
            m.locked -= c.locked;
            m.available -= c.locked;
            if (!resolved || upheld) m.pledged += c.locked;
            if (!resolved) credits[c.opponent] += c.bond;
            else if (upheld) {
                credits[c.opponent] += r.seats * r.seatFee;
                m.available += c.bond / 2 - r.seats * r.seatFee;
                sinkDue += c.bond - c.bond / 2;
            } else {
                credits[c.opponent] += c.bond + c.locked / 2;
                sinkDue += c.locked - c.locked / 2;
            }
            _agree(
                should,
                true,
                upheld
                    ? "challenge: upheld"
                    : resolved
                        ? "challenge: fell"
                        : "challenge: unresolved"
            );
        } catch {
            _agree(should, false, "resolveChallenge");
        }
    }
}
