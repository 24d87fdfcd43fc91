import { toUtf8Bytes, type Wallet, ZeroAddress, ZeroHash } from "ethers";
import { type Chain, eventsOf, gasOf, read, send } from "./chain.ts";
import { claimText } from "./claim.ts";
import { mean, measured, type Row } from "./rows.ts";
import { deployUma, IDENTIFIER, LIVENESS, type Uma } from "./uma-deploy.ts";
import { type Request, type Round, vote, voteRows } from "./uma-voting.ts";

const ORACLE = "UMA OOv3";
const VOTING = "UMA VotingV2";
/** Requests of a round that are voted on in one multicall. */
const BATCH = 6;
const LATER_ROUNDS = 2;
const REPEATS = 3;

/** What its accounts do, with claims of 100 bytes that are all different. */
class Oracle {
  readonly gas = {
    assert: [] as number[],
    undisputed: [] as number[],
    dispute: [] as number[],
    disputed: [] as number[],
  };
  readonly #chain: Chain;
  readonly #uma: Uma;
  readonly #asserter: Wallet;
  readonly #disputer: Wallet;
  #claims = 0;

  constructor(chain: Chain, uma: Uma) {
    this.#chain = chain;
    this.#uma = uma;
    [this.#asserter, this.#disputer] = uma.voters as unknown as [Wallet, Wallet];
  }

  async assert(): Promise<string> {
    const { oracle, currency } = this.#uma;
    const bond = await read<bigint>(oracle, "getMinimumBond", currency.target);
    const claim = toUtf8Bytes(claimText(this.#claims++));
    const { address } = this.#asserter;
    const args = [claim, address, ZeroAddress, ZeroAddress, LIVENESS, currency.target, bond, IDENTIFIER, ZeroHash];
    const receipt = await send(this.#asserter, oracle, "assertTruth", args);
    this.gas.assert.push(Number(receipt.gasUsed));
    return eventsOf(oracle, receipt, "AssertionMade")[0]?.assertionId as string;
  }

  async letStand(): Promise<void> {
    const assertionId = await this.assert();
    await this.#chain.pass(LIVENESS + 1);
    this.gas.undisputed.push(await this.#settle(assertionId));
  }

  /** Asserts and disputes, which asks the voters of the next round. */
  async contest(): Promise<Request> {
    const { oracle, voting } = this.#uma;
    const assertionId = await this.assert();
    const receipt = await send(this.#disputer, oracle, "disputeAssertion", [assertionId, this.#disputer.address]);
    this.gas.dispute.push(Number(receipt.gasUsed));
    const [added] = eventsOf(voting, receipt, "RequestAdded");
    return { assertionId, time: added?.time as bigint, ancillaryData: added?.ancillaryData as string };
  }

  async settleDecided({ assertionId }: Request): Promise<void> {
    this.gas.disputed.push(await this.#settle(assertionId));
  }

  /** A registered contract may ask the voters at once; the deployer stands for one. */
  async ask(): Promise<number> {
    const args = [IDENTIFIER, await this.#chain.now(), toUtf8Bytes(claimText(this.#claims++))];
    return gasOf(this.#chain.deployer, this.#uma.voting, "requestPrice(bytes32,uint256,bytes)", args);
  }

  async #settle(assertionId: string): Promise<number> {
    const { oracle } = this.#uma;
    const used = await gasOf(this.#asserter, oracle, "settleAssertion", [assertionId]);
    if (!(await read<boolean>(oracle, "getAssertionResult", assertionId))) throw new Error("a true assertion fell");
    return used;
  }
}

/** The optimistic oracle and the vote behind it. */
export async function measureUma(chain: Chain, progress: (line: string) => void): Promise<Row[]> {
  const uma = await deployUma(chain);
  const oracle = new Oracle(chain, uma);
  await oracle.assert(); // never settled, so that the oracle always holds a bond, as it does in use
  for (let i = 0; i <= REPEATS; i++) await oracle.letStand();

  const rounds = { batch: [] as Round[], single: [] as Round[] };
  for (const [kind, size] of [
    ["batch", BATCH],
    ["single", 1],
  ] as const) {
    // So that the first round of each kind has nothing to update.
    for (const voter of uma.voters) await send(voter, uma.voting, "updateTrackers", [voter.address]);
    for (let i = 0; i <= LATER_ROUNDS; i++) {
      progress(`UMA: round ${i + 1} of ${LATER_ROUNDS + 1}, ${size} to vote on`);
      const requests: Request[] = [];
      for (let j = 0; j < size; j++) requests.push(await oracle.contest());
      rounds[kind].push(await vote(chain, uma, requests));
      for (const request of requests) await oracle.settleDecided(request);
    }
  }
  await oracle.ask();
  const asked = await oracle.ask();

  const [firstBatch, ...batches] = rounds.batch as [Round, ...Round[]];
  const [firstSingle, ...singles] = rounds.single as [Round, ...Round[]];
  const assert = mean(oracle.gas.assert.slice(1));
  const dispute = mean(oracle.gas.dispute.slice(1));
  return [
    measured("join", VOTING, mean(uma.joining.slice(1)), `approve and stake, mean of ${uma.joining.length - 1} voters`),
    measured("ask", VOTING, asked, "requestPrice, by a contract that UMA's governance has registered; it pays no fee"),
    measured("assert", ORACLE, assert, "assertTruth"),
    measured(
      "settle undisputed",
      ORACLE,
      mean(oracle.gas.undisputed.slice(1)),
      "settleAssertion, which pays the bond out",
    ),
    measured("dispute", ORACLE, dispute, "disputeAssertion, which asks all voters"),
    measured(
      "settle disputed",
      ORACLE,
      mean(oracle.gas.disputed.slice(1)),
      "settleAssertion, after the vote; pays out",
    ),
    measured(
      "challenge",
      ORACLE,
      assert + dispute,
      "assertTruth and disputeAssertion: it knows no statement off chain",
    ),
    ...voteRows(firstBatch, batches, `multicall of ${BATCH}`),
    ...voteRows(firstSingle, singles, "single"),
  ];
}
