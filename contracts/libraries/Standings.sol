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
    function evidence(uint256 standing, uint256 generation) internal pure returns (Trust.Evidence memory e) {
        uint256 beta = standing >> 240;
        // beta is never 0 once written, so a fresh slot is told from an old one.
        if (beta == 0 || generation >= LAST_GENERATION || (standing >> 212) & 0xfff != generation) return Trust.prior();
        e.alpha = (standing >> 224) & 0xffff;
        e.beta = beta;
        e.verdicts = (standing >> TRUST_SHIFT) & 0xfff;
    }

    /// @notice The standing with its evidence replaced; allocations are kept.
    function withEvidence(
        uint256 standing,
        uint256 generation,
        Trust.Evidence memory e
    ) internal pure returns (uint256) {
        return
            (standing & SNAPSHOT_MASK) |
            (e.verdicts << TRUST_SHIFT) |
            (generation << 212) |
            (e.alpha << 224) |
            (e.beta << 240);
    }
}
