// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IClaims} from "../interfaces/IClaims.sol";
import {IConsensus} from "../interfaces/IConsensus.sol";
import {ClaimId} from "../types/Ids.sol";
import {CallbackConsumer} from "./CallbackConsumer.sol";

/// @notice Works on a verdict until a set amount of gas is spent, and takes it only then: with less it runs out.
contract HungryCallback is CallbackConsumer {
    uint256 public immutable appetite;
    uint256 public taken;

    constructor(IClaims claims, uint256 appetite_) CallbackConsumer(claims) {
        appetite = appetite_;
    }

    function onVerdict(ClaimId, IConsensus.Verdict calldata) external {
        uint256 start = gasleft();
        ++taken;
        while (start - gasleft() < appetite) {}
    }
}
