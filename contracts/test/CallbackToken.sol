// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice What a holder with code is asked before its tokens leave, and told after tokens have come.
interface ITransferHooks {
    function tokensToSend() external;

    function tokensReceived() external;
}

/// @notice A token that calls the sender before, and the receiver after, each transfer, as ERC-777 does.
contract CallbackToken is ERC20("Callback", "CALL") {
    mapping(address holder => bool) public hooked;

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @notice Has the caller called at its transfers.
    function hook() external {
        hooked[msg.sender] = true;
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (hooked[from]) ITransferHooks(from).tokensToSend();
        super._update(from, to, amount);
        if (hooked[to]) ITransferHooks(to).tokensReceived();
    }
}
