// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IConsensus} from "../interfaces/IConsensus.sol";
import {Beacon} from "../libraries/Beacon.sol";
import {Codec} from "../libraries/Codec.sol";
import {EpochClock} from "../libraries/EpochClock.sol";
import {Rounds} from "../libraries/Rounds.sol";
import {SecretChain} from "../libraries/SecretChain.sol";
import {Snapshots} from "../libraries/Snapshots.sol";
import {Sortition} from "../libraries/Sortition.sol";
import {QuestionId} from "../types/Ids.sol";

/// @notice Calls the rules of time, randomness and committees on many inputs at once, for comparison with their TypeScript twins.
contract RulesHarness {
    using Beacon for Beacon.State;

    struct Instant {
        uint256 timestamp;
        uint256 genesis;
        uint256 epochLength;
    }

    struct Reveal {
        uint128 accumulator;
        uint256 agentId;
        bytes32 secret;
    }

    struct Roll {
        uint128 accumulator;
        uint32 epoch;
    }

    struct Draw {
        uint256 offered;
        uint256 stake;
        uint256 total;
        bytes32 seed;
        QuestionId questionId;
        uint256 agentId;
        bytes32 secret;
    }

    struct Share {
        uint256 participation;
        uint256 revealed;
        uint256 offered;
    }

    struct Reading {
        uint256 word;
        uint256 epoch;
    }

    struct Writing {
        uint256 word;
        uint256 epoch;
        uint256 value;
    }

    Beacon.State private _beacon;

    /* TIME */

    function epochs(Instant[] calldata t) external pure returns (uint32[] memory epoch, bool[] memory freeze) {
        epoch = new uint32[](t.length);
        freeze = new bool[](t.length);
        for (uint256 i = 0; i < t.length; ++i) {
            (epoch[i], freeze[i]) = EpochClock.phaseAt(t[i].timestamp, t[i].genesis, t[i].epochLength);
        }
    }

    /// @param heads open words of questions
    function finalFrom(uint256[] calldata heads) external pure returns (uint256[] memory epoch) {
        epoch = new uint256[](heads.length);
        for (uint256 i = 0; i < heads.length; ++i) epoch[i] = Rounds.finalFrom(heads[i]);
    }

    /* SECRET CHAIN AND BEACON */

    function forward(
        bytes32[] calldata secrets,
        uint256[] calldata steps
    ) external pure returns (bytes32[] memory tips) {
        tips = new bytes32[](secrets.length);
        for (uint256 i = 0; i < secrets.length; ++i) tips[i] = SecretChain.forward(secrets[i], steps[i]);
    }

    function links(
        IConsensus.Link[] calldata shown,
        address[] calldata owners
    ) external pure returns (bytes20[] memory hashes) {
        hashes = new bytes20[](shown.length);
        for (uint256 i = 0; i < shown.length; ++i) hashes[i] = SecretChain.link(shown[i], owners[i]);
    }

    function fold(Reveal[] calldata r) external returns (uint128[] memory accumulators) {
        accumulators = new uint128[](r.length);
        for (uint256 i = 0; i < r.length; ++i) {
            _beacon.accumulator = r[i].accumulator;
            _beacon.add(Beacon.fold(r[i].agentId, r[i].secret), 0);
            accumulators[i] = _beacon.accumulator;
        }
    }

    /// @return seeds of each roll, as returned and as read again
    /// @return prevrandao of the block they were taken in
    function roll(Roll[] calldata r) external returns (bytes32[2][] memory seeds, uint256 prevrandao) {
        seeds = new bytes32[2][](r.length);
        for (uint256 i = 0; i < r.length; ++i) {
            _beacon.accumulator = r[i].accumulator;
            seeds[i] = [_beacon.roll(r[i].epoch), _beacon.seedOf(r[i].epoch)];
        }
        prevrandao = block.prevrandao;
    }

    /* IDS, RING */

    function questionIds(IConsensus.Origin[] calldata origins) external pure returns (QuestionId[] memory ids) {
        ids = new QuestionId[](origins.length);
        for (uint256 i = 0; i < origins.length; ++i) ids[i] = Rounds.idOf(origins[i]);
    }

    function ringHashes(uint32[] calldata epoch, bytes[] calldata receipts) external pure returns (bytes32[] memory h) {
        h = new bytes32[](epoch.length);
        for (uint256 i = 0; i < epoch.length; ++i) h[i] = Codec.ringHash(epoch[i], receipts[i]);
    }

    /* SORTITION */

    function seats(Draw[] calldata d) external pure returns (uint256[] memory n) {
        n = new uint256[](d.length);
        for (uint256 i = 0; i < d.length; ++i) {
            n[i] = Sortition.seats(
                d[i].offered,
                d[i].stake,
                d[i].total,
                Sortition.Ticket(d[i].seed, d[i].questionId, d[i].agentId, d[i].secret)
            );
        }
    }

    /// @param asked seats and participation
    function offeredSeats(uint256[2][] calldata asked) external pure returns (uint256[] memory n) {
        n = new uint256[](asked.length);
        for (uint256 i = 0; i < asked.length; ++i) n[i] = Sortition.offeredSeats(asked[i][0], asked[i][1]);
    }

    function updateParticipation(Share[] calldata s) external pure returns (uint256[] memory participation) {
        participation = new uint256[](s.length);
        for (uint256 i = 0; i < s.length; ++i) {
            participation[i] = Sortition.updateParticipation(s[i].participation, s[i].revealed, s[i].offered);
        }
    }

    /// @param rounds first round's seats and number of rounds
    /// @return n seats of the last round, and of all together
    function roundSeats(uint256[2][] calldata rounds) external pure returns (uint256[2][] memory n) {
        n = new uint256[2][](rounds.length);
        for (uint256 i = 0; i < rounds.length; ++i) {
            (uint256 k, uint256 r) = (rounds[i][0], rounds[i][1]);
            n[i] = [Sortition.seatsOfRound(k, r), Sortition.seatsAsked(k, r)];
        }
    }

    /* SNAPSHOTS */

    /// @return values in the epoch, and latest ones
    function allocations(Reading[] calldata r) external pure returns (uint256[2][] memory values) {
        values = new uint256[2][](r.length);
        for (uint256 i = 0; i < r.length; ++i) {
            values[i] = [Snapshots.valueAt(r[i].word, r[i].epoch), Snapshots.latest(r[i].word)];
        }
    }

    function writeAllocations(Writing[] calldata w) external pure returns (uint256[] memory words) {
        words = new uint256[](w.length);
        for (uint256 i = 0; i < w.length; ++i) words[i] = Snapshots.withValue(w[i].word, w[i].epoch, w[i].value);
    }
}
