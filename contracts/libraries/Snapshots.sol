// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Snapshots
/// @notice Allocations of four consecutive epochs in the low 200 bits of a word: the epoch being revealed, the present one and
/// the two that a change made now must not touch yet (protocol.md section 4).
/// @dev Layout, from bit 0: base epoch 24 | four values of 44 bits, for base, base + 1, base + 2, base + 3 and later.
library Snapshots {
    /// @notice Largest value, allocation units.
    uint256 internal constant MAX_VALUE = (1 << 44) - 1;

    /// @notice Epochs from a change until it counts.
    uint32 internal constant DELAY = 2;

    uint256 private constant VALUE_BITS = 44;
    uint256 private constant BASE_BITS = 24;
    uint256 private constant BASE_MASK = (1 << BASE_BITS) - 1;
    uint256 private constant LAST = 3;
    uint256 private constant SNAPSHOT_MASK = (1 << (BASE_BITS + 4 * VALUE_BITS)) - 1;

    /// @notice Value that counts in `epoch`. Exact for every epoch from the one before the last change on.
    function valueAt(uint256 word, uint256 epoch) internal pure returns (uint256) {
        uint256 base = word & BASE_MASK;
        uint256 index = epoch <= base ? 0 : epoch - base;
        if (index > LAST) index = LAST;
        return (word >> (BASE_BITS + index * VALUE_BITS)) & MAX_VALUE;
    }

    /// @notice Value that counts once every change made so far counts.
    function latest(uint256 word) internal pure returns (uint256) {
        return (word >> (BASE_BITS + LAST * VALUE_BITS)) & MAX_VALUE;
    }

    /// @notice The word with `value` counting from `epoch + 2`; values of `epoch - 1` to `epoch + 1` are kept.
    /// @param epoch the present epoch, below 2^24
    /// @param value at most MAX_VALUE
    function withValue(uint256 word, uint256 epoch, uint256 value) internal pure returns (uint256) {
        uint256 base = epoch == 0 ? 0 : epoch - 1;
        uint256 packed = base;
        for (uint256 i = 0; i <= LAST; ++i) {
            uint256 v = base + i < epoch + DELAY ? valueAt(word, base + i) : value;
            packed |= v << (BASE_BITS + i * VALUE_BITS);
        }
        return (word & ~SNAPSHOT_MASK) | packed;
    }
}
