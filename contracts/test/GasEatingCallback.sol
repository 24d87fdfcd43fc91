// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IClaims} from "../interfaces/IClaims.sol";
import {IConsensus} from "../interfaces/IConsensus.sol";
import {ClaimId} from "../types/Ids.sol";
import {CallbackConsumer} from "./CallbackConsumer.sol";

/// @notice Burns all the gas it is given.
contract GasEatingCallback is CallbackConsumer {
    constructor(IClaims claims) CallbackConsumer(claims) {}

    function onVerdict(ClaimId, IConsensus.Verdict calldata) external pure {
        assembly ("memory-safe") {
            invalid()
        }
    }
}
