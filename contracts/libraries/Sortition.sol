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

    /// @notice Seats of an agent: `floor(k's/S)`, plus one with the probability of the remainder.
    /// @param offered k' of the round, up to 8188
    /// @param stake s of the agent, allocation units, 44 bits
    /// @param total S of the domain, allocation units, 44 bits; no seats if 0
    /// @param seed seed of the epoch of the vote
    /// @param secret the agent's secret of that epoch
    function seats(
        uint256 offered,
        uint256 stake,
        uint256 total,
        bytes32 seed,
        QuestionId questionId,
        uint256 agentId,
        bytes32 secret
    ) internal pure returns (uint256) {
        if (total == 0) return 0;
        unchecked {
            // 13 + 44 bits, and a remainder below 44 bits shifted by 64: nothing can overflow.
            uint256 product = offered * stake;
            uint256 fraction = ((product % total) << 64) / total;
            uint64 draw = _draw(seed, questionId, agentId, secret);
            return product / total + (draw < fraction ? 1 : 0);
        }
    }

    /// @dev The low 64 bits of keccak256(abi.encode(seed, questionId, agentId, secret)), hashed above the free memory pointer and
    /// left there: once a vote, so worth not allocating for.
    function _draw(
        bytes32 seed,
        QuestionId questionId,
        uint256 agentId,
        bytes32 secret
    ) private pure returns (uint64 draw) {
        assembly ("memory-safe") {
            let p := mload(0x40)
            mstore(p, seed)
            // Assembly sees whatever lies below the 24 bytes of the id.
            mstore(add(p, 32), shl(64, shr(64, questionId)))
            mstore(add(p, 64), agentId)
            mstore(add(p, 96), secret)
            draw := and(keccak256(p, 128), 0xffffffffffffffff)
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
