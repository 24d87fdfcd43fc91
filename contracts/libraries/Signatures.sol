// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @title Signatures
/// @notice Signatures of wallets of any kind.
library Signatures {
    /// @notice Whether `signature` is the wallet's, by its key or by ERC-1271.
    /// @dev Unlike `SignatureChecker.isValidSignatureNow`, takes the key's signature also where the account has code: an account
    /// delegated by EIP-7702 need not know ERC-1271. A wallet with a key costs no look at its code.
    function isBy(address wallet, bytes32 digest, bytes calldata signature) internal view returns (bool) {
        (address signer, ECDSA.RecoverError err, ) = ECDSA.tryRecoverCalldata(digest, signature);
        return
            (err == ECDSA.RecoverError.NoError && signer == wallet) ||
            SignatureChecker.isValidERC1271SignatureNowCalldata(wallet, digest, signature);
    }
}
