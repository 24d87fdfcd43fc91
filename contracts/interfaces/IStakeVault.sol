// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AgentId} from "../types/Ids.sol";

/// @title IStakeVault
/// @notice Holds every token of the protocol: stake of agents, fees, bonds, budgets and deposits in escrow, credits waiting to be
/// collected and what is due to the sink. It knows nothing of claims or votes; Consensus and Claims, fixed at deployment, move
/// what it holds by the rules of protocol.md section 7, and nobody else can.
/// @dev Amounts are wei of the stake token, a plain ERC-20 (no fee on transfer, no rebasing) of a supply below 2^128 wei.
interface IStakeVault {
    /// @notice One net change of an agent's account.
    struct Change {
        uint256 gain; // credited to the stake
        uint256 loss; // taken from the stake; at most what is unlocked with it
        uint256 unlock; // freed exposure
        uint256 fee; // taken from free stake for whoever relays the agent's beat
        uint256 lock; // exposure to lock afterwards, if it and `backing` are covered
        uint256 backing; // stake that must be there besides what is pledged or withdrawing
    }

    struct Account {
        uint256 balance; // all of the agent's stake
        uint256 locked; // exposures of unsettled ballots, open challenges
        uint256 pledged; // for statements, the part being lowered included
        uint256 withdrawing;
        uint256 free; // balance - locked - pledged - withdrawing
    }

    event Deposited(AgentId indexed agentId, address indexed from, uint256 amount);
    /// @dev What Consensus or Claims made of an agent's stake besides what is pledged or withdrawing, as it then is. Where
    /// something is locked, or stands behind a ballot, BallotCommitted of Consensus tells the same two instead.
    event AccountChanged(AgentId indexed agentId, uint256 available, uint256 locked);
    event WithdrawalRequested(AgentId indexed agentId, uint256 amount, uint32 availableFrom);
    event WithdrawalCancelled(AgentId indexed agentId, uint256 amount);
    event Withdrawn(AgentId indexed agentId, address indexed to, uint256 amount);
    event PledgeRaised(AgentId indexed agentId, uint256 amount, uint256 pledged);
    event PledgeLowering(AgentId indexed agentId, uint256 lowering, uint32 availableFrom);
    event PledgeLowered(AgentId indexed agentId, uint256 amount, uint256 pledged);
    event PledgeLocked(AgentId indexed agentId, uint256 amount);
    event PledgeReleased(AgentId indexed agentId, uint256 amount);
    event PledgeSlashed(AgentId indexed agentId, uint256 amount);
    event Pulled(address indexed from, uint256 amount);
    event Credited(address indexed account, uint256 amount);
    event CreditPaid(address indexed account, uint256 amount);
    event SinkCredited(uint256 amount);
    event Flushed(address indexed sink, uint256 amount);

    error ZeroAmount();
    error ZeroAddress();
    error InvalidReceiver(address receiver);
    error NotConsensus(address caller);
    error NotDesk(address caller);
    error NotAgentOwner(AgentId agentId, address caller);
    error InsufficientFreeStake(AgentId agentId, uint256 needed, uint256 free);
    /// @param remaining pledged and not being lowered yet
    error InsufficientPledge(AgentId agentId, uint256 amount, uint256 remaining);
    error NothingToWithdraw(AgentId agentId);
    error NothingLowering(AgentId agentId);
    error NothingToCollect(address account);
    error StillUnbonding(AgentId agentId, uint32 availableFrom, uint32 epoch);

    /// @notice Adds `amount` of the caller's tokens to the stake of any existing agent. Reverts with ZeroAmount, or as the
    /// registry does for an agent that does not exist. The stake belongs to whoever owns the agent.
    function deposit(AgentId agentId, uint256 amount) external;

    /// @notice `deposit` with an ERC-2612 permit for exactly `amount`. A permit that somebody else has used already is no error
    /// if the allowance is there.
    function depositWithPermit(
        AgentId agentId,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /// @notice Begins to withdraw `amount` of free stake; a request that is still waiting grows and starts its wait again.
    /// Only the agent's owner. Available UNBONDING_EPOCHS later.
    function requestWithdrawal(AgentId agentId, uint256 amount) external;

    /// @notice Returns all that is being withdrawn to free stake. Only the agent's owner.
    function cancelWithdrawal(AgentId agentId) external;

    /// @notice Pays out what was requested UNBONDING_EPOCHS ago. Only the agent's owner.
    /// @param to receiver, neither zero nor the vault itself
    function withdraw(AgentId agentId, address to) external returns (uint256 amount);

    /// @notice Moves `amount` of free stake behind the agent's signed statements, at once. Only the agent's owner.
    function pledge(AgentId agentId, uint256 amount) external;

    /// @notice Begins to lower the pledge by `amount`; earlier lowerings still waiting start their wait again with it. All of it
    /// stays answerable for UNBONDING_EPOCHS. Only the agent's owner.
    function lowerPledge(AgentId agentId, uint256 amount) external;

    /// @notice Frees what has been lowered, after its wait. Anyone.
    function completeLowering(AgentId agentId) external returns (uint256 amount);

    /// @notice Pays `account` what it has been credited. Anyone; the tokens go to `account`.
    function collect(address account) external returns (uint256 amount);

    /// @notice Pays the sink its due. Anyone.
    function flush() external returns (uint256 amount);

    /// @notice Applies `change` to an agent's account: gain, loss and unlock always, then the fee, then the lock if it is covered.
    /// What is lost or paid as a fee stays in escrow for Consensus to credit. Only Consensus. Reverts with InsufficientFreeStake if the
    /// fee is not covered.
    /// @return done whether lock and backing were covered, and the lock made
    /// @return available stake besides what is pledged or withdrawing, as it then is
    /// @return locked of it, what is locked
    function applyChange(
        AgentId agentId,
        Change calldata change
    ) external returns (bool done, uint256 available, uint256 locked);

    /// @notice Takes `amount` of `from`'s tokens into escrow. Only Consensus or Claims, for a payer who called them.
    function pull(address from, uint256 amount) external;

    /// @notice Credits `account` out of escrow. Only Consensus or Claims.
    function credit(address account, uint256 amount) external;

    /// @notice Credits the sink out of escrow. Only Consensus or Claims.
    function creditSink(uint256 amount) external;

    /// @notice Moves up to `amount` of an agent's pledge to locked. Only Claims.
    /// @return locked what was there, at most `amount`
    function lockPledge(AgentId agentId, uint256 amount) external returns (uint256 locked);

    /// @notice Moves `amount` back from locked to the pledge. Only Claims.
    function releasePledge(AgentId agentId, uint256 amount) external;

    /// @notice Takes `amount` of locked pledge into escrow. Only Claims.
    function slashPledge(AgentId agentId, uint256 amount) external;

    /// @notice Credits an agent's stake out of escrow. Only Claims.
    function creditStake(AgentId agentId, uint256 amount) external;

    function account(AgentId agentId) external view returns (Account memory);

    /// @notice Stake besides what is pledged or withdrawing: the cap of allocations and of a ballot's backing.
    function allocatable(AgentId agentId) external view returns (uint256);

    /// @notice What is certainly still pledged at `until`, unless challenges take it first.
    /// @param until unix seconds; 0 is returned beyond UNBONDING_EPOCHS ahead, when all of it could have been withdrawn
    function slashable(AgentId agentId, uint256 until) external view returns (uint256);

    function withdrawalOf(AgentId agentId) external view returns (uint256 amount, uint32 availableFrom);

    function loweringOf(AgentId agentId) external view returns (uint256 amount, uint32 availableFrom);

    function creditOf(address account) external view returns (uint256);

    function sinkDue() external view returns (uint256);
}
