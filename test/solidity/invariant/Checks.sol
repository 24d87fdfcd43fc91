// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IClaims} from "../../../contracts/interfaces/IClaims.sol";
import {IConsensus} from "../../../contracts/interfaces/IConsensus.sol";
import {IStakeVault} from "../../../contracts/interfaces/IStakeVault.sol";
import {AgentId, DomainId} from "../../../contracts/types/Ids.sol";
import {vm} from "../utils/Vm.sol";
import {Hostile} from "./Hostile.sol";
import {Twin} from "./Twin.sol";

/// @notice The invariants of docs/protocol.md, section 10, by number.
abstract contract Checks is Hostile {
    struct Seen {
        bool yes;
        IConsensus.VerdictStatus status;
        uint8 outcome;
        uint16 supportBps;
        uint8 rounds;
    }

    mapping(uint256 question => Seen) private _seen;

    /// @dev Questions to look at now: those with anything left to happen, and the last few; all of them once everything is closed.
    function _watched() private view returns (uint256[] memory on) {
        uint256 recent =
            closed
                ? questions.length
                : questions.length < 4
                    ? questions.length
                    : 4;
        on = new uint256[](live.length + recent);
        for (uint256 n = 0; n < live.length; ++n) on[n] = live[n];
        for (uint256 n = 0; n < recent; ++n) on[live.length + n] = questions.length - 1 - n;
    }

    bool internal closed;

    function checkSurprises() external view {
        vm.assertEq(surprises, 0, surprise);
    }

    function check1() external view {
        uint256 owed = _sinkDue() + gifts;
        uint256 covered = token.balanceOf(address(vault));
        vm.assertEq(covered, tokens, "1: tokens of the vault");
        for (uint256 n = 0; n < accounts.length; ++n) owed += vault.creditOf(accounts[n]);
        for (uint256 k = 0; k < live.length; ++k) owed += _escrow(questions[live[k]]);
        for (uint256 k = 0; k < openCases.length; ++k) owed += _bonds(cases[openCases[k]]);
        for (uint256 i = 0; i < MEMBERS; ++i) {
            owed += vault.account(AgentId.wrap(members[i].id)).balance;
            (uint256 losses, uint256 due) = _unsettled(i);
            vm.assertLe(losses, vault.account(AgentId.wrap(members[i].id)).locked, "1: a loss above what is locked");
            owed += due;
            covered += losses;
        }
        vm.assertEq(covered, owed, "1: what is there and what is owed");
    }

    /// @dev What is the sink's: credited to it in the vault, or not swept there yet.
    function _sinkDue() private view returns (uint256) {
        return vault.sinkDue() + consensus.unsweptDue();
    }

    /// @dev Fees, budget, deposit or refund held for a question, but for what is due to its voters.
    function _escrow(Question storage x) private view returns (uint256 held) {
        Twin.Rules memory r = rules[x.domain];
        held = consensus.question(x.id).budgetSeats * r.seatFee;
        if (x.done) return held + x.terms.refund;
        held += x.fees;
        if (x.canary == 1) held += r.seats * r.seatFee;
    }

    function _bonds(Case storage c) private view returns (uint256) {
        if (c.status == IClaims.ClaimStatus.Asserted) return c.bond;
        if (c.status != IClaims.ClaimStatus.InCourt) return 0;
        return c.statement ? c.bond : 2 * c.bond;
    }

    /// @dev Of an agent's finalized but unsettled votes: what it will lose, and what it or the sink will get, by the contract's terms.
    function _unsettled(uint256 i) private view returns (uint256 losses, uint256 due) {
        for (uint256 n = 0; n < pending[i].length; ++n) {
            Vote[] storage votes = pending[i][n].votes;
            for (uint256 v = 0; v < votes.length; ++v) {
                Question storage x = questions[votes[v].question];
                if (!x.done) continue;
                IConsensus.QuestionView memory final_ = consensus.question(x.id);
                if (votes[v].outcome == consensus.verdict(x.id).outcome) {
                    due += votes[v].seats * final_.gain;
                } else {
                    losses += votes[v].seats * final_.loss;
                    due += votes[v].seats * Twin.ceilDiv(final_.loss * rules[x.domain].burnBps, 10_000);
                }
            }
        }
    }

    function check2() external view {
        for (uint256 i = 0; i < MEMBERS; ++i) {
            Member storage m = members[i];
            uint256 locked = m.open ? m.exposure : 0;
            for (uint256 n = 0; n < pending[i].length; ++n) {
                Vote[] storage votes = pending[i][n].votes;
                for (uint256 v = 0; v < votes.length; ++v) {
                    locked += votes[v].seats * rules[questions[votes[v].question].domain].seatBond;
                }
            }
            for (uint256 k = 0; k < openCases.length; ++k) {
                Case storage open = cases[openCases[k]];
                if (!open.statement || open.member != i) continue;
                IClaims.Claim memory c = claims.claim(open.id);
                if (c.status == IClaims.ClaimStatus.InCourt) locked += c.locked;
            }
            IStakeVault.Account memory a = vault.account(AgentId.wrap(m.id));
            vm.assertEq(a.locked, locked, "2: locked");
            vm.assertEq(a.free + a.locked + a.pledged + a.withdrawing, a.balance, "2: free");
        }
    }

    function check3() external view {
        uint256[] memory on = _watched();
        for (uint256 n = 0; n < on.length; ++n) {
            Question storage x = questions[on[n]];
            if (!x.done || x.open != 0) continue;
            uint256 out = x.gains + x.burned + x.terms.toSink + x.terms.refund + x.refunded;
            for (uint256 r = 2; r <= x.rounds; ++r) out += x.terms.paid[r];
            vm.assertEq(x.fees + x.losses, out, "3: a question's money");
        }
        // The ghost's money is the contract's.
        vm.assertEq(_sinkDue(), sinkDue, "3: the sink's due");
        for (uint256 n = 0; n < accounts.length; ++n) {
            vm.assertEq(vault.creditOf(accounts[n]), credits[accounts[n]], "3: a credit");
        }
        for (uint256 i = 0; i < MEMBERS; ++i) {
            Member storage m = members[i];
            IStakeVault.Account memory a = vault.account(AgentId.wrap(m.id));
            vm.assertEq(a.balance, m.available + m.pledged + m.withdrawing, "3: a balance");
            vm.assertEq(a.pledged, m.pledged, "3: a pledge");
            vm.assertEq(a.withdrawing, m.withdrawing, "3: a withdrawal");
            vm.assertEq(a.locked, m.locked, "3: a lock");
        }
    }

    /// @dev That a coherent ballot does not lose is found where it is settled.
    function check4() external view {
        vm.assertEq(unfair, 0, "4: a coherent ballot lost, or a ballot more than its exposure");
        for (uint256 i = 0; i < MEMBERS; ++i) {
            for (uint256 n = 0; n < pending[i].length; ++n) {
                Pending storage p = pending[i][n];
                uint256 atRisk = p.lost;
                for (uint256 v = 0; v < p.votes.length; ++v) {
                    atRisk += p.votes[v].seats * rules[questions[p.votes[v].question].domain].seatBond;
                    IConsensus.QuestionView memory x = consensus.question(questions[p.votes[v].question].id);
                    vm.assertLe(x.loss, rules[questions[p.votes[v].question].domain].seatBond, "4: a seat's loss");
                }
                vm.assertLe(atRisk, p.declared, "4: more than was declared");
            }
        }
    }

    function check5() external {
        uint256[] memory on = _watched();
        for (uint256 n = 0; n < on.length; ++n) {
            uint256 q = on[n];
            IConsensus.Verdict memory v = consensus.verdict(questions[q].id);
            bool over =
                v.status == IConsensus.VerdictStatus.Resolved || v.status == IConsensus.VerdictStatus.Unresolved;
            vm.assertTrue(over == _due(q), "5: final when the clock says so");
            if (!over) continue;
            Seen storage s = _seen[q];
            if (!s.yes) {
                _seen[q] = Seen(true, v.status, v.outcome, v.supportBps, v.rounds);
                continue;
            }
            bool same = s.status == v.status && s.outcome == v.outcome;
            vm.assertTrue(same && s.supportBps == v.supportBps && s.rounds == v.rounds, "5: a final verdict changed");
        }
    }

    function check6() external view {
        uint256[] memory watched = _watched();
        for (uint256 n = 0; n < watched.length; ++n) {
            Question storage x = questions[watched[n]];
            IConsensus.QuestionView memory on = consensus.question(x.id);
            vm.assertEq(on.rounds, x.rounds, "6: rounds");
            vm.assertEq(on.budgetSeats, x.budget, "6: budget");
            if (x.done) {
                IConsensus.QuestionStatus status =
                    x.terms.resolved ? IConsensus.QuestionStatus.Resolved : IConsensus.QuestionStatus.Unresolved;
                vm.assertTrue(on.status == status, "6: status");
                vm.assertEq(consensus.verdict(x.id).outcome, x.terms.outcome, "6: outcome");
                vm.assertEq(on.gain, x.terms.gain, "6: gain");
                vm.assertEq(on.loss, x.terms.loss, "6: loss");
                vm.assertEq(on.evidence, x.terms.evidence, "6: evidence");
                continue;
            }
            vm.assertEq(on.voteEpoch, x.epoch, "6: epoch");
            vm.assertEq(on.offeredSeats, x.offeredNow, "6: offered seats");
            (uint256[] memory seats, uint256[] memory weights) = consensus.tally(x.id);
            for (uint256 o = 0; o < seats.length; ++o) {
                vm.assertEq(seats[o], x.tally.seats[o], "6: seats");
                vm.assertEq(weights[o], x.tally.weights[o], "6: weight");
            }
        }
        _checkDomains();
    }

    function _checkDomains() private view {
        for (uint256 d = 1; d <= DOMAINS; ++d) {
            DomainId id = DomainId.wrap(uint32(d));
            (uint256[] memory c, uint256 p) = consensus.statistics(id);
            vm.assertEq(p, participation[d], "6: participation");
            for (uint256 o = 0; o < c.length; ++o) vm.assertEq(c[o], counts[d][o], "6: count of an outcome");
            vm.assertEq(consensus.totalAllocation(id, uint32(_epoch())), _total(d, _epoch()), "6: total");
            vm.assertEq(consensus.totalAllocation(id, uint32(_epoch() + 2)), _total(d, _epoch() + 2), "6: total to be");
            for (uint256 i = 0; i < MEMBERS; ++i) {
                Trust storage t = trusts[i][d];
                bool own = t.generation == members[i].generation;
                (uint256 a, uint256 b, uint256 n, ) = consensus.trust(AgentId.wrap(members[i].id), id);
                vm.assertEq(a, own ? t.alpha : 4096, "6: evidence for");
                vm.assertEq(b, own ? t.beta : 2048, "6: evidence against");
                vm.assertEq(n, own ? t.verdicts : 0, "6: verdicts");
            }
        }
    }

    /// @dev That nobody else did what only an owner may is checked where it is tried (Hostile); here is what would show it.
    function check7() external view {
        for (uint256 i = 0; i < MEMBERS; ++i) {
            Member storage m = members[i];
            AgentId id = AgentId.wrap(m.id);
            vm.assertEq(registry.ownerOf(m.id), _owner(m), "7: an owner");
            vm.assertEq(registry.getAgentWallet(m.id), m.wallet, "7: a wallet");
            vm.assertEq(bytes(registry.tokenURI(m.id)), bytes(uris[i]), "7: an agent's URI");
            vm.assertEq(registry.getMetadata(m.id, "note"), notes[i], "7: metadata");
            for (uint256 n = 0; n < 2; ++n) {
                uint256 key = (n == 0 ? 0xD000 : 0xE000) + i;
                vm.assertEq(claims.answerableUntil(id, addresses[key]), answerable[i][key], "7: a signer");
            }
            vm.assertTrue(
                consensus.agent(id).owner == (m.enrolledKey == 0 ? address(0) : addresses[m.enrolledKey]),
                "7: a chain's owner"
            );
        }
        if (address(reenteringOwner) != address(0)) vm.assertEq(reenteringOwner.taken(), 0, "7: stake taken along");
    }

    /// @dev The bound does not know how many agents or questions there are.
    function check8() external view {
        vm.assertLe(dearestFinalize, 150_000, "8: gas of finalize");
    }

    /// @dev Each honest or reentrant consumer hears of each verdict once; none makes its deliverer pay for more than it asked for.
    function check9() external view {
        if (address(consumers[0]) == address(0)) return;
        vm.assertEq(consumers[0].heard(), delivered, "9: an honest consumer not told");
        vm.assertEq(consumers[3].heard(), delivered, "9: a reentrant consumer told twice");
        vm.assertLe(dearestDelivery, 300_000, "9: gas of a delivery");
    }

    function check10() external view {
        for (uint256 i = 0; i < MEMBERS; ++i) {
            IStakeVault.Account memory a = vault.account(AgentId.wrap(members[i].id));
            vm.assertEq(a.balance, 0, "10: stake that cannot get out");
        }
        for (uint256 n = 0; n < accounts.length; ++n) vm.assertEq(vault.creditOf(accounts[n]), 0, "10: a credit left");
        vm.assertEq(_sinkDue(), 0, "10: the sink's due left");
        vm.assertEq(token.balanceOf(address(vault)), gifts, "10: tokens that are nobody's");
    }
}
