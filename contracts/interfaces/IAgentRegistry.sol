// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

/// @title Agent identity registry (ERC-8004 Identity Registry, v2.0.0)
/// @notice Agents are ERC-721 tokens with a URI, metadata, and a wallet that acts for them.
/// @dev The interface is that of the standard and of its reference implementation, so that the core, which holds
/// nothing but this interface, may run over the chain's canonical registry. An implementation's errors are its own:
/// no caller may rely on them.
///
/// Trust assumptions of a contract that holds this interface:
/// - Agent ids start at 0 and count up. 0 is an agent: never use it to say "none".
/// - `getAgentWallet` is the zero address for unknown agents, after a transfer, and once unset. Compare it with
///   `msg.sender` or with a recovered signer only after ruling out zero.
/// - Everybody whom the owner approved for the ERC-721 token, and every operator of the owner, may set the wallet.
/// - A canonical registry may be upgradeable; its owner can then appoint any owner and any wallet.
interface IAgentRegistry is IERC721 {
    /// @notice One metadata entry, as handed to `register`.
    struct MetadataEntry {
        string metadataKey;
        bytes metadataValue;
    }

    /// @notice An agent was registered.
    event Registered(uint256 indexed agentId, string agentURI, address indexed owner);

    /// @notice Metadata of an agent were set. For the key "agentWallet" the value is the wallet's 20 bytes, or empty
    /// when there is none any more.
    event MetadataSet(
        uint256 indexed agentId,
        string indexed indexedMetadataKey,
        string metadataKey,
        bytes metadataValue
    );

    /// @notice An agent's URI was replaced.
    event URIUpdated(uint256 indexed agentId, string newURI, address indexed updatedBy);

    /* REGISTRATION */

    /// @notice Registers an agent without a URI, owned by the caller, who is also its wallet.
    /// @dev A caller with code must accept ERC-721 tokens (`onERC721Received`).
    /// @return agentId the new agent's id
    function register() external returns (uint256 agentId);

    /// @notice Registers an agent with the URI of its registration file, owned by the caller, who is also its wallet.
    /// @dev A caller with code must accept ERC-721 tokens (`onERC721Received`).
    /// @param agentURI where the registration file is found: `ipfs://`, `https://`, or a base64 `data:` URI
    /// @return agentId the new agent's id
    function register(string calldata agentURI) external returns (uint256 agentId);

    /// @notice Registers an agent with its URI and metadata, owned by the caller, who is also its wallet.
    /// @dev A caller with code must accept ERC-721 tokens (`onERC721Received`). Of repeated keys the last one counts.
    /// Reverts if a key is "agentWallet".
    /// @param agentURI where the registration file is found
    /// @param metadata any number of entries, but for the reserved key "agentWallet"
    /// @return agentId the new agent's id
    function register(string calldata agentURI, MetadataEntry[] calldata metadata) external returns (uint256 agentId);

    /* FOR THE OWNER, ITS OPERATORS, AND WHOM IT APPROVED FOR THE TOKEN */

    /// @notice Replaces the URI of an agent's registration file.
    /// @dev Reverts if the agent does not exist or the caller may not act for it.
    function setAgentURI(uint256 agentId, string calldata newURI) external;

    /// @notice Sets one metadata entry.
    /// @dev Reverts if the agent does not exist, the caller may not act for it, or the key is "agentWallet".
    function setMetadata(uint256 agentId, string calldata metadataKey, bytes calldata metadataValue) external;

    /// @notice Makes `newWallet` the agent's wallet, by consent of that wallet.
    /// @dev The consent is the EIP-712 signature, in the domain ("ERC8004IdentityRegistry", "1"), of
    /// `AgentWalletSet(uint256 agentId,address newWallet,address owner,uint256 deadline)` by the wallet's key or, for
    /// a wallet with code, an ERC-1271 signature of the same digest.
    /// Reverts if the agent does not exist, the caller may not act for it, the wallet is zero, the deadline has passed
    /// or is more than five minutes ahead, or the signature is not the wallet's.
    /// @param deadline last second, in Unix time, at which the signature is accepted
    function setAgentWallet(uint256 agentId, address newWallet, uint256 deadline, bytes calldata signature) external;

    /// @notice Leaves the agent without a wallet.
    /// @dev Reverts if the agent does not exist or the caller may not act for it.
    function unsetAgentWallet(uint256 agentId) external;

    /* VIEWS */

    /// @notice One metadata entry; empty if never set. "agentWallet" gives the wallet's 20 bytes, or nothing.
    function getMetadata(uint256 agentId, string calldata metadataKey) external view returns (bytes memory);

    /// @notice The wallet that acts for an agent; zero if there is none or no such agent.
    function getAgentWallet(uint256 agentId) external view returns (address);

    /// @notice Whether `spender` is the agent's owner, an operator of the owner, or approved for the token.
    /// @dev Reverts if the agent does not exist. An agent's wallet is none of these.
    function isAuthorizedOrOwner(address spender, uint256 agentId) external view returns (bool);

    /// @notice The version of the standard's reference implementation that this registry follows.
    function getVersion() external pure returns (string memory);
}
