// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IClaims} from "../interfaces/IClaims.sol";
import {IVerdictCallback} from "../interfaces/IVerdictCallback.sol";
import {ClaimId} from "../types/Ids.sol";

/// @notice Registers callbacks in its own name. What it does when called is its heirs'.
abstract contract CallbackConsumer is IVerdictCallback {
    IClaims internal immutable CLAIMS;

    constructor(IClaims claims) {
        CLAIMS = claims;
    }

    function register(ClaimId claimId, uint32 gasLimit) external {
        CLAIMS.registerCallback(claimId, gasLimit);
    }
}
