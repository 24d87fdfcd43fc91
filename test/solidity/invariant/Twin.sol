// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice The rules of docs/protocol.md written a second time, plainly, so that the contracts can be held against them.
library Twin {
    uint256 internal constant NONE = 255;

    struct Rules {
        uint256 outcomes;
        uint256 seats;
        uint256 supermajorityBps;
        uint256 maxRounds;
        uint256 seatFee;
        uint256 seatBond;
        uint256 burnBps;
        bool openAnswers;
    }

    struct Tally {
        uint256[5] seats;
        uint256[5] weights;
    }

    struct Appeal {
        address appellant;
        uint256 against; // 0: of an undecided round; else 1 + the outcome appealed against
    }

    /// @notice What a verdict and its settlement follow from.
    struct Facts {
        Rules rules;
        Tally tally;
        Appeal[5] appeals; // by round
        uint256 rounds;
        uint256 canary; // 3 + o: opened with outcome o
        uint256[5] counts; // of the domain's final outcomes, before this one
    }

    struct Terms {
        bool resolved;
        uint256 outcome; // leading one if unresolved, NONE without a vote
        uint256 gain;
        uint256 loss;
        uint256 burn; // of the loss of a seat
        uint256 evidence;
        uint256 toSink;
        uint256[5] paid; // to the appellant of a round, by round
        uint256 refund; // to the asker, where nobody voted
    }

    function hashed(bytes32 x, uint256 times) internal pure returns (bytes32) {
        // Chains are hashed by the thousand; abi.encodePacked takes ten times as long.
        assembly ("memory-safe") {
            for {} times {
                times := sub(times, 1)
            } {
                mstore(0, x)
                x := keccak256(0, 32)
            }
        }
        return x;
    }

    function ceilDiv(uint256 a, uint256 b) internal pure returns (uint256) {
        return a / b + (a % b == 0 ? 0 : 1);
    }

    function committee(uint256 k, uint256 round) internal pure returns (uint256 seats) {
        seats = k;
        for (uint256 r = 1; r < round; ++r) seats = 2 * seats + 1;
    }

    function asked(uint256 k, uint256 rounds) internal pure returns (uint256 seats) {
        for (uint256 r = 1; r <= rounds; ++r) seats += committee(k, r);
    }

    function offered(uint256 seats, uint256 participation) internal pure returns (uint256) {
        if (participation == 0) return 4 * seats;
        uint256 raised = (seats * 65_535) / participation;
        return raised > 4 * seats ? 4 * seats : raised;
    }

    function meanParticipation(uint256 p, uint256 revealed, uint256 offeredSeats) internal pure returns (uint256) {
        uint256 r = (revealed * 65_535) / offeredSeats;
        if (r > 65_535) r = 65_535;
        return r >= p ? p + (r - p) / 16 : p - (p - r) / 16;
    }

    /// @param ticket keccak256(seed, question, agent, secret)
    function seatsOf(uint256 k, uint256 stake, uint256 total, bytes32 ticket) internal pure returns (uint256) {
        if (total == 0) return 0;
        uint256 rest = (k * stake) % total;
        bool lucky = uint256(ticket) % 2 ** 64 < (rest * 2 ** 64) / total;
        return (k * stake) / total + (lucky ? 1 : 0);
    }

    function decisive(
        Rules memory d,
        Tally memory t,
        uint256 rounds
    ) internal pure returns (bool yes, uint256 top, uint256 n, uint256 w) {
        top = NONE;
        bool unique = false;
        for (uint256 o = 0; o < d.outcomes; ++o) {
            (n, w) = (n + t.seats[o], w + t.weights[o]);
            if (t.seats[o] == 0) continue;
            if (top == NONE || t.weights[o] > t.weights[top]) {
                (top, unique) = (o, true);
            } else if (t.weights[o] == t.weights[top]) {
                unique = false;
                if (t.seats[o] > t.seats[top]) top = o;
            }
        }
        if (top == NONE || w == 0 || !unique || 2 * n < d.seats) return (false, top, n, w);
        uint256 share = t.weights[top];
        yes = rounds == d.maxRounds ? share > w - share : share * 10_000 >= d.supermajorityBps * w;
    }

    function settle(Facts memory f) internal pure returns (Terms memory x) {
        uint256 n;
        uint256 w;
        (x.resolved, x.outcome, n, w) = decisive(f.rules, f.tally, f.rounds);
        uint256 fees = f.rules.seatFee * asked(f.rules.seats, f.rounds);
        if (x.resolved) {
            _price(f, x, n, w);
            _share(f, x, fees, (x.loss - x.burn) * (n - f.tally.seats[x.outcome]));
        } else if (n != 0) {
            x.gain = (fees - ceilDiv(fees * f.rules.burnBps, 10_000)) / f.tally.seats[x.outcome];
            x.toSink = fees - x.gain * f.tally.seats[x.outcome];
        } else {
            for (uint256 r = 2; r <= f.rounds; ++r) {
                if (f.appeals[r].appellant == address(0)) continue;
                uint256 fee = f.rules.seatFee * committee(f.rules.seats, r);
                x.paid[r] = fee - ceilDiv(fee * f.rules.burnBps, 10_000);
                x.toSink += fee - x.paid[r];
                fees -= fee;
            }
            x.refund = fees - ceilDiv(fees * f.rules.burnBps, 10_000);
            x.toSink += fees - x.refund;
        }
    }

    function _price(Facts memory f, Terms memory x, uint256 n, uint256 w) private pure {
        uint256 g = f.rules.openAnswers ? 256 : rarity(f.counts, f.rules.outcomes, x.outcome);
        uint256 wo = f.tally.weights[x.outcome];
        if (wo > w - wo) x.loss = ceilDiv(f.rules.seatBond * (wo - (w - wo)) * g, w * 1024);
        x.burn = ceilDiv(x.loss * f.rules.burnBps, 10_000);
        if (n >= 2)
            x.evidence =
                g *
                (
                    f.canary == 3 + x.outcome
                        ? 8
                        : f.rounds > 1
                            ? 2
                            : 1
                );
    }

    function _share(Facts memory f, Terms memory x, uint256 fees, uint256 losses) private pure {
        uint256 refunds = 0;
        for (uint256 r = 2; r <= f.rounds; ++r) {
            if (_won(f.appeals[r], x.outcome)) refunds += f.rules.seatFee * committee(f.rules.seats, r);
        }
        uint256 bonus = refunds / 2 < losses ? refunds / 2 : losses;
        uint256 pot = fees + losses;
        for (uint256 r = 2; r <= f.rounds; ++r) {
            if (!_won(f.appeals[r], x.outcome)) continue;
            uint256 fee = f.rules.seatFee * committee(f.rules.seats, r);
            x.paid[r] = fee + (bonus * fee) / refunds;
            pot -= x.paid[r];
        }
        x.gain = pot / f.tally.seats[x.outcome];
        x.toSink = pot % f.tally.seats[x.outcome];
    }

    function _won(Appeal memory a, uint256 outcome) private pure returns (bool) {
        return a.appellant != address(0) && a.against != 0 && a.against - 1 != outcome;
    }

    function rarity(uint256[5] memory c, uint256 outcomes, uint256 o) internal pure returns (uint256 g) {
        g = ((c[0] + c[1] + c[2] + c[3] + c[4]) * 256) / (outcomes * c[o]);
        if (g < 64) return 64;
        if (g > 1024) return 1024;
    }

    function counted(uint256[5] memory c, uint256 outcomes, uint256 o) internal pure returns (uint256[5] memory) {
        c[o] += 256;
        if (c[0] + c[1] + c[2] + c[3] + c[4] <= 65_536) return c;
        for (uint256 i = 0; i < outcomes; ++i) {
            c[i] -= c[i] / 16;
            if (c[i] < 16) c[i] = 16;
        }
        return c;
    }

    function weight(uint256 a, uint256 b, uint256 verdicts) internal pure returns (uint256 w) {
        uint256 r = (a * 256) / b;
        if (r > 16_384) r = 16_384;
        w = (r * r) / 256;
        if (w > 4096) w = 4096;
        if (verdicts < 3 && w > 256) w = 256;
    }

    function learn(uint256 a, uint256 b, bool agree, uint256 q) internal pure returns (uint256, uint256) {
        if (agree) a += q;
        else b += q;
        while (a + b > 65_536) (a, b) = (a - a / 16, b - b / 16);
        return (a < 16 ? 16 : a, b < 16 ? 16 : b);
    }
}
