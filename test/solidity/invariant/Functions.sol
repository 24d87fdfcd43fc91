// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {AgentRegistry} from "../../../contracts/AgentRegistry.sol";
import {Claims} from "../../../contracts/Claims.sol";
import {Consensus} from "../../../contracts/Consensus.sol";
import {StakeVault} from "../../../contracts/StakeVault.sol";

/// @notice Every function of the contracts that changes anything. test/invariant/Functions.test.ts holds the list to the ABIs, and the
/// long life fails where one of them has not been called.
contract Functions {
    struct Function {
        string name;
        bytes4 selector;
        bool guarded; // the other contracts', which anybody else is refused
    }

    Function[] internal functions;

    constructor() {
        Function[] storage list = functions;
        _add(list, "AgentRegistry.approve", IERC721.approve.selector, false);
        _add(list, "AgentRegistry.register", bytes4(keccak256("register()")), false);
        _add(list, "AgentRegistry.register", bytes4(keccak256("register(string)")), false);
        _add(list, "AgentRegistry.register", bytes4(keccak256("register(string,(string,bytes)[])")), false);
        _add(
            list,
            "AgentRegistry.safeTransferFrom",
            bytes4(keccak256("safeTransferFrom(address,address,uint256)")),
            false
        );
        _add(
            list,
            "AgentRegistry.safeTransferFrom",
            bytes4(keccak256("safeTransferFrom(address,address,uint256,bytes)")),
            false
        );
        _add(list, "AgentRegistry.setAgentURI", AgentRegistry.setAgentURI.selector, false);
        _add(list, "AgentRegistry.setAgentWallet", AgentRegistry.setAgentWallet.selector, false);
        _add(list, "AgentRegistry.setApprovalForAll", IERC721.setApprovalForAll.selector, false);
        _add(list, "AgentRegistry.setMetadata", AgentRegistry.setMetadata.selector, false);
        _add(list, "AgentRegistry.transferFrom", IERC721.transferFrom.selector, false);
        _add(list, "AgentRegistry.unsetAgentWallet", AgentRegistry.unsetAgentWallet.selector, false);
        _add(list, "StakeVault.applyChange", StakeVault.applyChange.selector, true);
        _add(list, "StakeVault.cancelWithdrawal", StakeVault.cancelWithdrawal.selector, false);
        _add(list, "StakeVault.collect", StakeVault.collect.selector, false);
        _add(list, "StakeVault.completeLowering", StakeVault.completeLowering.selector, false);
        _add(list, "StakeVault.credit", StakeVault.credit.selector, true);
        _add(list, "StakeVault.creditSink", StakeVault.creditSink.selector, true);
        _add(list, "StakeVault.creditStake", StakeVault.creditStake.selector, true);
        _add(list, "StakeVault.deposit", StakeVault.deposit.selector, false);
        _add(list, "StakeVault.depositWithPermit", StakeVault.depositWithPermit.selector, false);
        _add(list, "StakeVault.flush", StakeVault.flush.selector, false);
        _add(list, "StakeVault.lockPledge", StakeVault.lockPledge.selector, true);
        _add(list, "StakeVault.lowerPledge", StakeVault.lowerPledge.selector, false);
        _add(list, "StakeVault.pledge", StakeVault.pledge.selector, false);
        _add(list, "StakeVault.pull", StakeVault.pull.selector, true);
        _add(list, "StakeVault.releasePledge", StakeVault.releasePledge.selector, true);
        _add(list, "StakeVault.requestWithdrawal", StakeVault.requestWithdrawal.selector, false);
        _add(list, "StakeVault.slashPledge", StakeVault.slashPledge.selector, true);
        _add(list, "StakeVault.withdraw", StakeVault.withdraw.selector, false);
        _add(list, "Consensus.allocate", Consensus.allocate.selector, false);
        _add(list, "Consensus.announceAnchor", Consensus.announceAnchor.selector, false);
        _add(list, "Consensus.appeal", Consensus.appeal.selector, false);
        _add(list, "Consensus.ask", Consensus.ask.selector, false);
        _add(list, "Consensus.beat", Consensus.beat.selector, false);
        _add(list, "Consensus.beatFor", Consensus.beatFor.selector, false);
        _add(list, "Consensus.beatPacked", Consensus.beatPacked.selector, false);
        _add(list, "Consensus.beatSigned", Consensus.beatSigned.selector, true);
        _add(list, "Consensus.createDomain", Consensus.createDomain.selector, false);
        _add(list, "Consensus.enroll", Consensus.enroll.selector, false);
        _add(list, "Consensus.finalize", Consensus.finalize.selector, false);
        _add(list, "Consensus.forfeit", Consensus.forfeit.selector, false);
        _add(list, "Consensus.openCanary", Consensus.openCanary.selector, false);
        _add(list, "Consensus.reclaim", Consensus.reclaim.selector, false);
        _add(list, "Consensus.roll", Consensus.roll.selector, false);
        _add(list, "Consensus.settle", Consensus.settle.selector, false);
        _add(list, "Consensus.spendBudget", Consensus.spendBudget.selector, false);
        _add(list, "Consensus.sweep", Consensus.sweep.selector, false);
        _add(list, "Consensus.trim", Consensus.trim.selector, false);
        _add(list, "Claims.addSigner", Claims.addSigner.selector, false);
        _add(list, "Claims.ask", Claims.ask.selector, false);
        _add(list, "Claims.assertClaim", Claims.assertClaim.selector, false);
        _add(list, "Claims.challenge", Claims.challenge.selector, false);
        _add(list, "Claims.deliver", Claims.deliver.selector, false);
        _add(list, "Claims.dispute", Claims.dispute.selector, false);
        _add(list, "Claims.registerCallback", Claims.registerCallback.selector, false);
        _add(list, "Claims.resolve", Claims.resolve.selector, false);
        _add(list, "Claims.resolveChallenge", Claims.resolveChallenge.selector, false);
        _add(list, "Claims.retireSigner", Claims.retireSigner.selector, false);
    }

    function _add(Function[] storage list, string memory name, bytes4 selector, bool guarded) private {
        list.push(Function(name, selector, guarded));
    }
}
