// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IClaims} from "../interfaces/IClaims.sol";
import {ClaimId} from "../types/Ids.sol";

/// @notice Asks Claims for many ids or proofs at once, for comparison with their TypeScript twins.
contract ClaimsHarness {
    struct Leaf {
        ClaimId claimId;
        bytes32 contentHash;
        bytes32 rest;
        bytes32 leaf;
        bytes32[] proof;
    }

    function assertionIds(IClaims claims, IClaims.Assertion[] calldata a) external pure returns (ClaimId[] memory ids) {
        ids = new ClaimId[](a.length);
        for (uint256 i = 0; i < a.length; ++i) ids[i] = claims.claimIdOf(a[i]);
    }

    /// @return digests that are signed
    /// @return ids of each statement's challenge
    function statements(
        IClaims claims,
        IClaims.Statement[] calldata s,
        uint32[] calldata attempts
    ) external view returns (bytes32[] memory digests, ClaimId[] memory ids) {
        digests = new bytes32[](s.length);
        ids = new ClaimId[](s.length);
        for (uint256 i = 0; i < s.length; ++i) {
            digests[i] = claims.hashStatement(s[i]);
            ids[i] = claims.challengeIdOf(s[i], attempts[i]);
        }
    }

    /// @return errors selector of each refusal, 0 where the leaf is of the claim
    function verifyLeaves(IClaims claims, Leaf[] calldata leaf) external view returns (bytes4[] memory errors) {
        errors = new bytes4[](leaf.length);
        for (uint256 i = 0; i < leaf.length; ++i) {
            try
                claims.verifyLeaf(leaf[i].claimId, leaf[i].contentHash, leaf[i].rest, leaf[i].leaf, leaf[i].proof)
            {} catch (bytes memory reason) {
                errors[i] = bytes4(reason);
            }
        }
    }
}
