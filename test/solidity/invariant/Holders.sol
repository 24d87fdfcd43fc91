// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";
import {StakeVault} from "../../../contracts/StakeVault.sol";
import {AgentId} from "../../../contracts/types/Ids.sol";

/// @notice Sends an agent back from within its transfer, after it has tried to take its stake along.
contract ReenteringOwner is IERC721Receiver {
    StakeVault private immutable VAULT;
    uint256 public taken;

    constructor(StakeVault vault) {
        VAULT = vault;
    }

    function onERC721Received(address, address from, uint256 agentId, bytes calldata) external returns (bytes4) {
        // As the owner for a moment it may ask for stake, but nothing asked for now is there yet.
        AgentId id = AgentId.wrap(agentId);
        if (VAULT.account(id).withdrawing == 0 && VAULT.account(id).free != 0) {
            VAULT.requestWithdrawal(id, 1);
            try VAULT.withdraw(id, address(this)) {
                ++taken;
            } catch {
                VAULT.cancelWithdrawal(id);
            }
        }
        IERC721(msg.sender).transferFrom(address(this), from, agentId);
        return this.onERC721Received.selector;
    }
}

/// @notice Takes no agent.
contract RefusingHolder is IERC721Receiver {
    error NoThanks();

    function onERC721Received(address, address, uint256, bytes calldata) external pure returns (bytes4) {
        revert NoThanks();
    }
}
