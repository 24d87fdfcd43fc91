// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC721URIStorage} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721URIStorage.sol";
import {ERC721Utils} from "@openzeppelin/contracts/token/ERC721/utils/ERC721Utils.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IAgentRegistry} from "./interfaces/IAgentRegistry.sol";
import {Signatures} from "./libraries/Signatures.sol";

/// @title Agent identity registry
/// @notice An ERC-8004 Identity Registry, v2.0.0, that nobody owns and nobody can upgrade.
/// @dev Differs from the standard's reference implementation in this only: errors are typed; an agent is complete
/// before its owner's `onERC721Received` runs; an empty URI at registration is not stored; a transfer announces itself
/// before the clearing of the wallet.
contract AgentRegistry is ERC721URIStorage, EIP712, IAgentRegistry {
    /* ERRORS */

    /// @notice The key is not settable as metadata: it stands for the wallet.
    error ReservedMetadataKey(string metadataKey);

    /// @notice The zero address cannot be a wallet; `unsetAgentWallet` leaves the agent without one.
    error ZeroAgentWallet(uint256 agentId);

    /// @notice The wallet's consent ran out at `deadline`; the block is at `timestamp`. Both in Unix seconds.
    error DeadlineExpired(uint256 deadline, uint256 timestamp);

    /// @notice The wallet's consent runs until `deadline`, later than the `latest` accepted now. Both in Unix seconds.
    error DeadlineTooFar(uint256 deadline, uint256 latest);

    /// @notice The signature is not `newWallet`'s consent to act for the agent under its present owner.
    error InvalidWalletSignature(uint256 agentId, address newWallet);

    /* CONSTANTS */

    bytes32 private constant AGENT_WALLET_SET_TYPEHASH = keccak256(
        "AgentWalletSet(uint256 agentId,address newWallet,address owner,uint256 deadline)"
    );

    uint256 private constant MAX_DEADLINE_DELAY = 5 minutes;

    string private constant AGENT_WALLET_KEY = "agentWallet";
    bytes32 private constant AGENT_WALLET_KEY_HASH = keccak256(bytes(AGENT_WALLET_KEY));

    /* STORAGE */

    uint256 private _nextAgentId;

    /// @dev Apart from the other metadata, so that reading a wallet costs one slot and no hashing of its key.
    mapping(uint256 agentId => address wallet) private _agentWallets;

    mapping(uint256 agentId => mapping(string metadataKey => bytes metadataValue)) private _metadata;

    constructor() ERC721("AgentIdentity", "AGENT") EIP712("ERC8004IdentityRegistry", "1") {}

    /* REGISTRATION */

    /// @inheritdoc IAgentRegistry
    function register() external returns (uint256 agentId) {
        return _register("", new MetadataEntry[](0));
    }

    /// @inheritdoc IAgentRegistry
    function register(string calldata agentURI) external returns (uint256 agentId) {
        return _register(agentURI, new MetadataEntry[](0));
    }

    /// @inheritdoc IAgentRegistry
    function register(string calldata agentURI, MetadataEntry[] calldata metadata) external returns (uint256 agentId) {
        return _register(agentURI, metadata);
    }

    /* FOR THE OWNER, ITS OPERATORS, AND WHOM IT APPROVED FOR THE TOKEN */

    /// @inheritdoc IAgentRegistry
    function setAgentURI(uint256 agentId, string calldata newURI) external {
        _requireAuthorized(agentId);
        _setTokenURI(agentId, newURI);
        emit URIUpdated(agentId, newURI, msg.sender);
    }

    /// @inheritdoc IAgentRegistry
    function setMetadata(uint256 agentId, string calldata metadataKey, bytes calldata metadataValue) external {
        _requireAuthorized(agentId);
        _setMetadata(agentId, metadataKey, metadataValue);
    }

    /// @inheritdoc IAgentRegistry
    /// @dev The consent has no nonce, as in the standard: until its deadline, five minutes at most, the same owner may
    /// use it again, which does no more than the wallet agreed to. It names the owner, so it dies with a transfer.
    function setAgentWallet(uint256 agentId, address newWallet, uint256 deadline, bytes calldata signature) external {
        address owner = _requireAuthorized(agentId);
        require(newWallet != address(0), ZeroAgentWallet(agentId));
        require(block.timestamp <= deadline, DeadlineExpired(deadline, block.timestamp));
        uint256 latest = block.timestamp + MAX_DEADLINE_DELAY;
        require(deadline <= latest, DeadlineTooFar(deadline, latest));

        bytes32 digest = _hashTypedDataV4(
            keccak256(abi.encode(AGENT_WALLET_SET_TYPEHASH, agentId, newWallet, owner, deadline))
        );
        require(Signatures.isBy(newWallet, digest, signature, gasleft()), InvalidWalletSignature(agentId, newWallet));

        _setAgentWallet(agentId, newWallet);
    }

    /// @inheritdoc IAgentRegistry
    function unsetAgentWallet(uint256 agentId) external {
        _requireAuthorized(agentId);
        _setAgentWallet(agentId, address(0));
    }

    /* VIEWS */

    /// @inheritdoc IAgentRegistry
    function getMetadata(uint256 agentId, string calldata metadataKey) external view returns (bytes memory) {
        if (keccak256(bytes(metadataKey)) == AGENT_WALLET_KEY_HASH) {
            return _encodeWallet(_agentWallets[agentId]);
        }
        return _metadata[agentId][metadataKey];
    }

    /// @inheritdoc IAgentRegistry
    function getAgentWallet(uint256 agentId) external view returns (address) {
        return _agentWallets[agentId];
    }

    /// @inheritdoc IAgentRegistry
    function isAuthorizedOrOwner(address spender, uint256 agentId) external view returns (bool) {
        return _isAuthorized(_requireOwned(agentId), spender, agentId);
    }

    /// @inheritdoc IAgentRegistry
    function getVersion() external pure returns (string memory) {
        return "2.0.0";
    }

    /* INTERNALS */

    /// @dev The receiver's callback comes last: whatever it does, it does to a complete agent, and in the right order
    /// of events.
    function _register(string memory agentURI, MetadataEntry[] memory metadata) private returns (uint256 agentId) {
        agentId = _nextAgentId++;

        _mint(msg.sender, agentId);
        if (bytes(agentURI).length != 0) _setTokenURI(agentId, agentURI);
        emit Registered(agentId, agentURI, msg.sender);
        _setAgentWallet(agentId, msg.sender);
        for (uint256 i = 0; i < metadata.length; ++i) {
            _setMetadata(agentId, metadata[i].metadataKey, metadata[i].metadataValue);
        }

        ERC721Utils.checkOnERC721Received(msg.sender, address(0), msg.sender, agentId, "");
    }

    function _setMetadata(uint256 agentId, string memory metadataKey, bytes memory metadataValue) private {
        require(keccak256(bytes(metadataKey)) != AGENT_WALLET_KEY_HASH, ReservedMetadataKey(metadataKey));
        _metadata[agentId][metadataKey] = metadataValue;
        emit MetadataSet(agentId, metadataKey, metadataKey, metadataValue);
    }

    function _setAgentWallet(uint256 agentId, address wallet) private {
        _agentWallets[agentId] = wallet;
        emit MetadataSet(agentId, AGENT_WALLET_KEY, AGENT_WALLET_KEY, _encodeWallet(wallet));
    }

    /// @dev A transfer clears the wallet: it was the old owner's choice.
    function _update(address to, uint256 agentId, address auth) internal override returns (address from) {
        from = super._update(to, agentId, auth);
        if (from != address(0)) _setAgentWallet(agentId, address(0));
    }

    /// @dev Reverts unless the agent exists and the caller may act for it.
    function _requireAuthorized(uint256 agentId) private view returns (address owner) {
        owner = _ownerOf(agentId);
        _checkAuthorized(owner, msg.sender, agentId);
    }

    function _encodeWallet(address wallet) private pure returns (bytes memory) {
        return wallet == address(0) ? bytes("") : abi.encodePacked(wallet);
    }
}
