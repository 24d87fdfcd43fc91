// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev Bytes of a vote in a ballot, and of a receipt. Of the file, as assembly elsewhere knows no other constants.
uint256 constant VOTE_SIZE = 21;
uint256 constant RECEIPT_SIZE = 23;

/// @title Codec
/// @notice Reads packed ballots and receipts from calldata and writes receipts to memory.
/// @dev ballot: groups of `domainId 4 | count 2 | count x (hash 20 | outcome 1)`, ascending by domain, then by hash.
/// receipts: `generation 2`, then groups of `domainId 4 | count 2 | count x (hash 20 | outcome 1 | seats 2)`. Big endian.
library Codec {
    /// @notice Most votes in one ballot.
    uint256 internal constant MAX_VOTES = 256;

    uint256 internal constant GROUP_SIZE = 6;
    uint256 internal constant GENERATION_SIZE = 2;

    /// @notice Receipts being written. The pointers are addresses in memory, within `buffer`.
    struct Writer {
        bytes buffer;
        uint256 end; // behind what has been written
        uint256 groupAt; // where the open group begins
    }

    /// @notice 32 bytes of `data` from `offset`; the bytes past the end of `data` are arbitrary.
    /// @dev Callers check the bounds of what they use of the word: `offset` plus the size of the record.
    function word(bytes calldata data, uint256 offset) internal pure returns (uint256 w) {
        assembly ("memory-safe") {
            w := calldataload(add(data.offset, offset))
        }
    }

    /// @notice The same of `data` in memory.
    function wordOf(bytes memory data, uint256 offset) internal pure returns (uint256) {
        return wordAt(pointer(data, offset));
    }

    /// @notice Where in memory the byte at `offset` of `data` is.
    function pointer(bytes memory data, uint256 offset) internal pure returns (uint256 p) {
        assembly ("memory-safe") {
            p := add(add(data, 32), offset)
        }
    }

    /// @notice 32 bytes of memory.
    /// @param p from `pointer`
    function wordAt(uint256 p) internal pure returns (uint256 w) {
        assembly ("memory-safe") {
            w := mload(p)
        }
    }

    /// @notice A writer with room for the receipts of a ballot of `ballotLength` bytes.
    function writer(uint256 ballotLength, uint256 generation) internal pure returns (Writer memory w) {
        // A receipt is two bytes longer than a vote, and every append stores a whole word.
        // Not cleared: all that `finish` leaves of it has been written.
        uint256 size;
        // Of a length of memory.
        unchecked {
            size = GENERATION_SIZE + ballotLength + 2 * (ballotLength / VOTE_SIZE + 1) + 32;
        }
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            mstore(0x40, and(add(add(buffer, size), 63), not(31)))
            mstore(w, buffer)
            mstore(add(w, 32), add(buffer, 32))
        }
        _append(w, generation << 240, GENERATION_SIZE);
    }

    /// @param domainBits the domain in the topmost four bytes
    function openGroup(Writer memory w, uint256 domainBits) internal pure {
        w.groupAt = w.end;
        _append(w, domainBits, GROUP_SIZE);
    }

    /// @param receipt hash, outcome and seats as in the format, left-aligned; what follows them is written over later
    function append(Writer memory w, uint256 receipt) internal pure {
        _append(w, receipt, RECEIPT_SIZE);
    }

    /// @notice Closes the open group; one without receipts vanishes.
    function closeGroup(Writer memory w) internal pure {
        uint256 start = w.groupAt;
        uint256 n;
        // The group's head has been written.
        unchecked {
            n = (w.end - start - GROUP_SIZE) / RECEIPT_SIZE;
        }
        if (n == 0) {
            w.end = start;
            return;
        }
        assembly ("memory-safe") {
            let p := add(start, 4)
            mstore8(p, shr(8, n))
            mstore8(add(p, 1), n)
        }
    }

    /// @notice The receipts written; empty if there is not one.
    function finish(Writer memory w) internal pure returns (bytes memory receipts) {
        receipts = w.buffer;
        uint256 end = w.end;
        assembly ("memory-safe") {
            let length := sub(end, add(receipts, 32))
            mstore(receipts, mul(length, iszero(eq(length, GENERATION_SIZE))))
        }
    }

    /// @notice What a ring slot holds for the receipts of `epoch`: `keccak256(abi.encodePacked(epoch, receipts))`.
    /// @dev Hashed where they stand, the epoch for a moment where their length is.
    function ringHash(uint32 epoch, bytes memory receipts) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let length := mload(receipts)
            mstore(receipts, epoch)
            hash := keccak256(add(receipts, 28), add(length, 4))
            mstore(receipts, length)
        }
    }

    /// @dev Once a receipt: one word, of which what lies behind `size` is garbage until the next append or the end.
    function _append(Writer memory w, uint256 value, uint256 size) private pure {
        assembly ("memory-safe") {
            let p := add(w, 32)
            let end := mload(p)
            mstore(end, value)
            mstore(p, add(end, size))
        }
    }
}
