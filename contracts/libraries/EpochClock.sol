// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title EpochClock
/// @notice The one clock of the protocol (protocol.md section 2). Every phase is derived from it.
library EpochClock {
    /// @notice Part of an epoch, counted from its end, in which nothing may influence the next seed.
    uint256 internal constant FREEZE_DIVISOR = 16;

    /// @notice Shortest allowed epoch, seconds.
    uint256 internal constant MIN_EPOCH_LENGTH = 30;

    /// @notice Latest epoch a deployment may begin in: epochs are kept in 24 bits, of which nearly all must lie ahead.
    uint32 internal constant MAX_FIRST_EPOCH = 65_535;

    /// @notice Epochs a withdrawal or the lowering of a pledge takes. Longer than any question lives.
    uint256 internal constant UNBONDING_EPOCHS = 18;

    /// @notice Epoch of a point in time.
    /// @param timestamp unix seconds, not before `genesis`
    /// @param genesis unix seconds at which epoch 0 begins
    /// @param epochLength seconds
    function epochAt(uint256 timestamp, uint256 genesis, uint256 epochLength) internal pure returns (uint32) {
        return uint32((timestamp - genesis) / epochLength);
    }

    /// @notice Epoch of a point in time, and whether it is in the last sixteenth of it.
    function phaseAt(
        uint256 timestamp,
        uint256 genesis,
        uint256 epochLength
    ) internal pure returns (uint32 epoch, bool freeze) {
        epoch = epochAt(timestamp, genesis, epochLength);
        // Of a time that is not before the epoch begins, and less than an epoch later.
        unchecked {
            freeze = timestamp - genesis - epoch * epochLength >= epochLength - epochLength / FREEZE_DIVISOR;
        }
    }
}
