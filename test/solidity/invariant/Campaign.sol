// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Handler} from "./Handler.sol";

/// @notice What the runner needs to know: whom to call, and with what.
abstract contract Campaign {
    uint256 internal constant DISTINCT = 31;

    Handler internal handler;

    function setUp() public virtual {
        handler = new Handler();
    }

    function targetContracts() external view virtual returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    function targetSelectors() external view virtual returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(handler), actions());
    }

    function actions() public pure returns (bytes4[] memory s) {
        s = new bytes4[](DISTINCT + 8);
        (s[0], s[1], s[2]) = (Handler.liveEpochs.selector, Handler.wait_.selector, Handler.sleep.selector);
        (s[3], s[4], s[5]) = (Handler.roll.selector, Handler.beat.selector, Handler.settle.selector);
        (s[6], s[7], s[8]) = (Handler.forfeit.selector, Handler.enroll.selector, Handler.announceAnchor.selector);
        (s[9], s[10], s[11]) = (Handler.allocate.selector, Handler.trim.selector, Handler.transferAgent.selector);
        (s[12], s[13], s[14]) = (Handler.welcomeAgent.selector, Handler.ask.selector, Handler.finalize.selector);
        (s[15], s[16], s[17]) = (Handler.takeFurther.selector, Handler.reclaim.selector, Handler.assertClaim.selector);
        (s[18], s[19], s[20]) = (Handler.dispute.selector, Handler.resolve.selector, Handler.challenge.selector);
        (s[21], s[22]) = (Handler.moveStake.selector, Handler.payOut.selector);
        (s[23], s[24]) = (Handler.hostile.selector, Handler.deliver.selector);
        s[25] = Handler.exodus.selector;
        (s[26], s[27]) = (Handler.tendAgent.selector, Handler.signer.selector);
        (s[28], s[29]) = (Handler.createDomain.selector, Handler.fund.selector);
        s[30] = Handler.relay.selector;
        // Often, or committees would rarely come to a verdict.
        for (uint256 n = DISTINCT; n < s.length; ++n) s[n] = Handler.liveEpochs.selector;
    }

    /// @notice Ends every run: whatever state it has reached, everything gets out.
    function _end() internal {
        handler.check4();
        _checkAll();
        handler.checkGrowth();
        handler.closeEverything();
        // The most telling first.
        handler.check4();
        handler.check1();
        handler.check2();
        handler.check10();
        _checkAll();
    }

    function _checkAll() internal {
        handler.check1();
        handler.check2();
        handler.check3();
        handler.check4();
        handler.check5();
        handler.check6();
        handler.check7();
        handler.check8();
        handler.check9();
        handler.checkSurprises();
    }
}
