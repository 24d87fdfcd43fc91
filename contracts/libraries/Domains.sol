// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IConsensus, IConsensusEvents} from "../interfaces/IConsensus.sol";
import {AgentId, DomainId} from "../types/Ids.sol";
import {ConsensusState} from "./ConsensusState.sol";
import {Rounds} from "./Rounds.sol";
import {Snapshots} from "./Snapshots.sol";
import {Statistics} from "./Statistics.sol";

/// @title Domains
/// @notice Creation of domains, and who stands in them with how much (protocol.md sections 4 and 11). An external library: called
/// rarely, so that Consensus itself has room.
library Domains {
    using Statistics for Statistics.State;

    uint256 internal constant MIN_UNITS = 1_000;

    /// @notice See IConsensus.createDomain.
    function createDomain(
        ConsensusState.State storage s,
        IConsensus.DomainParameters calldata p,
        string calldata uri,
        uint256 unit
    ) external returns (DomainId domainId) {
        _requireIn("outcomes", p.outcomes, 2, 16);
        _requireIn("seats", p.seats, 3, 255);
        _requireIn("supermajorityBps", p.supermajorityBps, 5_001, 10_000);
        _requireIn("maxRounds", p.maxRounds, 1, 4);
        _requireIn("seatFee", p.seatFee, 1, 1 << 79);
        _requireIn("seatBond", p.seatBond, 8 * p.seatFee, 64 * p.seatFee);
        _requireIn("burnBps", p.burnBps, 1_000, 5_000);
        uint256 minimum = Math.max(p.seats * p.seatBond, MIN_UNITS * unit);
        _requireIn("minStake", p.minStake, minimum, Snapshots.MAX_VALUE * unit);
        _requireIn("silentEpochs", p.silentEpochs, 16, 65_535);
        _requireIn("assertionWindow", p.assertionWindow, 1, 1_024);

        domainId = DomainId.wrap(++s.domainCount);
        s.domains[domainId] = ConsensusState.Domain({
            seatFee: uint80(p.seatFee),
            seatBond: uint88(p.seatBond),
            supermajorityBps: uint16(p.supermajorityBps),
            burnBps: uint16(p.burnBps),
            silentEpochs: uint16(p.silentEpochs),
            seats: uint8(p.seats),
            outcomes: uint8(p.outcomes),
            maxRounds: uint8(p.maxRounds),
            openAnswers: p.openAnswers
        });
        s.totals[domainId] = ConsensusState.emptyTotal(Math.ceilDiv(p.minStake, unit), p.assertionWindow);
        s.statistics[domainId].initialize(p.outcomes);
        emit IConsensusEvents.DomainCreated(domainId, msg.sender, p, uri);
    }

    /// @notice See IConsensus.allocate; the caller has been authorised.
    function allocate(
        ConsensusState.State storage s,
        ConsensusState.Context memory x,
        AgentId agentId,
        DomainId domainId,
        uint256 amount,
        uint256 unit
    ) external {
        Rounds.domainOf(s, domainId);
        uint256 maximum = x.vault.allocatable(agentId);
        if (amount > maximum) revert IConsensusEvents.AllocationTooLarge(agentId, amount, maximum);
        _setAllocation(s, x, agentId, domainId, amount / unit);
    }

    /// @notice See IConsensus.trim.
    function trim(
        ConsensusState.State storage s,
        ConsensusState.Context memory x,
        AgentId agentId,
        DomainId domainId,
        uint256 unit
    ) external {
        ConsensusState.Domain memory d = Rounds.domainOf(s, domainId);
        ConsensusState.Agent memory a = s.agents[agentId];
        uint256 seen = Math.max(a.tipEpoch, a.lastEpoch);
        uint256 allowed = x.epoch > seen + d.silentEpochs ? 0 : x.vault.allocatable(agentId) / unit;
        uint256 units = Snapshots.latest(s.standings[agentId][domainId]);
        if (units <= allowed) revert IConsensusEvents.NothingToTrim(agentId, domainId);
        _setAllocation(s, x, agentId, domainId, allowed);
    }

    function _setAllocation(
        ConsensusState.State storage s,
        ConsensusState.Context memory x,
        AgentId agentId,
        DomainId domainId,
        uint256 units
    ) private {
        uint256 standing = s.standings[agentId][domainId];
        uint256 total = s.totals[domainId];
        uint256 totalUnits = Snapshots.latest(total) + units - Snapshots.latest(standing);
        if (totalUnits > Snapshots.MAX_VALUE || units > Snapshots.MAX_VALUE) {
            revert IConsensusEvents.AllocationTooLarge(agentId, units, Snapshots.MAX_VALUE);
        }
        s.standings[agentId][domainId] = Snapshots.withValue(standing, x.epoch, units);
        s.totals[domainId] = Snapshots.withValue(total, x.epoch, totalUnits);
        emit IConsensusEvents.Allocated(agentId, domainId, units, totalUnits, x.epoch + Snapshots.DELAY);
    }

    function _requireIn(string memory parameter, uint256 value, uint256 minimum, uint256 maximum) private pure {
        if (value < minimum || value > maximum) {
            revert IConsensusEvents.ParameterOutOfBounds(parameter, value, minimum, maximum);
        }
    }
}
