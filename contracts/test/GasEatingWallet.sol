// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @notice A contract wallet that takes every signature for its own and, once it is told to, all the gas that it is asked with.
contract GasEatingWallet is IERC1271 {
    bool public eating;

    function eat() external {
        eating = true;
    }

    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        if (eating) {
            assembly ("memory-safe") {
                invalid()
            }
        }
        return IERC1271.isValidSignature.selector;
    }
}
