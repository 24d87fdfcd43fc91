// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";

import {IConsensus} from "../interfaces/IConsensus.sol";
import {IVerdictCallback} from "../interfaces/IVerdictCallback.sol";
import {ClaimId} from "../types/Ids.sol";
import {CallbackToken, ITransferHooks} from "./CallbackToken.sol";

/// @notice Owns agents and tokens, and makes prepared calls whenever it is called back: by the token at a transfer of its own, by the
/// registry when an agent comes, by Claims with a verdict.
contract ReentrantHolder is ITransferHooks, IERC721Receiver, IVerdictCallback {
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

    /// @notice Prepares the calls to make when next called back.
    function arm(address target, bytes[] memory calls) external {
        _target = target;
        _calls = calls;
    }

    /// @notice How the calls made when called back went.
    function attempts() external view returns (Attempt[] memory) {
        return _attempts;
    }

    function tokensToSend() external {
        _reenter();
    }

    function tokensReceived() external {
        _reenter();
    }

    function onVerdict(ClaimId, IConsensus.Verdict calldata) external {
        _reenter();
    }

    function onERC721Received(address, address, uint256, bytes calldata) external returns (bytes4) {
        _reenter();
        return IERC721Receiver.onERC721Received.selector;
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
