// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IConsensus} from "../interfaces/IConsensus.sol";

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

    /// @notice Hash that stands for the agent's chain and its open ballot; all parts are shown again at the reveal. 160 bits of it, as
    /// many as bind a question's id: they share a slot with the rest of what is kept of an agent.
    function link(IConsensus.Link memory shown) internal pure returns (bytes20) {
        return bytes20(keccak256(abi.encode(shown.tip, shown.commitment, shown.exposure, shown.backing)));
    }

    /// @notice The link of an agent without an open ballot.
    /// @param tip last revealed secret, or the anchor
    function emptyLink(bytes32 tip) internal pure returns (bytes20) {
        return link(IConsensus.Link(tip, 0, 0, 0));
    }
}
