// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IConsensus} from "../interfaces/IConsensus.sol";
import {Beats} from "../libraries/Beats.sol";
import {AgentId} from "../types/Ids.sol";

/// @notice What Beats reads of packed beats.
contract BeatsHarness {
    using Beats for Beats.Parts;

    struct Unpacked {
        AgentId agentId;
        uint32 settleEpoch;
        bytes receipts;
        IConsensus.Link previous;
        bytes32 secret;
        bytes ballot;
        uint32 commitEpoch;
        bytes32 commitment;
        uint256 exposure;
        uint256 backing;
        uint256 relayFee;
        bool relayed;
        uint256 deadline;
        bytes32 structHash;
    }

    /// @notice A beat, or the error it was refused with.
    struct Result {
        AgentId agentOf;
        bytes reason;
        Unpacked unpacked;
    }

    function unpackAll(bytes[] calldata packed) external view returns (Result[] memory results) {
        results = new Result[](packed.length);
        for (uint256 i = 0; i < packed.length; ++i) {
            try this.unpack(packed[i]) returns (Unpacked memory unpacked) {
                results[i].unpacked = unpacked;
            } catch (bytes memory reason) {
                results[i].reason = reason;
            }
        }
    }

    function unpackAllRelayed(bytes[] calldata relayed) external view returns (Result[] memory results) {
        results = new Result[](relayed.length);
        for (uint256 i = 0; i < relayed.length; ++i) {
            results[i].agentOf = Beats.agentOf(relayed[i]);
            try this.unpackRelayed(relayed[i]) returns (Unpacked memory unpacked) {
                results[i].unpacked = unpacked;
            } catch (bytes memory reason) {
                results[i].reason = reason;
            }
        }
    }

    /// @notice What is read of beats that their agents send themselves.
    function parts(IConsensus.Beat[] calldata beats) external pure returns (Unpacked[] memory read) {
        read = new Unpacked[](beats.length);
        for (uint256 i = 0; i < beats.length; ++i) read[i] = _read(Beats.parts(beats[i]));
    }

    /// @notice What is read of a packed beat without terms.
    function unpack(bytes calldata packed) external pure returns (Unpacked memory) {
        return _read(Beats.unpack(packed));
    }

    function unpackRelayed(bytes calldata relayed) external pure returns (Unpacked memory u) {
        (Beats.Parts memory p, uint256 deadline, bytes32 structHash) = Beats.unpackRelayed(relayed);
        u = _read(p);
        (u.deadline, u.structHash) = (deadline, structHash);
    }

    function _read(Beats.Parts memory p) private pure returns (Unpacked memory u) {
        (u.agentId, u.settleEpoch, u.commitEpoch) = (p.agentId, p.settleEpoch, p.commitEpoch);
        (u.previous, u.secret, u.commitment) = (p.previous, p.secret, p.commitment);
        (u.exposure, u.backing) = (p.exposure, p.backing);
        (u.receipts, u.ballot) = (p.receipts(), p.ballot());
        (u.relayFee, u.relayed) = (p.relayFee, p.relayed);
    }
}
