// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IConsensus} from "../../../contracts/interfaces/IConsensus.sol";
import {AgentId, DomainId} from "../../../contracts/types/Ids.sol";
import {vm} from "../utils/Vm.sol";
import {Checks} from "./Checks.sol";

/// @notice Number 8: what calls cost, before and after the network has grown many times larger. All of it is undone at the end.
abstract contract Growth is Checks {
    uint256 private constant NEWCOMERS = 32;
    uint256 private constant SLACK = 4_000; // gas; a loop over the newcomers costs more than twice that
    uint256 private constant MEASURED = 6;

    uint256 internal grown;

    struct Cost {
        bool ok;
        uint256 gas;
    }

    /// @dev Newcomers stand in the third domain, where everything is cheapest.
    function checkGrowth() external {
        vm.warp(clock);
        uint256 state = vm.snapshotState();
        Cost[MEASURED] memory small = _costs();
        vm.revertToState(state);
        state = vm.snapshotState();
        _enlarge();
        Cost[MEASURED] memory large = _costs();
        vm.revertToState(state);
        vm.warp(clock);
        for (uint256 n = 0; n < MEASURED; ++n) {
            if (small[n].ok && large[n].ok)
                vm.assertLe(large[n].gas, small[n].gas + SLACK, "8: dearer in a larger network");
        }
        ++grown;
    }

    function _enlarge() private {
        for (uint256 n = 0; n < NEWCOMERS; ++n) {
            address who = _user(n);
            vm.prank(who);
            AgentId id = AgentId.wrap(registry.register());
            vm.prank(who);
            vault.deposit(id, UNIT);
            vm.prank(who);
            consensus.enroll(id, bytes32(n + 1));
            vm.prank(who);
            consensus.allocate(id, DomainId.wrap(3), UNIT);
            consensus.createDomain(consensus.domain(DomainId.wrap(3)), "");
            _trial(who, address(consensus), _question(n));
        }
    }

    function _costs() private returns (Cost[MEASURED] memory costs) {
        address who = _user(0);
        AgentId id = AgentId.wrap(members[0].id);
        IConsensus.Beat memory b;
        (b.agentId, b.previous.tip) = (id, members[0].tip);
        consensus.roll();
        costs[0] = _trial(members[0].wallet, address(consensus), abi.encodeCall(consensus.beat, (b)));
        costs[1] = _trial(who, address(consensus), _question(type(uint256).max));
        costs[2] = _trial(who, address(vault), abi.encodeCall(vault.deposit, (id, 1)));
        bytes32 hash = keccak256("growth");
        bytes memory data = abi.encodeCall(claims.assertClaim, (DomainId.wrap(3), 0, hash, "", 12, hash));
        costs[3] = _trial(who, address(claims), data);
        costs[4] = _trial(
            _owner(members[0]),
            address(consensus),
            abi.encodeCall(consensus.allocate, (id, DomainId.wrap(3), 0))
        );
        for (uint256 k = 0; k < live.length; ++k) {
            if (questions[live[k]].done || !_due(live[k])) continue;
            costs[5] = _trial(who, address(consensus), abi.encodeCall(consensus.finalize, (questions[live[k]].id)));
            break;
        }
    }

    function _question(uint256 n) private view returns (bytes memory) {
        bytes32 salt = keccak256(abi.encode("growth", n));
        return abi.encodeCall(consensus.ask, (IConsensus.Origin(DomainId.wrap(3), _user(n), salt, 0, salt), 0, ""));
    }

    function _trial(address who, address target, bytes memory data) private returns (Cost memory cost) {
        vm.prank(who);
        cost.gas = gasleft();
        (cost.ok, ) = target.call(data);
        cost.gas -= gasleft();
    }
}
