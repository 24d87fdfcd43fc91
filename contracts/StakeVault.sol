// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAgentRegistry} from "./interfaces/IAgentRegistry.sol";
import {IStakeVault} from "./interfaces/IStakeVault.sol";
import {EpochClock} from "./libraries/EpochClock.sol";
import {AgentId} from "./types/Ids.sol";

/// @title StakeVault
/// @notice Holds every token of the protocol; see IStakeVault.
contract StakeVault is IStakeVault {
    using SafeERC20 for IERC20;
    using SafeCast for uint256;

    /* TYPES */

    struct Stake {
        // The only slot a beat touches: what is pledged or withdrawing is kept out of `available`, so that the cap of
        // allocations, of a ballot's backing and of its exposure is read with one load.
        uint128 available; // balance less pledged and withdrawing; never below `locked`
        uint128 locked;
    }

    struct Waiting {
        uint128 amount;
        uint32 availableFrom; // epoch
    }

    /* IMMUTABLES */

    IERC20 public immutable token;
    IAgentRegistry public immutable registry;
    address public immutable consensus;
    address public immutable claims;
    address public immutable sink;
    uint256 public immutable genesis;
    uint256 public immutable epochLength;

    /* STORAGE */

    mapping(AgentId agentId => Stake) private _stakes;
    mapping(AgentId agentId => uint256) private _pledged; // what is being lowered included
    mapping(AgentId agentId => Waiting) private _lowering;
    mapping(AgentId agentId => Waiting) private _withdrawing;
    mapping(address account => uint256) private _credits;

    /// @inheritdoc IStakeVault
    uint256 public sinkDue;

    /* CONSTRUCTOR */

    /// @notice Called by Consensus, which thereby becomes the vault's consensus for ever.
    constructor(
        IERC20 token_,
        IAgentRegistry registry_,
        address claims_,
        address sink_,
        uint256 genesis_,
        uint256 epochLength_
    ) {
        if (sink_ == address(0) || sink_ == address(this)) revert InvalidReceiver(sink_);
        if (claims_ == address(0)) revert ZeroAddress();
        token = token_;
        registry = registry_;
        consensus = msg.sender;
        claims = claims_;
        sink = sink_;
        genesis = genesis_;
        epochLength = epochLength_;
    }

    modifier onlyConsensus() {
        if (msg.sender != consensus) revert NotConsensus(msg.sender);
        _;
    }

    modifier onlyClaims() {
        if (msg.sender != claims) revert NotDesk(msg.sender);
        _;
    }

    modifier onlyDesks() {
        if (msg.sender != consensus && msg.sender != claims) revert NotDesk(msg.sender);
        _;
    }

    modifier onlyAgentOwner(AgentId agentId) {
        if (registry.ownerOf(AgentId.unwrap(agentId)) != msg.sender) revert NotAgentOwner(agentId, msg.sender);
        _;
    }

    /* THE OWNER'S ACTIONS */

    /// @inheritdoc IStakeVault
    function deposit(AgentId agentId, uint256 amount) external {
        _deposit(agentId, amount);
    }

    /// @inheritdoc IStakeVault
    function depositWithPermit(
        AgentId agentId,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        // Whoever sees the permit can spend its nonce first; the allowance is then there all the same.
        try IERC20Permit(address(token)).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        _deposit(agentId, amount);
    }

    /// @inheritdoc IStakeVault
    function requestWithdrawal(AgentId agentId, uint256 amount) external onlyAgentOwner(agentId) {
        _takeFree(agentId, amount);
        Waiting storage waiting = _withdrawing[agentId];
        waiting.amount += amount.toUint128();
        waiting.availableFrom = _unbondedFrom();
        emit WithdrawalRequested(agentId, waiting.amount, waiting.availableFrom);
    }

    /// @inheritdoc IStakeVault
    function cancelWithdrawal(AgentId agentId) external onlyAgentOwner(agentId) {
        uint128 amount = _withdrawing[agentId].amount;
        if (amount == 0) revert NothingToWithdraw(agentId);
        delete _withdrawing[agentId];
        _stakes[agentId].available += amount;
        emit WithdrawalCancelled(agentId, amount);
    }

    /// @inheritdoc IStakeVault
    function withdraw(AgentId agentId, address to) external onlyAgentOwner(agentId) returns (uint256 amount) {
        if (to == address(0) || to == address(this)) revert InvalidReceiver(to);
        Waiting memory waiting = _withdrawing[agentId];
        if (waiting.amount == 0) revert NothingToWithdraw(agentId);
        _requireUnbonded(agentId, waiting);
        delete _withdrawing[agentId];
        amount = waiting.amount;
        emit Withdrawn(agentId, to, amount);
        token.safeTransfer(to, amount);
    }

    /// @inheritdoc IStakeVault
    function pledge(AgentId agentId, uint256 amount) external onlyAgentOwner(agentId) {
        _takeFree(agentId, amount);
        uint256 pledged = _pledged[agentId] + amount;
        _pledged[agentId] = pledged;
        emit PledgeRaised(agentId, amount, pledged);
    }

    /// @inheritdoc IStakeVault
    function lowerPledge(AgentId agentId, uint256 amount) external onlyAgentOwner(agentId) {
        if (amount == 0) revert ZeroAmount();
        Waiting storage waiting = _lowering[agentId];
        uint256 pledged = _pledged[agentId];
        uint256 remaining = pledged - waiting.amount;
        if (amount > remaining) revert InsufficientPledge(agentId, amount, remaining);
        uint256 lowering = waiting.amount + amount;
        waiting.amount = lowering.toUint128();
        waiting.availableFrom = _unbondedFrom();
        emit PledgeLowering(agentId, lowering, waiting.availableFrom);
    }

    /* ANYONE'S ACTIONS */

    /// @inheritdoc IStakeVault
    function completeLowering(AgentId agentId) external returns (uint256 amount) {
        Waiting memory waiting = _lowering[agentId];
        if (waiting.amount == 0) revert NothingLowering(agentId);
        _requireUnbonded(agentId, waiting);
        delete _lowering[agentId];
        amount = waiting.amount;
        uint256 pledged = _pledged[agentId] - amount;
        _pledged[agentId] = pledged;
        _stakes[agentId].available += waiting.amount;
        emit PledgeLowered(agentId, amount, pledged);
    }

    /// @inheritdoc IStakeVault
    function collect(address account_) external returns (uint256 amount) {
        amount = _credits[account_];
        if (amount == 0) revert NothingToCollect(account_);
        _credits[account_] = 0;
        emit CreditPaid(account_, amount);
        token.safeTransfer(account_, amount);
    }

    /// @inheritdoc IStakeVault
    function flush() external returns (uint256 amount) {
        amount = sinkDue;
        if (amount == 0) revert NothingToCollect(sink);
        sinkDue = 0;
        emit Flushed(sink, amount);
        token.safeTransfer(sink, amount);
    }

    /* CONSENSUS AND CLAIMS */

    /// @inheritdoc IStakeVault
    function applyChange(
        AgentId agentId,
        Change calldata change
    ) external onlyConsensus returns (bool done, uint256 available, uint256 locked) {
        Stake storage stored = _stakes[agentId];
        Stake memory stake = stored;
        available = stake.available + change.gain - change.loss;
        locked = stake.locked - change.unlock;
        uint256 free = available - locked;
        uint256 fee = change.fee;
        if (fee != 0) {
            if (fee > free) revert InsufficientFreeStake(agentId, fee, free);
            (available, free) = (available - fee, free - fee);
        }
        uint256 lock = change.lock;
        uint256 backing = change.backing;
        done = lock <= free && backing <= available;
        if (done) locked += lock;
        // Both fields in one write, which the compiler makes two of.
        uint256 word = available.toUint128() | (uint256(locked.toUint128()) << 128);
        assembly ("memory-safe") {
            sstore(stored.slot, word)
        }
        // A commitment has an event of its own, which tells it.
        if (!done || lock | backing == 0) emit AccountChanged(agentId, available, locked);
    }

    /// @inheritdoc IStakeVault
    function pull(address from, uint256 amount) external onlyDesks {
        emit Pulled(from, amount);
        token.safeTransferFrom(from, address(this), amount);
    }

    /// @inheritdoc IStakeVault
    function credit(address account_, uint256 amount) external onlyDesks {
        _credit(account_, amount);
    }

    /// @inheritdoc IStakeVault
    function creditSink(uint256 amount) external onlyDesks {
        sinkDue += amount;
        emit SinkCredited(amount);
    }

    /// @inheritdoc IStakeVault
    function lockPledge(AgentId agentId, uint256 amount) external onlyClaims returns (uint256 locked) {
        uint256 pledged = _pledged[agentId];
        locked = Math.min(amount, pledged);
        pledged -= locked;
        _pledged[agentId] = pledged;
        // What is being lowered is the last to go, and never more than what is left.
        if (_lowering[agentId].amount > pledged) _lowering[agentId].amount = pledged.toUint128();
        Stake storage stake = _stakes[agentId];
        stake.available += locked.toUint128();
        stake.locked += locked.toUint128();
        emit PledgeLocked(agentId, locked);
    }

    /// @inheritdoc IStakeVault
    function releasePledge(AgentId agentId, uint256 amount) external onlyClaims {
        Stake storage stake = _stakes[agentId];
        stake.available -= amount.toUint128();
        stake.locked -= uint128(amount);
        _pledged[agentId] += amount;
        emit PledgeReleased(agentId, amount);
    }

    /// @inheritdoc IStakeVault
    function slashPledge(AgentId agentId, uint256 amount) external onlyClaims {
        Stake storage stake = _stakes[agentId];
        stake.available -= amount.toUint128();
        stake.locked -= uint128(amount);
        emit PledgeSlashed(agentId, amount);
    }

    /// @inheritdoc IStakeVault
    function creditStake(AgentId agentId, uint256 amount) external onlyClaims {
        Stake storage stake = _stakes[agentId];
        stake.available += amount.toUint128();
        emit AccountChanged(agentId, stake.available, stake.locked);
    }

    /* VIEWS */

    /// @inheritdoc IStakeVault
    function account(AgentId agentId) external view returns (Account memory a) {
        Stake memory stake = _stakes[agentId];
        a.pledged = _pledged[agentId];
        a.withdrawing = _withdrawing[agentId].amount;
        a.locked = stake.locked;
        a.balance = stake.available + a.pledged + a.withdrawing;
        a.free = stake.available - stake.locked;
    }

    /// @inheritdoc IStakeVault
    function allocatable(AgentId agentId) external view returns (uint256) {
        return _stakes[agentId].available;
    }

    /// @inheritdoc IStakeVault
    function slashable(AgentId agentId, uint256 until) external view returns (uint256 amount) {
        // What could be freed by now counts as freed, whatever moment of the past is asked for.
        uint256 epoch = Math.max(until < genesis ? 0 : (until - genesis) / epochLength, _epoch());
        // A lowering begun now is through in UNBONDING_EPOCHS; until then its stake still answers.
        if (epoch >= _unbondedFrom()) return 0;
        amount = _pledged[agentId];
        Waiting memory waiting = _lowering[agentId];
        if (waiting.amount != 0 && waiting.availableFrom <= epoch) amount -= waiting.amount;
    }

    /// @inheritdoc IStakeVault
    function withdrawalOf(AgentId agentId) external view returns (uint256 amount, uint32 availableFrom) {
        return (_withdrawing[agentId].amount, _withdrawing[agentId].availableFrom);
    }

    /// @inheritdoc IStakeVault
    function loweringOf(AgentId agentId) external view returns (uint256 amount, uint32 availableFrom) {
        return (_lowering[agentId].amount, _lowering[agentId].availableFrom);
    }

    /// @inheritdoc IStakeVault
    function creditOf(address account_) external view returns (uint256) {
        return _credits[account_];
    }

    /* INTERNALS */

    function _deposit(AgentId agentId, uint256 amount) private {
        if (amount == 0) revert ZeroAmount();
        registry.ownerOf(AgentId.unwrap(agentId)); // reverts for an agent that does not exist
        _stakes[agentId].available += amount.toUint128();
        emit Deposited(agentId, msg.sender, amount);
        token.safeTransferFrom(msg.sender, address(this), amount);
    }

    function _takeFree(AgentId agentId, uint256 amount) private {
        if (amount == 0) revert ZeroAmount();
        Stake storage stake = _stakes[agentId];
        uint256 free = stake.available - stake.locked;
        if (amount > free) revert InsufficientFreeStake(agentId, amount, free);
        stake.available -= uint128(amount);
    }

    function _credit(address account_, uint256 amount) private {
        _credits[account_] += amount;
        emit Credited(account_, amount);
    }

    function _requireUnbonded(AgentId agentId, Waiting memory waiting) private view {
        uint32 epoch = _epoch();
        if (epoch < waiting.availableFrom) revert StillUnbonding(agentId, waiting.availableFrom, epoch);
    }

    function _unbondedFrom() private view returns (uint32) {
        return _epoch() + uint32(EpochClock.UNBONDING_EPOCHS);
    }

    function _epoch() private view returns (uint32) {
        return EpochClock.epochAt(block.timestamp, genesis, epochLength);
    }
}
