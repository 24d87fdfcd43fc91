// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AgentId} from "../../../contracts/types/Ids.sol";
import {vm} from "../utils/Vm.sol";
import {Desk} from "./Desk.sol";

/// @notice What owners do with stake, pledges and the agents themselves; and what anyone may pay out.
abstract contract Treasury is Desk {
    bytes32 private constant WALLET_TYPEHASH = keccak256(
        "AgentWalletSet(uint256 agentId,address newWallet,address owner,uint256 deadline)"
    );

    function _deposit(uint256 i, uint256 amount) internal {
        Member storage m = members[i];
        bool should = amount != 0 && token.balanceOf(_owner(m)) >= amount;
        _as(_owner(m), vault.deposit.selector);
        try vault.deposit(AgentId.wrap(m.id), amount) {
            (m.available, tokens) = (m.available + amount, tokens + amount);
            _agree(should, true, "deposit");
        } catch {
            _agree(should, false, "deposit");
        }
    }

    function _requestWithdrawal(uint256 i, uint256 amount) internal {
        Member storage m = members[i];
        bool should = amount != 0 && amount <= m.available - m.locked;
        _as(_owner(m), vault.requestWithdrawal.selector);
        try vault.requestWithdrawal(AgentId.wrap(m.id), amount) {
            m.available -= amount;
            (m.withdrawing, m.withdrawFrom) = (m.withdrawing + amount, _epoch() + 18);
            _agree(should, true, "requestWithdrawal");
        } catch {
            _agree(should, false, "requestWithdrawal");
        }
    }

    function _cancelWithdrawal(uint256 i) internal {
        Member storage m = members[i];
        bool should = m.withdrawing != 0;
        _as(_owner(m), vault.cancelWithdrawal.selector);
        try vault.cancelWithdrawal(AgentId.wrap(m.id)) {
            (m.available, m.withdrawing) = (m.available + m.withdrawing, 0);
            _agree(should, true, "cancelWithdrawal");
        } catch {
            _agree(should, false, "cancelWithdrawal");
        }
    }

    function _withdraw(uint256 i) internal {
        Member storage m = members[i];
        bool should = m.withdrawing != 0 && _epoch() >= m.withdrawFrom;
        uint256 before = token.balanceOf(_owner(m));
        _as(_owner(m), vault.withdraw.selector);
        try vault.withdraw(AgentId.wrap(m.id), _owner(m)) {
            if (token.balanceOf(_owner(m)) != before + m.withdrawing) should = false;
            (tokens, m.withdrawing) = (tokens - m.withdrawing, 0);
            _agree(should, true, "withdraw");
        } catch {
            _agree(should, false, "withdraw");
        }
    }

    function _pledge(uint256 i, uint256 amount) internal {
        Member storage m = members[i];
        bool should = amount != 0 && amount <= m.available - m.locked;
        _as(_owner(m), vault.pledge.selector);
        try vault.pledge(AgentId.wrap(m.id), amount) {
            (m.available, m.pledged) = (m.available - amount, m.pledged + amount);
            _agree(should, true, "pledge");
        } catch {
            _agree(should, false, "pledge");
        }
    }

    function _lowerPledge(uint256 i, uint256 amount) internal {
        Member storage m = members[i];
        bool should = amount != 0 && m.lowering + amount <= m.pledged;
        _as(_owner(m), vault.lowerPledge.selector);
        try vault.lowerPledge(AgentId.wrap(m.id), amount) {
            (m.lowering, m.loweringFrom) = (m.lowering + amount, _epoch() + 18);
            _agree(should, true, "lowerPledge");
        } catch {
            _agree(should, false, "lowerPledge");
        }
    }

    function _completeLowering(uint256 i) internal {
        Member storage m = members[i];
        bool should = m.lowering != 0 && _epoch() >= m.loweringFrom;
        _count(vault.completeLowering.selector);
        try vault.completeLowering(AgentId.wrap(m.id)) {
            (m.available, m.pledged) = (m.available + m.lowering, m.pledged - m.lowering);
            m.lowering = 0;
            _agree(should, true, "completeLowering");
        } catch {
            _agree(should, false, "completeLowering");
        }
    }

    function _collect(address account) internal {
        bool should = credits[account] != 0;
        uint256 before = token.balanceOf(account);
        _count(vault.collect.selector);
        try vault.collect(account) {
            if (token.balanceOf(account) != before + credits[account]) should = false;
            (tokens, credits[account]) = (tokens - credits[account], 0);
            _agree(should, true, "collect");
        } catch {
            _agree(should, false, "collect");
        }
    }

    /// @dev Sweeps first, so that the sink gets all that is its own.
    function _flush() internal {
        bool unswept = consensus.unsweptDue() != 0;
        _count(consensus.sweep.selector);
        try consensus.sweep() {
            _agree(unswept, true, "sweep");
        } catch {
            _agree(unswept, false, "sweep");
        }
        bool should = sinkDue != 0;
        uint256 before = token.balanceOf(SINK);
        _count(vault.flush.selector);
        try vault.flush() {
            if (token.balanceOf(SINK) != before + sinkDue) should = false;
            (tokens, sinkDue) = (tokens - sinkDue, 0);
            _agree(should, true, "flush");
        } catch {
            _agree(should, false, "flush");
        }
    }

    /// @dev To the other of the agent's two possible owners.
    function _transfer(uint256 i) internal {
        Member storage m = members[i];
        uint256 key = m.ownerKey == 0xA000 + i ? 0xB000 + i : 0xA000 + i;
        _as(_owner(m), registry.transferFrom.selector);
        registry.transferFrom(_owner(m), addresses[key], m.id);
        (m.ownerKey, m.wallet) = (key, address(0));
        ++did["transfer"];
    }

    /// @dev The owner's own account becomes its agent's wallet again.
    function _setWallet(uint256 i) internal {
        Member storage m = members[i];
        if (m.wallet == _owner(m)) return;
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("ERC8004IdentityRegistry"),
                keccak256("1"),
                block.chainid,
                registry
            )
        );
        bytes32 consent = keccak256(abi.encode(WALLET_TYPEHASH, m.id, _owner(m), _owner(m), clock));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(m.ownerKey, keccak256(abi.encodePacked("\x19\x01", domain, consent)));
        _as(_owner(m), registry.setAgentWallet.selector);
        registry.setAgentWallet(m.id, _owner(m), clock, abi.encodePacked(r, s, v));
        m.wallet = _owner(m);
        ++did["setAgentWallet"];
    }
}
