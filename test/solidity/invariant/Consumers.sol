// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Claims} from "../../../contracts/Claims.sol";
import {IConsensus} from "../../../contracts/interfaces/IConsensus.sol";
import {IVerdictCallback} from "../../../contracts/interfaces/IVerdictCallback.sol";
import {ClaimId} from "../../../contracts/types/Ids.sol";

abstract contract Consumer is IVerdictCallback {
    Claims internal immutable CLAIMS;
    uint256 public heard;

    constructor(Claims claims) {
        CLAIMS = claims;
    }

    function register(ClaimId claimId) external {
        CLAIMS.registerCallback(claimId, 100_000);
    }
}

contract HonestConsumer is Consumer {
    constructor(Claims claims) Consumer(claims) {}

    function onVerdict(ClaimId, IConsensus.Verdict calldata) external {
        ++heard;
    }
}

/// @notice Reverts, with as much data as it can pay for.
contract RevertingConsumer is Consumer {
    constructor(Claims claims) Consumer(claims) {}

    function onVerdict(ClaimId, IConsensus.Verdict calldata) external pure {
        assembly {
            revert(0, 100000)
        }
    }
}

contract GasEatingConsumer is Consumer {
    constructor(Claims claims) Consumer(claims) {}

    function onVerdict(ClaimId, IConsensus.Verdict calldata) external {
        while (true) ++heard;
    }
}

/// @notice Tries to have the verdict delivered again from within, for less gas: what it was given does not suffice for as much again.
contract ReentrantConsumer is Consumer {
    constructor(Claims claims) Consumer(claims) {}

    function onVerdict(ClaimId claimId, IConsensus.Verdict calldata) external {
        ++heard;
        try CLAIMS.registerCallback(claimId, 20_000) {} catch {}
        try CLAIMS.deliver(claimId, address(this)) {
            ++heard;
        } catch {}
    }
}
