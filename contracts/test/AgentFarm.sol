// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC721Holder} from "@openzeppelin/contracts/token/ERC721/utils/ERC721Holder.sol";
import {IAgentRegistry} from "../interfaces/IAgentRegistry.sol";
import {IConsensus} from "../interfaces/IConsensus.sol";
import {IStakeVault} from "../interfaces/IStakeVault.sol";
import {AgentId, DomainId} from "../types/Ids.sol";

/// @notice Owns agents that all have the same stake, many of which join a domain in one transaction.
contract AgentFarm is ERC721Holder {
    IAgentRegistry private immutable REGISTRY;
    IStakeVault private immutable VAULT;
    IConsensus private immutable CONSENSUS;

    constructor(IAgentRegistry registry, IStakeVault vault, IConsensus consensus, IERC20 token) {
        (REGISTRY, VAULT, CONSENSUS) = (registry, vault, consensus);
        token.approve(address(vault), type(uint256).max);
    }

    /// @notice Registers, stakes, enrolls and allocates; each agent has a chain of its own. The farm must hold the tokens.
    /// @param stake of each agent, wei
    function grow(DomainId domainId, uint256 count, uint256 stake) external {
        for (uint256 i = 0; i < count; ++i) {
            uint256 id = REGISTRY.register();
            VAULT.deposit(AgentId.wrap(id), stake);
            CONSENSUS.enroll(AgentId.wrap(id), keccak256(abi.encode(id)));
            CONSENSUS.allocate(AgentId.wrap(id), domainId, stake);
        }
    }
}
