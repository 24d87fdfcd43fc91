// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Standings} from "../libraries/Standings.sol";
import {Statistics} from "../libraries/Statistics.sol";
import {EVIDENCE_CAP, Trust} from "../libraries/Trust.sol";
import {WordKit} from "./WordKit.sol";

/// @notice Calls the rules of trust on many inputs at once, for comparison with their TypeScript twins.
contract TrustHarness {
    using Statistics for Statistics.State;
    using WordKit for Statistics.State;

    struct Evidence {
        uint256 alpha;
        uint256 beta;
        uint256 verdicts;
    }

    struct Update {
        Evidence evidence;
        bool agree;
        uint256 quantity;
    }

    struct Counting {
        uint256[] counts;
        uint256 outcome;
    }

    struct Standing {
        uint256 word;
        uint256 generation;
    }

    struct Rewriting {
        uint256 word;
        uint256 generation;
        Evidence evidence;
    }

    struct Loaded {
        uint256[] counts;
        uint256 participation;
    }

    mapping(uint256 index => Statistics.State) private _statistics;

    function weights(Evidence[] calldata e) external pure returns (uint256[] memory w) {
        w = new uint256[](e.length);
        for (uint256 i = 0; i < e.length; ++i) w[i] = Trust.weight(e[i].alpha, e[i].beta, e[i].verdicts);
    }

    function update(Update[] calldata u) external pure returns (Evidence[] memory e) {
        e = new Evidence[](u.length);
        for (uint256 i = 0; i < u.length; ++i) {
            e[i] = u[i].evidence;
            if (u[i].agree) e[i].alpha += u[i].quantity;
            else e[i].beta += u[i].quantity;
            if (e[i].alpha + e[i].beta > EVIDENCE_CAP) (e[i].alpha, e[i].beta) = Trust.forget(e[i].alpha, e[i].beta);
            if (e[i].verdicts < Trust.MAX_VERDICTS) ++e[i].verdicts;
        }
    }

    /// @return g rarity before the outcome is counted
    /// @return counts after it
    function count(Counting[] calldata c) external returns (uint256[] memory g, uint256[][] memory counts) {
        g = new uint256[](c.length);
        counts = new uint256[][](c.length);
        for (uint256 i = 0; i < c.length; ++i) {
            uint256 outcomes = c[i].counts.length;
            _statistics[i].store(c[i].counts, 0);
            g[i] = _statistics[i].record(outcomes, c[i].outcome, 0, 0);
            (counts[i], ) = _statistics[i].load(outcomes);
        }
    }

    function evidence(Standing[] calldata s) external pure returns (Evidence[] memory e) {
        e = new Evidence[](s.length);
        for (uint256 i = 0; i < s.length; ++i) {
            (e[i].alpha, e[i].beta, e[i].verdicts) = Standings.evidence(s[i].word, s[i].generation);
        }
    }

    function withEvidence(Rewriting[] calldata r) external pure returns (uint256[] memory words) {
        words = new uint256[](r.length);
        for (uint256 i = 0; i < r.length; ++i) {
            Evidence calldata e = r[i].evidence;
            words[i] = Standings.withEvidence(r[i].word, r[i].generation, e.alpha, e.beta, e.verdicts);
        }
    }

    /// @notice Statistics as a new domain of each number of outcomes has them.
    function initialStatistics(uint256[] calldata outcomes) external returns (Loaded[] memory loaded) {
        loaded = new Loaded[](outcomes.length);
        for (uint256 i = 0; i < outcomes.length; ++i) {
            _statistics[i].initialize(outcomes[i]);
            (loaded[i].counts, loaded[i].participation) = _statistics[i].load(outcomes[i]);
        }
    }

    /// @notice Stores statistics over those of a new domain and loads them again.
    /// @return loaded the statistics loaded
    /// @return participation as read without the counts
    function storeStatistics(
        Loaded[] calldata s
    ) external returns (Loaded[] memory loaded, uint256[] memory participation) {
        loaded = new Loaded[](s.length);
        participation = new uint256[](s.length);
        for (uint256 i = 0; i < s.length; ++i) {
            _statistics[i].initialize(s[i].counts.length);
            _statistics[i].store(s[i].counts, s[i].participation);
            (loaded[i].counts, loaded[i].participation) = _statistics[i].load(s[i].counts.length);
            participation[i] = _statistics[i].participationOf();
        }
    }
}
