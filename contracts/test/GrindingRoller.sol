// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IConsensus} from "../interfaces/IConsensus.sol";
import {AgentId, QuestionId} from "../types/Ids.sol";

/// @notice Rolls the beacon only where the seed gives its agents the seats they want; else it reverts, and the next block is tried.
contract GrindingRoller {
    error Unlucky(uint256 seats);

    /// @param secrets of the agents, for the epoch of the question's vote
    /// @param backing of each agent, units
    function roll(
        IConsensus consensus,
        QuestionId questionId,
        AgentId[] calldata agentIds,
        bytes32[] calldata secrets,
        uint256 backing,
        uint256 wanted
    ) external {
        consensus.roll();
        uint256 seats = 0;
        for (uint256 i = 0; i < agentIds.length; ++i) {
            seats += consensus.seatsOf(agentIds[i], questionId, secrets[i], backing);
        }
        if (seats < wanted) revert Unlucky(seats);
    }
}
