// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IClaims} from "../../../contracts/interfaces/IClaims.sol";
import {IConsensus} from "../../../contracts/interfaces/IConsensus.sol";
import {IStakeVault} from "../../../contracts/interfaces/IStakeVault.sol";
import {AgentId, ClaimId, DomainId, QuestionId} from "../../../contracts/types/Ids.sol";
import {vm} from "../utils/Vm.sol";
import {Relay} from "./Relay.sol";

/// @notice What must never work, tried in every state the campaign reaches.
abstract contract Hostile is Relay {
    uint256 internal constant TRICKS = 24;
    uint256 public refused;
    mapping(bytes4 selector => uint256) public tried;

    function _refuse(address target, address sender, bytes memory data, string memory trick) internal {
        ++calls;
        ++tried[bytes4(data)];
        vm.prank(sender);
        (bool ok, ) = target.call(data);
        ++did[trick];
        ++refused;
        if (!ok) return;
        if (surprises++ == 0) surprise = string.concat(trick, " was allowed");
    }

    function _trick(uint256 trick, uint256 i, uint256 q, uint256 seed) internal {
        if (trick < 8 || trick == 20) _trickBallot(trick, i, seed);
        else if (trick < 14) _trickQuestion(trick, i, q, seed);
        else if (trick < 21) _trickVault(trick, i, seed);
        else _trickIdentity(trick, i, seed);
    }

    function _trickBallot(uint256 trick, uint256 i, uint256 seed) private {
        Member storage m = members[i];
        address stranger = _user(seed);
        IConsensus.Beat memory b;
        b.agentId = AgentId.wrap(m.id);
        b.previous = IConsensus.Link(m.tip, m.commitment, m.exposure, m.backing);
        b.ballot = m.ballot;
        b.commitEpoch = uint32(_epoch());
        if (trick == 0 && m.open) {
            b.secret = keccak256(abi.encode(seed));
            _refuse(address(consensus), stranger, abi.encodeCall(consensus.beat, (b)), "hostile: a wrong secret");
        } else if (trick == 1 && m.open && _epoch() == m.epoch + 1) {
            b.secret = _secret(m, m.epoch);
            b.ballot = bytes.concat(m.ballot, hex"00");
            _refuse(address(consensus), _owner(m), abi.encodeCall(consensus.beat, (b)), "hostile: another ballot");
        } else if (trick == 2 && m.open && _epoch() != m.epoch + 1) {
            b.secret = _secret(m, m.epoch);
            _refuse(address(consensus), _owner(m), abi.encodeCall(consensus.beat, (b)), "hostile: out of its epoch");
        } else if (trick == 3 && !m.open) {
            b.secret = m.tip;
            _refuse(address(consensus), _owner(m), abi.encodeCall(consensus.beat, (b)), "hostile: a second reveal");
        } else if (trick == 4 && !m.open) {
            (b.commitEpoch, b.commitment) = (uint32(_epoch()), bytes32(seed | 1));
            b.previous.tip = m.tip;
            _refuse(address(consensus), stranger, abi.encodeCall(consensus.beat, (b)), "hostile: a stranger's commit");
        } else if (trick == 5 && m.open && m.epoch == _epoch()) {
            (b.commitEpoch, b.commitment) = (uint32(_epoch()), bytes32(seed | 1));
            _refuse(address(consensus), _owner(m), abi.encodeCall(consensus.beat, (b)), "hostile: a second commit");
        } else if (trick == 20 && !m.open) {
            (b.commitment, b.commitEpoch, b.previous.tip) = (bytes32(seed | 1), uint32(_epoch() - 1), m.tip);
            _refuse(address(consensus), _owner(m), abi.encodeCall(consensus.beat, (b)), "hostile: a commit mined late");
        } else if (trick == 6 && m.open) {
            if (_epoch() > m.epoch + 1) b.previous.exposure ^= 1;
            bytes memory data = abi.encodeCall(consensus.forfeit, (b.agentId, b.previous));
            _refuse(address(consensus), stranger, data, "hostile: a forfeit too early or too small");
        } else if (trick == 7 && !m.open) {
            bytes memory data = abi.encodeCall(consensus.forfeit, (b.agentId, b.previous));
            _refuse(address(consensus), stranger, data, "hostile: a forfeit of nothing");
        }
    }

    function _trickQuestion(uint256 trick, uint256 i, uint256 q, uint256 seed) private {
        address stranger = _user(seed);
        AgentId agentId = AgentId.wrap(members[i].id);
        if (trick == 8 && settledOf[i].receipts.length != 0) {
            Settled storage s = settledOf[i];
            for (uint256 n = 0; n < pending[i].length; ++n) if (pending[i][n].epoch == s.epoch) return;
            bytes memory data = abi.encodeCall(consensus.settle, (agentId, s.epoch, s.receipts));
            _refuse(address(consensus), stranger, data, "hostile: a second settlement");
        } else if (trick == 9 && pending[i].length != 0) {
            Pending storage p = pending[i][seed % pending[i].length];
            bytes memory receipts = _receipts(p);
            receipts[receipts.length - 1] ^= 0x01; // another number of seats
            bytes memory data = abi.encodeCall(consensus.settle, (agentId, p.epoch, receipts));
            _refuse(address(consensus), _owner(members[i]), data, "hostile: other receipts");
        } else if (q == questions.length) {
            return;
        } else if (trick == 10) {
            if (!questions[q].done && _due(q)) return;
            bytes memory data = abi.encodeCall(consensus.finalize, (questions[q].id));
            _refuse(address(consensus), stranger, data, "hostile: finalize too early or twice");
        } else if (trick == 11) {
            // The same hash in another domain is another question.
            QuestionId foreign = QuestionId.wrap(_id(q) ^ bytes24(uint192(7 << 160)));
            _refuse(
                address(consensus),
                stranger,
                abi.encodeCall(consensus.finalize, (foreign)),
                "hostile: a foreign question"
            );
        } else if (trick == 12) {
            IConsensus.Origin memory origin = questions[q].origin;
            _refuse(
                address(consensus),
                origin.asker,
                abi.encodeCall(consensus.ask, (origin, 0, "")),
                "hostile: the same question again"
            );
            origin.salt = bytes32(seed);
            _refuse(
                address(consensus),
                _owner(members[i]),
                abi.encodeCall(consensus.ask, (origin, 0, "")),
                "hostile: a question at another's cost"
            );
        } else if (trick == 13) {
            while (q != 0 && questions[q].canary != 1 && q + 8 > questions.length) --q;
            Question storage x = questions[q];
            if (x.canary != 1) return;
            uint8 other = x.answer == 255 ? 0 : 255;
            bytes memory data = abi.encodeCall(consensus.openCanary, (x.origin, other, x.salt));
            _refuse(address(consensus), x.origin.asker, data, "hostile: another canary");
            data = abi.encodeCall(consensus.openCanary, (x.origin, uint8(x.answer), x.salt));
            _refuse(address(consensus), _owner(members[i]), data, "hostile: a stranger's canary");
        }
    }

    function _trickIdentity(uint256 trick, uint256 i, uint256 seed) private {
        address thief = _user(seed);
        uint256 id = members[i].id;
        AgentId agentId = AgentId.wrap(id);
        (address r, address c) = (address(registry), address(consensus));
        string memory name = "hostile: another's identity";
        if (trick == 21) {
            _refuse(r, thief, abi.encodeCall(registry.setAgentURI, (id, "stolen")), name);
            _refuse(r, thief, abi.encodeCall(registry.setMetadata, (id, "note", "stolen")), name);
            _refuse(r, _owner(members[i]), abi.encodeCall(registry.setMetadata, (id, "agentWallet", "0")), name);
            _refuse(r, thief, abi.encodeCall(registry.setAgentWallet, (id, thief, clock, "")), name);
            _refuse(r, _owner(members[i]), abi.encodeCall(registry.setAgentWallet, (id, thief, clock, "")), name);
            _refuse(r, thief, abi.encodeCall(registry.unsetAgentWallet, (id)), name);
            _refuse(r, thief, abi.encodeCall(registry.approve, (thief, id)), name);
            _refuse(r, thief, abi.encodeCall(registry.transferFrom, (_owner(members[i]), thief, id)), name);
        } else if (trick == 22) {
            _refuse(c, thief, abi.encodeCall(consensus.enroll, (agentId, bytes32(seed | 1))), name);
            _refuse(c, thief, abi.encodeCall(consensus.announceAnchor, (agentId, bytes32(seed | 1))), name);
            _refuse(c, thief, abi.encodeCall(consensus.allocate, (agentId, DomainId.wrap(1), 0)), name);
            _refuse(
                address(claims),
                thief,
                abi.encodeCall(claims.retireSigner, (agentId, addresses[0xD000 + i])),
                name
            );
            _refuse(address(vault), thief, abi.encodeCall(vault.cancelWithdrawal, (agentId)), name);
        } else {
            _refuse(c, thief, abi.encodeCall(consensus.beatSigned, ("", "")), "hostile: a beat without a signature");
            bytes memory data = abi.encodeCall(claims.deliver, (ClaimId.wrap(bytes32(seed)), thief));
            _refuse(address(claims), thief, data, "hostile: a delivery to nobody");
            vm.deal(thief, 1);
            vm.prank(thief);
            (bool ok, ) = c.call{value: 1}(abi.encodeCall(consensus.roll, ()));
            _agree(false, ok, "hostile: ether");
        }
    }

    function _trickVault(uint256 trick, uint256 i, uint256 seed) private {
        address stranger = _user(seed);
        AgentId agentId = AgentId.wrap(members[i].id);
        address v = address(vault);
        if (trick == 14) {
            _refuse(v, stranger, abi.encodeCall(vault.withdraw, (agentId, stranger)), "hostile: a stranger withdraws");
            _refuse(
                v,
                stranger,
                abi.encodeCall(vault.requestWithdrawal, (agentId, 1)),
                "hostile: a stranger withdraws"
            );
        } else if (trick == 15) {
            _refuse(v, stranger, abi.encodeCall(vault.pledge, (agentId, 1)), "hostile: a stranger pledges");
            _refuse(v, stranger, abi.encodeCall(vault.lowerPledge, (agentId, 1)), "hostile: a stranger pledges");
        } else if (trick == 16) {
            bytes memory data = abi.encodeCall(claims.addSigner, (agentId, stranger));
            _refuse(address(claims), stranger, data, "hostile: a stranger names a signer");
        } else if (trick == 17) {
            IStakeVault.Change memory change;
            change.gain = 1;
            _refuse(v, stranger, abi.encodeCall(vault.applyChange, (agentId, change)), "hostile: into the vault");
            _refuse(v, stranger, abi.encodeCall(vault.credit, (stranger, 1)), "hostile: into the vault");
            _refuse(v, stranger, abi.encodeCall(vault.creditSink, (1)), "hostile: into the vault");
            _refuse(v, stranger, abi.encodeCall(vault.pull, (_owner(members[i]), 1)), "hostile: into the vault");
            _refuse(v, stranger, abi.encodeCall(vault.lockPledge, (agentId, 1)), "hostile: into the vault");
            _refuse(v, stranger, abi.encodeCall(vault.slashPledge, (agentId, 0)), "hostile: into the vault");
            _refuse(v, stranger, abi.encodeCall(vault.releasePledge, (agentId, 0)), "hostile: into the vault");
            _refuse(v, stranger, abi.encodeCall(vault.creditStake, (agentId, 1)), "hostile: into the vault");
        } else if (trick == 18) {
            IClaims.Statement memory s;
            (s.agentId, s.domainId, s.bond) = (agentId, DomainId.wrap(3), 12);
            s.expiry = uint64(clock);
            bytes memory signature = _sign(s, 0xC000); // a user's key, no signer of any agent
            bytes memory data = abi.encodeCall(claims.challenge, (s, signature, ""));
            _refuse(address(claims), stranger, data, "hostile: a statement of nobody");
        } else if (trick == 19) {
            for (uint256 n = 0; n < cases.length; ++n) {
                Case storage c = cases[n];
                bool over = c.status == IClaims.ClaimStatus.Closed || c.status == IClaims.ClaimStatus.Stood;
                if (c.statement || !over) continue;
                bytes memory data = abi.encodeCall(claims.resolve, (c.assertion));
                return _refuse(address(claims), stranger, data, "hostile: a second resolution");
            }
        }
    }
}
