// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ClaimId} from "../types/Ids.sol";
import {IConsensus} from "./IConsensus.sol";

/// @title IVerdictCallback
/// @notice What a consumer implements to be told of a final verdict.
interface IVerdictCallback {
    /// @dev Warning: anyone may call it; accept it from Claims only. It may come once, late, or never: a consumer that can also pull
    /// the verdict depends on nobody.
    function onVerdict(ClaimId claimId, IConsensus.Verdict calldata verdict) external;
}
