// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Token id of an agent in the ERC-8004 Identity Registry.
type AgentId is uint256;

/// @notice Sequential number of a domain, from 1.
type DomainId is uint32;

/// @notice Domain (4 bytes, big endian) followed by the first 20 bytes of the hash of the question's origin.
type QuestionId is bytes24;

/// @notice Id of a claim: the left-aligned `QuestionId` of an asked one, a 32-byte hash of any other.
type ClaimId is bytes32;

using {_agentEquals as ==} for AgentId global;
using {_questionEquals as ==} for QuestionId global;
using {domainOf, hashOf} for QuestionId global;

function _agentEquals(AgentId a, AgentId b) pure returns (bool) {
    return AgentId.unwrap(a) == AgentId.unwrap(b);
}

function _questionEquals(QuestionId a, QuestionId b) pure returns (bool) {
    return QuestionId.unwrap(a) == QuestionId.unwrap(b);
}

/// @notice The domain a question was asked in.
function domainOf(QuestionId id) pure returns (DomainId) {
    return DomainId.wrap(uint32(bytes4(QuestionId.unwrap(id))));
}

/// @notice The 160 bits that bind the id to the question's origin.
function hashOf(QuestionId id) pure returns (bytes20) {
    return bytes20(QuestionId.unwrap(id) << 32);
}

/// @notice Joins a domain and 160 bits of hash into a question's id.
function toQuestionId(DomainId domainId, bytes20 hash) pure returns (QuestionId) {
    return QuestionId.wrap(bytes24(bytes4(DomainId.unwrap(domainId))) | (bytes24(hash) >> 32));
}
