// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Questions} from "./Questions.sol";
import {Sortition} from "./Sortition.sol";
import {Trust} from "./Trust.sol";
import {Verdicts} from "./Verdicts.sol";

/// @title Settlement
/// @notice Who pays whom once a question is final (protocol.md section 7). Amounts in wei of the stake token.
library Settlement {
    uint256 internal constant BPS = 10_000;

    /// @notice Part of a ballot's burn that the keeper who settles it earns: a twentieth.
    uint256 internal constant KEEPER_DIVISOR = 20;

    /// @notice Part of a forfeit that counts as its burn where the keeper's share is reckoned: a tenth, the least that is burned of
    /// a loss. Else, with a friend as keeper, hiding a vote could cost less than showing it.
    uint256 internal constant FORFEIT_DIVISOR = 10;

    /// @notice A further round that somebody paid for.
    struct Appeal {
        address appellant;
        uint8 against; // 0: the round before was undecided; else 1 + the decisive outcome appealed against
    }

    struct Inputs {
        uint256 seatFee; // wei
        uint256 seatBond; // wei
        uint256 burnBps;
        uint256 firstRoundSeats;
        uint256 rounds;
        uint256 budget; // prepaid seats of further rounds not used
        uint256 rarity; // g of the leading outcome, Q8
        bool canaryConfirmed; // the opened canary names the leading outcome
        Appeal[] appeals; // of rounds 2 to `rounds`; no appellant where the round was not appealed for
    }

    /// @notice What leaves a question's pot when it becomes final.
    struct Payouts {
        uint256[] appellants; // wei, in the order of `Inputs.appeals`
        uint256 toSink; // wei
    }

    /// @notice `burnBps` of `amount`, rounded up.
    /// @param amount wei, below 2^128
    /// @param burnBps at most BPS
    function burnOf(uint256 amount, uint256 burnBps) internal pure returns (uint256) {
        unchecked {
            return (amount * burnBps + BPS - 1) / BPS;
        }
    }

    /// @notice The keeper's twentieth of a ballot's burn; none for the agent's own beat or owner.
    function keeperShare(uint256 burn, address keeper, address owner) internal pure returns (uint256) {
        return keeper == address(0) || keeper == owner ? 0 : burn / KEEPER_DIVISOR;
    }

    /// @notice Loss of an incoherent seat: `seatBond * max(0, 2 Wo - W) / W * g / 4`, rounded up; at most `seatBond`.
    function lossPerSeat(
        uint256 seatBond,
        uint256 leadingWeight,
        uint256 weight,
        uint256 rarity
    ) internal pure returns (uint256) {
        if (2 * leadingWeight <= weight) return 0;
        // 86 bits of bond, 32 of weight, 11 of rarity.
        unchecked {
            uint256 divisor = weight * Trust.RARITY_MAX;
            return (seatBond * (2 * leadingWeight - weight) * rarity + divisor - 1) / divisor;
        }
    }

    /// @notice Terms of settlement of a question whose verdict is `v`.
    /// @dev fees + losses = gain * coherent seats + burn of each losing seat + appellants + toSink, exactly; an unresolved
    /// question without a single vote keeps the asker's part, less the burn, to be reclaimed.
    /// @param p empty; filled with what leaves the question's pot at once
    function terms(
        Inputs memory i,
        Verdicts.Verdict memory v,
        Payouts memory p
    ) internal pure returns (Questions.Terms memory) {
        if (i.appeals.length != 0) p.appellants = new uint256[](i.appeals.length);
        return v.decisive ? _resolved(i, v, p) : _unresolved(i, v, p);
    }

    /// @dev Seats in all need 20 bits, bonds 86, fees 79 and weights 32: every product stays below 2^140.
    function _resolved(
        Inputs memory i,
        Verdicts.Verdict memory v,
        Payouts memory p
    ) private pure returns (Questions.Terms memory) {
        unchecked {
            uint256 loss = lossPerSeat(i.seatBond, v.leadingWeight, v.weight, i.rarity);
            uint256 netLosses = (loss - burnOf(loss, i.burnBps)) * (v.seats - v.leadingSeats);
            uint256 pot = i.seatFee * Sortition.seatsAsked(i.firstRoundSeats, i.rounds) + netLosses;
            if (i.appeals.length != 0) pot -= _payAppellants(i, v.outcome, netLosses, p.appellants);
            uint256 gain = Math.min(pot / v.leadingSeats, Questions.MAX_GAIN);
            p.toSink = pot - gain * v.leadingSeats;
            uint256 evidence = 0;
            if (v.seats > 1) {
                uint256 multiplier = i.rounds > 1 ? Trust.MULTIPLIER_ROUNDS : 1;
                evidence = (i.canaryConfirmed ? Trust.MULTIPLIER_CANARY : multiplier) * i.rarity;
            }
            return _terms(i, v, Questions.RESOLVED, gain, loss, evidence);
        }
    }

    function _terms(
        Inputs memory i,
        Verdicts.Verdict memory v,
        uint256 status,
        uint256 gain,
        uint256 loss,
        uint256 evidence
    ) private pure returns (Questions.Terms memory) {
        return
            Questions.Terms({
                status: status,
                rounds: i.rounds,
                outcome: v.outcome,
                budget: i.budget,
                supportBps: v.supportBps,
                evidence: evidence,
                riskSeats: v.riskSeats,
                loss: loss,
                gain: gain,
                refundable: v.seats == 0
            });
    }

    /// @dev Refunds successful appeals, and adds half as much again out of what is left of the losses, pro rata.
    function _payAppellants(
        Inputs memory i,
        uint256 outcome,
        uint256 netLosses,
        uint256[] memory payouts
    ) private pure returns (uint256 paid) {
        uint256 refunds = 0;
        for (uint256 n = 0; n < payouts.length; ++n) {
            uint256 against = i.appeals[n].against;
            if (against == 0 || against == outcome + 1) continue;
            payouts[n] = i.seatFee * Sortition.seatsOfRound(i.firstRoundSeats, n + 2);
            refunds += payouts[n];
        }
        if (refunds == 0) return 0;
        uint256 bonus = Math.min(refunds / 2, netLosses);
        for (uint256 n = 0; n < payouts.length; ++n) {
            payouts[n] += (bonus * payouts[n]) / refunds;
            paid += payouts[n];
        }
    }

    function _unresolved(
        Inputs memory i,
        Verdicts.Verdict memory v,
        Payouts memory p
    ) private pure returns (Questions.Terms memory) {
        uint256 fees = i.seatFee * Sortition.seatsAsked(i.firstRoundSeats, i.rounds);
        uint256 gain = 0;
        if (v.seats != 0) {
            gain = Math.min((fees - burnOf(fees, i.burnBps)) / v.leadingSeats, Questions.MAX_GAIN);
            p.toSink = fees - gain * v.leadingSeats;
        } else {
            _refundAppellants(i, fees, p);
        }
        return _terms(i, v, Questions.UNRESOLVED, gain, 0, 0);
    }

    /// @dev Where nobody voted, appellants get their fees back at once, the asker its own later, both less the burn.
    function _refundAppellants(Inputs memory i, uint256 fees, Payouts memory p) private pure {
        for (uint256 n = 0; n < i.appeals.length; ++n) {
            if (i.appeals[n].appellant == address(0)) continue;
            uint256 fee = i.seatFee * Sortition.seatsOfRound(i.firstRoundSeats, n + 2);
            uint256 burn = burnOf(fee, i.burnBps);
            fees -= fee;
            p.appellants[n] = fee - burn;
            p.toSink += burn;
        }
        p.toSink += burnOf(fees, i.burnBps);
    }
}
