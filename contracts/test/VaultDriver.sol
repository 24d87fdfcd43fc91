// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";

import {StakeVault} from "../StakeVault.sol";
import {IAgentRegistry} from "../interfaces/IAgentRegistry.sol";

/// @notice Deploys a vault in the place of Consensus, and hands every call that it gets on to it.
contract VaultDriver {
    using Address for address;

    StakeVault public immutable vault;

    constructor(
        IERC20 token,
        IAgentRegistry registry,
        address claims,
        address sink,
        uint256 genesis,
        uint256 epochLength
    ) {
        vault = new StakeVault(token, registry, claims, sink, genesis, epochLength);
    }

    fallback(bytes calldata data) external returns (bytes memory) {
        return address(vault).functionCall(data);
    }
}
