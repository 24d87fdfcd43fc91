// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {IAgentRegistry} from "./interfaces/IAgentRegistry.sol";
import {IConsensus} from "./interfaces/IConsensus.sol";
import {IStakeVault} from "./interfaces/IStakeVault.sol";
import {Ballots} from "./libraries/Ballots.sol";
import {Beacon} from "./libraries/Beacon.sol";
import {Codec} from "./libraries/Codec.sol";
import {ConsensusState} from "./libraries/ConsensusState.sol";
import {ConsensusViews} from "./libraries/ConsensusViews.sol";
import {Domains} from "./libraries/Domains.sol";
import {Enrolment} from "./libraries/Enrolment.sol";
import {EpochClock} from "./libraries/EpochClock.sol";
import {Finality} from "./libraries/Finality.sol";
import {FurtherRounds} from "./libraries/FurtherRounds.sol";
import {Questions} from "./libraries/Questions.sol";
import {Rounds} from "./libraries/Rounds.sol";
import {SecretChain} from "./libraries/SecretChain.sol";
import {Settlement} from "./libraries/Settlement.sol";
import {Snapshots} from "./libraries/Snapshots.sol";
import {Standings} from "./libraries/Standings.sol";
import {StakeVault} from "./StakeVault.sol";
import {AgentId, DomainId, QuestionId} from "./types/Ids.sol";

/// @title Consensus
/// @notice Answers questions by secret committees of staked agents; see IConsensus.
contract Consensus is IConsensus {
    using Beacon for Beacon.State;
    using Codec for Codec.Writer;

    /* CONSTANTS */

    /// @notice Version of the protocol.
    string public constant VERSION = "1";

    /* IMMUTABLES */

    StakeVault public immutable vault;
    IAgentRegistry public immutable registry;
    address public immutable claims;
    uint256 public immutable genesis;
    uint256 public immutable epochLength;

    /// @notice Wei of the stake token in one unit of allocation.
    uint256 public immutable allocationUnit;

    /* STORAGE */

    ConsensusState.State private _state;

    /* CONSTRUCTOR */

    /// @notice Deploys the vault too. Nobody keeps any privilege.
    /// @param token stake token, a plain ERC-20
    /// @param claims_ desk that may ask on behalf of its callers
    /// @param sink receives what is burned, not zero
    /// @param genesis_ unix seconds, not in the future, at most EpochClock.MAX_FIRST_EPOCH epochs ago
    /// @param epochLength_ seconds, at least EpochClock.MIN_EPOCH_LENGTH
    constructor(
        IERC20Metadata token,
        IAgentRegistry registry_,
        address claims_,
        address sink,
        uint256 genesis_,
        uint256 epochLength_
    ) {
        if (genesis_ > block.timestamp) revert GenesisInFuture(genesis_, block.timestamp);
        if (epochLength_ < EpochClock.MIN_EPOCH_LENGTH) {
            revert EpochLengthTooShort(epochLength_, EpochClock.MIN_EPOCH_LENGTH);
        }
        registry = registry_;
        claims = claims_;
        genesis = genesis_;
        epochLength = epochLength_;
        uint8 decimals = token.decimals();
        allocationUnit = decimals > 3 ? 10 ** (decimals - 3) : 1;
        vault = new StakeVault(token, registry_, claims_, sink, genesis_, epochLength_);
        uint32 epoch = EpochClock.epochAt(block.timestamp, genesis_, epochLength_);
        if (epoch > EpochClock.MAX_FIRST_EPOCH) revert GenesisTooOld(genesis_, epoch);
        emit EpochRolled(epoch, _state.beacon.roll(epoch));
    }

    /* DOMAINS */

    /// @inheritdoc IConsensus
    function createDomain(DomainParameters calldata parameters, string calldata uri) external returns (DomainId) {
        return Domains.createDomain(_state, parameters, uri, allocationUnit);
    }

    /* THE AGENT'S ACTIONS */

    /// @inheritdoc IConsensus
    function enroll(AgentId agentId, bytes32 anchor) external {
        Enrolment.enroll(_state, _context(), registry, agentId, anchor);
    }

    /// @inheritdoc IConsensus
    function announceAnchor(AgentId agentId, bytes32 anchor) external {
        Enrolment.announceAnchor(_state, _context(), registry, agentId, anchor);
    }

    /// @inheritdoc IConsensus
    function allocate(AgentId agentId, DomainId domainId, uint256 amount) external {
        if (_state.agents[agentId].owner != Enrolment.authorize(registry, agentId)) revert NotEnrolled(agentId);
        Domains.allocate(_state, _context(), agentId, domainId, amount, allocationUnit);
    }

    /// @inheritdoc IConsensus
    function beat(Beat calldata b) external returns (bool committed) {
        ConsensusState.Context memory x = _context();
        ConsensusState.Agent memory a = _state.agents[b.agentId];
        IStakeVault.Change memory change;
        bool effective = false;
        if (b.receipts.length != 0) {
            effective = _settle(x, a, b.agentId, b.settleEpoch, b.receipts, change, address(0));
        }
        address owner = Enrolment.noticeOwner(registry, b.agentId, a);
        (bytes32 tip, bool closed) = _close(x, a, b, change);
        effective = effective || closed;

        if (b.commitment == 0) {
            if (!effective) _emptyBeat(x, a, b);
            _applyChange(b.agentId, change);
        } else {
            (committed, tip) = _commit(x, a, b, change, owner, tip, closed, effective);
        }
        if (committed) _state.links[b.agentId] = SecretChain.link(tip, b.commitment, b.exposure, b.backing);
        else if (closed) _state.links[b.agentId] = SecretChain.link(tip, 0, 0, 0);
        _state.agents[b.agentId] = a;
    }

    /* ANYONE'S ACTIONS */

    /// @inheritdoc IConsensus
    function roll() external returns (uint32 epoch, bytes32 seed) {
        epoch = _context().epoch;
        seed = _state.beacon.seedOf(epoch);
    }

    /// @inheritdoc IConsensus
    function settle(AgentId agentId, uint32 epoch, bytes calldata receipts) external {
        ConsensusState.Context memory x = _context();
        ConsensusState.Agent memory a = _state.agents[agentId];
        IStakeVault.Change memory change;
        if (!_holdsReceipts(a, agentId, epoch, receipts)) revert ReceiptsMismatch(agentId, epoch);
        if (!_settle(x, a, agentId, epoch, receipts, change, msg.sender)) revert NothingFinal(agentId, epoch);
        _state.agents[agentId] = a;
        _applyChange(agentId, change);
    }

    /// @inheritdoc IConsensus
    function finalize(QuestionId questionId) external {
        ConsensusState.Context memory x = _context();
        uint256 head = _state.questions[questionId].head;
        if (Questions.statusOf(head) != Questions.OPEN) revert QuestionNotOpen(questionId);
        uint256 finalFrom = Rounds.finalFrom(head);
        if (x.epoch < finalFrom) revert NotFinal(questionId, uint32(finalFrom), x.epoch);
        (, uint256 toSink) = Finality.finalize(_state, x.vault, questionId, head);
        if (toSink != 0) vault.creditSink(toSink);
    }

    /// @inheritdoc IConsensus
    function forfeit(AgentId agentId, Link calldata previous) external {
        IStakeVault.Change memory change;
        _closeOverdue(_context(), agentId, previous, change, msg.sender);
        vault.applyChange(agentId, change);
    }

    /// @inheritdoc IConsensus
    function trim(AgentId agentId, DomainId domainId) external {
        Domains.trim(_state, _context(), agentId, domainId, allocationUnit);
    }

    /// @inheritdoc IConsensus
    function sweep(DomainId domainId) external returns (uint256 dust) {
        return Domains.sweep(_state, vault, domainId);
    }

    /// @inheritdoc IConsensus
    function ask(Origin calldata origin, uint8 budgetRounds, string calldata uri) external returns (QuestionId id) {
        if (msg.sender != origin.asker && msg.sender != claims) revert NotPayer(origin.asker, msg.sender);
        uint256 cost;
        (id, cost) = Rounds.ask(_state, _context(), origin, budgetRounds, uri);
        vault.pull(origin.asker, cost);
    }

    /// @inheritdoc IConsensus
    function appeal(QuestionId questionId) external {
        FurtherRounds.appeal(_state, _context(), questionId);
    }

    /// @inheritdoc IConsensus
    function spendBudget(QuestionId questionId) external {
        FurtherRounds.spendBudget(_state, _context(), questionId);
    }

    /// @inheritdoc IConsensus
    function openCanary(Origin calldata origin, uint8 answer, bytes32 salt) external {
        FurtherRounds.openCanary(_state, _context(), origin, answer, salt);
    }

    /// @inheritdoc IConsensus
    function reclaim(Origin calldata origin) external returns (uint256 amount) {
        return FurtherRounds.reclaim(_state, _context(), origin);
    }

    /* VIEWS */

    /// @inheritdoc IConsensus
    function currentEpoch() public view returns (uint32) {
        return EpochClock.epochAt(block.timestamp, genesis, epochLength);
    }

    /// @inheritdoc IConsensus
    function inFreeze() public view returns (bool) {
        return EpochClock.isFreeze(block.timestamp, genesis, epochLength);
    }

    /// @inheritdoc IConsensus
    function seedOf(uint32 epoch) external view returns (bytes32) {
        return _state.beacon.seedOf(epoch);
    }

    /// @inheritdoc IConsensus
    function domain(DomainId domainId) external view returns (DomainParameters memory) {
        return ConsensusViews.domain(_state, domainId, allocationUnit);
    }

    /// @inheritdoc IConsensus
    function deskTerms(DomainId domainId) external view returns (DeskTerms memory) {
        return ConsensusViews.deskTerms(_state, domainId, currentEpoch() + (inFreeze() ? 2 : 1));
    }

    /// @inheritdoc IConsensus
    function statistics(
        DomainId domainId
    ) external view returns (uint256[] memory counts, uint256 participation, uint256 dust) {
        return ConsensusViews.statistics(_state, domainId);
    }

    /// @inheritdoc IConsensus
    function totalAllocation(DomainId domainId, uint32 epoch) external view returns (uint256 units) {
        return Snapshots.valueAt(_state.totals[domainId], epoch);
    }

    /// @inheritdoc IConsensus
    function allocation(AgentId agentId, DomainId domainId, uint32 epoch) external view returns (uint256 units) {
        return Snapshots.valueAt(_state.standings[agentId][domainId], epoch);
    }

    /// @inheritdoc IConsensus
    function agent(AgentId agentId) external view returns (AgentView memory) {
        return ConsensusViews.agent(_state, agentId);
    }

    /// @inheritdoc IConsensus
    function seatsOf(
        AgentId agentId,
        QuestionId questionId,
        bytes32 secret,
        uint256 backing
    ) external view returns (uint256) {
        return ConsensusViews.seatsOf(_state, agentId, questionId, secret, backing);
    }

    /// @inheritdoc IConsensus
    function questionIdOf(Origin calldata origin) external pure returns (QuestionId) {
        return Rounds.idOf(origin);
    }

    /// @inheritdoc IConsensus
    function question(QuestionId questionId) external view returns (QuestionView memory) {
        return ConsensusViews.question(_state, questionId);
    }

    /// @inheritdoc IConsensus
    function tally(QuestionId questionId) external view returns (uint256[] memory seats, uint256[] memory weights) {
        return ConsensusViews.tally(_state, questionId);
    }

    /// @inheritdoc IConsensus
    function verdict(QuestionId questionId) external view returns (Verdict memory) {
        return ConsensusViews.verdict(_state, questionId, currentEpoch());
    }

    /// @inheritdoc IConsensus
    function stakeAtRisk(QuestionId questionId) external view returns (uint256) {
        return ConsensusViews.stakeAtRisk(_state, questionId);
    }

    /// @inheritdoc IConsensus
    function trust(
        AgentId agentId,
        DomainId domainId
    ) external view returns (uint256 alpha, uint256 beta, uint256 verdicts, uint256 weight) {
        return ConsensusViews.trust(_state, agentId, domainId);
    }

    /* INTERNALS: A BEAT */

    /// @dev Closes the open ballot: reveals it, or forfeits or releases it where it is overdue.
    /// @return tip last revealed value of the chain; unproven where nothing was closed
    function _close(
        ConsensusState.Context memory x,
        ConsensusState.Agent memory a,
        Beat calldata b,
        IStakeVault.Change memory change
    ) private returns (bytes32 tip, bool closed) {
        if (b.secret != 0) {
            // Somebody else may have sent this reveal first; the secret is then the tip.
            if (a.ballotOpen) _reveal(x, a, b, change);
            else return (b.secret, false);
            return (b.secret, true);
        }
        if (!a.ballotOpen || x.epoch < a.lastEpoch + 2) return (b.previous.tip, false);
        _closeOverdue(x, b.agentId, b.previous, change, address(0));
        a.ballotOpen = false;
        return (b.previous.tip, true);
    }

    function _reveal(
        ConsensusState.Context memory x,
        ConsensusState.Agent memory a,
        Beat calldata b,
        IStakeVault.Change memory change
    ) private {
        uint32 epoch = a.lastEpoch;
        if (x.epoch != epoch + 1) revert RevealOutOfEpoch(b.agentId, epoch, x.epoch);
        bytes32 tip = SecretChain.forward(b.secret, epoch - a.tipEpoch);
        bytes32 commitment = keccak256(
            abi.encode(block.chainid, this, b.agentId, uint256(epoch), b.secret, keccak256(b.ballot))
        );
        uint256 exposure = b.previous.exposure;
        if (_state.links[b.agentId] != SecretChain.link(tip, commitment, exposure, b.previous.backing)) {
            revert RevealMismatch(b.agentId, epoch);
        }
        Ballots.Voter memory voter = Ballots.Voter({
            agentId: b.agentId,
            generation: a.owner == address(0) ? Standings.LAST_GENERATION : a.generation,
            secret: b.secret,
            seed: _state.beacon.seedOfVoted(epoch),
            epoch: epoch,
            backing: b.previous.backing
        });
        (bytes memory receipts, uint256 used) = Ballots.count(_state, voter, b.ballot, a.owner != address(0));
        if (used > exposure) revert ExposureExceeded(used, exposure);
        change.unlock += exposure - used;
        if (!x.freeze) _state.beacon.fold(AgentId.unwrap(b.agentId), b.secret);
        if (receipts.length != 0) {
            _state.rings[b.agentId][epoch % ConsensusState.RING] = Codec.ringHash(epoch, receipts);
            a.ring |= uint16(1 << (epoch % ConsensusState.RING));
        }
        (a.tipEpoch, a.ballotOpen) = (uint24(epoch), false);
        emit BallotRevealed(b.agentId, epoch, b.secret, receipts);
    }

    /// @dev Commits this epoch's ballot and applies the whole beat's change. A commit that cannot be made reverts only if nothing
    /// else in the beat took effect.
    function _commit(
        ConsensusState.Context memory x,
        ConsensusState.Agent memory a,
        Beat calldata b,
        IStakeVault.Change memory change,
        address owner,
        bytes32 tip,
        bool closed,
        bool effective
    ) private returns (bool committed, bytes32) {
        ConsensusState.NextChain memory next;
        if (a.anchorAnnounced) next = _state.nextChains[b.agentId];
        bool switches = a.anchorAnnounced && x.epoch >= next.from;
        if (!switches) next = ConsensusState.NextChain(tip, a.tipEpoch + 1);
        bytes memory refusal = _refusal(x, a, b, owner, tip, closed, next.from);
        if (refusal.length == 0) {
            (change.lock, change.backing) = (b.exposure, b.backing * allocationUnit);
            uint256 free;
            (committed, free) = vault.applyChange(b.agentId, change);
            if (!committed) {
                refusal = abi.encodeWithSelector(
                    InsufficientFreeStake.selector,
                    b.agentId,
                    b.exposure,
                    change.backing,
                    free
                );
            }
        } else {
            _applyChange(b.agentId, change);
        }
        if (!committed) {
            if (!effective) LowLevelCall.bubbleRevert(refusal);
            emit CommitSkipped(b.agentId, x.epoch, refusal);
            return (false, tip);
        }
        if (switches) (a.tipEpoch, a.anchorAnnounced) = (next.from - 1, false);
        (a.ballotOpen, a.lastEpoch) = (true, uint24(x.epoch));
        emit BallotCommitted(b.agentId, x.epoch, b.commitment, b.exposure, b.backing);
        return (true, next.anchor);
    }

    /// @dev Why a commit cannot be made, as the encoded error; empty if it can, but for the stake.
    /// @param tip last value of the chain, to hold against the link unless this beat has `proven` it
    /// @param chainFrom first epoch whose secret the valid chain can still show
    function _refusal(
        ConsensusState.Context memory x,
        ConsensusState.Agent memory a,
        Beat calldata b,
        address owner,
        bytes32 tip,
        bool proven,
        uint256 chainFrom
    ) private view returns (bytes memory) {
        AgentId id = b.agentId;
        if (b.commitEpoch != x.epoch) {
            return abi.encodeWithSelector(CommitOutOfEpoch.selector, id, b.commitEpoch, x.epoch);
        }
        if (registry.getAgentWallet(AgentId.unwrap(id)) != msg.sender) {
            return abi.encodeWithSelector(NotAgentWallet.selector, id, msg.sender);
        }
        if (a.owner == address(0) || a.owner != owner) return abi.encodeWithSelector(NotEnrolled.selector, id);
        if (a.ballotOpen) return abi.encodeWithSelector(BallotStillOpen.selector, id, a.lastEpoch);
        if (!proven && _state.links[id] != SecretChain.link(tip, 0, 0, 0)) {
            return abi.encodeWithSelector(LinkMismatch.selector, id);
        }
        if (x.epoch < chainFrom || x.epoch >= chainFrom + SecretChain.MAX_SKIPPED_EPOCHS) {
            return abi.encodeWithSelector(ChainNotValid.selector, id, x.epoch, chainFrom - 1);
        }
        if (a.ring & (1 << (x.epoch % ConsensusState.RING)) != 0) {
            return abi.encodeWithSelector(RingSlotTaken.selector, id, x.epoch);
        }
        return "";
    }

    /// @dev A beat with no part that takes effect: a sign of life of the agentWallet.
    function _emptyBeat(ConsensusState.Context memory x, ConsensusState.Agent memory a, Beat calldata b) private view {
        if (b.receipts.length != 0) {
            if (_holdsReceipts(a, b.agentId, b.settleEpoch, b.receipts)) revert NothingFinal(b.agentId, b.settleEpoch);
            revert ReceiptsMismatch(b.agentId, b.settleEpoch);
        }
        if (b.secret != 0) revert NoOpenBallot(b.agentId);
        if (registry.getAgentWallet(AgentId.unwrap(b.agentId)) != msg.sender) {
            revert NotAgentWallet(b.agentId, msg.sender);
        }
        if (!a.ballotOpen) a.lastEpoch = uint24(x.epoch);
    }

    /* INTERNALS: SETTLEMENT */

    function _holdsReceipts(
        ConsensusState.Agent memory a,
        AgentId agentId,
        uint32 epoch,
        bytes calldata receipts
    ) private view returns (bool) {
        uint256 slot = epoch % ConsensusState.RING;
        return a.ring & (1 << slot) != 0 && _state.rings[agentId][slot] == Codec.ringHash(epoch, receipts);
    }

    /// @param keeper who sent it, 0 if it is part of the agent's own beat
    /// @return whether anything was settled
    function _settle(
        ConsensusState.Context memory x,
        ConsensusState.Agent memory a,
        AgentId agentId,
        uint32 epoch,
        bytes calldata receipts,
        IStakeVault.Change memory change,
        address keeper
    ) private returns (bool) {
        if (!_holdsReceipts(a, agentId, epoch, receipts)) return false;
        Ballots.Voter memory voter;
        (voter.agentId, voter.generation) = (agentId, a.generation);
        Ballots.Outcome memory result;
        result.change = change;
        Ballots.settle(_state, x, voter, receipts, result);
        if (result.votes == 0) return false;
        bytes memory rest = result.rest.finish();
        uint256 slot = epoch % ConsensusState.RING;
        if (rest.length == 0) a.ring &= ~uint16(1 << slot);
        else _state.rings[agentId][slot] = Codec.ringHash(epoch, rest);
        change.keeper = keeper;
        change.toKeeper = Settlement.keeperShare(result.burned, keeper, a.owner);
        change.toSink -= change.toKeeper;
        emit BallotSettled(agentId, epoch, change.gain, change.loss, keeper, rest);
        return true;
    }

    /// @dev Forfeits or releases an overdue ballot, and adds what that means for the agent's account.
    function _closeOverdue(
        ConsensusState.Context memory x,
        AgentId agentId,
        Link calldata previous,
        IStakeVault.Change memory change,
        address keeper
    ) private {
        (uint256 released, uint256 lost, uint256 toKeeper) = Enrolment.closeOverdue(
            _state,
            x,
            agentId,
            previous,
            keeper
        );
        change.unlock += released;
        change.loss += lost;
        change.toSink += lost - toKeeper;
        (change.keeper, change.toKeeper) = (keeper, toKeeper);
    }

    function _applyChange(AgentId agentId, IStakeVault.Change memory change) private {
        if (change.unlock | change.gain | change.loss | change.toSink == 0) return;
        vault.applyChange(agentId, change);
    }

    /* INTERNALS: WHO AND WHEN */

    /// @dev Rolls the beacon if this is the first call of the epoch.
    function _context() private returns (ConsensusState.Context memory) {
        uint32 epoch = currentEpoch();
        if (_state.beacon.epoch != epoch) emit EpochRolled(epoch, _state.beacon.roll(epoch));
        return ConsensusState.Context(vault, epoch, inFreeze());
    }
}
