// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {IAgentRegistry} from "./interfaces/IAgentRegistry.sol";
import {IConsensus} from "./interfaces/IConsensus.sol";
import {IStakeVault} from "./interfaces/IStakeVault.sol";
import {Ballots} from "./libraries/Ballots.sol";
import {Beacon} from "./libraries/Beacon.sol";
import {Beats} from "./libraries/Beats.sol";
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
import {Signatures} from "./libraries/Signatures.sol";
import {Standings} from "./libraries/Standings.sol";
import {StakeVault} from "./StakeVault.sol";
import {AgentId, DomainId, QuestionId} from "./types/Ids.sol";

/// @title Consensus
/// @notice Answers questions by secret committees of staked agents; see IConsensus.
contract Consensus is IConsensus, EIP712 {
    using Beacon for Beacon.State;
    using Beats for Beats.Parts;

    /* CONSTANTS */

    /// @notice Version of the protocol.
    string public constant VERSION = "1";

    /// @notice Most gas that a contract wallet may use to check the signature of a relayed beat: none may starve the beats behind it.
    uint256 public constant WALLET_GAS = 100_000;

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
    ) EIP712("Assay", VERSION) {
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
        if (ConsensusState.ownerOf(_state, agentId) != Enrolment.authorize(registry, agentId)) {
            revert NotEnrolled(agentId);
        }
        Domains.allocate(_state, _context(), agentId, domainId, amount, allocationUnit);
    }

    /// @inheritdoc IConsensus
    function beat(Beat calldata b) external returns (bool committed) {
        return _beat(_context(), Beats.parts(b));
    }

    /// @inheritdoc IConsensus
    function beatPacked(bytes calldata packed) external returns (bool committed) {
        return _beat(_context(), Beats.unpack(packed));
    }

    /// @inheritdoc IConsensus
    function beatFor(bytes[] calldata beats, bytes[] calldata signatures) external returns (uint256 relayed) {
        if (beats.length != signatures.length) revert SignatureCountMismatch(beats.length, signatures.length);
        uint32 epoch = _context().epoch;
        uint256 fees = 0;
        for (uint256 i = 0; i < beats.length; ++i) {
            // A call of its own for each, so that one that fails leaves nothing behind.
            (bool done, uint256 fee) = _callBeatSigned(beats[i], signatures[i]);
            if (done) {
                fees += fee;
                ++relayed;
            } else {
                emit BeatSkipped(Beats.agentOf(beats[i]), epoch, LowLevelCall.returnData());
            }
        }
        if (fees != 0) vault.credit(msg.sender, fees);
    }

    /// @notice One beat of `beatFor`. Only this contract.
    /// @return fee wei taken from the agent's free stake
    function beatSigned(bytes calldata relayed, bytes calldata signature) external returns (uint256 fee) {
        if (msg.sender != address(this)) revert NotSelf(msg.sender);
        ConsensusState.Context memory x = _context();
        (Beats.Parts memory p, uint256 deadline, bytes32 structHash) = Beats.unpackRelayed(relayed);
        AgentId agentId = p.agentId;
        if (block.timestamp > deadline) revert BeatExpired(agentId, deadline, block.timestamp);
        if (p.commitEpoch != x.epoch) revert CommitOutOfEpoch(agentId, p.commitEpoch, x.epoch);
        address wallet = Enrolment.walletOf(registry, agentId);
        if (wallet == address(0) || !Signatures.isBy(wallet, _hashTypedDataV4(structHash), signature, WALLET_GAS)) {
            revert InvalidBeatSignature(agentId, wallet);
        }
        _beat(x, p);
        return p.relayFee;
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
        ConsensusState.store(_state, agentId, a);
        ConsensusState.close(_state, x);
        vault.applyChange(agentId, change);
    }

    /// @inheritdoc IConsensus
    function finalize(QuestionId questionId) external {
        ConsensusState.Context memory x = _context();
        Questions.Slots storage slots = _state.questions[questionId];
        uint256 head = slots.head;
        if (Questions.statusOf(head) != Questions.OPEN) revert QuestionNotOpen(questionId);
        uint256 finalFrom = Rounds.finalFrom(head);
        if (x.epoch < finalFrom) revert NotFinal(questionId, uint32(finalFrom), x.epoch);
        ConsensusState.Packed d = ConsensusState.packed(_state.domains[questionId.domainOf()]);
        (, x.toSink) = Finality.finalize(_state, x.vault, questionId, slots, head, d);
        ConsensusState.close(_state, x);
    }

    /// @inheritdoc IConsensus
    function forfeit(AgentId agentId, Link calldata previous) external {
        ConsensusState.Context memory x = _context();
        IStakeVault.Change memory change;
        _closeOverdue(x, agentId, previous, change, msg.sender);
        ConsensusState.close(_state, x);
        vault.applyChange(agentId, change);
    }

    /// @inheritdoc IConsensus
    function trim(AgentId agentId, DomainId domainId) external {
        Domains.trim(_state, _context(), agentId, domainId, allocationUnit);
    }

    /// @inheritdoc IConsensus
    function sweep() external returns (uint256 amount) {
        amount = _state.beacon.due;
        if (amount == 0) revert NothingToSweep();
        _state.beacon.due = 0;
        emit Swept(amount);
        vault.creditSink(amount);
    }

    /// @inheritdoc IConsensus
    function ask(
        Origin calldata origin,
        uint8 budgetRounds,
        string calldata uri
    ) external returns (QuestionId questionId, uint256 cost) {
        if (msg.sender != origin.asker && msg.sender != claims) revert NotPayer(origin.asker, msg.sender);
        (questionId, cost) = Rounds.ask(_state, _context(), origin, budgetRounds, uri);
        // The desk pulls the cost together with a bond, in one transfer.
        if (msg.sender != claims) vault.pull(origin.asker, cost);
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
    function inFreeze() external view returns (bool freeze) {
        (, freeze) = EpochClock.phaseAt(block.timestamp, genesis, epochLength);
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
        (uint32 epoch, bool freeze) = EpochClock.phaseAt(block.timestamp, genesis, epochLength);
        return ConsensusViews.deskTerms(_state, domainId, epoch + (freeze ? 2 : 1));
    }

    /// @inheritdoc IConsensus
    function statistics(DomainId domainId) external view returns (uint256[] memory counts, uint256 participation) {
        return ConsensusViews.statistics(_state, domainId);
    }

    /// @inheritdoc IConsensus
    function unsweptDue() external view returns (uint256) {
        return _state.beacon.due;
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

    /// @dev `this.beatSigned(relayed, signature)`, encoded straight from the calldata.
    /// @return done false if it failed, for the reason in the return data
    /// @return fee wei
    function _callBeatSigned(
        bytes calldata relayed,
        bytes calldata signature
    ) private returns (bool done, uint256 fee) {
        bytes4 selector = this.beatSigned.selector;
        assembly ("memory-safe") {
            let p := mload(0x40)
            // Where the signature begins, behind two offsets, the length and the padded bytes of the beat.
            let at := add(0x60, and(add(relayed.length, 31), not(31)))
            mstore(p, selector)
            let arguments := add(p, 4)
            mstore(arguments, 0x40)
            mstore(add(arguments, 0x20), at)
            mstore(add(arguments, 0x40), relayed.length)
            calldatacopy(add(arguments, 0x60), relayed.offset, relayed.length)
            mstore(add(arguments, at), signature.length)
            at := add(at, 0x20)
            calldatacopy(add(arguments, at), signature.offset, signature.length)
            done := call(gas(), address(), 0, p, add(add(at, signature.length), 4), 0, 0x20)
            fee := mload(0)
        }
    }

    /// @dev Settles, closes the open ballot and commits. The parts fail separately.
    function _beat(ConsensusState.Context memory x, Beats.Parts memory p) private returns (bool committed) {
        AgentId id = p.agentId;
        ConsensusState.Agent memory a = _state.agents[id];
        if (p.relayed && a.lastEpoch >= x.epoch) revert AlreadyBeaten(id, x.epoch);
        IStakeVault.Change memory change;
        change.fee = p.relayFee;
        bool effective = p.receiptsLength != 0 && _settle(x, a, id, p.settleEpoch, p.receipts(), change, address(0));
        p.owner = Enrolment.ownerOf(registry, id);
        (bytes32 tip, bool closed) = _close(x, a, p, change);
        effective = effective || closed;
        ConsensusState.close(_state, x);

        if (p.commitment == 0) {
            if (!effective) _emptyBeat(x, a, p);
            _applyChange(id, change);
        } else {
            (committed, tip) = _commit(x, a, p, change, tip, closed, effective);
        }
        if (p.relayed) _beRelayedOnce(x, a, id);
        if (committed) {
            // What was shown of the previous ballot has been used.
            Link memory next = p.previous;
            (next.tip, next.commitment, next.exposure, next.backing) = (tip, p.commitment, p.exposure, p.backing);
            a.link = SecretChain.link(next, p.owner);
        } else if (closed) {
            a.link = SecretChain.emptyLink(tip, p.owner);
        }
        ConsensusState.store(_state, id, a);
    }

    /// @dev Marks a relayed beat as sent, by the sign of life that it is, so that nobody can have its fee twice.
    function _beRelayedOnce(ConsensusState.Context memory x, ConsensusState.Agent memory a, AgentId id) private pure {
        if (!a.ballotOpen) a.lastEpoch = uint24(x.epoch);
        else if (a.lastEpoch != x.epoch) revert BallotStillOpen(id, a.lastEpoch);
    }

    /// @dev Closes the open ballot: reveals it, or forfeits or releases it where it is overdue.
    /// @return tip last revealed value of the chain; unproven where nothing was closed
    function _close(
        ConsensusState.Context memory x,
        ConsensusState.Agent memory a,
        Beats.Parts memory p,
        IStakeVault.Change memory change
    ) private returns (bytes32 tip, bool closed) {
        if (p.secret != 0 && a.ballotOpen) {
            _reveal(x, a, p, change);
            return (p.secret, true);
        }
        (p.owner, p.enrolled) = Enrolment.noticeOwner(_state, p.agentId, p.owner, a);
        // Somebody else may have sent this reveal first; the secret is then the tip.
        if (p.secret != 0) return (p.secret, false);
        if (!a.ballotOpen || x.epoch < a.lastEpoch + 2) return (p.previous.tip, false);
        _closeOverdue(x, p.agentId, p.previous, change, address(0));
        a.ballotOpen = false;
        return (p.previous.tip, true);
    }

    function _reveal(
        ConsensusState.Context memory x,
        ConsensusState.Agent memory a,
        Beats.Parts memory p,
        IStakeVault.Change memory change
    ) private {
        uint32 epoch = a.lastEpoch;
        AgentId id = p.agentId;
        Link memory shown = p.previous;
        // Epochs of 24 bits; a ballot is of a later one than the tip.
        unchecked {
            if (x.epoch != epoch + 1) revert RevealOutOfEpoch(id, epoch, x.epoch);
            shown.tip = SecretChain.forward(p.secret, epoch - a.tipEpoch);
        }
        bytes memory ballot = p.ballot();
        shown.commitment = SecretChain.commitment(id, epoch, p.secret, ballot);
        if (a.link == SecretChain.link(shown, p.owner)) {
            // The link is of the owner at enrolment, who is thus the present one.
            p.enrolled = ConsensusState.isEnrolled(a.chain);
        } else {
            (p.owner, p.enrolled) = Enrolment.noticeOwner(_state, id, p.owner, a);
            if (a.link != SecretChain.link(shown, p.owner)) revert RevealMismatch(id, epoch);
        }
        Ballots.Reveal memory r;
        (r.agentId, r.secret, r.seed) = (id, p.secret, _state.beacon.seedOfVoted(epoch));
        (r.epoch, r.backing) = (epoch, shown.backing);
        r.generation = p.enrolled ? a.generation : Standings.LAST_GENERATION;
        (bytes memory receipts, uint256 used) = Ballots.count(_state, r, ballot);
        if (used > shown.exposure) revert ExposureExceeded(used, shown.exposure);
        // Both are parts of what is locked.
        unchecked {
            change.unlock += shown.exposure - used;
        }
        if (!x.freeze) x.folded = Beacon.fold(AgentId.unwrap(id), p.secret);
        _keepReceipts(a, id, epoch, receipts);
        (a.tipEpoch, a.ballotOpen) = (uint24(epoch), false);
        emit BallotRevealed(id, epoch, p.secret, receipts);
    }

    /// @dev Commits this epoch's ballot and applies the whole beat's change. A commit that cannot be made reverts only if nothing
    /// else in the beat took effect.
    function _commit(
        ConsensusState.Context memory x,
        ConsensusState.Agent memory a,
        Beats.Parts memory p,
        IStakeVault.Change memory change,
        bytes32 tip,
        bool closed,
        bool effective
    ) private returns (bool committed, bytes32) {
        uint256 chainFrom = a.tipEpoch;
        // Epochs of 24 bits.
        unchecked {
            ++chainFrom;
        }
        bytes32 anchor = tip;
        bool switches = false;
        if (a.chain == ConsensusState.CHAIN_ANNOUNCED) {
            ConsensusState.NextChain memory next = _state.nextChains[p.agentId];
            switches = x.epoch >= next.from;
            if (switches) (anchor, chainFrom) = (next.anchor, next.from);
        }
        bytes memory refusal = _refusal(x, a, p, tip, closed, chainFrom);
        if (refusal.length == 0) (committed, refusal) = _lock(x, p, change);
        else _applyChange(p.agentId, change);
        if (!committed) {
            if (!effective) LowLevelCall.bubbleRevert(refusal);
            emit CommitSkipped(p.agentId, x.epoch, refusal);
            return (false, tip);
        }
        if (switches) (a.tipEpoch, a.chain) = (uint24(chainFrom - 1), ConsensusState.CHAIN_VALID);
        (a.ballotOpen, a.lastEpoch) = (true, uint24(x.epoch));
        return (true, anchor);
    }

    /// @dev Applies the whole beat's change and locks the ballot's exposure, if it and the backing are covered.
    /// @return committed whether they were
    /// @return refusal the encoded error, if not
    function _lock(
        ConsensusState.Context memory x,
        Beats.Parts memory p,
        IStakeVault.Change memory change
    ) private returns (bool committed, bytes memory refusal) {
        (change.lock, change.backing) = (p.exposure, p.backing * allocationUnit);
        uint256 available;
        uint256 locked;
        (committed, available, locked) = vault.applyChange(p.agentId, change);
        if (committed) {
            emit BallotCommitted(p.agentId, x.epoch, p.commitment, p.exposure, p.backing, available, locked);
        } else {
            bytes4 selector = InsufficientFreeStake.selector;
            refusal = abi.encodeWithSelector(selector, p.agentId, p.exposure, change.backing, available - locked);
        }
    }

    /// @dev Why a commit cannot be made, as the encoded error; empty if it can, but for the stake.
    /// @param tip last value of the chain, to hold against the link unless this beat has `proven` it
    /// @param chainFrom first epoch whose secret the valid chain can still show
    function _refusal(
        ConsensusState.Context memory x,
        ConsensusState.Agent memory a,
        Beats.Parts memory p,
        bytes32 tip,
        bool proven,
        uint256 chainFrom
    ) private view returns (bytes memory refusal) {
        AgentId id = p.agentId;
        if (p.commitEpoch != x.epoch) {
            return abi.encodeWithSelector(CommitOutOfEpoch.selector, id, p.commitEpoch, x.epoch);
        }
        if (!_isWallet(p)) return abi.encodeWithSelector(NotAgentWallet.selector, id, msg.sender);
        if (!p.enrolled) return abi.encodeWithSelector(NotEnrolled.selector, id);
        if (a.ballotOpen) return abi.encodeWithSelector(BallotStillOpen.selector, id, a.lastEpoch);
        if (!proven && a.link != SecretChain.emptyLink(tip, p.owner)) {
            return abi.encodeWithSelector(LinkMismatch.selector, id);
        }
        // Epochs of 24 bits; one before the chain begins comes out as one far too late.
        unchecked {
            if (x.epoch - chainFrom >= SecretChain.MAX_SKIPPED_EPOCHS) {
                return abi.encodeWithSelector(ChainNotValid.selector, id, x.epoch, chainFrom - 1);
            }
        }
        if (a.ring & (1 << (x.epoch % ConsensusState.RING)) != 0) {
            return abi.encodeWithSelector(RingSlotTaken.selector, id, x.epoch);
        }
    }

    /// @dev A beat with no part that takes effect: a sign of life of the agentWallet.
    function _emptyBeat(
        ConsensusState.Context memory x,
        ConsensusState.Agent memory a,
        Beats.Parts memory p
    ) private view {
        if (p.receiptsLength != 0) {
            if (_holdsReceipts(a, p.agentId, p.settleEpoch, p.receipts()))
                revert NothingFinal(p.agentId, p.settleEpoch);
            revert ReceiptsMismatch(p.agentId, p.settleEpoch);
        }
        if (p.secret != 0) revert NoOpenBallot(p.agentId);
        if (!_isWallet(p)) revert NotAgentWallet(p.agentId, msg.sender);
        if (!a.ballotOpen) a.lastEpoch = uint24(x.epoch);
    }

    /// @dev Whether the agentWallet sends the beat, or has signed it.
    function _isWallet(Beats.Parts memory p) private view returns (bool) {
        return p.relayed || Enrolment.walletOf(registry, p.agentId) == msg.sender;
    }

    /* INTERNALS: SETTLEMENT */

    function _holdsReceipts(
        ConsensusState.Agent memory a,
        AgentId agentId,
        uint32 epoch,
        bytes memory receipts
    ) private view returns (bool) {
        return
            a.ring & (1 << (epoch % ConsensusState.RING)) != 0 &&
            ConsensusState.ringSlot(_state, agentId, epoch).value == Codec.ringHash(epoch, receipts);
    }

    /// @dev Fills the ballot's slot of the ring, or frees it where there is nothing to settle.
    function _keepReceipts(
        ConsensusState.Agent memory a,
        AgentId agentId,
        uint32 epoch,
        bytes memory receipts
    ) private {
        uint16 bit = uint16(1 << (epoch % ConsensusState.RING));
        if (receipts.length == 0) {
            a.ring &= ~bit;
        } else {
            a.ring |= bit;
            ConsensusState.ringSlot(_state, agentId, epoch).value = Codec.ringHash(epoch, receipts);
        }
    }

    /// @param keeper who sent it, 0 if it is part of the agent's own beat
    /// @return whether anything was settled
    function _settle(
        ConsensusState.Context memory x,
        ConsensusState.Agent memory a,
        AgentId agentId,
        uint32 epoch,
        bytes memory receipts,
        IStakeVault.Change memory change,
        address keeper
    ) private returns (bool) {
        if (!_holdsReceipts(a, agentId, epoch, receipts)) return false;
        Ballots.Settling memory t;
        (t.agentId, t.generation) = (agentId, a.generation);
        bytes memory rest = Ballots.settle(_state, x, t, receipts);
        if (t.unlock == 0) return false;
        _keepReceipts(a, agentId, epoch, rest);
        (change.gain, change.loss, change.unlock) = (t.gain, t.loss, t.unlock);
        uint256 toKeeper = _payKeeper(agentId, t.burned, keeper);
        // Parts of what is in the vault, less a part of one of them.
        unchecked {
            x.toSink += t.toSink + t.burned - toKeeper;
        }
        emit BallotSettled(agentId, epoch, t.gain, t.loss, keeper, rest);
        return true;
    }

    /// @dev Forfeits or releases an overdue ballot, and adds what that means for the agent's account.
    function _closeOverdue(
        ConsensusState.Context memory x,
        AgentId agentId,
        Link memory previous,
        IStakeVault.Change memory change,
        address keeper
    ) private {
        (uint256 released, uint256 lost) = Enrolment.closeOverdue(_state, x, agentId, previous, keeper);
        change.unlock += released;
        change.loss += lost;
        uint256 toKeeper = _payKeeper(agentId, lost / Settlement.FORFEIT_DIVISOR, keeper);
        x.toSink += lost - toKeeper;
    }

    /// @dev Credits whoever settles or forfeits another's ballot with its share of the burn.
    /// @param keeper 0 if it is the agent itself
    function _payKeeper(AgentId agentId, uint256 burn, address keeper) private returns (uint256 toKeeper) {
        if (keeper == address(0)) return 0;
        toKeeper = Settlement.keeperShare(burn, keeper, ConsensusState.ownerOf(_state, agentId));
        if (toKeeper != 0) vault.credit(keeper, toKeeper);
    }

    function _applyChange(AgentId agentId, IStakeVault.Change memory change) private {
        if (change.unlock | change.gain | change.loss | change.fee == 0) return;
        vault.applyChange(agentId, change);
    }

    /* INTERNALS: WHO AND WHEN */

    /// @dev Rolls the beacon if this is the first call of the epoch.
    function _context() private returns (ConsensusState.Context memory x) {
        (x.epoch, x.freeze) = EpochClock.phaseAt(block.timestamp, genesis, epochLength);
        x.vault = vault;
        if (_state.beacon.epoch != x.epoch) emit EpochRolled(x.epoch, _state.beacon.roll(x.epoch));
    }
}
