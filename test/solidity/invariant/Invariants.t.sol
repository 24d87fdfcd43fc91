// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Campaign} from "./Campaign.sol";

/// @notice Random lives of the protocol; see test/invariant/README.md. Numbers are those of docs/protocol.md, section 10. Each run of
/// each invariant ends with number 10.
contract InvariantsTest is Campaign {
    /* THE INVARIANTS */

    /// hardhat-config: invariant.runs = 4
    /// hardhat-config: invariant.depth = 80
    function invariant_1_solvency() public view {
        handler.check1();
    }

    /// hardhat-config: invariant.runs = 4
    /// hardhat-config: invariant.depth = 80
    function invariant_2_locked_is_exposures_and_challenges() public view {
        handler.check2();
    }

    /// hardhat-config: invariant.runs = 4
    /// hardhat-config: invariant.depth = 80
    function invariant_3_every_wei_of_a_question_is_paid_out() public view {
        handler.check3();
    }

    /// hardhat-config: invariant.runs = 4
    /// hardhat-config: invariant.depth = 80
    function invariant_4_nobody_loses_more_than_declared() public view {
        handler.check4();
    }

    /// hardhat-config: invariant.runs = 4
    /// hardhat-config: invariant.depth = 80
    function invariant_5_final_verdicts_never_change() public {
        handler.check5();
    }

    /// hardhat-config: invariant.runs = 4
    /// hardhat-config: invariant.depth = 80
    function invariant_6_chain_and_twin_agree() public view {
        handler.check6();
    }

    /// @dev What the owner, the wallet or the secret alone may do; replays and foreign ids are refused too.
    /// hardhat-config: invariant.runs = 4
    /// hardhat-config: invariant.depth = 80
    function invariant_5_7_what_is_allowed_succeeds_and_what_is_not_is_refused() public view {
        handler.checkSurprises();
        handler.check7();
    }

    /// hardhat-config: invariant.runs = 4
    /// hardhat-config: invariant.depth = 80
    function invariant_8_and_9_strangers_neither_slow_nor_break_anything() public view {
        handler.check8();
        handler.check9();
    }

    function afterInvariant() public {
        _end();
    }
}
