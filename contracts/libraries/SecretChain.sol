// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IConsensus} from "../interfaces/IConsensus.sol";
import {AgentId} from "../types/Ids.sol";

/// @title SecretChain
/// @notice One secret per epoch: the preimages of a hash chain, revealed backwards (protocol.md section 3).
library SecretChain {
    /// @notice Most epochs between two revealed secrets; the cost of catching up, about 100 gas an epoch.
    uint32 internal constant MAX_SKIPPED_EPOCHS = 4096;

    /// @notice Hashes `secret` forward `steps` times; the result is the chain's last revealed value if it belongs to it.
    function forward(bytes32 secret, uint256 steps) internal pure returns (bytes32 tip) {
        tip = secret;
        // The scratch space is the only memory touched: one keccak256 a step.
        assembly ("memory-safe") {
            for {
                let i := 0
            } lt(i, steps) {
                i := add(i, 1)
            } {
                mstore(0, tip)
                tip := keccak256(0, 32)
            }
        }
    }

    /// @notice Commitment of a ballot: `keccak256(abi.encode(block.chainid, address(this), agentId, epoch, secret, keccak256(ballot)))`.
    /// @dev In memory that stays free.
    function commitment(
        AgentId agentId,
        uint256 epoch,
        bytes32 secret,
        bytes memory ballot
    ) internal view returns (bytes32 hash) {
        assembly ("memory-safe") {
            let p := mload(0x40)
            mstore(p, chainid())
            mstore(add(p, 0x20), address())
            mstore(add(p, 0x40), agentId)
            mstore(add(p, 0x60), epoch)
            mstore(add(p, 0x80), secret)
            mstore(add(p, 0xa0), keccak256(add(ballot, 0x20), mload(ballot)))
            hash := keccak256(p, 0xc0)
        }
    }

    /// @notice Hash that stands for the agent's chain and its open ballot; all parts are shown again at the reveal. 160 bits of it, as
    /// many as bind a question's id: they share a slot with the rest of what is kept of an agent.
    /// @dev `bytes20(keccak256(abi.encode(shown, owner)))`, in memory that stays free.
    /// @param owner of the agent at its enrolment: whoever shows that the present one is meant has shown that it has not changed hands
    function link(IConsensus.Link memory shown, address owner) internal pure returns (bytes20 hash) {
        bytes32 whole;
        assembly ("memory-safe") {
            let p := mload(0x40)
            mcopy(p, shown, 0x80)
            mstore(add(p, 0x80), shr(96, shl(96, owner)))
            whole := keccak256(p, 0xa0)
        }
        hash = bytes20(whole);
    }

    /// @notice The link of an agent without an open ballot.
    /// @param tip last revealed secret, or the anchor
    function emptyLink(bytes32 tip, address owner) internal pure returns (bytes20) {
        return link(IConsensus.Link(tip, 0, 0, 0), owner);
    }
}
