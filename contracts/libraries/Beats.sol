// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IConsensus, IConsensusEvents} from "../interfaces/IConsensus.sol";
import {AgentId} from "../types/Ids.sol";
import {Codec} from "./Codec.sol";

/// @title Beats
/// @notice A beat taken apart, and its packed forms.
/// @dev Packed, big endian: `flags 1 | agentId 32 | commitEpoch 4`, then the parts whose flag is set, in this order: SETTLE
/// `settleEpoch 4 | length 2 | receipts`; TIP `tip 32`; REVEAL `exposure 16 | backing 6 | secret 32 | length 2 | ballot`; OVERDUE
/// `exposure 16 | backing 6 | commitment 32`; COMMIT `exposure 16 | backing 6 | commitment 32`. To be relayed, it follows on
/// `maxRelayFee 16 | deadline 5`. What a wallet signs are these two and the packed beat.
library Beats {
    uint256 internal constant SETTLE = 1;
    uint256 internal constant TIP = 2;
    uint256 internal constant REVEAL = 4;
    uint256 internal constant OVERDUE = 8;
    uint256 internal constant COMMIT = 16;

    bytes32 internal constant TYPEHASH = keccak256("RelayedBeat(bytes beat,uint128 maxRelayFee,uint40 deadline)");

    uint256 private constant TERMS_SIZE = 21;
    uint256 private constant HEAD_SIZE = 37;

    /// @notice A beat in memory; receipts and ballot stay where they are in the calldata.
    struct Parts {
        AgentId agentId;
        uint32 settleEpoch;
        uint32 commitEpoch;
        bytes32 secret;
        bytes32 commitment;
        uint256 exposure; // wei
        uint256 backing; // units
        IConsensus.Link previous;
        uint256 receiptsAt;
        uint256 receiptsLength;
        uint256 ballotAt;
        uint256 ballotLength;
        uint256 relayFee; // wei; only of a relayed beat
        bool relayed; // the wallet's signature has been checked
        address owner; // the agent's present one, and from the closing of its ballot on the one of its link
        bool enrolled; // under its present owner; from then on
    }

    /// @notice Takes apart a beat that the agent sends itself.
    function parts(IConsensus.Beat calldata b) internal pure returns (Parts memory p) {
        p.agentId = b.agentId;
        p.settleEpoch = b.settleEpoch;
        p.commitEpoch = b.commitEpoch;
        p.secret = b.secret;
        p.commitment = b.commitment;
        p.exposure = b.exposure;
        p.backing = b.backing;
        p.previous = b.previous;
        (p.receiptsAt, p.receiptsLength) = _place(b.receipts);
        (p.ballotAt, p.ballotLength) = _place(b.ballot);
    }

    /// @notice Takes apart a packed beat. Reverts with MalformedBeat if its length is not what its flags and lengths say.
    function unpack(bytes calldata packed) internal pure returns (Parts memory p) {
        _unpack(packed, p);
    }

    /// @notice Takes apart a packed beat with the terms on which it may be relayed.
    /// @return p its parts
    /// @return deadline unix seconds until which it may be relayed
    /// @return structHash what the wallet has signed
    function unpackRelayed(
        bytes calldata relayed
    ) internal pure returns (Parts memory p, uint256 deadline, bytes32 structHash) {
        if (relayed.length < TERMS_SIZE) revert IConsensusEvents.MalformedBeat(relayed.length);
        _unpack(relayed[TERMS_SIZE:], p);
        uint256 word = Codec.word(relayed, 0);
        uint256 fee = word >> 128;
        (p.relayFee, p.relayed) = (fee, true);
        deadline = (word >> 88) & 0xffffffffff;
        structHash = _structHash(relayed[TERMS_SIZE:], fee, deadline);
    }

    /// @notice The agent that a relayed beat names; 0 if it is too short to name one.
    function agentOf(bytes calldata relayed) internal pure returns (AgentId) {
        return AgentId.wrap(relayed.length < TERMS_SIZE + HEAD_SIZE ? 0 : Codec.word(relayed, TERMS_SIZE + 1));
    }

    /// @notice Receipts to settle; empty: none.
    function receipts(Parts memory p) internal pure returns (bytes memory) {
        return _copy(p.receiptsAt, p.receiptsLength);
    }

    /// @notice The ballot revealed.
    function ballot(Parts memory p) internal pure returns (bytes memory) {
        return _copy(p.ballotAt, p.ballotLength);
    }

    function _unpack(bytes calldata packed, Parts memory p) private pure {
        if (packed.length < HEAD_SIZE) revert IConsensusEvents.MalformedBeat(packed.length);
        uint256 word = Codec.word(packed, 0);
        p.agentId = AgentId.wrap(Codec.word(packed, 1));
        p.commitEpoch = uint32(Codec.word(packed, 33) >> 224);
        if (_unpackParts(packed, word >> 248, p) != packed.length) revert IConsensusEvents.MalformedBeat(packed.length);
    }

    /// @dev `keccak256(abi.encode(TYPEHASH, keccak256(packed), fee, deadline))`, in memory that stays free.
    function _structHash(bytes calldata packed, uint256 fee, uint256 deadline) private pure returns (bytes32 hash) {
        bytes32 typehash = TYPEHASH;
        assembly ("memory-safe") {
            let q := mload(0x40)
            calldatacopy(q, packed.offset, packed.length)
            hash := keccak256(q, packed.length)
            mstore(q, typehash)
            mstore(add(q, 0x20), hash)
            mstore(add(q, 0x40), fee)
            mstore(add(q, 0x60), deadline)
            hash := keccak256(q, 0x80)
        }
    }

    /// @dev Reads past the end come out as garbage, which the length then does not fit.
    /// @return offset behind the last part
    function _unpackParts(bytes calldata packed, uint256 flags, Parts memory p) private pure returns (uint256 offset) {
        uint256 start;
        assembly ("memory-safe") {
            start := packed.offset
        }
        offset = HEAD_SIZE;
        // Offsets grow by less than 2^17 in all.
        unchecked {
            if (flags & SETTLE != 0) {
                uint256 word = Codec.word(packed, offset);
                p.settleEpoch = uint32(word >> 224);
                (p.receiptsAt, p.receiptsLength) = (start + offset + 6, uint16(word >> 208));
                offset += 6 + p.receiptsLength;
            }
            if (flags & TIP != 0) {
                p.previous.tip = bytes32(Codec.word(packed, offset));
                offset += 32;
            }
            if (flags & (REVEAL | OVERDUE) != 0) {
                (p.previous.exposure, p.previous.backing) = _stake(packed, offset);
                bytes32 word = bytes32(Codec.word(packed, offset + 22));
                offset += 54;
                if (flags & REVEAL != 0) {
                    p.secret = word;
                    (p.ballotAt, p.ballotLength) = (start + offset + 2, Codec.word(packed, offset) >> 240);
                    offset += 2 + p.ballotLength;
                } else {
                    p.previous.commitment = word;
                }
            }
            if (flags & COMMIT != 0) {
                (p.exposure, p.backing) = _stake(packed, offset);
                p.commitment = bytes32(Codec.word(packed, offset + 22));
                offset += 54;
            }
        }
    }

    function _stake(bytes calldata packed, uint256 offset) private pure returns (uint256 exposure, uint256 backing) {
        uint256 word = Codec.word(packed, offset);
        return (word >> 128, (word >> 80) & 0xffffffffffff);
    }

    function _place(bytes calldata data) private pure returns (uint256 start, uint256 length) {
        length = data.length;
        assembly ("memory-safe") {
            start := data.offset
        }
    }

    /// @dev A part of the calldata, whose bounds have been checked.
    function _copy(uint256 start, uint256 length) private pure returns (bytes memory data) {
        assembly ("memory-safe") {
            data := mload(0x40)
            mstore(0x40, and(add(add(data, length), 63), not(31)))
            mstore(data, length)
            calldatacopy(add(data, 32), start, length)
        }
    }
}
