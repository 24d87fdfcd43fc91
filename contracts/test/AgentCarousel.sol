// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgentRegistry} from "../interfaces/IAgentRegistry.sol";
import {IConsensus} from "../interfaces/IConsensus.sol";
import {AgentId} from "../types/Ids.sol";

/// @notice Hands its agent to and fro between itself and a twin, and enrolls it under each, so that every change of hands is noticed.
contract AgentCarousel {
    IAgentRegistry private immutable REGISTRY;
    IConsensus private immutable CONSENSUS;

    constructor(IAgentRegistry registry, IConsensus consensus) {
        REGISTRY = registry;
        CONSENSUS = consensus;
    }

    /// @notice Hands the agent over `handovers` times; after an even number it is back here.
    function spin(AgentCarousel twin, AgentId agentId, uint256 handovers, bytes32 anchor) external {
        for (uint256 i = 0; i < handovers; i += 2) {
            giveTo(address(twin), agentId);
            twin.enroll(agentId, anchor);
            twin.giveTo(address(this), agentId);
            enroll(agentId, anchor);
        }
    }

    function giveTo(address to, AgentId agentId) public {
        REGISTRY.transferFrom(address(this), to, AgentId.unwrap(agentId));
    }

    function enroll(AgentId agentId, bytes32 anchor) public {
        CONSENSUS.enroll(agentId, anchor);
    }
}
