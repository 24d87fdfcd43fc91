// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IAgentRegistry} from "../interfaces/IAgentRegistry.sol";
import {IConsensus, IConsensusEvents} from "../interfaces/IConsensus.sol";
import {AgentId} from "../types/Ids.sol";
import {Beacon} from "./Beacon.sol";
import {ConsensusState} from "./ConsensusState.sol";
import {SecretChain} from "./SecretChain.sol";
import {Standings} from "./Standings.sol";

/// @title Enrolment
/// @notice An agent's secret chain from its anchor to an overdue ballot (protocol.md sections 3 and 5). An external library: called
/// rarely, so that Consensus itself has room.
library Enrolment {
    using Beacon for Beacon.State;
    using ConsensusState for ConsensusState.State;

    /// @notice See IConsensus.enroll.
    function enroll(
        ConsensusState.State storage s,
        ConsensusState.Context memory x,
        IAgentRegistry registry,
        AgentId agentId,
        bytes32 anchor
    ) external {
        authorize(registry, agentId);
        if (anchor == 0) revert IConsensusEvents.ZeroAnchor();
        ConsensusState.Agent memory a = s.agents[agentId];
        if (a.ballotOpen) revert IConsensusEvents.BallotStillOpen(agentId, a.lastEpoch);
        if (a.ring != 0) revert IConsensusEvents.BallotsPending(agentId, a.ring);
        address owner = ownerOf(registry, agentId);
        noticeOwner(s, agentId, owner, a);
        a.chain = ConsensusState.CHAIN_VALID;
        (a.tipEpoch, a.lastEpoch) = (uint24(x.epoch + 1), uint24(x.epoch));
        a.link = SecretChain.emptyLink(anchor, owner);
        ConsensusState.store(s, agentId, a);
        s.owners[agentId] = owner;
        emit IConsensusEvents.Enrolled(agentId, owner, anchor, x.epoch + 2, a.generation);
    }

    /// @notice See IConsensus.announceAnchor.
    function announceAnchor(
        ConsensusState.State storage s,
        ConsensusState.Context memory x,
        IAgentRegistry registry,
        AgentId agentId,
        bytes32 anchor
    ) external {
        address owner = authorize(registry, agentId);
        if (anchor == 0) revert IConsensusEvents.ZeroAnchor();
        ConsensusState.Agent storage a = s.agents[agentId];
        if (s.ownerOf(agentId) != owner) revert IConsensusEvents.NotEnrolled(agentId);
        if (a.chain == ConsensusState.CHAIN_ANNOUNCED) {
            revert IConsensusEvents.AnchorAlreadyAnnounced(agentId, s.nextChains[agentId].from);
        }
        a.chain = ConsensusState.CHAIN_ANNOUNCED;
        s.nextChains[agentId] = ConsensusState.NextChain(anchor, uint24(x.epoch + 2));
        emit IConsensusEvents.AnchorAnnounced(agentId, anchor, x.epoch + 2);
    }

    /// @notice Forfeits the open ballot, or releases it if its reveal epoch never got a seed.
    /// @param keeper who sent it, 0 if the agent itself
    /// @return released exposure to unlock, wei
    /// @return lost of it, wei
    function closeOverdue(
        ConsensusState.State storage s,
        ConsensusState.Context memory x,
        AgentId agentId,
        IConsensus.Link memory previous,
        address keeper
    ) external returns (uint256 released, uint256 lost) {
        ConsensusState.Agent storage a = s.agents[agentId];
        uint32 epoch = a.lastEpoch;
        if (!a.ballotOpen) revert IConsensusEvents.NoOpenBallot(agentId);
        if (x.epoch < epoch + 2) revert IConsensusEvents.NotOverdue(agentId, epoch, x.epoch);
        address owner = s.owners[agentId];
        if (a.link != SecretChain.link(previous, owner)) revert IConsensusEvents.LinkMismatch(agentId);
        a.ballotOpen = false;
        a.link = SecretChain.emptyLink(previous.tip, owner);
        released = previous.exposure;
        if (!s.beacon.isSeeded(epoch + 1)) {
            emit IConsensusEvents.BallotReleased(agentId, epoch, released);
            return (released, 0);
        }
        lost = released;
        emit IConsensusEvents.BallotForfeited(agentId, epoch, lost, keeper);
    }

    /// @notice The agent's owner. Reverts unless the caller is that owner or the agentWallet.
    function authorize(IAgentRegistry registry, AgentId agentId) internal view returns (address owner) {
        uint256 id = AgentId.unwrap(agentId);
        owner = registry.ownerOf(id);
        if (msg.sender != owner && msg.sender != registry.getAgentWallet(id)) {
            revert IConsensusEvents.NotAgentOwner(agentId, msg.sender);
        }
    }

    /// @notice The agent's owner; 0 if there is no such agent any more.
    function ownerOf(IAgentRegistry registry, AgentId agentId) internal view returns (address) {
        return _lookup(registry, IERC721.ownerOf.selector, agentId);
    }

    /// @notice The agent's wallet; 0 if it has none.
    function walletOf(IAgentRegistry registry, AgentId agentId) internal view returns (address) {
        return _lookup(registry, IAgentRegistry.getAgentWallet.selector, agentId);
    }

    /// @dev An address that the registry holds of an agent; 0 if it refuses to tell. Encoded where nothing needs to be copied.
    function _lookup(IAgentRegistry registry, bytes4 selector, AgentId agentId) private view returns (address found) {
        assembly ("memory-safe") {
            mstore(0, selector)
            mstore(4, agentId)
            if and(gt(returndatasize(), 31), staticcall(gas(), registry, 0, 36, 0, 32)) {
                found := shr(96, shl(96, mload(0)))
            }
        }
    }

    /// @notice The first call that sees another owner than enrolled voids the agent's chain and trust.
    /// @param owner the present one
    /// @return before owner at enrolment, whose link it is
    /// @return enrolled whether the agent is enrolled under the present one
    function noticeOwner(
        ConsensusState.State storage s,
        AgentId agentId,
        address owner,
        ConsensusState.Agent memory a
    ) internal returns (address before, bool enrolled) {
        before = s.owners[agentId];
        if (!ConsensusState.isEnrolled(a.chain)) return (before, false);
        if (before == owner) return (before, true);
        a.chain = ConsensusState.CHAIN_VOID;
        if (a.generation < Standings.LAST_GENERATION) ++a.generation;
        emit IConsensusEvents.GenerationChanged(agentId, a.generation);
    }
}
