// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice A token that makes one call of its holder's choosing within each transfer, and keeps a fee of it.
contract ReentrantToken is ERC20("Reentrant", "RE") {
    address public target;
    bytes public data;
    uint256 public fee;

    /// @notice Returns of the last call made from within a transfer: why it failed, if it did.
    bytes public result;

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function setCall(address target_, bytes calldata data_) external {
        (target, data) = (target_, data_);
    }

    function setFee(uint256 fee_) external {
        fee = fee_;
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (from == address(0) || to == address(0)) return;
        if (target != address(0)) (, result) = target.call(data);
        if (fee != 0) _burn(to, fee);
    }
}
