// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Questions} from "../libraries/Questions.sol";
import {Settlement} from "../libraries/Settlement.sol";
import {Verdicts} from "../libraries/Verdicts.sol";
import {WordKit} from "./WordKit.sol";

/// @notice Calls the rules of a question, from its slot to its terms of settlement, on many inputs at once, for comparison with their
/// TypeScript twins.
contract QuestionsHarness {
    using Questions for Questions.Slots;
    using WordKit for Questions.Slots;

    struct Words {
        uint256 head;
        uint256[] more;
        uint256 outcomes;
    }

    struct Rules {
        uint256 firstRoundSeats;
        uint256 supermajorityBps;
        bool lastRound;
    }

    struct Deciding {
        Questions.Tally tally;
        Rules rules;
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
        Settlement.Appeal[] appeals; // of rounds 2 to `rounds`; no appellant where the round was not appealed for
    }

    struct Payouts {
        uint256[] appellants; // wei, in the order of `Inputs.appeals`
        uint256 toSink; // wei
    }

    struct Settling {
        Questions.Tally tally;
        Rules rules;
        Inputs inputs;
    }

    struct Settled {
        Verdicts.Verdict verdict;
        Questions.Terms terms;
        Payouts payouts;
    }

    struct Loss {
        uint256 seatBond;
        uint256 leadingWeight;
        uint256 weight;
        uint256 rarity;
    }

    struct Burn {
        uint256 amount;
        uint256 burnBps;
        address keeper;
        address owner;
    }

    mapping(uint256 index => Questions.Slots) private _questions;

    /* SLOT */

    /// @return headers read
    /// @return heads each word with its own header written again
    /// @return tallies read
    function open(
        Words[] calldata w
    ) external returns (Questions.Header[] memory headers, uint256[] memory heads, Questions.Tally[] memory tallies) {
        headers = new Questions.Header[](w.length);
        heads = new uint256[](w.length);
        tallies = new Questions.Tally[](w.length);
        for (uint256 i = 0; i < w.length; ++i) {
            headers[i] = Questions.header(w[i].head);
            heads[i] = Questions.withHeader(w[i].head, headers[i]);
            tallies[i] = _load(i, w[i]).tally(w[i].head, w[i].outcomes);
        }
    }

    function encodeTerms(Questions.Terms[] calldata t) external pure returns (uint256[] memory words) {
        words = new uint256[](t.length);
        for (uint256 i = 0; i < t.length; ++i) {
            words[i] =
                Questions.encodeEnd((t[i].rounds << 2) | (t[i].budget << 10), t[i].status, t[i].outcome) |
                Questions.encodeSupport(t[i].supportBps, t[i].riskSeats, t[i].refundable ? 0 : 1) |
                Questions.encodePayout(t[i].evidence, t[i].loss, t[i].gain);
        }
    }

    function decodeTerms(uint256[] calldata words) external pure returns (Questions.Terms[] memory t) {
        t = new Questions.Terms[](words.length);
        for (uint256 i = 0; i < words.length; ++i) t[i] = Questions.terms(words[i]);
    }

    /* VERDICT, SETTLEMENT */

    function verdicts(Deciding[] calldata d) external returns (Verdicts.Verdict[] memory v) {
        v = new Verdicts.Verdict[](d.length);
        for (uint256 i = 0; i < d.length; ++i) v[i] = _verdict(d[i].tally, d[i].rules);
    }

    function settle(Settling[] calldata s) external returns (Settled[] memory r) {
        r = new Settled[](s.length);
        for (uint256 i = 0; i < s.length; ++i) {
            r[i].verdict = _verdict(s[i].tally, s[i].rules);
            Settlement.Case memory c = _caseOf(s[i].inputs);
            r[i].terms = Questions.terms(Settlement.terms(c, r[i].verdict));
            r[i].payouts = Payouts(c.toAppellants, c.toSink);
        }
    }

    function losses(Loss[] calldata seat) external pure returns (uint256[] memory wei_) {
        wei_ = new uint256[](seat.length);
        for (uint256 i = 0; i < seat.length; ++i) {
            wei_[i] = Settlement.lossPerSeat(seat[i].seatBond, seat[i].leadingWeight, seat[i].weight, seat[i].rarity);
        }
    }

    /// @return wei_ burn of each amount, and the keeper's share of the amount
    function burns(Burn[] calldata b) external pure returns (uint256[2][] memory wei_) {
        wei_ = new uint256[2][](b.length);
        for (uint256 i = 0; i < b.length; ++i) {
            wei_[i][0] = Settlement.burnOf(b[i].amount, b[i].burnBps);
            wei_[i][1] = Settlement.keeperShare(b[i].amount, b[i].keeper, b[i].owner);
        }
    }

    function _caseOf(Inputs calldata i) private pure returns (Settlement.Case memory c) {
        c.head = (i.rounds << 2) | (i.budget << 10);
        c.domain = WordKit.packedDomain(i.seatFee, i.seatBond, i.burnBps, i.firstRoundSeats);
        (c.rounds, c.rarity, c.canaryConfirmed, c.appeals) = (i.rounds, i.rarity, i.canaryConfirmed, i.appeals);
    }

    function _load(uint256 index, Words calldata w) private returns (Questions.Slots storage slots) {
        slots = _questions[index];
        for (uint256 n = 0; n < w.more.length; ++n) slots.more[n] = w.more[n];
    }

    function _verdict(Questions.Tally calldata t, Rules calldata r) private returns (Verdicts.Verdict memory) {
        return _questions[0].verdict(t, r.firstRoundSeats, r.supermajorityBps, r.lastRound);
    }
}
