// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IClaims} from "../interfaces/IClaims.sol";
import {IConsensus} from "../interfaces/IConsensus.sol";
import {ClaimId} from "../types/Ids.sol";
import {CallbackConsumer} from "./CallbackConsumer.sol";

/// @notice Returns, or reverts with, more data than its caller could afford to copy.
contract ReturnBombCallback is CallbackConsumer {
    uint256 private constant SIZE = 1_000_000;

    bool public reverts;

    constructor(IClaims claims) CallbackConsumer(claims) {}

    function setReverts(bool reverts_) external {
        reverts = reverts_;
    }

    function onVerdict(ClaimId, IConsensus.Verdict calldata) external view {
        bool fails = reverts;
        assembly {
            if fails {
                revert(0, SIZE)
            }
            return(0, SIZE)
        }
    }
}
