// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IStakeVault} from "../interfaces/IStakeVault.sol";
import {AgentId, DomainId, QuestionId} from "../types/Ids.sol";
import {Beacon} from "./Beacon.sol";
import {Questions} from "./Questions.sol";
import {Settlement} from "./Settlement.sol";
import {Statistics} from "./Statistics.sol";

/// @title ConsensusState
/// @notice Everything Consensus stores, and what a call carries along.
library ConsensusState {
    using Beacon for Beacon.State;

    /// @notice Slots of the ring of settled-later receipts; a ballot must be settled before its slot comes round again.
    uint256 internal constant RING = 16;

    /// @notice What an agent's secret chain is: never begun, valid, valid while a next one waits, or void since the agent changed hands.
    uint8 internal constant CHAIN_NONE = 0;
    uint8 internal constant CHAIN_VALID = 1;
    uint8 internal constant CHAIN_ANNOUNCED = 2;
    uint8 internal constant CHAIN_VOID = 3;

    /// @notice Epochs of a question's round: vote, reveal, appeal; final after them.
    uint256 internal constant ROUND_EPOCHS = 3;

    /// @notice One slot: the agent's chain, its open ballot and its ring.
    struct Agent {
        uint24 tipEpoch; // epoch of the last revealed secret
        uint24 lastEpoch; // epoch of the last commitment, or of the last empty beat
        uint16 ring; // bit i: slot i holds receipts to settle
        uint16 generation; // changes of owner noticed, saturates at Standings.LAST_GENERATION
        bool ballotOpen; // committed in `lastEpoch` and neither revealed, forfeited nor released
        uint8 chain; // CHAIN_...
        bytes20 link; // SecretChain.link
    }

    struct NextChain {
        bytes32 anchor;
        uint24 from; // first epoch whose secret is of this chain
    }

    /// @notice A slot, to be read and written where `ringSlot` finds it.
    struct Word {
        bytes32 value;
    }

    /// @notice Parameters of a domain that a ballot needs, one slot. Immutable.
    struct Domain {
        uint80 seatFee; // wei
        uint88 seatBond; // wei
        uint16 supermajorityBps;
        uint16 burnBps;
        uint16 silentEpochs;
        uint8 seats; // k
        uint8 outcomes; // K
        uint8 maxRounds;
        bool openAnswers;
    }

    /// @notice A domain's slot as it stands in storage.
    type Packed is uint256;

    struct State {
        Beacon.State beacon;
        uint32 domainCount;
        mapping(AgentId agentId => Agent) agents;
        mapping(AgentId agentId => address) owners; // at enrolment; the link holds it too, so that a reveal need not read it
        mapping(AgentId agentId => bytes32[RING]) rings; // Codec.ringHash; never cleared, `Agent.ring` tells which are in use
        mapping(AgentId agentId => NextChain) nextChains;
        mapping(AgentId agentId => mapping(DomainId domainId => uint256)) standings; // Standings, Snapshots
        mapping(DomainId domainId => Domain) domains;
        mapping(DomainId domainId => uint256) totals; // Snapshots | minStake 44 | assertion window 11
        mapping(DomainId domainId => Statistics.State) statistics;
        mapping(QuestionId questionId => Questions.Slots) questions;
        mapping(QuestionId questionId => mapping(uint256 round => Settlement.Appeal)) appeals;
    }

    /// @notice What stays the same during a call, and what it adds to the beacon's slot, which is written once.
    struct Context {
        IStakeVault vault;
        uint32 epoch;
        bool freeze;
        uint256 toSink; // wei
        uint256 folded; // Beacon.fold
    }

    uint256 private constant MIN_STAKE_SHIFT = 200;
    uint256 private constant WINDOW_SHIFT = 244;

    /// @notice Stores an agent, in one write.
    /// @dev As the compiler lays out the struct; it would read the slot again, and clean what is clean.
    function store(State storage s, AgentId agentId, Agent memory a) internal {
        Agent storage stored = s.agents[agentId];
        uint256 word = a.tipEpoch | (uint256(a.lastEpoch) << 24) | (uint256(a.ring) << 48);
        word |= (uint256(a.generation) << 64) | (uint256(a.chain) << 88) | (uint256(uint160(a.link)) << 96);
        if (a.ballotOpen) word |= 1 << 80;
        assembly ("memory-safe") {
            sstore(stored.slot, word)
        }
    }

    /// @notice Where the hash of an epoch's receipts is.
    /// @dev An index of the ring needs no check of its bounds.
    function ringSlot(State storage s, AgentId agentId, uint256 epoch) internal view returns (Word storage word) {
        bytes32[RING] storage ring = s.rings[agentId];
        assembly ("memory-safe") {
            word.slot := add(ring.slot, mod(epoch, RING))
        }
    }

    function packed(Domain storage d) internal view returns (Packed word) {
        assembly ("memory-safe") {
            word := sload(d.slot)
        }
    }

    /* A PACKED DOMAIN: the fields of Domain, from the lowest bit on */

    function seatFee(Packed d) internal pure returns (uint256) {
        return uint80(Packed.unwrap(d));
    }

    function seatBond(Packed d) internal pure returns (uint256) {
        return uint88(Packed.unwrap(d) >> 80);
    }

    function supermajorityBps(Packed d) internal pure returns (uint256) {
        return uint16(Packed.unwrap(d) >> 168);
    }

    function burnBps(Packed d) internal pure returns (uint256) {
        return uint16(Packed.unwrap(d) >> 184);
    }

    function seats(Packed d) internal pure returns (uint256) {
        return uint8(Packed.unwrap(d) >> 216);
    }

    function outcomes(Packed d) internal pure returns (uint256) {
        return uint8(Packed.unwrap(d) >> 224);
    }

    function maxRounds(Packed d) internal pure returns (uint256) {
        return uint8(Packed.unwrap(d) >> 232);
    }

    function openAnswers(Packed d) internal pure returns (bool) {
        return uint8(Packed.unwrap(d) >> 240) != 0;
    }

    /// @notice Whether an agent's chain is of its present owner, as far as has been noticed.
    function isEnrolled(uint256 chain) internal pure returns (bool) {
        return chain == CHAIN_VALID || chain == CHAIN_ANNOUNCED;
    }

    /// @notice Owner under whom the agent is enrolled; 0 if it is not.
    function ownerOf(State storage s, AgentId agentId) internal view returns (address) {
        return isEnrolled(s.agents[agentId].chain) ? s.owners[agentId] : address(0);
    }

    /// @notice Writes what the call adds to the beacon's slot. What is due to the sink waits there, in a slot that a beat writes anyway,
    /// until somebody sweeps it into the vault; what has no room is credited in the vault at once.
    function close(State storage s, Context memory x) internal {
        uint256 toSink = x.toSink;
        if (toSink | x.folded == 0) return;
        if (!s.beacon.add(x.folded, toSink)) x.vault.creditSink(toSink);
    }

    function minStakeOf(uint256 total) internal pure returns (uint256 units) {
        return (total >> MIN_STAKE_SHIFT) & ((1 << 44) - 1);
    }

    function assertionWindowOf(uint256 total) internal pure returns (uint256 epochs) {
        return total >> WINDOW_SHIFT;
    }

    function emptyTotal(uint256 minStake, uint256 assertionWindow) internal pure returns (uint256) {
        return (minStake << MIN_STAKE_SHIFT) | (assertionWindow << WINDOW_SHIFT);
    }
}
