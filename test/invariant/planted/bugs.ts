/** A bug that the invariants must find, as a replacement in a contract's source. */
export interface PlantedBug {
  readonly name: string;
  /** The invariant of docs/protocol.md, section 10, that must fail. */
  readonly invariant: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;
  /** Below contracts/. */
  readonly file: string;
  /** Stands in the file once. */
  readonly find: string;
  readonly replace: string;
  /** Transactions of the shortest life in which it shows, where they are many. */
  readonly steps?: string;
}

export const BUGS: readonly PlantedBug[] = [
  {
    name: "a credit paid out is not wiped out",
    invariant: 1,
    file: "StakeVault.sol",
    find: "_credits[account_] = 0;",
    replace: "_credits[account_] = amount / 2;",
  },
  {
    name: "an appellant is paid its bonus twice, once out of nothing",
    invariant: 1,
    file: "libraries/Finality.sol",
    find: "vault.credit(appeals[n].appellant, amounts[n]);",
    replace: "vault.credit(appeals[n].appellant, amounts[n] + amounts[n] / 3);",
    steps: "ask, commit, reveal wrongly, appeal, commit, reveal rightly, finalize",
  },
  {
    name: "a released pledge stays locked",
    invariant: 2,
    file: "StakeVault.sol",
    find: "stake.locked -= uint128(amount);\n        _pledged[agentId] += amount;",
    replace: "_pledged[agentId] += amount;",
    steps: "pledge, sign, challenge, commit, reveal, finalize, resolveChallenge",
  },
  {
    name: "half a lost bond is rounded the other way",
    invariant: 3,
    file: "Claims.sol",
    find: "rest = bond / 2;",
    replace: "rest = bond - bond / 2;",
    steps: "assertClaim with an odd bond, dispute, commit, reveal, finalize, resolve",
  },
  {
    name: "an appeal of an undecided round is refunded",
    invariant: 3,
    file: "libraries/Settlement.sol",
    find: "if (against == 0 || against == outcome + 1) continue;",
    replace: "if (against == outcome + 1) continue;",
    steps: "ask, commit, reveal in a tie, appeal, commit, reveal, finalize",
  },
  {
    name: "a seat loses four times what it should",
    invariant: 4,
    file: "libraries/Settlement.sol",
    find: "uint256 divisor = weight * Trust.RARITY_MAX;",
    replace: "uint256 divisor = (weight * Trust.RARITY_MAX) / 4;",
  },
  {
    name: "voting with the verdict of a third round loses",
    invariant: 4,
    file: "libraries/Ballots.sol",
    find: "switch and(xor(byte(20, receipt), shr(5, terms)), 31)",
    replace: "switch or(and(xor(byte(20, receipt), shr(5, terms)), 31), gt(and(shr(2, terms), 7), 2))",
    steps: "ask, three times commit and reveal with two appeals between, finalize, settle",
  },
  {
    name: "reclaiming a budget forgets the support of the verdict",
    invariant: 5,
    file: "libraries/Questions.sol",
    find: "return finalWord & ~(REFUNDABLE | BUDGET_BITS);",
    replace: "return finalWord & ~(REFUNDABLE | BUDGET_BITS | (0x3fff << 22));",
    steps: "ask with a budget, commit, reveal, finalize, look, reclaim",
  },
  {
    name: "a newcomer's weight is capped for two verdicts instead of three",
    invariant: 6,
    file: "libraries/Trust.sol",
    find: "NEWCOMER_VERDICTS = 3;",
    replace: "NEWCOMER_VERDICTS = 2;",
    steps: "twice ask, commit, reveal, settle; then ask, commit, reveal",
  },
  {
    name: "a relayed beat may be sent again in its epoch",
    invariant: 5,
    file: "Consensus.sol",
    find: "if (p.relayed && a.lastEpoch >= x.epoch) revert AlreadyBeaten(id, x.epoch);",
    replace: "",
    steps: "sign, relay, relay again",
  },
  {
    name: "a beat is relayed whoever has signed it",
    invariant: 7,
    file: "Consensus.sol",
    find: "revert InvalidBeatSignature(agentId, wallet);",
    replace: "if (wallet == address(0)) revert InvalidBeatSignature(agentId, wallet);",
  },
  {
    name: "anyone cancels a withdrawal",
    invariant: 7,
    file: "StakeVault.sol",
    find: "function cancelWithdrawal(AgentId agentId) external onlyAgentOwner(agentId) {",
    replace: "function cancelWithdrawal(AgentId agentId) external {",
  },
  {
    name: "a sold agent keeps its seller's wallet",
    invariant: 7,
    file: "AgentRegistry.sol",
    find: "if (from != address(0)) _setAgentWallet(agentId, address(0));",
    replace: "if (from == address(this)) _setAgentWallet(agentId, address(0));",
  },
  {
    name: "finalizing goes through all domains",
    invariant: 8,
    file: "libraries/Finality.sol",
    find: "toSink = c.toSink;",
    replace:
      "toSink = c.toSink;\n        for (uint32 n = 1; n <= s.domainCount; ++n) {\n" +
      "            toSink += ConsensusState.packed(s.domains[questionId.domainOf()]).outcomes() / 17;\n        }",
  },
  {
    name: "a consumer can have its verdict delivered from within",
    invariant: 9,
    file: "Claims.sol",
    find: "c.delivered = true; // before the call: a consumer cannot have it delivered twice from within",
    replace: "",
  },
  {
    name: "a consumer may use more gas than it asked for",
    invariant: 9,
    file: "Claims.sol",
    find: "success := call(gasLimit, consumer,",
    replace: "success := call(mul(gasLimit, 8), consumer,",
  },
  {
    name: "a lowering outlives the pledge that a challenge has locked",
    invariant: 10,
    file: "StakeVault.sol",
    find: "if (_lowering[agentId].amount > pledged) _lowering[agentId].amount = pledged.toUint128();",
    replace: "",
    steps: "pledge, lowerPledge, challenge, commit, reveal, resolveChallenge against the author, completeLowering",
  },
];
