// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {vm} from "../utils/Vm.sol";
import {Campaign} from "./Campaign.sol";
import {Functions} from "./Functions.sol";
import {Handler} from "./Handler.sol";

/// @notice Acts by a list of its own instead of the runner's choice, so that what happens depends on the contracts' rules alone.
contract Script {
    uint256 private immutable DISTINCT;
    Handler private immutable HANDLER;
    bytes4[] private _actions;
    uint256 public steps;

    constructor(Handler handler, bytes4[] memory actions, uint256 distinct) {
        (HANDLER, _actions, DISTINCT) = (handler, actions, distinct);
    }

    function next(uint256) external {
        uint256 random = uint256(keccak256(abi.encode("a long life", ++steps)));
        // Every fourth step lives on for some epochs; the others go through all actions in turn.
        bytes4 action = steps % 4 == 0 ? Handler.liveEpochs.selector : _actions[steps % DISTINCT];
        (bool ok, ) = address(HANDLER).call(abi.encodeWithSelector(action, random));
        vm.assertTrue(ok, "an action of the handler failed");
    }
}

/// @notice One long random life, at whose end everything that the suite can do must have happened: it is not vacuous.
contract LongLifeTest is Campaign, Functions {
    // solhint-disable-next-line var-name-mixedcase
    string[110] private ACTIONS = [
        "finalize: several rounds",
        "finalize: canary confirmed",
        "finalize: appeal succeeded",
        "settle: in part",
        "settle: a loss",
        "finalize: resolved",
        "finalize: nobody voted",
        "finalize: unresolved",
        "forfeit: lost",
        "forfeit: released",
        "commit: on the next chain",
        "commit: exposure too small",
        "reveal",
        "beat: overdue",
        "beat: settle",
        "beat",
        "commit",
        "settle",
        "forfeit",
        "enroll",
        "announceAnchor",
        "allocate",
        "trim",
        "ask: with a canary",
        "ask",
        "ask: with a budget",
        "appeal",
        "appeal: undecided",
        "spendBudget",
        "openCanary: starts a round",
        "openCanary",
        "finalize",
        "reclaim: nobody voted",
        "reclaim",
        "assertClaim",
        "dispute",
        "dispute: abandoned",
        "resolve: stood",
        "resolve: decided",
        "resolve: unresolved",
        "challenge",
        "challenge: again",
        "challenge: upheld",
        "challenge: fell",
        "challenge: unresolved",
        "transfer",
        "sweep",
        "setAgentWallet",
        "deposit",
        "requestWithdrawal",
        "cancelWithdrawal",
        "withdraw",
        "pledge",
        "lowerPledge",
        "completeLowering",
        "collect",
        "flush",
        "hostile: a wrong secret",
        "hostile: another ballot",
        "hostile: out of its epoch",
        "hostile: a second reveal",
        "hostile: a stranger's commit",
        "hostile: a second commit",
        "hostile: a commit mined late",
        "hostile: a forfeit too early or too small",
        "hostile: a forfeit of nothing",
        "hostile: a second settlement",
        "hostile: other receipts",
        "hostile: finalize too early or twice",
        "hostile: a foreign question",
        "hostile: the same question again",
        "hostile: a question at another's cost",
        "hostile: another canary",
        "hostile: a stranger's canary",
        "hostile: a stranger withdraws",
        "hostile: a stranger pledges",
        "hostile: a stranger names a signer",
        "hostile: into the vault",
        "hostile: a statement of nobody",
        "hostile: a second resolution",
        "wait: into the freeze",
        "liveEpochs",
        "sleep",
        "roll",
        "deliver",
        "deliver: heard",
        "deliver: deaf consumer",
        "register",
        "setAgentURI",
        "setMetadata",
        "unsetAgentWallet",
        "transfer: by an operator",
        "transfer: by a deputy",
        "transfer: there and back",
        "transfer: refused",
        "addSigner",
        "retireSigner",
        "createDomain",
        "createDomain: out of bounds",
        "depositWithPermit",
        "a gift to the vault",
        "hostile: another's identity",
        "hostile: a delivery to nobody",
        "hostile: a beat without a signature",
        "beatFor",
        "beatFor: the same beat twice",
        "beatFor: a faulty beat",
        "beatFor: a fee",
        "beatFor: a reveal",
        "beatFor: a commit"
    ];

    Script private _script;

    function setUp() public override {
        super.setUp();
        _script = new Script(handler, actions(), DISTINCT);
    }

    function targetContracts() external view override returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_script);
    }

    function targetSelectors() external view override returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_script), new bytes4[](1));
        targets[0].selectors[0] = Script.next.selector;
    }

    /// forge-config: default.invariant.runs = 1
    /// forge-config: default.invariant.depth = 180
    function invariant_1_to_9_in_a_long_life_in_which_everything_happens() public {
        if (_script.steps() % 12 != 0) return;
        _checkAll();
    }

    function afterInvariant() public {
        _end();
        string memory missing = "";
        for (uint256 n = 0; n < ACTIONS.length; ++n) {
            if (handler.did(ACTIONS[n]) == 0) missing = string.concat(missing, ACTIONS[n], "; ");
        }
        for (uint256 n = 0; n < functions.length; ++n) {
            bytes4 selector = functions[n].selector;
            bool happened = (functions[n].guarded ? handler.tried(selector) : handler.called(selector)) != 0;
            if (!happened) missing = string.concat(missing, functions[n].name, "; ");
        }
        vm.assertTrue(bytes(missing).length == 0, string.concat("never happened: ", missing));
    }
}
