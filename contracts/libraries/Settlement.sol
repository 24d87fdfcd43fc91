// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ConsensusState} from "./ConsensusState.sol";
import {Questions} from "./Questions.sol";
import {Sortition} from "./Sortition.sol";
import {Trust} from "./Trust.sol";
import {Verdicts} from "./Verdicts.sol";

/// @title Settlement
/// @notice Who pays whom once a question is final (protocol.md section 7). Amounts in wei of the stake token.
library Settlement {
    using ConsensusState for ConsensusState.Packed;

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

    /// @notice A question that has become final, and what leaves its pot at once.
    struct Case {
        uint256 head; // its open word
        ConsensusState.Packed domain;
        uint256 rounds;
        uint256 rarity; // g of the leading outcome, Q8
        bool canaryConfirmed; // the opened canary names the leading outcome
        Appeal[] appeals; // of rounds 2 to `rounds`; no appellant where the round was not appealed for
        uint256[] toAppellants; // wei, in the order of `appeals`; filled in
        uint256 toSink; // wei; filled in
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
    /// @dev fees + losses = gain * coherent seats + burn of each losing seat + toAppellants + toSink, exactly; an unresolved
    /// question without a single vote keeps the asker's part, less the burn, to be reclaimed.
    /// @return word the terms as Questions keeps them
    function terms(Case memory c, Verdicts.Verdict memory v) internal pure returns (uint256 word) {
        if (c.appeals.length != 0) c.toAppellants = new uint256[](c.appeals.length);
        word = Questions.encodeSupport(v.supportBps, v.riskSeats, v.seats);
        if (v.decisive) word |= Questions.encodeEnd(c.head, Questions.RESOLVED, v.outcome) | _resolved(c, v);
        else word |= Questions.encodeEnd(c.head, Questions.UNRESOLVED, v.outcome) | _unresolved(c, v);
    }

    /// @dev Seats in all need 20 bits, bonds 86, fees 79 and weights 32: every product stays below 2^140.
    /// @return what it means for a seat, as Questions keeps it
    function _resolved(Case memory c, Verdicts.Verdict memory v) private pure returns (uint256) {
        unchecked {
            ConsensusState.Packed d = c.domain;
            uint256 leadingSeats = v.leadingSeats;
            uint256 loss = lossPerSeat(d.seatBond(), v.leadingWeight, v.weight, c.rarity);
            uint256 netLosses = loss == 0 ? 0 : (loss - burnOf(loss, d.burnBps())) * (v.seats - leadingSeats);
            uint256 pot = d.seatFee() * Sortition.seatsAsked(d.seats(), c.rounds) + netLosses;
            if (c.rounds > 1) pot -= _payAppellants(c, v.outcome, netLosses);
            uint256 gain = _share(pot, leadingSeats);
            c.toSink = pot - gain * leadingSeats;
            uint256 evidence = 0;
            if (v.seats > 1) {
                evidence = c.rarity;
                if (c.canaryConfirmed) evidence *= Trust.MULTIPLIER_CANARY;
                else if (c.rounds > 1) evidence *= Trust.MULTIPLIER_ROUNDS;
            }
            return Questions.encodePayout(evidence, loss, gain);
        }
    }

    /// @param seats not 0
    function _share(uint256 pot, uint256 seats) private pure returns (uint256 gain) {
        gain = pot / seats;
        if (gain > Questions.MAX_GAIN) gain = Questions.MAX_GAIN;
    }

    /// @dev Refunds successful appeals, and adds half as much again out of what is left of the losses, pro rata.
    function _payAppellants(Case memory c, uint256 outcome, uint256 netLosses) private pure returns (uint256 paid) {
        uint256[] memory payouts = c.toAppellants;
        uint256 refunds = 0;
        for (uint256 n = 0; n < payouts.length; ++n) {
            uint256 against = c.appeals[n].against;
            if (against == 0 || against == outcome + 1) continue;
            payouts[n] = _feeOf(c, n);
            refunds += payouts[n];
        }
        if (refunds == 0) return 0;
        uint256 bonus = Math.min(refunds / 2, netLosses);
        for (uint256 n = 0; n < payouts.length; ++n) {
            payouts[n] += (bonus * payouts[n]) / refunds;
            paid += payouts[n];
        }
    }

    /// @dev What the round after appeal `n` cost, wei.
    function _feeOf(Case memory c, uint256 n) private pure returns (uint256) {
        return c.domain.seatFee() * Sortition.seatsOfRound(c.domain.seats(), n + 2);
    }

    /// @return what it means for a seat, as Questions keeps it
    function _unresolved(Case memory c, Verdicts.Verdict memory v) private pure returns (uint256) {
        ConsensusState.Packed d = c.domain;
        uint256 fees = d.seatFee() * Sortition.seatsAsked(d.seats(), c.rounds);
        uint256 gain = 0;
        if (v.seats != 0) {
            gain = _share(fees - burnOf(fees, d.burnBps()), v.leadingSeats);
            c.toSink = fees - gain * v.leadingSeats;
        } else {
            _refundAppellants(c, fees);
        }
        return Questions.encodePayout(0, 0, gain);
    }

    /// @dev Where nobody voted, appellants get their fees back at once, the asker its own later, both less the burn.
    function _refundAppellants(Case memory c, uint256 fees) private pure {
        uint256 burnBps = c.domain.burnBps();
        for (uint256 n = 0; n < c.appeals.length; ++n) {
            if (c.appeals[n].appellant == address(0)) continue;
            uint256 fee = _feeOf(c, n);
            uint256 burn = burnOf(fee, burnBps);
            fees -= fee;
            c.toAppellants[n] = fee - burn;
            c.toSink += burn;
        }
        c.toSink += burnOf(fees, burnBps);
    }
}
