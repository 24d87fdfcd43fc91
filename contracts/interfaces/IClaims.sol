// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AgentId, ClaimId, DomainId, QuestionId} from "../types/Ids.sol";
import {IConsensus} from "./IConsensus.sol";

/// @title IClaims
/// @notice The desk in front of Consensus: how a question comes in, and who gets which bond back (protocol.md section 9). Bonds and fees
/// are pulled by the StakeVault, which is what a payer approves; what comes back is credited there and collected from it.
/// @dev Whoever brings a claim must make its content available under its URI. Where it cannot be had or does not match its hash,
/// voters treat an assertion as not established and a challenged statement as upheld. A consumer fixes its claim's id beforehand
/// and accepts none from an interested party: a question can be asked again until it goes wrong.
interface IClaims {
    enum ClaimStatus {
        None, // no claim of its own: an asked question, or nothing
        Asserted, // stands unless disputed within its window
        Stood, // was not disputed; the bond is back
        Abandoned, // disputed while its domain was below its minimum stake
        InCourt, // disputed or challenged; a committee decides
        Closed, // decided, bonds paid out
        Fallen // a challenged statement that did not hold, bonds paid out; it cannot be challenged again
    }

    struct Assertion {
        DomainId domainId;
        uint8 outcome;
        bytes32 contentHash;
        address asserter;
        uint256 bond; // wei
        bytes32 salt; // any; lets one asserter assert the same again
    }

    /// @notice What an agent signs off chain (EIP-712). Its pledge answers for it.
    struct Statement {
        AgentId agentId;
        DomainId domainId;
        uint8 outcome;
        bytes32 contentHash;
        uint256 bond; // wei, at least four times the first round's fees
        uint64 expiry; // unix seconds; it can be challenged until then
        uint256 nonce; // any; lets an agent say the same again
    }

    struct Claim {
        ClaimStatus status;
        DomainId domainId;
        uint8 outcome; // asserted or stated
        uint32 windowEnd; // last epoch in which an assertion can be disputed
        QuestionId questionId; // 0 while not in court
        address opponent; // disputer or challenger
        uint256 locked; // wei of the author's pledge, of a challenged statement
    }

    event Asserted(
        ClaimId indexed claimId,
        address indexed asserter,
        DomainId indexed domainId,
        Assertion assertion,
        uint32 windowEnd,
        string uri
    );
    event Disputed(ClaimId indexed claimId, address indexed disputer, QuestionId indexed questionId);
    event AssertionStood(ClaimId indexed claimId);
    event AssertionAbandoned(ClaimId indexed claimId, address indexed disputer);
    event Challenged(
        ClaimId indexed claimId,
        AgentId indexed agentId,
        address indexed challenger,
        QuestionId questionId,
        Statement statement,
        uint32 attempt,
        uint256 locked
    );
    /// @param upheld whether the asserter or the statement's author was right; false with Unresolved
    event ClaimClosed(ClaimId indexed claimId, IConsensus.VerdictStatus status, bool upheld);
    event SignerAdded(AgentId indexed agentId, address indexed signer);
    event SignerRetired(AgentId indexed agentId, address indexed signer, uint32 answerableUntil);
    event CallbackRegistered(ClaimId indexed claimId, address indexed consumer, uint32 gasLimit);
    event CallbackDelivered(ClaimId indexed claimId, address indexed consumer);
    event CallbackFailed(ClaimId indexed claimId, address indexed consumer);

    error BondTooSmall(uint256 bond, uint256 minimum);
    error OutcomeOutOfRange(uint256 outcome, uint256 outcomes);
    error DomainBelowMinStake(DomainId domainId);
    error ClaimExists(ClaimId claimId);
    error UnexpectedStatus(ClaimId claimId, ClaimStatus status);
    error WindowClosed(ClaimId claimId, uint32 windowEnd, uint32 epoch);
    error WindowOpen(ClaimId claimId, uint32 windowEnd, uint32 epoch);
    error NotFinal(ClaimId claimId, IConsensus.VerdictStatus status);
    error StatementExpired(uint256 expiry, uint256 timestamp);
    error StatementUnderChallenge(bytes32 digest, uint32 attempt);
    error StatementFallen(bytes32 digest, uint32 attempt);
    error NotASigner(AgentId agentId, address signer);
    error NotAgentOwner(AgentId agentId, address caller);
    error ZeroAddress();
    error PreimageMismatch(ClaimId claimId);
    error InvalidProof(bytes32 root, bytes32 leaf);
    error NoCallback(ClaimId claimId, address consumer);
    error CallbackAlreadyDelivered(ClaimId claimId, address consumer);
    error ZeroGasLimit();
    error InsufficientGas(uint256 available, uint256 needed);

    /* ASK, ASSERT, CHALLENGE */

    /// @notice Asks a committee. The caller pays seatFee for each seat, for each seat of the prepaid budget, and a deposit of one
    /// first round's fees if a canary commitment is given. Anyone.
    /// @param budgetRounds further rounds to prepay, 0 to maxRounds - 1
    /// @param canaryCommitment 0, or as in IConsensus.openCanary
    /// @return claimId the left-aligned question id
    function ask(
        DomainId domainId,
        bytes32 contentHash,
        string calldata uri,
        uint8 budgetRounds,
        bytes32 canaryCommitment,
        bytes32 salt
    ) external returns (ClaimId claimId);

    /// @notice Asserts that `outcome` is the answer; final unless disputed within the domain's window. Anyone; pays the bond.
    /// @param bond wei, at least four times the first round's fees
    function assertClaim(
        DomainId domainId,
        uint8 outcome,
        bytes32 contentHash,
        string calldata uri,
        uint256 bond,
        bytes32 salt
    ) external returns (ClaimId claimId);

    /// @notice Takes an assertion to a committee. Anyone within the window; pays as much again as the bond, and the fees.
    /// In a domain that has fallen below its minimum stake the assertion ends Unresolved instead, at no cost.
    function dispute(Assertion calldata assertion, string calldata uri) external;

    /// @notice Ends an assertion whose window has closed or whose verdict is final, and credits the bonds. Anyone.
    function resolve(Assertion calldata assertion) external;

    /// @notice Takes a signed statement to a committee. Anyone who holds it, until it expires; pays a bond as high as the
    /// statement's, and the fees. As much of the author's pledge, or what is left of it, is locked.
    function challenge(
        Statement calldata statement,
        bytes calldata signature,
        string calldata uri
    ) external returns (ClaimId claimId);

    /// @notice Ends a challenge whose verdict is final, and credits the bonds. Anyone.
    /// @param attempt number of the challenge, from 1, as in the event
    function resolveChallenge(Statement calldata statement, uint32 attempt) external;

    /* STATEMENT SIGNERS */

    /// @notice Lets `signer`, an account with a key of its own, sign statements for the agent. Only the agent's owner.
    function addSigner(AgentId agentId, address signer) external;

    /// @notice Retires a signer; what it has signed stays challengeable for UNBONDING_EPOCHS. Only the agent's owner.
    function retireSigner(AgentId agentId, address signer) external;

    /* CALLBACKS */

    /// @notice Asks to be told of a claim's final verdict by `IVerdictCallback.onVerdict`. The caller is the consumer; calling
    /// again before the delivery changes the limit.
    /// @param gasLimit gas of the call
    function registerCallback(ClaimId claimId, uint32 gasLimit) external;

    /// @notice Delivers a final verdict to a consumer. Anyone. A delivery that fails can be tried again.
    function deliver(ClaimId claimId, address consumer) external returns (bool success);

    /* VIEWS */

    function verdict(ClaimId claimId) external view returns (IConsensus.Verdict memory);

    /// @notice The verdict once it is final. Reverts with NotFinal before.
    function finalVerdict(ClaimId claimId) external view returns (IConsensus.Verdict memory);

    /// @notice Stake an attacker must (once final: would have had to) put at risk to make another outcome decisive, wei. 0 where
    /// no committee has decided: an undisputed assertion is worth its bond, which its event tells.
    function stakeAtRisk(ClaimId claimId) external view returns (uint256);

    /// @notice The verdict of a claim whose content hash is a Merkle root that `leaf` is under (sorted pairs, as OpenZeppelin's).
    /// @param rest hash of the other half of the id's preimage: `restOfQuestion`, `restOfAssertion` or `restOfChallenge` of @assay/protocol
    function verifyLeaf(
        ClaimId claimId,
        bytes32 contentHash,
        bytes32 rest,
        bytes32 leaf,
        bytes32[] calldata proof
    ) external view returns (IConsensus.Verdict memory);

    function claim(ClaimId claimId) external view returns (Claim memory);

    function claimIdOf(Assertion calldata assertion) external pure returns (ClaimId);

    function challengeIdOf(Statement calldata statement, uint32 attempt) external view returns (ClaimId);

    /// @notice EIP-712 digest of a statement: what its signer signs.
    function hashStatement(Statement calldata statement) external view returns (bytes32 digest);

    /// @notice Challenges made of a statement, whether one is running, and whether one has succeeded.
    function statementStatus(
        Statement calldata statement
    ) external view returns (uint32 attempts, bool inCourt, bool fallen);

    /// @notice First epoch in which what `signer` signed cannot be challenged any more; 0 if it never was a signer.
    function answerableUntil(AgentId agentId, address signer) external view returns (uint32);

    /// @notice Stake that certainly answers for the agent's statements in a domain at `until` (unix seconds), wei. 0 while the domain is
    /// below its minimum stake, because nothing can be challenged in it then.
    function slashable(AgentId agentId, DomainId domainId, uint256 until) external view returns (uint256);
}
