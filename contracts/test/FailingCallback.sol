// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IClaims} from "../interfaces/IClaims.sol";
import {IConsensus} from "../interfaces/IConsensus.sol";
import {ClaimId} from "../types/Ids.sol";
import {CallbackConsumer} from "./CallbackConsumer.sol";

/// @notice Reverts until it is mended, and counts the verdicts it takes after that.
contract FailingCallback is CallbackConsumer {
    bool public mended;
    uint256 public taken;

    error NotMended();

    constructor(IClaims claims) CallbackConsumer(claims) {}

    function mend() external {
        mended = true;
    }

    function onVerdict(ClaimId, IConsensus.Verdict calldata) external {
        if (!mended) revert NotMended();
        ++taken;
    }
}
