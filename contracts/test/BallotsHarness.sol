// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IStakeVault} from "../interfaces/IStakeVault.sol";
import {Ballots} from "../libraries/Ballots.sol";
import {ConsensusState} from "../libraries/ConsensusState.sol";
import {Questions} from "../libraries/Questions.sol";
import {Settlement} from "../libraries/Settlement.sol";
import {Standings} from "../libraries/Standings.sol";
import {Statistics} from "../libraries/Statistics.sol";
import {AgentId, DomainId, QuestionId} from "../types/Ids.sol";
import {WordKit} from "./WordKit.sol";

/// @notice Holds the state of Consensus, prepares it, counts ballots and settles them in one call, for comparison with a model made of
/// the TypeScript twins. It is its own vault and records what it is told to credit.
contract BallotsHarness {
    using Statistics for Statistics.State;
    using WordKit for Statistics.State;

    struct DomainSetup {
        DomainId domainId;
        ConsensusState.Domain parameters;
        uint256 total; // word
        uint256[] counts;
        uint256 participation;
    }

    struct QuestionSetup {
        QuestionId questionId;
        uint256 head;
        uint256[] more;
        Settlement.Appeal[] appeals;
    }

    struct StandingSetup {
        AgentId agentId;
        DomainId domainId;
        uint256 word;
    }

    struct Voter {
        AgentId agentId;
        uint256 generation; // Standings.LAST_GENERATION: earns no trust
        bytes32 secret;
        bytes32 seed; // of the ballot's epoch
        uint256 epoch; // of the ballot
        uint256 backing; // units
    }

    struct BallotSetup {
        Voter voter;
        bytes ballot;
        bool trusted;
        uint256 generationAtSettlement;
    }

    /// @dev A round as an appeal starts it once the ballots are counted.
    struct RoundSetup {
        QuestionId questionId;
        Questions.Header header;
        Settlement.Appeal appeal;
    }

    struct Scenario {
        DomainSetup[] domains;
        QuestionSetup[] questions;
        StandingSetup[] standings;
        BallotSetup[] ballots;
        RoundSetup[] rounds;
        uint32[] settleEpochs; // every ballot is settled in each of them, in this order
    }

    struct Counted {
        bytes refusal; // the error; empty if it was counted
        bytes receipts;
        uint256 used;
    }

    struct Settled {
        uint256 gain;
        uint256 loss;
        uint256 unlock;
        uint256 burned;
        uint256 toSink;
        bytes rest;
    }

    struct DomainResult {
        uint256[] counts;
        uint256 participation;
    }

    struct Result {
        Counted[] counted;
        uint256[][] talliesAfterCount; // words of each question
        Settled[][] settled; // by epoch of settlement, then by ballot
        uint256[] finalHeads;
        uint256[] standings; // in the order of the scenario
        DomainResult[] domains;
        address[] creditedTo;
        uint256[] credited;
    }

    ConsensusState.State private _state;
    address[] private _creditedTo;
    uint256[] private _credited;

    /// @notice Runs a scenario. To be called without a transaction: it leaves its state behind.
    function run(Scenario calldata c) external returns (Result memory r) {
        _prepare(c);
        r.counted = new Counted[](c.ballots.length);
        for (uint256 i = 0; i < c.ballots.length; ++i) {
            try this.count(c.ballots[i]) returns (bytes memory receipts, uint256 used) {
                (r.counted[i].receipts, r.counted[i].used) = (receipts, used);
            } catch (bytes memory reason) {
                r.counted[i].refusal = reason;
            }
        }
        r.talliesAfterCount = new uint256[][](c.questions.length);
        for (uint256 i = 0; i < c.questions.length; ++i) r.talliesAfterCount[i] = _words(c.questions[i]);
        for (uint256 i = 0; i < c.rounds.length; ++i) {
            Questions.Slots storage slots = _state.questions[c.rounds[i].questionId];
            slots.head = Questions.withHeader(slots.head, c.rounds[i].header);
            _state.appeals[c.rounds[i].questionId][c.rounds[i].header.rounds] = c.rounds[i].appeal;
        }
        _settleAll(c, r);
        _collect(c, r);
    }

    function count(BallotSetup calldata b) external returns (bytes memory receipts, uint256 used) {
        Ballots.Reveal memory r;
        (r.agentId, r.secret, r.seed) = (b.voter.agentId, b.voter.secret, b.voter.seed);
        (r.epoch, r.backing) = (b.voter.epoch, b.voter.backing);
        r.generation = b.trusted ? b.voter.generation : Standings.LAST_GENERATION;
        return Ballots.count(_state, r, b.ballot);
    }

    function settle(
        ConsensusState.Context memory x,
        Voter memory voter,
        bytes memory receipts
    ) external returns (Settled memory r) {
        Ballots.Settling memory t;
        (t.agentId, t.generation) = (voter.agentId, voter.generation);
        r.rest = Ballots.settle(_state, x, t, receipts);
        (r.gain, r.loss, r.unlock) = (t.gain, t.loss, t.unlock);
        (r.burned, r.toSink) = (t.burned, t.toSink);
    }

    /// @notice As StakeVault.credit.
    function credit(address account, uint256 amount) external {
        _creditedTo.push(account);
        _credited.push(amount);
    }

    function _prepare(Scenario calldata c) private {
        for (uint256 i = 0; i < c.domains.length; ++i) {
            DomainSetup calldata d = c.domains[i];
            _state.domains[d.domainId] = d.parameters;
            _state.totals[d.domainId] = d.total;
            _state.statistics[d.domainId].store(d.counts, d.participation);
        }
        for (uint256 i = 0; i < c.questions.length; ++i) {
            QuestionSetup calldata q = c.questions[i];
            _state.questions[q.questionId].head = q.head;
            for (uint256 n = 0; n < q.more.length; ++n) _state.questions[q.questionId].more[n] = q.more[n];
            for (uint256 n = 0; n < q.appeals.length; ++n) _state.appeals[q.questionId][n + 2] = q.appeals[n];
        }
        for (uint256 i = 0; i < c.standings.length; ++i) {
            _state.standings[c.standings[i].agentId][c.standings[i].domainId] = c.standings[i].word;
        }
    }

    function _settleAll(Scenario calldata c, Result memory r) private {
        bytes[] memory pending = new bytes[](c.ballots.length);
        for (uint256 i = 0; i < pending.length; ++i) pending[i] = r.counted[i].receipts;
        r.settled = new Settled[][](c.settleEpochs.length);
        for (uint256 e = 0; e < c.settleEpochs.length; ++e) {
            r.settled[e] = new Settled[](c.ballots.length);
            for (uint256 i = 0; i < pending.length; ++i) {
                if (pending[i].length == 0) continue;
                Voter memory voter;
                voter.agentId = c.ballots[i].voter.agentId;
                voter.generation = c.ballots[i].generationAtSettlement;
                r.settled[e][i] = this.settle(
                    ConsensusState.Context(IStakeVault(address(this)), c.settleEpochs[e], false, 0, 0),
                    voter,
                    pending[i]
                );
                pending[i] = r.settled[e][i].rest;
            }
        }
    }

    function _collect(Scenario calldata c, Result memory r) private view {
        r.finalHeads = new uint256[](c.questions.length);
        for (uint256 i = 0; i < c.questions.length; ++i) {
            r.finalHeads[i] = _state.questions[c.questions[i].questionId].head;
        }
        r.standings = new uint256[](c.standings.length);
        for (uint256 i = 0; i < c.standings.length; ++i) {
            r.standings[i] = _state.standings[c.standings[i].agentId][c.standings[i].domainId];
        }
        r.domains = new DomainResult[](c.domains.length);
        for (uint256 i = 0; i < c.domains.length; ++i) {
            (r.domains[i].counts, r.domains[i].participation) = _state.statistics[c.domains[i].domainId].load(
                c.domains[i].counts.length
            );
        }
        (r.creditedTo, r.credited) = (_creditedTo, _credited);
    }

    function _words(QuestionSetup calldata q) private view returns (uint256[] memory words) {
        words = new uint256[](1 + q.more.length);
        words[0] = _state.questions[q.questionId].head;
        for (uint256 n = 0; n < q.more.length; ++n) words[n + 1] = _state.questions[q.questionId].more[n];
    }
}
