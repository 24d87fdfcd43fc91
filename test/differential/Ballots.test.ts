import { encodeOpen, encodeSnapshots, encodeTerms, ProtocolError } from "@assay/protocol";
import { expect } from "chai";
import { id, ZeroAddress } from "ethers";
import { network } from "hardhat";
import type { BallotsHarness } from "../../typechain/test/BallotsHarness.js";
import { type Answer, compare, RUNS, THOROUGH } from "./utils/compare.ts";
import { isOpen, membershipKey, Model, type PaidRound } from "./utils/model.ts";
import { canaryCode } from "./utils/questions.ts";
import { type Member, randomScenario, type Scenario } from "./utils/scenario.ts";
import { packStanding } from "./utils/standings.ts";

const { ethers } = await network.create();

/** Of three ballots each. */
const SCENARIOS = Math.ceil(RUNS / 3);
const GAS = 16_000_000n;

/** What the contract's refusals are called in the twin. */
const REFUSALS: Readonly<Record<string, readonly string[]>> = {
  MalformedBallot: ["Truncated", "EmptyGroup"],
  UnsortedVotes: ["DomainsNotAscending", "QuestionsNotAscending"],
  TooManyVotes: ["TooManyVotes"],
};
const SELECTORS: Readonly<Record<string, string>> = {
  [selector("MalformedBallot(uint256)")]: "MalformedBallot",
  [selector("UnsortedVotes(uint256)")]: "UnsortedVotes",
  [selector("TooManyVotes(uint256,uint256)")]: "TooManyVotes",
};

function selector(signature: string): string {
  return id(signature).slice(0, 10);
}

const solidityAppeal = (paid: PaidRound) => ({
  appellant: paid?.appellant ?? ZeroAddress,
  against: paid === null || paid.against === null ? 0 : 1 + paid.against,
});

const memberWord = ({ standing, allocations }: Pick<Member, "standing" | "allocations">) =>
  packStanding(standing, encodeSnapshots(allocations));

function toSolidity(s: Scenario): BallotsHarness.ScenarioStruct {
  return {
    domains: [...s.domains].map(([domainId, d]) => ({
      domainId,
      parameters: { ...d, silentEpochs: 64 },
      total: encodeSnapshots(d.total),
      counts: d.counts,
      participation: d.participation,
    })),
    questions: [...s.questions].map(([questionId, { state, appeals }]) => {
      const { head, more } = isOpen(state) ? encodeOpen(state) : { head: encodeTerms(state), more: [] };
      return { questionId, head, more: [...more], appeals: appeals.map(solidityAppeal) };
    }),
    standings: s.memberships.map((m) => ({ agentId: m.agentId, domainId: m.domainId, word: memberWord(m) })),
    ballots: s.ballots.map((b) => ({ ...b })),
    rounds: [...s.furtherRounds].map(([questionId, { state, appeal }]) => {
      const before = s.questions.get(questionId)?.state;
      if (before === undefined || !isOpen(before)) throw new Error("only an open question has a further round");
      const header = { ...state, canary: canaryCode(before.canary), budget: before.budget };
      return { questionId, header, appeal: solidityAppeal(appeal) };
    }),
    settleEpochs: [...s.settleEpochs],
  };
}

function toModel(s: Scenario): Model {
  const model = new Model();
  for (const [domainId, d] of s.domains) model.domains.set(domainId, { ...d, counts: [...d.counts] });
  for (const [questionId, q] of s.questions)
    model.questions.set(questionId, { state: q.state, appeals: [...q.appeals] });
  for (const { agentId, domainId, ...m } of s.memberships) model.memberships.set(membershipKey(agentId, domainId), m);
  return model;
}

/** Everything the model says of a scenario, in the order of the contract's answer. */
function expected(s: Scenario): { [key: string]: Answer } {
  const model = toModel(s);
  const counted = s.ballots.map(({ voter, ballot, trusted }) => {
    try {
      const { receipts, used } = model.count(voter, ballot, trusted);
      return { refusal: null, receipts, used };
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      const refusal = Object.keys(REFUSALS).find((name) => REFUSALS[name]?.includes(error.code));
      return { refusal: refusal ?? error.code, receipts: "0x" as const, used: 0n };
    }
  });
  const tallies = [...model.questions.values()].map(({ state }) => {
    if (!isOpen(state)) return [encodeTerms(state)];
    const { head, more } = encodeOpen(state);
    return [head, ...more];
  });
  for (const [questionId, { state, appeal }] of s.furtherRounds) {
    const question = model.questions.get(questionId);
    if (question === undefined || !isOpen(question.state)) throw new Error("only an open question has a further round");
    question.state = { ...question.state, ...state };
    question.appeals.push(appeal);
  }
  const pending = counted.map(({ receipts }) => receipts);
  const settled = s.settleEpochs.map((epoch) =>
    s.ballots.map(({ voter, generationAtSettlement }, i) => {
      const receipts = pending[i] ?? "0x";
      if (receipts === "0x") return null;
      const result = model.settle(voter.agentId, generationAtSettlement, receipts, epoch);
      pending[i] = result.rest;
      return { ...result };
    }),
  );
  return {
    counted,
    tallies,
    settled,
    heads: [...model.questions.values()].map(({ state }) =>
      isOpen(state) ? encodeOpen(state).head : encodeTerms(state),
    ),
    standings: s.memberships.map(({ agentId, domainId }) => memberWord(model.membership(agentId, domainId) as Member)),
    statistics: [...model.domains.values()].map((d) => [d.counts, d.participation]),
    credits: model.credits.map(({ account, amount }) => [account, amount]),
  };
}

describe("Ballots, against a model made of the twins", function () {
  it("should count and settle alike, and refuse the same ballots for the same reason", async function () {
    const finality = await ethers.deployContract("Finality");
    const harness = await ethers.deployContract("BallotsHarness", [], { libraries: { Finality: finality } });
    const seen = new Map<string, number>();
    const note = (what: string, times = 1) => seen.set(what, (seen.get(what) ?? 0) + times);

    const run = async (s: Scenario): Promise<{ [key: string]: Answer }> => {
      const r = await harness.run.staticCall(toSolidity(s), { gasLimit: GAS });
      note("ballot", s.ballots.length);
      const pending = r.counted.map(({ receipts }) => receipts);
      return {
        counted: r.counted.map(({ refusal, receipts, used }) => {
          const reason = refusal === "0x" ? null : (SELECTORS[refusal.slice(0, 10)] ?? refusal);
          note(reason ?? (receipts === "0x" ? "no seat" : "counted"));
          return { refusal: reason, receipts, used };
        }),
        tallies: r.talliesAfterCount,
        settled: r.settled.map((ballots) =>
          ballots.map(({ gain, loss, unlock, burned, toSink, rest }, i) => {
            if (pending[i] === "0x") return null;
            if (unlock !== 0n && rest !== "0x") note("settled in part");
            if (unlock !== 0n && rest === "0x") note("settled");
            if (loss !== 0n) note("lost");
            pending[i] = rest;
            return { gain, loss, unlock, burned, toSink, rest };
          }),
        ),
        heads: r.finalHeads,
        standings: r.standings,
        statistics: r.domains.map(({ counts, participation }) => [counts, participation]),
        credits: r.creditedTo.map((account, i) => {
          note("appellant paid");
          return [account, r.credited[i] as bigint];
        }),
      };
    };

    await compare(
      "ballots",
      {
        // One in ten at all upper bounds of a domain's parameters at once.
        input: (random, i) => randomScenario(random, i % 10 === 0),
        solidity: (scenarios) => Promise.all(scenarios.map(run)),
        twin: expected,
        batch: 1,
      },
      SCENARIOS,
    );

    const wanted = [
      "counted",
      "no seat",
      ...Object.keys(REFUSALS),
      "settled",
      "settled in part",
      "lost",
      "appellant paid",
    ];
    for (const what of THOROUGH ? wanted : [])
      expect(seen.get(what) ?? 0, `${what} among ${JSON.stringify([...seen])}`).to.be.greaterThan(9);
    if (process.env["DIFFERENTIAL_VERBOSE"]) console.log(Object.fromEntries(seen));
  });
});
