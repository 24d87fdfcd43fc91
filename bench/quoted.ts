import type { Row, Work } from "./rows.ts";

/**
 * Systems without an npm package that could be deployed: measured once from their public source, compiled with the settings of
 * its repository, on the same in-process chain, and not measured again by this command.
 */
const SOURCES = {
  "Kleros v2": "https://github.com/kleros/kleros-v2",
  "ERC-8033": "https://eips.ethereum.org/EIPS/eip-8033 (a draft)",
  "ERC-8004 v2.0.0": "https://github.com/erc-8004/erc-8004-contracts",
  EigenLayer: "https://github.com/Layr-Labs/eigenlayer-contracts",
} as const;

function quote(work: Work, system: keyof typeof SOURCES, gas: number, madeOf: string): Row {
  return { work, system, gas, measured: false, madeOf, source: SOURCES[system] };
}

export const QUOTED: readonly Row[] = [
  quote("join", "Kleros v2", 258_791, "setStake, the first; without the token's approval"),
  quote("join", "ERC-8004 v2.0.0", 106_883, "register without a URI: an identity only, there is nothing to stake"),
  quote(
    "join",
    "EigenLayer",
    353_914,
    "registerAsOperator (125,000 to 164,000, the least taken) and registerForOperatorSets (228,914)",
  ),
  quote("ask", "Kleros v2", 487_387, "createDispute"),
  quote("ask", "ERC-8004 v2.0.0", 190_807, "validationRequest, to one validator chosen by the asker"),
  quote("attest", "ERC-8004 v2.0.0", 210_731, "giveFeedback of a new client; 128,887 of a known one"),
  quote("vote", "Kleros v2", 465_635, "draw, castCommit, castVote and execute, 31 jurors"),
  quote("vote", "ERC-8033", 340_000, "commit, reveal and a share of aggregate and distribute, a council of 31"),
  quote(
    "vote",
    "ERC-8004 v2.0.0",
    132_798,
    "validationResponse: one validator's answer, neither hidden nor staked nor paid",
  ),
  quote("vote: draw", "Kleros v2", 121_500, "draw, 31 jurors; 199,500 with 3"),
  quote("vote: commit", "Kleros v2", 96_598, "castCommit, 31 jurors"),
  quote("vote: reveal", "Kleros v2", 155_737, "castVote, 31 jurors"),
  quote("vote: settle", "Kleros v2", 91_800, "execute, 31 jurors"),
  quote("vote: settle", "EigenLayer", 301_600, "slashOperator, one strategy, not the first time"),
];
