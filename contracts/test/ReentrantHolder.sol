// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";

import {CallbackToken, ITransferHooks} from "./CallbackToken.sol";

/// @notice Owns agents and tokens, and makes prepared calls when the token asks or tells it about a transfer of its own.
contract ReentrantHolder is ITransferHooks {
    using Address for address;

    struct Attempt {
        bool success;
        bytes result;
    }

    address private _target;
    bytes[] private _calls;
    Attempt[] private _attempts;

    constructor(CallbackToken token) {
        token.hook();
    }

    /// @notice Makes a call in the holder's name.
    function execute(address target, bytes calldata data) external returns (bytes memory) {
        return target.functionCall(data);
    }

    /// @notice Prepares the calls to make within the next transfer.
    function arm(address target, bytes[] memory calls) external {
        _target = target;
        _calls = calls;
    }

    /// @notice How the calls made from within transfers went.
    function attempts() external view returns (Attempt[] memory) {
        return _attempts;
    }

    function tokensToSend() external {
        _reenter();
    }

    function tokensReceived() external {
        _reenter();
    }

    function _reenter() private {
        bytes[] memory calls = _calls;
        delete _calls; // once: what the calls transfer calls back here too
        for (uint256 i; i < calls.length; ++i) {
            (bool success, bytes memory result) = _target.call(calls[i]);
            _attempts.push(Attempt(success, result));
        }
    }
}
