// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title Signatures
/// @notice Signatures of wallets of any kind.
library Signatures {
    /// @notice Whether `signature` is the wallet's, by its key or by ERC-1271.
    /// @dev Unlike OpenZeppelin's `SignatureChecker`, takes the key's signature also where the account has code (an account delegated by
    /// EIP-7702 need not know ERC-1271), does not look at the code of a wallet with a key, and holds a contract wallet to `gasLimit`.
    /// @param gasLimit most gas that a contract wallet may use; with less it has not signed
    function isBy(
        address wallet,
        bytes32 digest,
        bytes calldata signature,
        uint256 gasLimit
    ) internal view returns (bool valid) {
        (address signer, ECDSA.RecoverError err, ) = ECDSA.tryRecoverCalldata(digest, signature);
        if (err == ECDSA.RecoverError.NoError && signer == wallet) return true;
        bytes memory data = abi.encodeCall(IERC1271.isValidSignature, (digest, signature));
        bytes32 magic = IERC1271.isValidSignature.selector;
        // Copies one word, so that a wallet cannot make its caller pay for what it returns.
        assembly ("memory-safe") {
            valid := staticcall(gasLimit, wallet, add(data, 32), mload(data), 0, 32)
            valid := and(and(valid, gt(returndatasize(), 31)), eq(mload(0), magic))
        }
    }
}
