import { id, solidityPackedKeccak256, type Wallet } from "ethers";
import { type Chain, gasOf, read } from "./chain.ts";
import { mean, measured, type Row } from "./rows.ts";
import { IDENTIFIER, PHASE, type Uma } from "./uma-deploy.ts";

/** What voters vote on: what an assertion's dispute has asked. */
export interface Request {
  readonly assertionId: string;
  readonly time: bigint;
  readonly ancillaryData: string;
}

/** Gas of everybody's commits and reveals of one round, for each request. */
export interface Round {
  readonly size: number;
  readonly commits: readonly number[];
  readonly reveals: readonly number[];
}

const [TRUE, FALSE] = [10n ** 18n, 0n];
/** One vote in ten is wrong. */
const priceOf = (voter: number, request: number) => ((voter + request) % 10 === 9 ? FALSE : TRUE);
const saltOf = (voter: number, request: number) => BigInt(id(`salt ${voter} ${request}`)) >> 1n;

/** Moves to the start of the next round and lets everybody vote on all of `requests`, several of them in one multicall. */
export async function vote(chain: Chain, { voting, voters }: Uma, requests: readonly Request[]): Promise<Round> {
  const current = await read<bigint>(voting, "getCurrentRoundId");
  const start = await read<bigint>(voting, "getRoundEndTime", current);
  await chain.pass(Number(start) - (await chain.now()) + 1);
  const round = current + 1n;

  const commitOf = (voter: Wallet, i: number) =>
    requests.map(({ time, ancillaryData }, j) => {
      const types = ["int256", "int256", "address", "uint256", "bytes", "uint256", "bytes32"];
      const vote = [priceOf(i, j), saltOf(i, j), voter.address, time, ancillaryData, round, IDENTIFIER];
      return [IDENTIFIER, time, ancillaryData, solidityPackedKeccak256(types, vote)];
    });
  const revealOf = (_: Wallet, i: number) =>
    requests.map(({ time, ancillaryData }, j) => [IDENTIFIER, time, priceOf(i, j), ancillaryData, saltOf(i, j)]);

  const everybody = async (method: string, callsOf: (voter: Wallet, i: number) => unknown[][]) => {
    const gas: number[] = [];
    for (const [i, voter] of voters.entries()) {
      const calls = callsOf(voter, i);
      const encoded = calls.map((args) => voting.interface.encodeFunctionData(method, args));
      const used =
        calls.length === 1 ? gasOf(voter, voting, method, calls[0]) : gasOf(voter, voting, "multicall", [encoded]);
      gas.push((await used) / calls.length);
    }
    return gas;
  };
  const commits = await everybody("commitVote", commitOf);
  await chain.pass(PHASE);
  const reveals = await everybody("revealVote", revealOf);
  await chain.pass(PHASE);
  return { size: requests.length, commits, reveals };
}

/**
 * The figures of a vote.
 * @param first a round of voters who have no earlier votes to account for
 * @param later rounds in which each commit first accounts for as many votes of the round before
 */
export function voteRows(first: Round, later: readonly Round[], how: string): Row[] {
  const system = `UMA VotingV2, ${how}`;
  const fresh = mean(first.commits);
  const commit = mean(later.flatMap(({ commits }) => commits));
  const reveal = mean(later.flatMap(({ reveals }) => reveals));
  const who = `mean of ${first.commits.length} voters`;
  return [
    measured(
      "vote",
      system,
      commit + reveal,
      `commitVote, with the slashing update of an earlier vote, and revealVote; ${who}`,
    ),
    measured("vote: commit", system, fresh, `commitVote with nothing to update; ${who}`),
    measured("vote: reveal", system, reveal, `revealVote; ${who}`),
    measured("vote: settle", system, commit - fresh, "what a commit costs more when it accounts for an earlier vote"),
  ];
}
