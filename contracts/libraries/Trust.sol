// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Trust
/// @notice The trust rule (trust.md): balanced, decayed evidence per agent and domain. All quantities Q8 (256 = 1.0).
library Trust {
    uint256 internal constant ONE = 256;
    uint256 internal constant PRIOR_FOR = 4096;
    uint256 internal constant PRIOR_AGAINST = 2048;
    uint256 internal constant WEIGHT_CAP = 4096;
    uint256 internal constant NEWCOMER_VERDICTS = 3;
    uint256 internal constant NEWCOMER_WEIGHT = 256;
    uint256 internal constant EVIDENCE_CAP = 65_536;
    uint256 internal constant FLOOR = 16;
    uint256 internal constant RARITY_MIN = 64;
    uint256 internal constant RARITY_MAX = 1024;
    uint256 internal constant COUNT_START = 1024;
    uint256 internal constant MULTIPLIER_ROUNDS = 2;
    uint256 internal constant MULTIPLIER_CANARY = 8;
    uint256 internal constant MAX_VERDICTS = 4095;

    /// @notice Evidence of an agent in a domain.
    struct Evidence {
        uint256 alpha; // for, 16 to 65,521
        uint256 beta; // against, 16 to 65,521
        uint256 verdicts; // scored so far, saturates at MAX_VERDICTS
    }

    function prior() internal pure returns (Evidence memory) {
        return Evidence(PRIOR_FOR, PRIOR_AGAINST, 0);
    }

    /// @notice Weight of one seat: `(alpha/beta)^2`, at most 16, at most 1 for a newcomer.
    function weight(Evidence memory e) internal pure returns (uint256 w) {
        uint256 ratio = (e.alpha << 8) / e.beta;
        if (ratio > 1 << 14) ratio = 1 << 14;
        unchecked {
            w = (ratio * ratio) >> 8; // 28 bits
        }
        if (w > WEIGHT_CAP) w = WEIGHT_CAP;
        if (e.verdicts < NEWCOMER_VERDICTS && w > NEWCOMER_WEIGHT) w = NEWCOMER_WEIGHT;
    }

    /// @notice Adds `quantity` of evidence (multiplier x rarity, Q8, at most 8192), in place.
    /// @dev `alpha` and `beta` are at least FLOOR beforehand; only forgetting lowers them.
    function update(Evidence memory e, bool agree, uint256 quantity) internal pure {
        (uint256 alpha, uint256 beta) = (e.alpha, e.beta);
        // 16 bits each plus 14 bits of evidence: nothing can overflow, and a sixteenth is never more than the whole.
        unchecked {
            if (agree) e.alpha = alpha += quantity;
            else e.beta = beta += quantity;
            if (alpha + beta > EVIDENCE_CAP) {
                do {
                    alpha -= alpha >> 4;
                    beta -= beta >> 4;
                } while (alpha + beta > EVIDENCE_CAP);
                e.alpha = alpha < FLOOR ? FLOOR : alpha;
                e.beta = beta < FLOOR ? FLOOR : beta;
            }
            uint256 verdicts = e.verdicts;
            if (verdicts < MAX_VERDICTS) e.verdicts = verdicts + 1;
        }
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
