// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {QuestionId} from "../types/Ids.sol";

/// @title Sortition
/// @notice Who sits on which committee, and how many seats a round offers (protocol.md section 4).
library Sortition {
    /// @notice Participation of 1.0, Q16.
    uint256 internal constant FULL_PARTICIPATION = 65_535;

    /// @notice How far `k'` may exceed the seats asked for, to make up for idle stake.
    uint256 internal constant MAX_OVERSAMPLING = 4;

    /// @notice What an agent draws its seats on a question with.
    /// @dev Four words in a row, hashed where they stand: once a vote, so worth not encoding anew.
    struct Ticket {
        bytes32 seed; // of the epoch of the vote
        QuestionId questionId;
        uint256 agentId;
        bytes32 secret; // the agent's of that epoch
    }

    /// @notice Seats of an agent: `floor(k's/S)`, plus one with the probability of the remainder.
    /// @dev 13 + 44 bits, and a remainder below 44 bits shifted by 64: nothing can overflow. Dividing by 0 gives 0 here, so that nobody
    /// has a seat where `total` is 0; the draw is the low 64 bits of keccak256(abi.encode(ticket)).
    /// @param offered k' of the round, up to 8188
    /// @param stake s of the agent, allocation units, 44 bits
    /// @param total S of the domain, allocation units, 44 bits
    function seats(
        uint256 offered,
        uint256 stake,
        uint256 total,
        Ticket memory ticket
    ) internal pure returns (uint256 n) {
        assembly ("memory-safe") {
            let product := mul(offered, stake)
            n := div(product, total)
            let fraction := div(shl(64, sub(product, mul(n, total))), total)
            n := add(n, lt(and(keccak256(ticket, 128), 0xffffffffffffffff), fraction))
        }
    }

    /// @notice k': expected seats of a round, raised so that idle stake does not starve it.
    /// @param asked seats asked for in the round
    /// @param participation running share of offered seats that were revealed, Q16
    function offeredSeats(uint256 asked, uint256 participation) internal pure returns (uint256) {
        uint256 ceiling = MAX_OVERSAMPLING * asked;
        if (participation == 0) return ceiling;
        uint256 offered = (asked * FULL_PARTICIPATION) / participation;
        return offered < ceiling ? offered : ceiling;
    }

    /// @notice Running mean of weight 1/16 of `min(1, revealed / offered)`, Q16.
    function updateParticipation(
        uint256 participation,
        uint256 revealed,
        uint256 offered
    ) internal pure returns (uint256) {
        if (offered == 0) return participation;
        // 20 bits of seats, 16 bits of share.
        unchecked {
            uint256 share = (revealed * FULL_PARTICIPATION) / offered;
            if (share > FULL_PARTICIPATION) share = FULL_PARTICIPATION;
            return
                share >= participation
                    ? participation + (share - participation) / 16
                    : participation - (participation - share) / 16;
        }
    }

    /// @notice Seats asked for in round `round` (from 1): `k`, then twice the previous plus one.
    function seatsOfRound(uint256 firstRoundSeats, uint256 round) internal pure returns (uint256) {
        return (firstRoundSeats << (round - 1)) + (1 << (round - 1)) - 1;
    }

    /// @notice Seats asked for in rounds 1 to `rounds` together: `(2^r - 1) k + 2^r - 1 - r`.
    function seatsAsked(uint256 firstRoundSeats, uint256 rounds) internal pure returns (uint256) {
        // At most 4 rounds of 255 seats.
        unchecked {
            uint256 mask = (1 << rounds) - 1;
            return mask * firstRoundSeats + mask - rounds;
        }
    }
}
