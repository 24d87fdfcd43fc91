// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IClaims} from "../interfaces/IClaims.sol";
import {IConsensus} from "../interfaces/IConsensus.sol";
import {ClaimId} from "../types/Ids.sol";
import {CallbackConsumer} from "./CallbackConsumer.sol";

/// @notice Notes down what it is told, by whom and with how much gas.
contract RecordingCallback is CallbackConsumer {
    event Told(address caller, ClaimId claimId, IConsensus.Verdict verdict, uint256 gas);

    constructor(IClaims claims) CallbackConsumer(claims) {}

    function onVerdict(ClaimId claimId, IConsensus.Verdict calldata verdict) external {
        emit Told(msg.sender, claimId, verdict, gasleft());
    }
}
