// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IAgentRegistry} from "../../../contracts/interfaces/IAgentRegistry.sol";
import {IConsensus} from "../../../contracts/interfaces/IConsensus.sol";
import {AgentId, DomainId} from "../../../contracts/types/Ids.sol";
import {vm} from "../utils/Vm.sol";
import {ReenteringOwner, RefusingHolder} from "./Holders.sol";
import {Treasury} from "./Treasury.sol";

/// @notice What is done rarely: registrations, descriptions, deputies, signers, domains, permits, gifts.
abstract contract Registrar is Treasury {
    bytes4 private constant REGISTER = bytes4(keccak256("register()"));
    bytes4 private constant REGISTER_URI = bytes4(keccak256("register(string)"));
    bytes4 private constant REGISTER_ALL = bytes4(keccak256("register(string,(string,bytes)[])"));
    bytes4 private constant SAFE_TRANSFER = bytes4(keccak256("safeTransferFrom(address,address,uint256)"));
    bytes4 private constant SAFE_TRANSFER_DATA = bytes4(keccak256("safeTransferFrom(address,address,uint256,bytes)"));
    bytes32 private constant PERMIT_TYPEHASH = keccak256(
        "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
    );

    uint256 internal agents = MEMBERS; // ids given out
    uint256 internal domains = DOMAINS;
    uint256 internal gifts; // sent to the vault by mistake: nobody's, wei
    mapping(uint256 member => string) internal uris;
    mapping(uint256 member => bytes) internal notes; // metadata "note"
    ReenteringOwner internal reenteringOwner;
    RefusingHolder internal refusingHolder;

    /* IDENTITIES */

    function _register(address who, uint256 seed) internal {
        IAgentRegistry.MetadataEntry[] memory metadata = new IAgentRegistry.MetadataEntry[](1);
        metadata[0] = IAgentRegistry.MetadataEntry("note", abi.encode(seed));
        uint256 id;
        if (agents % 3 == 0) {
            _as(who, REGISTER);
            id = registry.register();
        } else if (agents % 3 == 1) {
            _as(who, REGISTER_URI);
            id = registry.register("ipfs://agent");
        } else {
            _as(who, REGISTER_ALL);
            id = registry.register("", metadata);
            if (keccak256(registry.getMetadata(id, "note")) != keccak256(abi.encode(seed))) id = type(uint256).max;
        }
        bool good = id == agents++ && registry.ownerOf(id) == who && registry.getAgentWallet(id) == who;
        _agree(true, good, "register");
    }

    function _describe(uint256 i, uint256 seed) internal {
        Member storage m = members[i];
        if (seed % 2 == 0) {
            uris[i] = string(abi.encodePacked("ipfs://", bytes32(seed | 1)));
            _as(_owner(m), registry.setAgentURI.selector);
            registry.setAgentURI(m.id, uris[i]);
            ++did["setAgentURI"];
        } else {
            notes[i] = abi.encode(seed);
            _as(_owner(m), registry.setMetadata.selector);
            registry.setMetadata(m.id, "note", notes[i]);
            ++did["setMetadata"];
        }
    }

    function _unsetWallet(uint256 i) internal {
        Member storage m = members[i];
        _as(_owner(m), registry.unsetAgentWallet.selector);
        registry.unsetAgentWallet(m.id);
        m.wallet = address(0);
        ++did["unsetAgentWallet"];
    }

    /// @dev Whom the owner approved, for the agent or for all it has, hands it to the other possible owner and can do no more.
    function _deputyTransfers(uint256 i, address deputy, uint256 seed) internal {
        Member storage m = members[i];
        address owner = _owner(m);
        bool all = seed % 2 == 0;
        _as(owner, all ? registry.setApprovalForAll.selector : registry.approve.selector);
        if (all) registry.setApprovalForAll(deputy, true);
        else registry.approve(deputy, m.id);
        uint256 key = m.ownerKey == 0xA000 + i ? 0xB000 + i : 0xA000 + i;
        _as(deputy, all ? SAFE_TRANSFER : SAFE_TRANSFER_DATA);
        if (all) registry.safeTransferFrom(owner, addresses[key], m.id);
        else registry.safeTransferFrom(owner, addresses[key], m.id, "");
        (m.ownerKey, m.wallet) = (key, address(0));
        if (all) {
            _as(owner, registry.setApprovalForAll.selector);
            registry.setApprovalForAll(deputy, false);
        }
        _as(deputy, registry.setAgentURI.selector);
        try registry.setAgentURI(m.id, "stolen") {
            _agree(false, true, "a deputy of the former owner");
        } catch {}
        ++did[all ? "transfer: by an operator" : "transfer: by a deputy"];
    }

    /// @dev To a contract that sends it back from within, or takes none.
    function _lend(uint256 i, bool refused) internal {
        if (address(reenteringOwner) == address(0)) {
            reenteringOwner = new ReenteringOwner(vault);
            refusingHolder = new RefusingHolder();
        }
        Member storage m = members[i];
        address to = refused ? address(refusingHolder) : address(reenteringOwner);
        _as(_owner(m), SAFE_TRANSFER);
        try IERC721(address(registry)).safeTransferFrom(_owner(m), to, m.id) {
            m.wallet = address(0);
            _agree(!refused, true, "transfer: there and back");
        } catch {
            _agree(!refused, false, "transfer: there and back");
        }
        if (refused) ++did["transfer: refused"];
    }

    /* SIGNERS */

    function _signer(uint256 i, bool retire) internal {
        Member storage m = members[i];
        uint256 key = 0xE000 + i;
        address signer = _address(key);
        if (!retire) {
            _as(_owner(m), claims.addSigner.selector);
            claims.addSigner(AgentId.wrap(m.id), signer);
            answerable[i][key] = type(uint32).max;
            ++did["addSigner"];
            return;
        }
        bool should = answerable[i][key] == type(uint32).max;
        _as(_owner(m), claims.retireSigner.selector);
        try claims.retireSigner(AgentId.wrap(m.id), signer) {
            answerable[i][key] = _epoch() + 18;
            _agree(should, true, "retireSigner");
        } catch {
            _agree(should, false, "retireSigner");
        }
    }

    /* DOMAINS */

    /// @dev A further domain, which nobody joins; or one with a parameter out of its bounds.
    function _createDomain(address who, uint256 seed, bool should) internal {
        IConsensus.DomainParameters memory p = IConsensus.DomainParameters({
            outcomes: 2 + ((seed >> 8) % 15),
            seats: 3 + ((seed >> 16) % 253),
            supermajorityBps: 5_001 + ((seed >> 32) % 5_000),
            maxRounds: 1 + ((seed >> 48) % 4),
            seatFee: 1 + ((seed >> 56) % 1e18),
            seatBond: 0,
            burnBps: 1_000 + ((seed >> 120) % 4_001),
            minStake: 0,
            silentEpochs: 16 + ((seed >> 136) % 1_000),
            assertionWindow: 1 + ((seed >> 152) % 1_024),
            openAnswers: (seed >> 168) % 2 == 0
        });
        p.seatBond = p.seatFee * (8 + ((seed >> 176) % 57));
        p.minStake = p.seats * p.seatBond + 1_000 * UNIT;
        if (!should) _spoil(p, (seed >> 184) % 10);
        _as(who, consensus.createDomain.selector);
        try consensus.createDomain(p, "") returns (DomainId id) {
            bool same = keccak256(abi.encode(consensus.domain(id))) == keccak256(abi.encode(_rounded(p)));
            _agree(should, true, "createDomain");
            if (DomainId.unwrap(id) != ++domains || !same) _agree(false, true, "createDomain: other parameters");
        } catch {
            _agree(should, false, "createDomain");
            if (!should) ++did["createDomain: out of bounds"];
        }
    }

    /// @dev The least stake is kept in whole units.
    function _rounded(IConsensus.DomainParameters memory p) private pure returns (IConsensus.DomainParameters memory) {
        p.minStake = ((p.minStake + UNIT - 1) / UNIT) * UNIT;
        return p;
    }

    function _spoil(IConsensus.DomainParameters memory p, uint256 which) private pure {
        if (which == 0) p.outcomes = 1;
        else if (which == 1) p.outcomes = 17;
        else if (which == 2) p.seats = 2;
        else if (which == 3) p.supermajorityBps = 5_000;
        else if (which == 4) p.maxRounds = 5;
        else if (which == 5) p.seatBond = 8 * p.seatFee - 1;
        else if (which == 6) p.burnBps = 999;
        else if (which == 7) p.minStake = p.seats * p.seatBond - 1;
        else if (which == 8) p.silentEpochs = 15;
        else p.assertionWindow = 0;
    }

    /* TOKENS */

    /// @dev For somebody else's agent, sometimes after a stranger has used the permit first.
    function _depositWithPermit(uint256 i, uint256 seed) internal {
        Member storage m = members[i];
        uint256 key = 0xC000 + (seed % USERS);
        address payer = addresses[key];
        uint256 amount = (seed >> 8) % 1e18;
        bytes32 permit = keccak256(
            abi.encode(PERMIT_TYPEHASH, payer, address(vault), amount, token.nonces(payer), clock)
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(
            key,
            keccak256(abi.encodePacked("\x19\x01", token.DOMAIN_SEPARATOR(), permit))
        );
        if ((seed >> 80) % 2 == 0) token.permit(payer, address(vault), amount, clock, v, r, s);
        bool should = amount != 0 && token.balanceOf(payer) >= amount;
        _as(payer, vault.depositWithPermit.selector);
        try vault.depositWithPermit(AgentId.wrap(m.id), amount, clock, v, r, s) {
            (m.available, tokens) = (m.available + amount, tokens + amount);
            _agree(should, true, "depositWithPermit");
        } catch {
            _agree(should, false, "depositWithPermit");
        }
        // The other payments of the campaign need an allowance again.
        vm.prank(payer);
        token.approve(address(vault), type(uint256).max);
    }

    /// @dev Straight to the vault: it belongs to nobody from then on, and nobody may get it.
    function _give(address who, uint256 amount) internal {
        if (token.balanceOf(who) < amount) return;
        vm.prank(who);
        token.transfer(address(vault), amount);
        (tokens, gifts) = (tokens + amount, gifts + amount);
        ++did["a gift to the vault"];
    }
}
