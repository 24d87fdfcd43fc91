// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AgentRegistry} from "../../../contracts/AgentRegistry.sol";
import {AssayFactory} from "../../../contracts/AssayFactory.sol";
import {AssayToken} from "../../../contracts/AssayToken.sol";
import {Claims} from "../../../contracts/Claims.sol";
import {Consensus} from "../../../contracts/Consensus.sol";
import {IConsensus} from "../../../contracts/interfaces/IConsensus.sol";
import {StakeVault} from "../../../contracts/StakeVault.sol";
import {AgentId, DomainId, QuestionId} from "../../../contracts/types/Ids.sol";
import {vm} from "../utils/Vm.sol";
import {Twin} from "./Twin.sol";

/// @notice The deployed protocol, its people, and a ghost of everything it should know. All amounts in wei.
abstract contract World {
    uint256 internal constant GENESIS = 1_000_000;
    uint256 internal constant EPOCH = 64; // seconds, of which the last four are the freeze
    uint256 internal constant UNIT = 1e15;
    uint256 internal constant CHAIN = 256; // secrets of one chain
    uint256 internal constant STRIDE = 16; // secrets from one that is kept to the next
    uint256 internal constant MEMBERS = 6;
    uint256 internal constant USERS = 4;
    uint256 internal constant DOMAINS = 3;
    address internal constant SINK = address(0x51);

    struct Member {
        uint256 id;
        uint256 ownerKey;
        address wallet;
        uint256 enrolledKey; // owner the chain belongs to; 0 once void
        uint256 generation;
        // chain
        bytes32 seed;
        uint32 base;
        bytes32 nextSeed;
        uint32 nextFrom; // 0: none announced
        bytes32 tip;
        // open ballot
        bool open;
        bool covered; // its exposure was declared high enough
        uint32 epoch;
        bytes32 commitment;
        uint256 exposure;
        uint256 backing; // units
        bytes ballot;
        // vault
        uint256 available;
        uint256 locked;
        uint256 pledged;
        uint256 lowering;
        uint256 loweringFrom;
        uint256 withdrawing;
        uint256 withdrawFrom;
        uint256 seen; // last sign of life, epoch
    }

    struct Vote {
        uint256 question;
        uint256 outcome;
        uint256 seats;
    }

    /// @notice A revealed ballot with votes that are not settled.
    struct Pending {
        uint32 epoch;
        uint256 generation;
        uint256 declared;
        uint256 lost;
        Vote[] votes;
    }

    struct Question {
        QuestionId id;
        uint256 domain;
        IConsensus.Origin origin;
        bytes32 salt; // of the canary
        uint256 answer; // of the canary
        uint256 canary; // 0 none, 1 entered, 2 no answer, 3 + outcome
        uint256 epoch;
        uint256 rounds;
        uint256 budget; // seats
        uint256 offered;
        uint256 offeredNow;
        Twin.Tally tally;
        bool done;
        Twin.Terms terms;
        uint256 fees; // paid in for the rounds held
        uint256 losses; // settled
        uint256 gains; // settled
        uint256 burned; // settled, keeper's share included
        uint256 refunded;
        uint256 open; // seats of votes revealed and not settled
    }

    /// @notice What the seats of one agent in one epoch are drawn from.
    struct Draw {
        bytes32 seed;
        bytes32 secret;
    }

    struct Trust {
        uint256 generation;
        uint256 alpha;
        uint256 beta;
        uint256 verdicts;
    }

    struct Change {
        uint256 from; // epoch
        uint256 units;
    }

    AgentRegistry internal registry;
    AssayToken internal token;
    Consensus internal consensus;
    StakeVault internal vault;
    Claims internal claims;
    uint256 internal clock;

    Twin.Rules[DOMAINS + 1] internal rules;
    Member[] internal members;
    Question[] internal questions;
    uint256[] internal live; // questions that owe or are owed anything
    mapping(uint256 epoch => uint256[]) internal votedIn; // questions
    mapping(uint256 question => Twin.Appeal[5]) internal appeals; // by round
    mapping(bytes24 id => uint256 index) internal questionAt; // plus 1
    mapping(uint256 member => Pending[]) internal pending;
    mapping(uint256 member => mapping(uint256 domain => Trust)) internal trusts;
    mapping(uint256 member => mapping(uint256 domain => Change[])) internal allocations;
    mapping(uint256 domain => uint256[5]) internal counts;
    mapping(uint256 domain => uint256) internal participation;
    mapping(address account => uint256) internal credits;
    address[] internal accounts;
    mapping(uint256 key => address) internal addresses;
    uint256 internal sinkDue;
    uint256 internal tokens; // in the vault
    mapping(uint256 epoch => bool) internal rolled;
    mapping(uint256 member => mapping(uint256 key => uint256)) internal answerable; // first epoch a signer answers for nothing

    // What went wrong, for the invariants to report.
    uint256 internal surprises;
    string internal surprise;
    mapping(string action => uint256) public did;

    // Calls of the protocol's functions that the suite has made, refused ones included; views are not counted.
    uint256 public calls;
    mapping(bytes4 selector => uint256) public called;

    function _deploy() internal {
        clock = GENESIS;
        vm.warp(clock);
        vm.prevrandao(keccak256("genesis"));
        registry = new AgentRegistry();
        token = new AssayToken();
        AssayFactory factory = new AssayFactory();
        AssayFactory.Parameters memory p = AssayFactory.Parameters(
            address(token),
            address(registry),
            SINK,
            GENESIS,
            EPOCH
        );
        (consensus, claims) = factory.deploy("", p, type(Consensus).creationCode, type(Claims).creationCode);
        vault = consensus.vault();
        rolled[0] = true;

        // Odd amounts, so that every division leaves a rest; the third domain's are down to single wei, and it has words of its own for
        // the tally of its fourth outcome.
        _domain(1, Twin.Rules(2, 3, 6_667, 3, 1e18 + 7, 24e18 + 1, 1_000, false), 100e18);
        _domain(
            2,
            Twin.Rules(5, 5, 6_667, 2, 333_333_333_333_333_333, 21_333_333_333_333_333_311, 1_237, false),
            110e18
        );
        _domain(3, Twin.Rules(4, 3, 7_501, 4, 1, 11, 5_000, true), 1e18);
        for (uint256 i = 0; i < USERS; ++i) _person(0xC000 + i, 5);
        for (uint256 i = 0; i < MEMBERS; ++i) _member(i);
    }

    function _domain(uint256 d, Twin.Rules memory r, uint256 minStake) private {
        rules[d] = r;
        participation[d] = 65_535;
        for (uint256 o = 0; o < r.outcomes; ++o) counts[d][o] = 1024;
        consensus.createDomain(
            IConsensus.DomainParameters({
                outcomes: r.outcomes,
                seats: r.seats,
                supermajorityBps: r.supermajorityBps,
                maxRounds: r.maxRounds,
                seatFee: r.seatFee,
                seatBond: r.seatBond,
                burnBps: r.burnBps,
                minStake: minStake,
                silentEpochs: 16,
                assertionWindow: 2,
                openAnswers: r.openAnswers
            }),
            ""
        );
    }

    /// @dev `helpings` of the faucet, a day apart, before anything begins.
    function _person(uint256 key, uint256 helpings) internal {
        address account = vm.addr(key);
        addresses[key] = account;
        accounts.push(account);
        for (uint256 i = 0; i < helpings; ++i) {
            vm.warp(clock + i * 1 days);
            vm.prank(account);
            token.faucet();
        }
        vm.warp(clock);
        vm.prank(account);
        token.approve(address(vault), type(uint256).max);
    }

    function _member(uint256 i) private {
        _person(0xA000 + i, 1);
        _person(0xB000 + i, 1);
        address owner = addresses[0xA000 + i];
        Member storage m = members.push();
        m.ownerKey = 0xA000 + i;
        m.enrolledKey = 0xA000 + i;
        m.wallet = owner;
        vm.prank(owner);
        m.id = registry.register();
        uint256 stake = (600 + 450 * i) * 1e18 + 777;
        vm.prank(owner);
        vault.deposit(AgentId.wrap(m.id), stake);
        (m.available, tokens) = (stake, tokens + stake);
        m.seed = keccak256(abi.encode("seed", i));
        (m.base, m.seen, m.tip) = (1, 1, _keepChain(m.seed));
        vm.prank(owner);
        consensus.enroll(AgentId.wrap(m.id), m.tip);
        for (uint256 d = 1; d <= DOMAINS; ++d) {
            uint256 amount = i == 5 && d == 2 ? 0 : stake / (1 + ((i + d) % 3));
            vm.prank(owner);
            consensus.allocate(AgentId.wrap(m.id), DomainId.wrap(uint32(d)), amount);
            allocations[i][d].push(Change(2, amount / UNIT));
            trusts[i][d] = Trust(0, 4096, 2048, 0);
        }
        vm.prank(owner);
        claims.addSigner(AgentId.wrap(m.id), _address(0xD000 + i));
        answerable[i][0xD000 + i] = type(uint32).max;
    }

    /* CLOCK */

    function _epoch() internal view returns (uint256) {
        return (clock - GENESIS) / EPOCH;
    }

    function _freeze() internal view returns (bool) {
        return (clock - GENESIS) % EPOCH >= EPOCH - EPOCH / 16;
    }

    function _warp(uint256 to) internal {
        if ((to - GENESIS) / EPOCH != _epoch())
            vm.prevrandao(keccak256(abi.encode("prevrandao", (to - GENESIS) / EPOCH)));
        clock = to;
        vm.warp(to);
    }

    /* GHOST */

    function _secret(Member storage m, uint256 epoch) internal view returns (bytes32) {
        return _link(m.seed, CHAIN - (epoch - m.base));
    }

    mapping(bytes32 seed => bytes32[CHAIN / STRIDE]) private _kept;

    /// @dev Hashes a new chain and keeps some of its values, as a real agent would. Returns the anchor.
    function _keepChain(bytes32 seed) internal returns (bytes32 x) {
        x = seed;
        for (uint256 n = 0; n < CHAIN / STRIDE; ++n) {
            _kept[seed][n] = x;
            x = Twin.hashed(x, STRIDE);
        }
    }

    /// @dev The chain's value after so many hashes.
    function _link(bytes32 seed, uint256 steps) internal view returns (bytes32) {
        if (steps == CHAIN) return Twin.hashed(_kept[seed][CHAIN / STRIDE - 1], STRIDE);
        return Twin.hashed(_kept[seed][steps / STRIDE], steps % STRIDE);
    }

    /// @dev Of a private key; the cheatcode is slow.
    function _address(uint256 key) internal returns (address account) {
        account = addresses[key];
        if (account != address(0)) return account;
        account = vm.addr(key);
        addresses[key] = account;
    }

    function _allocation(uint256 i, uint256 d, uint256 epoch) internal view returns (uint256 units) {
        Change[] storage c = allocations[i][d];
        for (uint256 n = c.length; n != 0; --n) {
            if (c[n - 1].from <= epoch) return c[n - 1].units;
        }
    }

    function _total(uint256 d, uint256 epoch) internal view returns (uint256 units) {
        for (uint256 i = 0; i < MEMBERS; ++i) units += _allocation(i, d, epoch);
    }

    mapping(uint256 domain => mapping(uint256 epoch => uint256)) private _knownTotals; // plus 1

    /// @dev `_total` of an epoch whose allocations nobody can change any more.
    function _known(uint256 d, uint256 epoch) internal returns (uint256 units) {
        units = _knownTotals[d][epoch];
        if (units != 0) return units - 1;
        units = _total(d, epoch);
        if (epoch <= _epoch()) _knownTotals[d][epoch] = units + 1;
    }

    function _truth(uint256 q) internal view returns (uint256) {
        return _truthOf(questions[q].origin.contentHash, questions[q].domain);
    }

    function _truthOf(bytes32 contentHash, uint256 d) internal view returns (uint256) {
        return uint256(keccak256(abi.encode("truth", contentHash))) % rules[d].outcomes;
    }

    function _owner(Member storage m) internal view returns (address) {
        return addresses[m.ownerKey];
    }

    function _user(uint256 seed) internal view returns (address) {
        return addresses[0xC000 + (seed % USERS)];
    }

    function _count(bytes4 selector) internal {
        ++calls;
        ++called[selector];
    }

    /// @dev The next call is somebody's, and counts.
    function _as(address sender, bytes4 selector) internal {
        _count(selector);
        vm.prank(sender);
    }

    /// @dev Forgets the questions that owe nothing and are owed nothing any more.
    function _prune() internal {
        for (uint256 n = live.length; n != 0; --n) {
            Question storage x = questions[live[n - 1]];
            if (!x.done || x.open != 0 || x.budget != 0 || x.terms.refund != 0) continue;
            live[n - 1] = live[live.length - 1];
            live.pop();
        }
    }

    /// @dev The contracts must agree with the ghost on whether an action is allowed.
    function _agree(bool expected, bool happened, string memory action) internal {
        if (happened) ++did[action];
        if (expected == happened) return;
        // Later ones may only follow from the first.
        if (surprises++ == 0) surprise = string.concat(action, expected ? " was refused" : " was allowed");
    }
}
