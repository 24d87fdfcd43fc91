// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IConsensus} from "../../../contracts/interfaces/IConsensus.sol";
import {AgentId} from "../../../contracts/types/Ids.sol";
import {vm} from "../utils/Vm.sol";
import {Registrar} from "./Registrar.sol";

/// @notice Batches of signed beats that a stranger sends: good ones among bad ones, which must not harm them.
abstract contract Relay is Registrar {
    bytes32 private constant BEAT_TYPEHASH = keccak256("RelayedBeat(bytes beat,uint128 maxRelayFee,uint40 deadline)");
    uint256 private constant TOO_DEAR = 1 << 120; // more than anybody has

    enum Fault {
        None,
        Signature,
        Deadline,
        Early,
        Late,
        Fee,
        Tampered,
        Cut,
        Replay
    }

    struct Relayed {
        uint256 member;
        IConsensus.Beat b;
        Plan plan;
        Fault fault;
        bool should;
        uint256 lastEpoch; // before
    }

    struct Sent {
        bytes beat;
        bytes signature;
    }

    mapping(uint256 member => Sent) internal lastRelayed; // that can never take effect again

    /// @dev One beat of each member, in a random order, some of them faulty; and sometimes one of them twice.
    function _relayBatch(address relayer, uint256 seed) internal {
        bool twice = seed % 4 == 0;
        uint256 n = MEMBERS + (twice ? 1 : 0);
        Relayed[] memory batch = new Relayed[](MEMBERS);
        (bytes[] memory beats, bytes[] memory signatures) = (new bytes[](n), new bytes[](n));
        uint256 expected = 0;
        for (uint256 k = 0; k < MEMBERS; ++k) {
            uint256 s = uint256(keccak256(abi.encode(seed, k)));
            _prepare(batch[k], (seed + k) % MEMBERS, s, relayer);
            (beats[k], signatures[k]) = _signed(batch[k], s);
            if (batch[k].should) ++expected;
        }
        if (twice) (beats[n - 1], signatures[n - 1]) = (beats[0], signatures[0]);
        _as(relayer, consensus.beatFor.selector);
        uint256 relayed = consensus.beatFor(beats, signatures);
        _agree(true, relayed == expected, "beatFor");
        if (twice) ++did["beatFor: the same beat twice"];
        rolled[_epoch()] = true;
        for (uint256 k = 0; k < MEMBERS; ++k) {
            bool ok = _account(batch[k]);
            // What has gone well must fail from then on. What was too early, or failed for what the agent had, may go well later.
            bool lasting = batch[k].fault != Fault.None && batch[k].fault != Fault.Early;
            if (ok || lasting) lastRelayed[batch[k].member] = Sent(beats[k], signatures[k]);
        }
    }

    function _prepare(Relayed memory r, uint256 i, uint256 seed, address relayer) private {
        Member storage m = members[i];
        r.member = i;
        r.lastEpoch = consensus.agent(AgentId.wrap(m.id)).lastEpoch;
        r.fault = seed % 2 == 0 ? Fault.None : Fault((seed >> 1) % 9);
        r.plan = _plan(i, seed >> 8, r.b);
        (r.plan.relayer, r.plan.sender) = (relayer, _owner(m));
        uint256 free = m.available - m.locked;
        if (free != 0) r.plan.fee = (seed >> 96) % (1 + free / 1_000);
        bool effective = r.plan.settles || r.plan.reveals || r.plan.overdue;
        bool stays = m.open && !r.plan.reveals && !r.plan.overdue;
        if (!stays && (seed >> 88) % 8 != 0) _fill(i, seed >> 40, r.b, r.plan);
        r.b.commitEpoch = uint32(_epoch());
        if (r.fault == Fault.Early) r.b.commitEpoch += 1;
        else if (r.fault == Fault.Late) r.b.commitEpoch -= 1;
        else if (r.fault == Fault.Fee) r.plan.fee = TOO_DEAR;
        r.should = r.fault == Fault.None && m.wallet != address(0) && m.wallet == _owner(m);
        if (r.lastEpoch >= _epoch() || stays || (r.plan.reveals && !m.covered)) r.should = false;
        if (r.should && !effective && r.b.commitment != 0 && !_canCommit(i, r.b, r.plan.sender, r.plan.fee))
            r.should = false;
    }

    /// @return beat behind its terms
    function _signed(Relayed memory r, uint256 seed) private view returns (bytes memory beat, bytes memory signature) {
        if (r.fault == Fault.Replay) {
            Sent storage sent = lastRelayed[r.member];
            return (sent.beat, sent.signature);
        }
        uint256 deadline = r.fault == Fault.Deadline ? clock - 1 : clock + ((seed >> 200) % 100);
        bytes memory packed = _pack(r.b, r.plan);
        bytes32 structHash = keccak256(abi.encode(BEAT_TYPEHASH, keccak256(packed), r.plan.fee, deadline));
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Assay"),
                keccak256(bytes(consensus.VERSION())),
                block.chainid,
                consensus
            )
        );
        uint256 key = r.fault == Fault.Signature ? 0xC000 : members[r.member].ownerKey;
        (uint8 v, bytes32 x, bytes32 y) = vm.sign(key, keccak256(abi.encodePacked("\x19\x01", domain, structHash)));
        signature = abi.encodePacked(x, y, v);
        if (r.fault == Fault.Tampered) ++deadline;
        beat = abi.encodePacked(uint128(r.plan.fee), uint40(deadline), packed);
        if (r.fault != Fault.Cut) return (beat, signature);
        // One byte less.
        assembly ("memory-safe") {
            mstore(beat, sub(mload(beat), 1))
        }
    }

    function _account(Relayed memory r) private returns (bool ok) {
        IConsensus.AgentView memory a = consensus.agent(AgentId.wrap(members[r.member].id));
        ok = r.lastEpoch < _epoch() && a.lastEpoch == _epoch();
        _agree(r.should, ok, "beatFor: a beat");
        if (!r.should && r.fault != Fault.None) ++did["beatFor: a faulty beat"];
        if (!ok) return false;
        if (r.plan.fee != 0) ++did["beatFor: a fee"];
        if (r.plan.reveals) ++did["beatFor: a reveal"];
        if (a.ballotOpen) ++did["beatFor: a commit"];
        _ghostBeat(r.member, r.b, r.plan, a.ballotOpen);
    }
}
