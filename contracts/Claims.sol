// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Consensus} from "./Consensus.sol";
import {IAgentRegistry} from "./interfaces/IAgentRegistry.sol";
import {IClaims} from "./interfaces/IClaims.sol";
import {IConsensus} from "./interfaces/IConsensus.sol";
import {IStakeVault} from "./interfaces/IStakeVault.sol";
import {IVerdictCallback} from "./interfaces/IVerdictCallback.sol";
import {EpochClock} from "./libraries/EpochClock.sol";
import {Settlement} from "./libraries/Settlement.sol";
import {AgentId, ClaimId, DomainId, QuestionId, toQuestionId} from "./types/Ids.sol";

/// @title Claims
/// @notice The desk in front of Consensus; see IClaims.
contract Claims is IClaims, EIP712 {
    /* TYPES */

    struct Record {
        // slot 0
        bytes20 questionHash;
        uint24 windowEnd; // of an assertion
        uint24 attempts; // of a statement's first challenge: challenges of that statement so far
        DomainId domainId;
        uint8 outcome;
        ClaimStatus status;
        // slot 1, written only in court
        address opponent;
        uint96 locked;
    }

    struct Callback {
        uint32 gasLimit;
        bool delivered;
    }

    /* CONSTANTS */

    bytes32 public constant STATEMENT_TYPEHASH = keccak256(
        "Statement(uint256 agentId,uint32 domainId,uint8 outcome,bytes32 contentHash,uint256 bond,uint64 expiry,uint256 nonce)"
    );

    /// @notice Least bond, in first rounds' fees.
    uint256 public constant MIN_BOND_FEES = 4;

    // Keep the ids of assertions and of challenges apart.
    bytes32 private constant ASSERTION = keccak256("Assay.Assertion");
    bytes32 private constant CHALLENGE = keccak256("Assay.Challenge");

    // Gas a delivery needs besides the callback's own.
    uint256 private constant DELIVERY_OVERHEAD = 30_000;

    /* IMMUTABLES */

    Consensus public immutable consensus;
    IStakeVault public immutable vault;
    IAgentRegistry public immutable registry;

    /* STORAGE */

    mapping(ClaimId claimId => Record) private _records;
    mapping(AgentId agentId => mapping(address signer => uint32)) private _answerableUntil;
    mapping(ClaimId claimId => mapping(address consumer => Callback)) private _callbacks;

    /* CONSTRUCTOR */

    /// @param consensus_ deployed with this contract's address as its `claims`
    constructor(Consensus consensus_) EIP712("Assay", consensus_.VERSION()) {
        consensus = consensus_;
        vault = consensus_.vault();
        registry = consensus_.registry();
    }

    modifier onlyAgentOwner(AgentId agentId) {
        if (registry.ownerOf(AgentId.unwrap(agentId)) != msg.sender) revert NotAgentOwner(agentId, msg.sender);
        _;
    }

    /* ASK, ASSERT, CHALLENGE */

    /// @inheritdoc IClaims
    function ask(
        DomainId domainId,
        bytes32 contentHash,
        string calldata uri,
        uint8 budgetRounds,
        bytes32 canaryCommitment,
        bytes32 salt
    ) external returns (ClaimId) {
        IConsensus.Origin memory origin = IConsensus.Origin(domainId, msg.sender, contentHash, canaryCommitment, salt);
        (QuestionId questionId, uint256 cost) = consensus.ask(origin, budgetRounds, uri);
        vault.pull(msg.sender, cost);
        return _toClaimId(questionId);
    }

    /// @inheritdoc IClaims
    function assertClaim(
        DomainId domainId,
        uint8 outcome,
        bytes32 contentHash,
        string calldata uri,
        uint256 bond,
        bytes32 salt
    ) external returns (ClaimId claimId) {
        Assertion memory a = Assertion(domainId, outcome, contentHash, msg.sender, bond, salt);
        claimId = _claimIdOf(a);
        Record storage r = _records[claimId];
        if (r.status != ClaimStatus.None) revert ClaimExists(claimId);
        IConsensus.DeskTerms memory terms = _requireBond(domainId, outcome, bond);
        if (!terms.active) revert DomainBelowMinStake(domainId);
        uint32 windowEnd = consensus.currentEpoch() + terms.assertionWindow;
        (r.windowEnd, r.domainId) = (uint24(windowEnd), domainId);
        (r.outcome, r.status) = (outcome, ClaimStatus.Asserted);
        emit Asserted(claimId, msg.sender, domainId, a, windowEnd, uri);
        vault.pull(msg.sender, bond);
    }

    /// @inheritdoc IClaims
    function dispute(Assertion calldata a, string calldata uri) external {
        ClaimId claimId = _claimIdOf(a);
        Record storage r = _records[claimId];
        if (r.status != ClaimStatus.Asserted) revert UnexpectedStatus(claimId, r.status);
        uint32 epoch = consensus.currentEpoch();
        if (epoch > r.windowEnd) revert WindowClosed(claimId, r.windowEnd, epoch);
        if (!consensus.deskTerms(a.domainId).active) {
            r.status = ClaimStatus.Abandoned;
            emit AssertionAbandoned(claimId, msg.sender);
            vault.credit(a.asserter, a.bond);
            return;
        }
        (QuestionId questionId, uint256 fee) = _goToCourt(claimId, a.domainId, a.contentHash, uri);
        (r.questionHash, r.status, r.opponent) = (questionId.hashOf(), ClaimStatus.InCourt, msg.sender);
        emit Disputed(claimId, msg.sender, questionId);
        vault.pull(msg.sender, a.bond + fee);
    }

    /// @inheritdoc IClaims
    function resolve(Assertion calldata a) external {
        ClaimId claimId = _claimIdOf(a);
        Record storage r = _records[claimId];
        if (r.status == ClaimStatus.Asserted) {
            uint32 epoch = consensus.currentEpoch();
            if (epoch <= r.windowEnd) revert WindowOpen(claimId, r.windowEnd, epoch);
            r.status = ClaimStatus.Stood;
            emit AssertionStood(claimId);
            vault.credit(a.asserter, a.bond);
            return;
        }
        IConsensus.Verdict memory v = _close(claimId, r);
        address disputer = r.opponent;
        uint256 fee = consensus.deskTerms(a.domainId).fee;
        if (v.status == IConsensus.VerdictStatus.Unresolved) {
            // With no vote cast the fees, less the burn, come back to the disputer through Consensus.reclaim.
            uint256 cost =
                v.outcome == type(uint8).max ? Settlement.burnOf(fee, consensus.domain(a.domainId).burnBps) : fee;
            vault.credit(a.asserter, a.bond - cost / 2);
            vault.credit(disputer, a.bond + cost / 2);
            return;
        }
        uint256 toWinner = _burnHalf(a.bond) - fee;
        bool upheld = v.outcome == a.outcome;
        // The loser's bond pays the fee back to the disputer, who advanced it.
        vault.credit(upheld ? a.asserter : disputer, a.bond + toWinner);
        vault.credit(disputer, fee);
    }

    /// @inheritdoc IClaims
    function challenge(
        Statement calldata s,
        bytes calldata signature,
        string calldata uri
    ) external returns (ClaimId claimId) {
        uint32 attempt;
        (claimId, attempt) = _admit(s, signature);
        (QuestionId questionId, uint256 fee) = _goToCourt(claimId, s.domainId, s.contentHash, uri);
        uint256 locked = vault.lockPledge(s.agentId, Math.min(s.bond, type(uint96).max));
        _records[claimId] = Record({
            questionHash: questionId.hashOf(),
            windowEnd: 0,
            attempts: attempt == 1 ? 1 : 0,
            domainId: s.domainId,
            outcome: s.outcome,
            status: ClaimStatus.InCourt,
            opponent: msg.sender,
            locked: uint96(locked)
        });
        emit Challenged(claimId, s.agentId, msg.sender, questionId, s, attempt, locked);
        // A bond beyond all tokens fails as the token does.
        vault.pull(msg.sender, Math.saturatingAdd(s.bond, fee));
    }

    /// @inheritdoc IClaims
    function resolveChallenge(Statement calldata s, uint32 attempt) external {
        ClaimId claimId = _challengeIdOf(s.contentHash, hashStatement(s), attempt);
        Record storage r = _records[claimId];
        IConsensus.Verdict memory v = _close(claimId, r);
        (address challenger, uint256 locked) = (r.opponent, r.locked);
        bool unresolved = v.status == IConsensus.VerdictStatus.Unresolved;
        bool upheld = !unresolved && v.outcome == s.outcome;
        if (unresolved || upheld) vault.releasePledge(s.agentId, locked);
        if (unresolved) {
            vault.credit(challenger, s.bond);
        } else if (upheld) {
            // The challenger's bond pays back the fee it advanced, so that its whole loss is the bond.
            uint256 fee = consensus.deskTerms(s.domainId).fee;
            uint256 toAuthor = _burnHalf(s.bond) - fee;
            vault.creditStake(s.agentId, toAuthor);
            vault.credit(challenger, fee);
        } else {
            r.status = ClaimStatus.Fallen;
            vault.slashPledge(s.agentId, locked);
            // The fee comes out of the winner's half, however little was left of the pledge.
            vault.credit(challenger, s.bond + _burnHalf(locked));
        }
    }

    /* STATEMENT SIGNERS */

    /// @inheritdoc IClaims
    function addSigner(AgentId agentId, address signer) external onlyAgentOwner(agentId) {
        if (signer == address(0)) revert ZeroAddress();
        _answerableUntil[agentId][signer] = type(uint32).max;
        emit SignerAdded(agentId, signer);
    }

    /// @inheritdoc IClaims
    function retireSigner(AgentId agentId, address signer) external onlyAgentOwner(agentId) {
        // Retiring twice would answer for longer, never shorter; only an active signer can be retired.
        if (_answerableUntil[agentId][signer] != type(uint32).max) revert NotASigner(agentId, signer);
        uint32 until = consensus.currentEpoch() + uint32(EpochClock.UNBONDING_EPOCHS);
        _answerableUntil[agentId][signer] = until;
        emit SignerRetired(agentId, signer, until);
    }

    /* CALLBACKS */

    /// @inheritdoc IClaims
    function registerCallback(ClaimId claimId, uint32 gasLimit) external {
        if (gasLimit == 0) revert ZeroGasLimit();
        Callback storage c = _callbacks[claimId][msg.sender];
        if (c.delivered) revert CallbackAlreadyDelivered(claimId, msg.sender);
        c.gasLimit = gasLimit;
        emit CallbackRegistered(claimId, msg.sender, gasLimit);
    }

    /// @inheritdoc IClaims
    function deliver(ClaimId claimId, address consumer) external returns (bool success) {
        Callback storage c = _callbacks[claimId][consumer];
        uint256 gasLimit = c.gasLimit;
        if (gasLimit == 0) revert NoCallback(claimId, consumer);
        if (c.delivered) revert CallbackAlreadyDelivered(claimId, consumer);
        bytes memory data = abi.encodeCall(IVerdictCallback.onVerdict, (claimId, finalVerdict(claimId)));
        c.delivered = true; // before the call: a consumer cannot have it delivered twice from within
        // The caller must bring all the gas the consumer asked for, of which a call can pass on 63/64.
        uint256 needed = gasLimit + gasLimit / 63 + DELIVERY_OVERHEAD;
        if (gasleft() < needed) revert InsufficientGas(gasleft(), needed);
        // Copies no return data, so that a consumer cannot make its deliverer pay for it.
        assembly ("memory-safe") {
            success := call(gasLimit, consumer, 0, add(data, 32), mload(data), 0, 0)
        }
        if (success) {
            emit CallbackDelivered(claimId, consumer);
        } else {
            c.delivered = false;
            emit CallbackFailed(claimId, consumer);
        }
    }

    /* VIEWS */

    /// @inheritdoc IClaims
    function verdict(ClaimId claimId) public view returns (IConsensus.Verdict memory v) {
        Record memory r = _records[claimId];
        if (r.status == ClaimStatus.None) return consensus.verdict(_toQuestionId(claimId));
        if (r.status == ClaimStatus.Asserted || r.status == ClaimStatus.Stood) {
            bool stands = r.status == ClaimStatus.Stood || consensus.currentEpoch() > r.windowEnd;
            v.status = stands ? IConsensus.VerdictStatus.Resolved : IConsensus.VerdictStatus.Provisional;
            v.outcome = r.outcome;
        } else if (r.status == ClaimStatus.Abandoned) {
            v.status = IConsensus.VerdictStatus.Unresolved;
            v.outcome = type(uint8).max;
        } else {
            v = consensus.verdict(_questionOf(r));
        }
    }

    /// @inheritdoc IClaims
    function finalVerdict(ClaimId claimId) public view returns (IConsensus.Verdict memory v) {
        v = verdict(claimId);
        if (v.status != IConsensus.VerdictStatus.Resolved && v.status != IConsensus.VerdictStatus.Unresolved) {
            revert NotFinal(claimId, v.status);
        }
    }

    /// @inheritdoc IClaims
    function stakeAtRisk(ClaimId claimId) external view returns (uint256) {
        Record memory r = _records[claimId];
        if (r.status == ClaimStatus.None) return consensus.stakeAtRisk(_toQuestionId(claimId));
        return r.questionHash == 0 ? 0 : consensus.stakeAtRisk(_questionOf(r));
    }

    /// @inheritdoc IClaims
    function verifyLeaf(
        ClaimId claimId,
        bytes32 contentHash,
        bytes32 rest,
        bytes32 leaf,
        bytes32[] calldata proof
    ) external view returns (IConsensus.Verdict memory) {
        bytes32 id = keccak256(abi.encode(contentHash, rest));
        bool matches =
            _records[claimId].status == ClaimStatus.None
                ? bytes20(id) == _toQuestionId(claimId).hashOf()
                : id == ClaimId.unwrap(claimId);
        if (!matches) revert PreimageMismatch(claimId);
        if (!MerkleProof.verifyCalldata(proof, contentHash, leaf)) revert InvalidProof(contentHash, leaf);
        return verdict(claimId);
    }

    /// @inheritdoc IClaims
    function claim(ClaimId claimId) external view returns (Claim memory c) {
        Record memory r = _records[claimId];
        c.status = r.status;
        c.domainId = r.domainId;
        c.outcome = r.outcome;
        c.windowEnd = r.windowEnd;
        c.opponent = r.opponent;
        c.locked = r.locked;
        if (r.questionHash != 0) c.questionId = _questionOf(r);
    }

    /// @inheritdoc IClaims
    function claimIdOf(Assertion calldata assertion) external pure returns (ClaimId) {
        return _claimIdOf(assertion);
    }

    /// @inheritdoc IClaims
    function challengeIdOf(Statement calldata statement, uint32 attempt) external view returns (ClaimId) {
        return _challengeIdOf(statement.contentHash, hashStatement(statement), attempt);
    }

    /// @inheritdoc IClaims
    function hashStatement(Statement calldata s) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(STATEMENT_TYPEHASH, s)));
    }

    /// @inheritdoc IClaims
    function statementStatus(Statement calldata s) external view returns (uint32 attempts, bool inCourt, bool fallen) {
        ClaimStatus latest;
        (, attempts, latest) = _challengesOf(s.contentHash, hashStatement(s));
        return (attempts, latest == ClaimStatus.InCourt, latest == ClaimStatus.Fallen);
    }

    /// @inheritdoc IClaims
    function answerableUntil(AgentId agentId, address signer) external view returns (uint32) {
        return _answerableUntil[agentId][signer];
    }

    /// @inheritdoc IClaims
    function slashable(AgentId agentId, DomainId domainId, uint256 until) external view returns (uint256) {
        return consensus.deskTerms(domainId).active ? vault.slashable(agentId, until) : 0;
    }

    /* INTERNALS */

    /// @dev Checks a statement that is being challenged. Of a further attempt it keeps the count; that of the first comes with its record.
    function _admit(Statement calldata s, bytes calldata signature) private returns (ClaimId claimId, uint32 attempt) {
        if (block.timestamp > s.expiry) revert StatementExpired(s.expiry, block.timestamp);
        _requireBond(s.domainId, s.outcome, s.bond);
        bytes32 digest = hashStatement(s);
        address signer = ECDSA.recover(digest, signature);
        if (consensus.currentEpoch() >= _answerableUntil[s.agentId][signer]) revert NotASigner(s.agentId, signer);
        (ClaimId first, uint32 attempts, ClaimStatus latest) = _challengesOf(s.contentHash, digest);
        if (latest == ClaimStatus.InCourt) revert StatementUnderChallenge(digest, attempts);
        if (latest == ClaimStatus.Fallen) revert StatementFallen(digest, attempts);
        attempt = attempts + 1;
        if (attempt == 1) return (first, attempt);
        _records[first].attempts = uint24(attempt);
        claimId = _challengeIdOf(s.contentHash, digest, attempt);
    }

    /// @return first claim id of the statement's first challenge
    /// @return attempts so far
    /// @return latest status of the last of them
    function _challengesOf(
        bytes32 contentHash,
        bytes32 digest
    ) private view returns (ClaimId first, uint32 attempts, ClaimStatus latest) {
        first = _challengeIdOf(contentHash, digest, 1);
        Record storage r = _records[first];
        (attempts, latest) = (r.attempts, r.status);
        if (attempts > 1) latest = _records[_challengeIdOf(contentHash, digest, attempts)].status;
    }

    /// @dev Marks a claim in court as closed. Reverts unless its verdict is final.
    function _close(ClaimId claimId, Record storage r) private returns (IConsensus.Verdict memory v) {
        if (r.status != ClaimStatus.InCourt) revert UnexpectedStatus(claimId, r.status);
        v = finalVerdict(claimId);
        r.status = ClaimStatus.Closed;
        bool upheld = v.status == IConsensus.VerdictStatus.Resolved && v.outcome == r.outcome;
        emit ClaimClosed(claimId, v.status, upheld);
    }

    /// @dev Half of a lost bond goes to the sink, rounded up, so that disputing oneself never pays. Returns the rest.
    function _burnHalf(uint256 bond) private returns (uint256 rest) {
        rest = bond / 2;
        if (bond != 0) vault.creditSink(bond - rest);
    }

    function _requireBond(
        DomainId domainId,
        uint256 outcome,
        uint256 bond
    ) private view returns (IConsensus.DeskTerms memory terms) {
        terms = consensus.deskTerms(domainId);
        if (outcome >= terms.outcomes) revert OutcomeOutOfRange(outcome, terms.outcomes);
        uint256 minimum = MIN_BOND_FEES * terms.fee;
        if (bond < minimum) revert BondTooSmall(bond, minimum);
    }

    /// @dev Asks the question of a claim, on behalf of whoever brings it to court, once.
    /// @return fee wei, which the caller has yet to pull
    function _goToCourt(
        ClaimId claimId,
        DomainId domainId,
        bytes32 contentHash,
        string calldata uri
    ) private returns (QuestionId, uint256 fee) {
        return consensus.ask(IConsensus.Origin(domainId, msg.sender, contentHash, 0, ClaimId.unwrap(claimId)), 0, uri);
    }

    function _questionOf(Record memory r) private pure returns (QuestionId) {
        return toQuestionId(r.domainId, r.questionHash);
    }

    function _claimIdOf(Assertion memory a) private pure returns (ClaimId) {
        bytes32 rest = keccak256(abi.encode(ASSERTION, a.domainId, a.outcome, a.asserter, a.bond, a.salt));
        return ClaimId.wrap(keccak256(abi.encode(a.contentHash, rest)));
    }

    function _challengeIdOf(bytes32 contentHash, bytes32 digest, uint32 attempt) private pure returns (ClaimId) {
        bytes32 rest = keccak256(abi.encode(CHALLENGE, digest, attempt));
        return ClaimId.wrap(keccak256(abi.encode(contentHash, rest)));
    }

    function _toClaimId(QuestionId questionId) private pure returns (ClaimId) {
        return ClaimId.wrap(bytes32(QuestionId.unwrap(questionId)));
    }

    function _toQuestionId(ClaimId claimId) private pure returns (QuestionId) {
        // Only one id reads as a question: a consumer that pays once a claim id cannot be made to pay again with an alias.
        if (uint64(uint256(ClaimId.unwrap(claimId))) != 0) return QuestionId.wrap(0);
        return QuestionId.wrap(bytes24(ClaimId.unwrap(claimId)));
    }
}
