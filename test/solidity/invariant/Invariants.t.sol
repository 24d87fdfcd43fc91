// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Handler} from "./Handler.sol";

/// @notice Random lives of the protocol; see test/invariant/README.md. Numbers are those of docs/protocol.md, section 10.
contract InvariantsTest {
    Handler private _handler;

    function setUp() public {
        _handler = new Handler();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0].addr = address(_handler);
        bytes4[] memory s = new bytes4[](23);
        (s[0], s[1], s[2]) = (Handler.liveEpochs.selector, Handler.wait_.selector, Handler.sleep.selector);
        (s[3], s[4], s[5]) = (Handler.roll.selector, Handler.beat.selector, Handler.settle.selector);
        (s[6], s[7], s[8]) = (Handler.forfeit.selector, Handler.enroll.selector, Handler.announceAnchor.selector);
        (s[9], s[10], s[11]) = (Handler.allocate.selector, Handler.trim.selector, Handler.transferAgent.selector);
        (s[12], s[13], s[14]) = (Handler.welcomeAgent.selector, Handler.ask.selector, Handler.finalize.selector);
        (s[15], s[16], s[17]) = (Handler.takeFurther.selector, Handler.reclaim.selector, Handler.assertClaim.selector);
        (s[18], s[19], s[20]) = (Handler.dispute.selector, Handler.resolve.selector, Handler.challenge.selector);
        (s[21], s[22]) = (Handler.moveStake.selector, Handler.payOut.selector);
        targets[0].selectors = s;
    }

    /// hardhat-config: invariant.runs = 4
    /// hardhat-config: invariant.depth = 60
    function invariant_1_to_6_everything() public {
        _handler.checkSurprises();
        _handler.check1();
        _handler.check2();
        _handler.check3();
        _handler.check4();
        _handler.check5();
        _handler.check6();
        _handler.check8();
    }

    function afterInvariant() public {
        _handler.closeEverything();
        _handler.checkSurprises();
        _handler.check3();
        _handler.check10();
    }
}
