// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Create3} from "@openzeppelin/contracts/utils/Create3.sol";
import {Claims} from "./Claims.sol";
import {Consensus} from "./Consensus.sol";

/// @title AssayFactory
/// @notice Deploys Consensus, its StakeVault and Claims in one transaction. Consensus and Claims must know each other from birth, which
/// CREATE3 allows: their addresses depend on the caller and a salt only. Afterwards the factory has no say over them.
contract AssayFactory {
    struct Parameters {
        address token; // stake token, a plain ERC-20
        address registry; // ERC-8004 Identity Registry
        address sink; // receives what is burned
        uint256 genesis; // unix seconds
        uint256 epochLength; // seconds
    }

    event Deployed(address indexed deployer, bytes32 indexed salt, Consensus consensus, Claims claims);

    error WrongWiring(address consensus, address claims);

    /// @notice Deploys one instance of the protocol. Anyone; the addresses are the caller's own.
    /// @param salt chosen by the caller, once
    /// @param consensusCode creation code of Consensus, linked, without arguments
    /// @param claimsCode creation code of Claims, without arguments
    function deploy(
        bytes32 salt,
        Parameters calldata p,
        bytes calldata consensusCode,
        bytes calldata claimsCode
    ) external returns (Consensus consensus, Claims claims) {
        (consensus, claims) = addressesOf(msg.sender, salt);
        bytes memory arguments = abi.encode(p.token, p.registry, claims, p.sink, p.genesis, p.epochLength);
        Create3.deploy(0, _salt(msg.sender, salt, "consensus"), bytes.concat(consensusCode, arguments));
        Create3.deploy(0, _salt(msg.sender, salt, "claims"), bytes.concat(claimsCode, abi.encode(consensus)));
        if (consensus.claims() != address(claims) || address(claims.consensus()) != address(consensus)) {
            revert WrongWiring(address(consensus), address(claims));
        }
        emit Deployed(msg.sender, salt, consensus, claims);
    }

    /// @notice Addresses that `deployer` gets with `salt`.
    function addressesOf(address deployer, bytes32 salt) public view returns (Consensus consensus, Claims claims) {
        consensus = Consensus(Create3.computeAddress(_salt(deployer, salt, "consensus")));
        claims = Claims(Create3.computeAddress(_salt(deployer, salt, "claims")));
    }

    function _salt(address deployer, bytes32 salt, string memory name) private pure returns (bytes32) {
        return keccak256(abi.encode(deployer, salt, name));
    }
}
