// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Trust} from "./Trust.sol";

/// @title Standings
/// @notice What a domain knows of an agent, in one slot: allocations (low 200 bits, see Snapshots) and trust (the rest).
/// @dev Layout above bit 200: verdicts 12 | generation 12 | alpha 16 | beta 16.
library Standings {
    /// @notice Generation at which an agent has changed hands so often that no trust is believed any more.
    uint256 internal constant LAST_GENERATION = 4095;

    uint256 private constant TRUST_SHIFT = 200;
    uint256 private constant SNAPSHOT_MASK = (1 << TRUST_SHIFT) - 1;

    /// @notice Evidence earned under `generation`; the prior if there is none.
    /// @return alpha evidence for the agent
    /// @return beta evidence against it
    /// @return verdicts scored so far
    function evidence(
        uint256 standing,
        uint256 generation
    ) internal pure returns (uint256 alpha, uint256 beta, uint256 verdicts) {
        beta = standing >> 240;
        // beta is never 0 once written, so a fresh slot is told from an old one.
        if (beta == 0 || generation >= LAST_GENERATION || (standing >> 212) & 0xfff != generation) {
            (alpha, beta) = (Trust.PRIOR_FOR, Trust.PRIOR_AGAINST);
        } else {
            alpha = (standing >> 224) & 0xffff;
            verdicts = (standing >> TRUST_SHIFT) & 0xfff;
        }
    }

    /// @notice The standing with its evidence replaced; allocations are kept.
    /// @param verdicts saturates at Trust.MAX_VERDICTS
    function withEvidence(
        uint256 standing,
        uint256 generation,
        uint256 alpha,
        uint256 beta,
        uint256 verdicts
    ) internal pure returns (uint256) {
        if (verdicts > Trust.MAX_VERDICTS) verdicts = Trust.MAX_VERDICTS;
        return
            (standing & SNAPSHOT_MASK) |
            (verdicts << TRUST_SHIFT) |
            (generation << 212) |
            (alpha << 224) |
            (beta << 240);
    }
}
