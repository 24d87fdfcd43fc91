// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Beacon
/// @notice The randomness beacon: revealed secrets folded into an accumulator, one seed an epoch (protocol.md section 3).
library Beacon {
    uint256 private constant SEED_RING = 4;

    struct State {
        // slot 0: read by every call, written by every reveal; what settlements owe to the sink is kept here for that reason
        uint128 accumulator;
        uint96 due; // wei; see ConsensusState.close
        uint32 epoch; // last epoch that got a seed
        // slots 1 to 4: seeds of the last four seeded epochs
        bytes32[SEED_RING] seeds;
        // one bit an epoch: whether it got a seed at all, which a late forfeit needs to know
        mapping(uint256 word => uint256 bits) seeded;
    }

    /// @notice Fixes the seed of `epoch`. Call once an epoch, before any reveal of that epoch is folded.
    function roll(State storage self, uint32 epoch) internal returns (bytes32 seed) {
        seed = keccak256(abi.encode(uint256(self.accumulator), block.prevrandao, uint256(epoch)));
        self.epoch = epoch;
        self.seeds[epoch % SEED_RING] = seed;
        self.seeded[epoch / 256] |= 1 << (epoch % 256);
    }

    /// @notice What a revealed secret adds to the accumulator; the order of reveals does not matter.
    function fold(uint256 agentId, bytes32 secret) internal pure returns (uint256 summand) {
        assembly ("memory-safe") {
            mstore(0, agentId)
            mstore(0x20, secret)
            summand := keccak256(0, 0x40)
        }
    }

    /// @notice Adds to the accumulator and to what is due, in one write. What is due is left alone if it has no room.
    /// @dev Wraps on purpose: a sum modulo 2^128 cannot be cancelled without inverting keccak256.
    /// @param folded sum of `fold`s
    /// @param amount wei, below 2^128
    /// @return fits whether the amount had room
    function add(State storage self, uint256 folded, uint256 amount) internal returns (bool fits) {
        uint256 word;
        assembly ("memory-safe") {
            word := sload(self.slot)
        }
        unchecked {
            fits = ((word >> 128) & type(uint96).max) + amount <= type(uint96).max;
            if (fits) word += amount << 128;
            word = ((word >> 128) << 128) | uint128(word + folded);
        }
        assembly ("memory-safe") {
            sstore(self.slot, word)
        }
    }

    /// @notice Seed of `epoch`, 0 if it never had one or is more than three epochs older than the last seeded one.
    function seedOf(State storage self, uint32 epoch) internal view returns (bytes32) {
        if (epoch > self.epoch || self.epoch - epoch >= SEED_RING || !isSeeded(self, epoch)) return 0;
        return seedOfVoted(self, epoch);
    }

    /// @notice Seed of an epoch that is known to be seeded and recent: a ballot was committed in it and is revealed in the next.
    /// @dev An index of the ring needs no check of its bounds.
    function seedOfVoted(State storage self, uint256 epoch) internal view returns (bytes32 seed) {
        bytes32[SEED_RING] storage seeds = self.seeds;
        assembly ("memory-safe") {
            seed := sload(add(seeds.slot, mod(epoch, SEED_RING)))
        }
    }

    function isSeeded(State storage self, uint32 epoch) internal view returns (bool) {
        return self.seeded[epoch / 256] & (1 << (epoch % 256)) != 0;
    }
}
