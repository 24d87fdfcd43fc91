// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IClaims} from "../interfaces/IClaims.sol";
import {IConsensus} from "../interfaces/IConsensus.sol";
import {ClaimId} from "../types/Ids.sol";
import {CallbackConsumer} from "./CallbackConsumer.sol";

/// @notice When called, tries to have the same verdict delivered again, and to register for it again; takes note of how that went.
contract ReentrantCallback is CallbackConsumer {
    uint256 public calls;
    bytes public deliverResult;
    bytes public registerResult;

    constructor(IClaims claims) CallbackConsumer(claims) {}

    function onVerdict(ClaimId claimId, IConsensus.Verdict calldata) external {
        ++calls;
        (, deliverResult) = address(CLAIMS).call(abi.encodeCall(IClaims.deliver, (claimId, address(this))));
        (, registerResult) = address(CLAIMS).call(abi.encodeCall(IClaims.registerCallback, (claimId, 1)));
    }
}
