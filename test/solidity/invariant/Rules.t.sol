// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Codec} from "../../../contracts/libraries/Codec.sol";
import {Questions} from "../../../contracts/libraries/Questions.sol";
import {SecretChain} from "../../../contracts/libraries/SecretChain.sol";
import {Settlement} from "../../../contracts/libraries/Settlement.sol";
import {Snapshots} from "../../../contracts/libraries/Snapshots.sol";
import {Sortition} from "../../../contracts/libraries/Sortition.sol";
import {Statistics} from "../../../contracts/libraries/Statistics.sol";
import {EVIDENCE_CAP, Trust} from "../../../contracts/libraries/Trust.sol";
import {Verdicts} from "../../../contracts/libraries/Verdicts.sol";
import {WordKit} from "../../../contracts/test/WordKit.sol";
import {QuestionId} from "../../../contracts/types/Ids.sol";
import {vm} from "../utils/Vm.sol";
import {Twin} from "./Twin.sol";

/// @notice The pure rules on random inputs: bounds, conservation, and agreement with their twins.
contract RulesTest {
    using Statistics for Statistics.State;
    using WordKit for Questions.Slots;
    using WordKit for Statistics.State;

    Questions.Slots private _slots;
    Statistics.State private _statistics;

    function _bound(uint256 x, uint256 low, uint256 high) private pure returns (uint256) {
        return low + (x % (high - low + 1));
    }

    /// @dev One random domain, tally and set of appeals, from one seed.
    function _facts(uint256 seed) private pure returns (Twin.Facts memory f) {
        uint256 fee = seed % 3 == 0 ? _bound(seed >> 8, 1, 100) : _bound(seed >> 8, 1, 1 << 79);
        f.rules.outcomes = _bound(seed >> 88, 2, 5);
        f.rules.seats = _bound(seed >> 92, 3, 255);
        f.rules.maxRounds = _bound(seed >> 100, 1, 4);
        f.rounds = _bound(seed >> 104, 1, f.rules.maxRounds);
        f.rules.seatFee = fee;
        f.rules.seatBond = _bound(seed >> 108, 8 * fee, 64 * fee);
        f.rules.burnBps = _bound(seed >> 190, 1_000, 5_000);
        f.rules.supermajorityBps = _bound(seed >> 206, 5_001, 10_000);
        uint256 salt = uint256(keccak256(abi.encode(seed)));
        for (uint256 o = 0; o < f.rules.outcomes; ++o) {
            uint256 r = uint256(keccak256(abi.encode(salt, o)));
            f.tally.seats[o] = r % 4 == 0 ? 0 : (r >> 8) % 1000;
            f.tally.weights[o] = f.tally.seats[o] * ((r >> 32) % 4097);
            f.counts[o] = _bound(r >> 64, 16, 13_000);
        }
        for (uint256 r = 2; r <= f.rounds; ++r) {
            uint256 a = uint256(keccak256(abi.encode(salt, "appeal", r)));
            if (a % 4 != 0) f.appeals[r] = Twin.Appeal(address(uint160(r)), (a >> 8) % (f.rules.outcomes + 1));
        }
        f.canary = salt % (3 + f.rules.outcomes);
    }

    function _terms(
        Twin.Facts memory f
    ) private returns (Questions.Terms memory t, Settlement.Case memory c, Verdicts.Verdict memory v) {
        Questions.Tally memory tally = Questions.Tally(
            new uint256[](f.rules.outcomes),
            new uint256[](f.rules.outcomes)
        );
        uint256[] memory counts = new uint256[](f.rules.outcomes);
        for (uint256 o = 0; o < f.rules.outcomes; ++o) {
            (tally.seats[o], tally.weights[o], counts[o]) = (f.tally.seats[o], f.tally.weights[o], f.counts[o]);
        }
        bool last = f.rounds == f.rules.maxRounds;
        v = _slots.verdict(tally, f.rules.seats, f.rules.supermajorityBps, last);
        c.domain = WordKit.packedDomain(f.rules.seatFee, f.rules.seatBond, f.rules.burnBps, f.rules.seats);
        (c.head, c.rounds) = (f.rounds << 2, f.rounds);
        _statistics.store(counts, 0);
        uint256 counted = v.decisive ? v.outcome : Statistics.NOT_COUNTED;
        c.rarity = _statistics.record(f.rules.outcomes, counted, 0, 0);
        c.canaryConfirmed = v.decisive && f.canary == 3 + v.outcome;
        c.appeals = new Settlement.Appeal[](f.rounds - 1);
        for (uint256 r = 2; r <= f.rounds; ++r) {
            c.appeals[r - 2] = Settlement.Appeal(f.appeals[r].appellant, uint8(f.appeals[r].against));
        }
        t = Questions.terms(Settlement.terms(c, v));
    }

    function testFuzz_3_fees_and_losses_are_paid_out_to_the_wei(uint256 seed) external {
        Twin.Facts memory f = _facts(uint256(keccak256(abi.encode(seed))));
        (Questions.Terms memory t, Settlement.Case memory c, Verdicts.Verdict memory v) = _terms(f);
        uint256 incoherent = t.status == Questions.RESOLVED ? v.seats - v.leadingSeats : 0;
        uint256 fees = f.rules.seatFee * Sortition.seatsAsked(f.rules.seats, f.rounds);
        uint256 out = t.gain * v.leadingSeats + Settlement.burnOf(t.loss, f.rules.burnBps) * incoherent + c.toSink;
        uint256 appealFees = 0;
        for (uint256 n = 0; n < c.toAppellants.length; ++n) {
            out += c.toAppellants[n];
            if (f.appeals[n + 2].appellant != address(0)) {
                appealFees += f.rules.seatFee * Sortition.seatsOfRound(f.rules.seats, n + 2);
            }
        }
        if (t.refundable) out += (fees - appealFees) - Settlement.burnOf(fees - appealFees, f.rules.burnBps);
        vm.assertEq(fees + t.loss * incoherent, out, "fees and losses");
    }

    function testFuzz_4_a_seat_loses_no_more_than_its_bond(uint256 seed) external {
        Twin.Facts memory f = _facts(uint256(keccak256(abi.encode(seed))));
        (Questions.Terms memory t, , ) = _terms(f);
        vm.assertLe(t.loss, f.rules.seatBond, "loss");
        vm.assertLe(Settlement.burnOf(t.loss, f.rules.burnBps), t.loss, "burn");
        vm.assertEq(t.status == Questions.UNRESOLVED ? t.loss : 0, 0, "loss of an unresolved question");
    }

    function testFuzz_6_terms_agree_with_their_twin(uint256 seed) external {
        Twin.Facts memory f = _facts(uint256(keccak256(abi.encode(seed))));
        (Questions.Terms memory t, Settlement.Case memory c, ) = _terms(f);
        Twin.Terms memory x = Twin.settle(f);
        vm.assertTrue(x.resolved == (t.status == Questions.RESOLVED), "status");
        vm.assertEq(t.outcome, x.outcome == Twin.NONE ? Questions.NO_OUTCOME : x.outcome, "outcome");
        vm.assertEq(t.loss, x.loss, "loss");
        vm.assertEq(t.evidence, x.evidence, "evidence");
        vm.assertEq(t.gain, x.gain, "gain");
        vm.assertEq(c.toSink, x.toSink, "sink");
        for (uint256 n = 0; n < c.toAppellants.length; ++n) vm.assertEq(c.toAppellants[n], x.paid[n + 2], "appellant");
    }

    function testFuzz_6_seats_are_within_one_of_their_expectation(
        uint256 offered,
        uint256 stake,
        uint256 total,
        bytes32 seed,
        bytes32 secret
    ) external pure {
        offered = _bound(offered, 1, 8188);
        total = _bound(total, 1, Snapshots.MAX_VALUE);
        stake = _bound(stake, 0, total);
        Sortition.Ticket memory t = Sortition.Ticket(seed, QuestionId.wrap(bytes24(seed)), 7, secret);
        uint256 seats = Sortition.seats(offered, stake, total, t);
        vm.assertGe(seats, (offered * stake) / total, "fewer than the whole seats");
        vm.assertLe(seats, Twin.ceilDiv(offered * stake, total), "more than one seat by lot");
        bytes32 ticket = keccak256(abi.encode(seed, bytes24(seed), uint256(7), secret));
        vm.assertEq(seats, Twin.seatsOf(offered, stake, total, ticket), "twin");
        vm.assertEq(Sortition.seats(offered, stake, 0, t), 0, "empty");
    }

    function testFuzz_6_rounds_add_up(uint256 k, uint256 participation) external pure {
        k = _bound(k, 3, 255);
        participation = _bound(participation, 0, 65_535);
        uint256 sum = 0;
        for (uint256 r = 1; r <= 4; ++r) {
            uint256 seats = Sortition.seatsOfRound(k, r);
            sum += seats;
            vm.assertEq(seats, Twin.committee(k, r), "a round");
            vm.assertEq(Sortition.seatsAsked(k, r), sum, "all rounds");
            uint256 offered = Sortition.offeredSeats(seats, participation);
            vm.assertTrue(offered >= seats && offered <= 4 * seats, "offered");
        }
    }

    /// @dev Against a plain list of changes, over 24 epochs.
    function testFuzz_6_snapshots_answer_for_the_last_epoch_and_every_later_one(uint256 seed) external pure {
        uint256[40] memory truth;
        uint256 word = seed << 200; // what shares the slot stays
        for (uint256 e = 0; e < 24; ++e) {
            uint256 r = uint256(keccak256(abi.encode(seed, e)));
            if (r % 3 == 0) {
                uint256 value = (r >> 8) & Snapshots.MAX_VALUE;
                word = Snapshots.withValue(word, e, value);
                for (uint256 later = e + 2; later < 40; ++later) truth[later] = value;
            }
            for (uint256 at_ = e == 0 ? 0 : e - 1; at_ < 40; ++at_) {
                vm.assertEq(Snapshots.valueAt(word, at_), truth[at_], "value");
            }
            vm.assertEq(Snapshots.latest(word), truth[39], "latest");
        }
        vm.assertEq(word >> 200, (seed << 200) >> 200, "the rest of the slot");
    }

    function testFuzz_6_trust_agrees_with_its_twin_and_stays_in_bounds(uint256 seed) external pure {
        (uint256 alpha, uint256 beta) = (Trust.PRIOR_FOR, Trust.PRIOR_AGAINST);
        (uint256 a, uint256 b) = (4096, 2048);
        for (uint256 n = 0; n < 40; ++n) {
            uint256 r = uint256(keccak256(abi.encode(seed, n)));
            uint256 quantity = _bound(r >> 8, 64, 8192);
            if (r % 3 != 0) alpha += quantity;
            else beta += quantity;
            if (alpha + beta > EVIDENCE_CAP) (alpha, beta) = Trust.forget(alpha, beta);
            (a, b) = Twin.learn(a, b, r % 3 != 0, quantity);
            vm.assertEq(alpha, a, "for");
            vm.assertEq(beta, b, "against");
            vm.assertTrue(a >= 16 && b >= 16 && a + b <= 65_536 && a < 65_536 && b < 65_536, "bounds");
            vm.assertEq(Trust.weight(alpha, beta, n + 1), Twin.weight(a, b, n + 1), "weight");
            vm.assertLe(Trust.weight(alpha, beta, n + 1), n < 2 ? 256 : 4096, "cap");
        }
    }

    /// @dev Receipts written vote by vote are what packing them at once gives; a group without a vote vanishes.
    function testFuzz_6_receipts_are_packed(uint256 seed, uint16 generation) external pure {
        uint256 groups = seed % 4;
        Codec.Writer memory w = Codec.writer(groups * (6 + 5 * 21), generation);
        bytes memory expected;
        for (uint256 d = 1; d <= groups; ++d) {
            uint256 n = (seed >> (8 * d)) % 6;
            bytes memory group;
            w = _group(w, d, n, seed);
            for (uint256 v = 0; v < n; ++v) {
                uint256 r = uint256(keccak256(abi.encode(seed, d, v)));
                group = abi.encodePacked(group, bytes20(bytes32(r)), uint8(r), uint16(r >> 8));
            }
            if (n != 0) expected = abi.encodePacked(expected, uint32(d), uint16(n), group);
        }
        if (expected.length != 0) expected = abi.encodePacked(generation, expected);
        vm.assertEq(keccak256(Codec.finish(w)), keccak256(expected), "receipts");
    }

    function _group(
        Codec.Writer memory w,
        uint256 d,
        uint256 n,
        uint256 seed
    ) private pure returns (Codec.Writer memory) {
        Codec.openGroup(w, d << 224);
        for (uint256 v = 0; v < n; ++v) {
            uint256 r = uint256(keccak256(abi.encode(seed, d, v)));
            Codec.append(w, uint256(bytes32(abi.encodePacked(bytes20(bytes32(r)), uint8(r), uint16(r >> 8)))));
        }
        Codec.closeGroup(w);
        return w;
    }

    function testFuzz_6_secrets_hash_forward(bytes32 seed, uint256 m, uint256 n) external pure {
        (m, n) = (m % 60, n % 60);
        vm.assertEq(SecretChain.forward(seed, m + n), Twin.hashed(Twin.hashed(seed, m), n), "chain");
    }
}
