// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IClaims} from "../interfaces/IClaims.sol";
import {IConsensus} from "../interfaces/IConsensus.sol";
import {IVerdictCallback} from "../interfaces/IVerdictCallback.sol";
import {ClaimId} from "../types/Ids.sol";

/// @title ClaimGatedEscrow
/// @notice An example consumer: holds one payment until a claim, fixed beforehand, has a final verdict. The payee gets it if the
/// verdict is the required outcome; with any other, or none, it goes back to the payer.
/// @dev One contract for one deal, so that a hostile token or payee can harm nobody else's; nobody owns it and no term changes.
///
/// What both sides check before the deposit (docs/integrate.md):
/// - The claim's id binds the domain, the content and who asks. Whoever asks chooses when; a claim that nobody asks ends in a refund.
/// - The deadline leaves time for every round the domain allows: a party that dislikes a verdict can appeal, which postpones it.
/// - `value` covers everything that hangs on the claim, other deals included: this contract cannot see them.
///
/// Warning: `token` must be a plain ERC-20. One that takes a fee on transfer is refused at the deposit; one that changes balances by
/// itself, or blocks an account, can keep this deal's payment from moving.
contract ClaimGatedEscrow is IVerdictCallback {
    using SafeERC20 for IERC20;

    /* TYPES */

    enum Status {
        AwaitingDeposit,
        Funded,
        Released, // paid to the payee
        Refunded // paid back to the payer
    }

    struct Terms {
        address payer;
        address payee;
        IERC20 token;
        uint256 amount; // smallest units of `token`
        uint256 value; // wei of the protocol's stake token: the least stake at risk behind a verdict that moves the payment
        ClaimId claimId;
        uint8 outcome; // that pays the payee
        uint64 deadline; // unix seconds; from then on a payment without an acceptable verdict can go back
    }

    event Deposited(address indexed payer, uint256 amount);
    event Released(address indexed payee, uint256 amount);
    event Refunded(address indexed payer, uint256 amount);

    error ZeroAddress();
    error ZeroAmount();
    error NotPayer(address caller);
    error NotClaims(address caller);
    error UnexpectedClaim(ClaimId claimId, ClaimId expected);
    error UnexpectedStatus(Status status, Status expected);
    error UnexpectedAmount(uint256 received, uint256 expected);
    error DeadlinePassed(uint256 deadline, uint256 timestamp);
    error DeadlineNotReached(uint256 deadline, uint256 timestamp);
    error InsufficientStakeAtRisk(uint256 stakeAtRisk, uint256 value);
    error VerdictAcceptable(ClaimId claimId, IConsensus.VerdictStatus status, uint8 outcome);

    /* CONSTANTS */

    /// @notice Gas asked for `onVerdict`. Payment by callback is a convenience: where it is not enough, `release` still works.
    uint32 public constant CALLBACK_GAS = 200_000;

    /* IMMUTABLES */

    IClaims public immutable claims;
    address public immutable payer;
    address public immutable payee;
    IERC20 public immutable token;
    uint256 public immutable amount;
    uint256 public immutable value;
    ClaimId public immutable claimId;
    uint8 public immutable outcome;
    uint64 public immutable deadline;

    /* STORAGE */

    Status public status;

    /* CONSTRUCTOR */

    /// @notice Fixes the terms and asks Claims to be told of the verdict. Reverts with ZeroAddress, ZeroAmount (also for a `value` of
    /// 0, which any verdict would satisfy) or DeadlinePassed.
    constructor(IClaims claims_, Terms memory terms) {
        if (terms.payer == address(0) || terms.payee == address(0)) revert ZeroAddress();
        if (terms.amount == 0 || terms.value == 0) revert ZeroAmount();
        if (terms.deadline <= block.timestamp) revert DeadlinePassed(terms.deadline, block.timestamp);
        claims = claims_;
        payer = terms.payer;
        payee = terms.payee;
        token = terms.token;
        amount = terms.amount;
        value = terms.value;
        claimId = terms.claimId;
        outcome = terms.outcome;
        deadline = terms.deadline;
        claims_.registerCallback(terms.claimId, CALLBACK_GAS);
    }

    /* THE PAYER'S ACTIONS */

    /// @notice Takes the payment from the payer, who has approved it. Only the payer, once, before the deadline. Reverts with NotPayer,
    /// UnexpectedStatus, DeadlinePassed, or UnexpectedAmount if less or more than `amount` arrives.
    function deposit() external {
        if (msg.sender != payer) revert NotPayer(msg.sender);
        _requireStatus(Status.AwaitingDeposit);
        if (block.timestamp >= deadline) revert DeadlinePassed(deadline, block.timestamp);
        status = Status.Funded;
        emit Deposited(payer, amount);
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(payer, address(this), amount);
        uint256 received = token.balanceOf(address(this)) - before;
        if (received != amount) revert UnexpectedAmount(received, amount);
    }

    /* ANYONE'S ACTIONS */

    /// @notice Acts on the final verdict: pays the payee, or the payer back. Anyone, also after the deadline. Reverts with
    /// UnexpectedStatus, IClaims.NotFinal, or InsufficientStakeAtRisk.
    function release() external {
        _requireStatus(Status.Funded);
        _act(claims.finalVerdict(claimId));
    }

    /// @notice As `release`, delivered by Claims. Anyone may have it delivered, and again if it failed. Reverts with NotClaims,
    /// UnexpectedClaim, UnexpectedStatus, or InsufficientStakeAtRisk.
    function onVerdict(ClaimId id, IConsensus.Verdict calldata verdict) external {
        if (msg.sender != address(claims)) revert NotClaims(msg.sender);
        if (ClaimId.unwrap(id) != ClaimId.unwrap(claimId)) revert UnexpectedClaim(id, claimId);
        _requireStatus(Status.Funded);
        _act(verdict);
    }

    /// @notice Pays the payer back from the deadline on, if there is no verdict that `release` would act on. Anyone. Reverts with
    /// UnexpectedStatus, DeadlineNotReached, or VerdictAcceptable.
    function refund() external {
        _requireStatus(Status.Funded);
        if (block.timestamp < deadline) revert DeadlineNotReached(deadline, block.timestamp);
        IConsensus.Verdict memory v = claims.verdict(claimId);
        bool isFinal = v.status == IConsensus.VerdictStatus.Resolved || v.status == IConsensus.VerdictStatus.Unresolved;
        if (isFinal && claims.stakeAtRisk(claimId) >= value) revert VerdictAcceptable(claimId, v.status, v.outcome);
        _refund();
    }

    /* INTERNALS */

    /// @dev `verdict` is final: it comes from `finalVerdict`, or from Claims, which delivers no other.
    function _act(IConsensus.Verdict memory verdict) private {
        uint256 stakeAtRisk = claims.stakeAtRisk(claimId);
        if (stakeAtRisk < value) revert InsufficientStakeAtRisk(stakeAtRisk, value);
        // An Unresolved verdict names its leading outcome too, which decides nothing.
        if (verdict.status == IConsensus.VerdictStatus.Resolved && verdict.outcome == outcome) _release();
        else _refund();
    }

    function _release() private {
        status = Status.Released;
        emit Released(payee, amount);
        token.safeTransfer(payee, amount);
    }

    function _refund() private {
        status = Status.Refunded;
        emit Refunded(payer, amount);
        token.safeTransfer(payer, amount);
    }

    function _requireStatus(Status expected) private view {
        if (status != expected) revert UnexpectedStatus(status, expected);
    }
}
