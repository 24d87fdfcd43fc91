// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev Most evidence, for and against together. Of the file, as assembly elsewhere knows no other constants.
uint256 constant EVIDENCE_CAP = 65_536;

/// @title Trust
/// @notice The trust rule (trust.md): balanced, decayed evidence per agent and domain. All quantities Q8 (256 = 1.0).
library Trust {
    uint256 internal constant ONE = 256;
    uint256 internal constant PRIOR_FOR = 4096;
    uint256 internal constant PRIOR_AGAINST = 2048;
    uint256 internal constant WEIGHT_CAP = 4096;
    uint256 internal constant NEWCOMER_VERDICTS = 3;
    uint256 internal constant NEWCOMER_WEIGHT = 256;
    uint256 internal constant FLOOR = 16;
    uint256 internal constant RARITY_MIN = 64;
    uint256 internal constant RARITY_MAX = 1024;
    uint256 internal constant COUNT_START = 1024;
    uint256 internal constant MULTIPLIER_ROUNDS = 2;
    uint256 internal constant MULTIPLIER_CANARY = 8;
    uint256 internal constant MAX_VERDICTS = 4095;

    /// @notice Weight of one seat: `(alpha/beta)^2`, at most 16, at most 1 for a newcomer.
    /// @param alpha evidence for the agent, FLOOR to 65,521
    /// @param beta evidence against it, FLOOR to 65,521
    /// @param verdicts scored so far
    function weight(uint256 alpha, uint256 beta, uint256 verdicts) internal pure returns (uint256 w) {
        unchecked {
            uint256 ratio = (alpha << 8) / beta;
            if (ratio > 1 << 14) ratio = 1 << 14;
            w = (ratio * ratio) >> 8; // 28 bits
        }
        if (w > WEIGHT_CAP) w = WEIGHT_CAP;
        if (verdicts < NEWCOMER_VERDICTS && w > NEWCOMER_WEIGHT) w = NEWCOMER_WEIGHT;
    }

    /// @notice Brings evidence to which one question has been added back under its cap: all of it fades by a sixteenth until it fits.
    /// @dev Both were at least FLOOR, and have 17 bits; a sixteenth is never more than the whole. Raised to the floor again, the two may
    /// come to one more than the cap.
    function forget(uint256 alpha, uint256 beta) internal pure returns (uint256, uint256) {
        unchecked {
            do {
                alpha -= alpha >> 4;
                beta -= beta >> 4;
            } while (alpha + beta > EVIDENCE_CAP);
        }
        return (alpha < FLOOR ? FLOOR : alpha, beta < FLOOR ? FLOOR : beta);
    }

    /// @notice Rarity `g(o) = 1 / (K R(o))`, clamped to [1/4, 4].
    /// @param sum of the running counts of the domain's outcomes, Q8, at most 2^17
    /// @param count of outcome `o`, Q8, not 0
    /// @param outcomes K of the domain
    function rarity(uint256 sum, uint256 count, uint256 outcomes) internal pure returns (uint256 g) {
        unchecked {
            g = (sum << 8) / (outcomes * count);
        }
        if (g < RARITY_MIN) g = RARITY_MIN;
        if (g > RARITY_MAX) g = RARITY_MAX;
    }

    /// @notice A running count after a sixteenth of it is forgotten.
    function decay(uint256 count) internal pure returns (uint256) {
        unchecked {
            count -= count >> 4;
        }
        return count < FLOOR ? FLOOR : count;
    }
}
