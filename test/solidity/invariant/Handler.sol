// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IClaims} from "../../../contracts/interfaces/IClaims.sol";
import {vm} from "../utils/Vm.sol";
import {Growth} from "./Growth.sol";

/// @notice The actions the runner picks from. Each takes one seed, so that a shrunk sequence stays readable.
contract Handler is Growth {
    uint256 public steps; // actions so far

    constructor() {
        _deploy();
        // Allocations count from epoch 2 on.
        _warp(GENESIS + 2 * EPOCH);
    }

    modifier ticking() {
        vm.warp(clock);
        vm.prevrandao(keccak256(abi.encode("prevrandao", _epoch())));
        if (++steps % 8 == 0) _prune();
        _pruneCases();
        _;
    }

    /// @dev The runner likes small numbers and repeats itself; what an action does should depend on neither. Nor on how many other
    /// actions came before: a fuzzer that is guided by coverage, or shrinks, takes some out and keeps the rest.
    function _mix(uint256 seed) private returns (uint256) {
        return uint256(keccak256(abi.encode(seed, ++_repeats[seed])));
    }

    mapping(uint256 seed => uint256) private _repeats;

    /* TIME */

    /// @notice Later in the same epoch, sometimes in its freeze.
    function wait_(uint256 seed) external ticking {
        seed = _mix(seed);
        uint256 end = GENESIS + (_epoch() + 1) * EPOCH - 1;
        _warp(seed % 2 == 0 ? end : clock + (seed % (end - clock + 1)));
        if (_freeze()) ++did["wait: into the freeze"];
    }

    /// @notice Two to five epochs as they should be: questions and claims come in, most agents beat, some go on, all is resolved.
    function liveEpochs(uint256 seed) external ticking {
        seed = _mix(seed);
        if ((seed >> 32) % 2 == 0) _welcome(seed);
        for (uint256 n = 0; n <= 1 + (seed % 4); ++n) {
            uint256 s = uint256(keccak256(abi.encode(seed, n)));
            _askAnything(s);
            _court(s >> 64);
            if ((s >> 128) % 4 == 0) _relayBatch(_user(s >> 136), s >> 144);
            for (uint256 i = 0; i < MEMBERS; ++i) {
                uint256 beatSeed = uint256(keccak256(abi.encode(s, i)));
                if (beatSeed % 16 != 0) _beat((i + s) % MEMBERS, beatSeed >> 8);
            }
            _goOn(s >> 32);
            _warp(GENESIS + (_epoch() + 1) * EPOCH + ((s >> 16) % 8));
        }
        ++did["liveEpochs"];
    }

    function _askAnything(uint256 seed) private {
        uint256 d = 1 + (seed % 3);
        uint256 canary = (seed >> 8) % 3;
        if (canary == 1) canary = 1 + ((seed >> 16) % rules[d].outcomes);
        else if (canary == 2) canary = (seed >> 16) % 3 == 0 ? 99 : 0;
        _ask(d, _user(seed >> 24), (seed >> 32) % 3, canary, (seed >> 40) % 2 == 0);
    }

    /// @dev Something asserted is disputed, something stated challenged, and what is decided is resolved.
    function _court(uint256 s) private {
        uint256 d = 1 + (s % 3);
        if (s % 4 == 0) {
            uint256 before = cases.length;
            _assert(d, (s >> 8) % rules[d].outcomes, _user(s >> 16), (s >> 24) % 1e18);
            if (cases.length != before) _dispute(before, _user(s >> 32));
        } else if (s % 4 == 1) {
            _challenge((s >> 8) % MEMBERS, d, (s >> 16) % rules[d].outcomes, (s >> 24) % 1e18, _user(s >> 32));
        }
        for (uint256 k = 0; k < openCases.length; ++k) {
            uint256 n = openCases[k];
            if (cases[n].status == IClaims.ClaimStatus.InCourt && _due(cases[n].question)) _resolve(n);
        }
    }

    /// @dev Somebody takes a question further or settles one, as would happen in most epochs.
    function _goOn(uint256 s) private {
        for (uint256 n = 0; n < questions.length && n < 12; ++n) {
            uint256 q = questions.length - 1 - n;
            if (questions[q].done || _epoch() != questions[q].epoch + 2) continue;
            uint256 die = uint256(keccak256(abi.encode(s, q))) % 8;
            if (questions[q].canary == 1 && die != 0) _openCanary(q);
            else if (questions[q].budget != 0 && die < 6) _spendBudget(q, _user(s));
            else if (die < 6) _appeal(q, _user(s >> 4));
        }
    }

    /// @notice Whole epochs in which nobody does anything.
    function sleep(uint256 seed) external ticking {
        seed = _mix(seed);
        _warp(clock + (1 + (seed % 5 == 0 ? (seed >> 8) % 20 : (seed >> 8) % 3)) * EPOCH);
        ++did["sleep"];
    }

    function roll(uint256) external ticking {
        _count(consensus.roll.selector);
        consensus.roll();
        rolled[_epoch()] = true;
        ++did["roll"];
    }

    /* AGENTS */

    function beat(uint256 seed) external ticking {
        seed = _mix(seed);
        _beat(seed % MEMBERS, seed >> 8);
    }

    /// @notice A stranger sends what the wallets have signed.
    function relay(uint256 seed) external ticking {
        seed = _mix(seed);
        _relayBatch(_user(seed), seed >> 8);
    }

    function settle(uint256 seed) external ticking {
        seed = _mix(seed);
        for (uint256 n = 0; n < MEMBERS; ++n) {
            uint256 i = (seed + n) % MEMBERS;
            if (pending[i].length == 0) continue;
            address keeper = (seed >> 16) % 4 == 0 ? _owner(members[i]) : _user(seed >> 8);
            _settle(i, (seed >> 24) % pending[i].length, keeper);
        }
    }

    function forfeit(uint256 seed) external ticking {
        seed = _mix(seed);
        for (uint256 i = 0; i < MEMBERS; ++i) if (members[i].open) _forfeit(i, _user(seed));
    }

    function enroll(uint256 seed) external ticking {
        seed = _mix(seed);
        _enroll(seed % MEMBERS, seed);
    }

    function announceAnchor(uint256 seed) external ticking {
        seed = _mix(seed);
        _announce(seed % MEMBERS, seed);
    }

    function allocate(uint256 seed) external ticking {
        seed = _mix(seed);
        uint256 i = seed % MEMBERS;
        _allocate(i, 1 + ((seed >> 8) % 3), ((seed >> 16) % 8) * (members[i].available / 6));
    }

    /// @notice Everybody leaves a domain while something asserted in it can still be disputed, and comes back.
    function exodus(uint256 seed) external ticking {
        seed = _mix(seed);
        uint256 d = 1 + (seed % 3);
        _assert(d, 0, _user(seed >> 8), 0);
        for (uint256 i = 0; i < MEMBERS; ++i) _allocate(i, d, 0);
        _warp(GENESIS + (_epoch() + 1) * EPOCH + 1);
        if (cases.length != 0) _dispute(cases.length - 1, _user(seed >> 16));
        for (uint256 i = 0; i < MEMBERS; ++i) _allocate(i, d, members[i].available / 2);
        _warp(GENESIS + (_epoch() + 1) * EPOCH + 1);
    }

    function trim(uint256 seed) external ticking {
        seed = _mix(seed);
        for (uint256 i = 0; i < MEMBERS; ++i) _trim(i, 1 + (seed % 3));
    }

    function transferAgent(uint256 seed) external ticking {
        seed = _mix(seed);
        // Not always, or nobody would ever have a record.
        if (seed % 2 != 0) return;
        uint256 i = (seed >> 8) % MEMBERS;
        _transfer(i);
        if ((seed >> 16) % 2 == 0) _setWallet(i);
    }

    /// @notice What owners do with an identity besides selling it: texts, deputies, loans, wallets.
    function tendAgent(uint256 seed) external ticking {
        seed = _mix(seed);
        _register(_user(seed), seed >> 8);
        _describe((seed >> 16) % MEMBERS, seed >> 24);
        _describe((seed >> 32) % MEMBERS, (seed >> 24) + 1);
        for (uint256 n = 0; n < 2; ++n) _lendOrSell((seed >> (40 + n)) % MEMBERS, 2 * agents + n, seed >> 48);
    }

    /// @dev The wallet is soon set again, as an agent without one does nothing.
    function _lendOrSell(uint256 i, uint256 kind, uint256 seed) private {
        kind %= 5;
        if (kind < 2) _deputyTransfers(i, _user(seed >> 16), (seed >> 24) * 2 + kind);
        else if (kind == 2) _unsetWallet(i);
        else _lend(i, kind == 4);
        if ((seed >> 32) % 4 != 0) _setWallet(i);
    }

    function signer(uint256 seed) external ticking {
        seed = _mix(seed);
        for (uint256 n = 0; n < 2; ++n) {
            uint256 i = (seed + n) % MEMBERS;
            _signer(i, answerable[i][0xE000 + i] == type(uint32).max || (seed >> 8) % 4 == 0);
        }
    }

    function createDomain(uint256 seed) external ticking {
        seed = _mix(seed);
        _createDomain(_user(seed), seed >> 8, true);
        _createDomain(_user(seed), seed >> 16, false);
    }

    function fund(uint256 seed) external ticking {
        seed = _mix(seed);
        _depositWithPermit(seed % MEMBERS, seed >> 8);
        if ((seed >> 128) % 2 == 0) _give(_user(seed >> 136), 1 + ((seed >> 144) % 3));
    }

    function welcomeAgent(uint256 seed) external ticking {
        seed = _mix(seed);
        _welcome(seed);
    }

    /// @dev Whoever has bought an agent makes it work again.
    function _welcome(uint256 seed) private {
        for (uint256 i = 0; i < MEMBERS; ++i) {
            _setWallet(i);
            bool idle = members[i].enrolledKey != members[i].ownerKey && !members[i].open && pending[i].length == 0;
            if (idle || (seed >> i) % 16 == 0) _enroll(i, seed);
        }
    }

    /* QUESTIONS AND CLAIMS */

    function ask(uint256 seed) external ticking {
        seed = _mix(seed);
        _askAnything(seed);
    }

    function finalize(uint256) external ticking {
        for (uint256 q = questions.length; q != 0 && q + 6 > questions.length; --q) _finalize(q - 1);
    }

    function takeFurther(uint256 seed) external ticking {
        seed = _mix(seed);
        if (questions.length == 0) return;
        uint256 q = questions.length - 1 - (seed % (questions.length < 8 ? questions.length : 8));
        if ((seed >> 8) % 3 == 0) _appeal(q, _user(seed >> 16));
        else if ((seed >> 8) % 3 == 1) _spendBudget(q, _user(seed >> 16));
        else _openCanary(q);
    }

    function reclaim(uint256 seed) external ticking {
        seed = _mix(seed);
        for (uint256 k = 0; k < live.length; ++k)
            if (_due(live[k]) && (seed >> (k % 200)) % 4 == 0) _reclaim(live[k], _user(seed));
        if (questions.length != 0) _reclaim((seed >> 8) % questions.length, _user(seed >> 16));
    }

    function assertClaim(uint256 seed) external ticking {
        seed = _mix(seed);
        uint256 d = 1 + (seed % 3);
        _assert(d, (seed >> 8) % (rules[d].outcomes + 1), _user(seed >> 16), (seed >> 24) % 1e18);
    }

    function dispute(uint256 seed) external ticking {
        seed = _mix(seed);
        if (cases.length == 0) return;
        _dispute(cases.length - 1 - (seed % (cases.length < 4 ? cases.length : 4)), _user(seed >> 8));
    }

    function resolve(uint256 seed) external ticking {
        seed = _mix(seed);
        if (cases.length != 0) _resolve(seed % cases.length);
    }

    function challenge(uint256 seed) external ticking {
        seed = _mix(seed);
        uint256 d = 1 + (seed % 3);
        if ((seed >> 48) % 2 == 0) {
            for (uint256 n = cases.length < 12 ? 0 : cases.length - 12; n < cases.length; ++n) {
                if (!cases[n].statement || cases[n].status == IClaims.ClaimStatus.InCourt) continue;
                if (cases[n].stated.expiry < clock) continue;
                return _challengeAgain(cases[n], _user(seed >> 16));
            }
        }
        _challenge((seed >> 24) % MEMBERS, d, (seed >> 8) % 3, (seed >> 32) % 1e18, _user(seed >> 16));
    }

    /// @notice A verdict is delivered to consumers of all kinds, one after the other.
    function deliver(uint256 seed) external ticking {
        seed = _mix(seed);
        if (questions.length != 0) _deliver(seed % questions.length);
    }

    /* TOKENS */

    function moveStake(uint256 seed) external ticking {
        seed = _mix(seed);
        for (uint256 n = 0; n < 4; ++n) _moveStake((seed + n) % MEMBERS, (seed >> 8) + 2 * n, (seed >> 16) % 150e18);
    }

    function _moveStake(uint256 i, uint256 what, uint256 amount) private {
        what %= 8;
        if (what == 0 || what == 4) _deposit(i, 2 * amount);
        else if (what == 1) _requestWithdrawal(i, amount);
        else if (what == 2) {
            _requestWithdrawal(i, amount);
            _cancelWithdrawal(i);
        } else if (what == 3) _withdraw(i);
        else if (what == 5) _pledge(i, amount);
        else if (what == 6) _lowerPledge(i, amount / 8);
        else _completeLowering(i);
    }

    function payOut(uint256 seed) external ticking {
        seed = _mix(seed);
        _collect(accounts[seed % accounts.length]);
        if ((seed >> 8) % 3 == 0) _flush();
        for (uint256 i = 0; i < MEMBERS; ++i) {
            if (members[i].withdrawing != 0 && (seed >> 16) % 2 == 0) _withdraw(i);
            if (members[i].lowering != 0 && (seed >> 17) % 2 == 0) _completeLowering(i);
        }
    }

    /* WHAT MUST NOT WORK */

    function hostile(uint256 seed) external ticking {
        seed = _mix(seed);
        _beat((seed + 5) % MEMBERS, seed);
        uint256 recent = questions.length < 4 ? questions.length : 4;
        uint256 q = recent == 0 ? 0 : questions.length - 1 - ((seed >> 16) % recent);
        for (uint256 trick = 0; trick < TRICKS; ++trick) {
            _trick(trick, (seed + trick) % MEMBERS, q, seed >> 32);
            _trick(trick, (seed + trick + 3) % MEMBERS, q, seed >> 32);
        }
    }

    /* THE END */

    /// @notice From any state: time, then calls anyone may send, then what each owner does for itself.
    function closeEverything() external ticking {
        _warp(GENESIS + (_epoch() + 5) * EPOCH); // a question asked in the freeze takes longest
        for (uint256 i = 0; i < MEMBERS; ++i) if (members[i].open) _forfeit(i, _user(i));
        for (uint256 i = 0; i < MEMBERS; ++i) while (pending[i].length != 0) _settle(i, 0, _user(i));
        for (uint256 k = 0; k < live.length; ++k) if (!questions[live[k]].done) _finalize(live[k]);
        for (uint256 k = 0; k < live.length; ++k) {
            uint256 q = live[k];
            if (questions[q].budget != 0 || questions[q].terms.refund != 0) _reclaim(q, _user(q));
        }
        for (uint256 k = 0; k < openCases.length; ++k) {
            uint256 n = openCases[k];
            bool asserted = cases[n].status == IClaims.ClaimStatus.Asserted;
            if (asserted || cases[n].status == IClaims.ClaimStatus.InCourt) _resolve(n);
        }
        for (uint256 i = 0; i < MEMBERS; ++i) {
            if (members[i].pledged != members[i].lowering) _lowerPledge(i, members[i].pledged - members[i].lowering);
        }
        _warp(clock + 18 * EPOCH);
        for (uint256 i = 0; i < MEMBERS; ++i) {
            if (members[i].lowering != 0) _completeLowering(i);
            if (members[i].available != 0) _requestWithdrawal(i, members[i].available);
        }
        _warp(clock + 18 * EPOCH);
        for (uint256 i = 0; i < MEMBERS; ++i) if (members[i].withdrawing != 0) _withdraw(i);
        for (uint256 n = 0; n < accounts.length; ++n) if (credits[accounts[n]] != 0) _collect(accounts[n]);
        if (sinkDue != 0) _flush();
        closed = true;
    }
}
