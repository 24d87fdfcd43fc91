// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC721Metadata} from "@openzeppelin/contracts/token/ERC721/extensions/IERC721Metadata.sol";
import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";

import {IAgentRegistry} from "../interfaces/IAgentRegistry.sol";

/// @notice Registers an agent and, while still being asked whether it takes it, notes down what it sees of the agent,
/// registers another, and gives the first one away.
contract AgentFlippingOwner is IERC721Receiver {
    IAgentRegistry private immutable REGISTRY;
    address private immutable BUYER;

    string public seenURI;
    bytes public seenName;
    address public seenWallet;

    constructor(IAgentRegistry registry, address buyer) {
        REGISTRY = registry;
        BUYER = buyer;
    }

    function registerAndFlip(string calldata agentURI, IAgentRegistry.MetadataEntry[] calldata metadata) external {
        REGISTRY.register(agentURI, metadata);
    }

    function onERC721Received(address, address, uint256 agentId, bytes calldata) external returns (bytes4) {
        if (seenWallet == address(0)) {
            seenURI = IERC721Metadata(address(REGISTRY)).tokenURI(agentId);
            seenName = REGISTRY.getMetadata(agentId, "name");
            seenWallet = REGISTRY.getAgentWallet(agentId);
            REGISTRY.register();
            REGISTRY.transferFrom(address(this), BUYER, agentId);
        }
        return IERC721Receiver.onERC721Received.selector;
    }
}
