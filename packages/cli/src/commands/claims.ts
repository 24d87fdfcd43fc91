import { MIN_BOND_FEES, EPOCHS_PER_ROUND, type Hex, splitQuestionId } from "@assay/sdk/protocol";
import { Argument, Option } from "commander";
import type { Commands, Outcome } from "../lib/command.ts";
import { type ContentOptions, contentOptions, readContent } from "../lib/content.ts";
import { requireActive } from "../lib/domains.ts";
import { fail } from "../lib/errors.ts";
import { parseAgentId, parseAmount, parseBytes32, parseCount, parseOutcome } from "../lib/input.ts";
import type { CommonOptions, Session } from "../lib/session.ts";
import { requireOutcome } from "../lib/statements.ts";
import { describeRound, startOf, waitForVerdict } from "../lib/waiting.ts";
import { askOne, askTheSwarm, type SwarmOptions, swarmOptions } from "./ask-swarm.ts";
import { domainOption } from "./domain.ts";
import { claimArgument, waitOption } from "./verdict.ts";

interface BringOptions extends CommonOptions, ContentOptions {
  readonly domain: number;
  readonly salt?: Hex;
}
interface AskOptions extends BringOptions {
  readonly budgetRounds: number;
  readonly wait?: boolean;
}
type AskAnybodyOptions = AskOptions & SwarmOptions & { readonly swarm?: boolean; readonly private?: bigint };
interface AssertOptions extends BringOptions {
  readonly outcome: number;
  readonly bond?: string;
}
interface DisputeOptions extends CommonOptions {
  readonly uri?: string;
}
interface AppealOptions extends CommonOptions {
  readonly fromBudget?: boolean;
}

/** `assay ask`, `assert`, `dispute`, `appeal` and `resolve` */
export function addClaims(commands: Commands): void {
  const salt = () =>
    new Option("--salt <hex>", "32 bytes; the same again is refused (default: random)").argParser(parseBytes32);
  commands.sender<AskAnybodyOptions, [string | undefined]>(
    {
      name: "ask",
      summary:
        "Asks a domain's committee, for the fee of its seats; or with --swarm its agents, off chain and for no gas",
      example: `--domain 1 --text '{"language":"fra","text":"..."}' --wait`,
      arguments: [new Argument("[text]", "the content, as --text")],
      options: [
        new Option("--swarm", "asks agents over their network, who answer with signed statements: docs/network.md"),
        new Option("--private <id>", "asks this agent alone, and nobody else sees what: docs/network.md")
          .argParser(parseAgentId)
          .conflicts("swarm"),
        new Option("--agent <id>", "with --swarm or --private: who asks").argParser(parseAgentId),
        ...swarmOptions(),
        domainOption(),
        ...contentOptions(),
        new Option("--budget-rounds <n>", "further rounds to prepay, in case it stays undecided")
          .argParser(parseCount)
          .default(0),
        salt(),
        waitOption(),
      ],
    },
    async (session, { swarm, ...options }, text) => {
      const asked =
        text === undefined
          ? options
          : { ...options, text: options.text === undefined ? text : fail("there are two texts") };
      if (asked.private !== undefined) return askOne(session, { ...asked, private: asked.private });
      if (swarm === true) return askTheSwarm(session, asked);
      for (const name of ["budget", "timeout", "minWeight", "bond", "validFor", "proof", "cid"] as const)
        if (options[name] !== undefined)
          fail("--budget, --timeout, --min-weight, --bond and --valid-for go with --swarm");
      return ask(session, asked);
    },
  );
  commands.sender<AssertOptions, []>(
    {
      name: "assert",
      summary: "Asserts an outcome with a bond; it stands unless somebody disputes it in time",
      example: "--domain 1 --outcome 1 --file claim.json --uri ipfs://...",
      options: [
        domainOption(),
        new Option("--outcome <n>", "outcome that is asserted").argParser(parseOutcome).makeOptionMandatory(),
        ...contentOptions(),
        new Option("--bond <tokens>", `bond (default: the least, ${MIN_BOND_FEES} times a committee's fees)`).argParser(
          parseAmount,
        ),
        salt(),
      ],
    },
    assert,
  );
  commands.sender<DisputeOptions, [Hex]>(
    {
      name: "dispute",
      summary: "Takes an assertion to a committee, for a bond as high as the asserter's and the committee's fees",
      example: "0x8d...",
      arguments: [claimArgument()],
      options: [new Option("--uri <uri>", "where the committee finds the content (default: as asserted)")],
    },
    dispute,
  );
  commands.sender<AppealOptions, [Hex]>(
    {
      name: "appeal",
      summary: "Starts a further round, of twice the seats and one more, in the epoch after the reveals",
      example: "0x00000001...",
      arguments: [claimArgument()],
      options: [new Option("--from-budget", "of an undecided question, from what its asker prepaid")],
    },
    appeal,
  );
  commands.sender<CommonOptions, [Hex]>(
    {
      name: "resolve",
      summary: "Ends an assertion or a challenge whose time has come, and credits the bonds",
      example: "0x8d...",
      arguments: [claimArgument()],
    },
    resolve,
  );
}

/** Asks a committee; waits for its verdict if told. */
export async function ask(session: Session, options: AskOptions): Promise<Outcome> {
  const { assay, sender, tokens } = session;
  const { domain: domainId, budgetRounds, salt } = options;
  const content = readContent(options);
  const { maxRounds } = await assay.domains.get(domainId);
  if (budgetRounds >= maxRounds) fail(`domain ${domainId} has ${maxRounds} rounds: prepay at most ${maxRounds - 1}`);
  await requireActive(session, domainId);
  const question = { domainId, budgetRounds, ...content, ...(salt && { salt }) };
  const title = `ask a committee of domain ${domainId} about ${content.contentHash}`;
  const paid = await assay.questions.ask.cost(question);
  const { claimId, questionId, voteEpoch } = await sender.act({ title }, assay.questions.ask, question);
  const lines = [
    `claim ${claimId}`,
    `about ${content.contentHash}; paid ${tokens(paid)}`,
    describeRound(session, voteEpoch),
  ];
  const data = { claimId, questionId, ...content, voteEpoch, finalFrom: voteEpoch + EPOCHS_PER_ROUND, paid };
  if (!options.wait) return { lines, data, next: [`verdict ${claimId} --wait`] };
  // Said at once: whoever interrupts the waiting has the claim.
  session.io.stderr.write(`claim ${claimId}\n`);
  const verdict = await waitForVerdict(session, claimId);
  const { status, outcome, supportBps } = verdict;
  const answer = `${status}: outcome ${outcome ?? "none"}, ${(supportBps / 100).toFixed(2)} % of the weight`;
  return { lines: [...lines, answer], data: { ...data, verdict } };
}

/** Asserts an outcome. */
export async function assert(session: Session, options: AssertOptions): Promise<Outcome> {
  const { assay, sender, tokens } = session;
  const { domain: domainId, outcome, salt } = options;
  const content = readContent(options);
  await requireOutcome(session, domainId, outcome);
  await requireActive(session, domainId);
  const bond = options.bond === undefined ? await assay.claims.minBond(domainId) : session.amount(options.bond);
  const assertion = { domainId, outcome, bond, ...content, ...(salt && { salt }) };
  const title = `assert outcome ${outcome} in domain ${domainId} of ${content.contentHash}`;
  const notes = ["the bond comes back unless a committee decides otherwise"];
  const { claimId, windowEnd } = await sender.act({ title, notes }, assay.claims.assert, assertion);
  const until = `it can be disputed until the end of epoch ${windowEnd} (${startOf(session, windowEnd + 1)})`;
  return {
    lines: [`claim ${claimId}`, `bond ${tokens(bond)}; ${until}`],
    data: { claimId, domainId, outcome, ...content, bond, windowEnd },
    next: [`verdict ${claimId} --wait`, `resolve ${claimId}`],
  };
}

async function dispute(session: Session, { uri }: DisputeOptions, claimId: Hex): Promise<Outcome> {
  const { assay, sender, network } = session;
  const found = await assay.claims.findAssertion(claimId);
  if (found === null) fail(`there is no assertion ${claimId} on ${network.name}`);
  const { outcome, domainId } = found.assertion;
  const title = `dispute that it is outcome ${outcome}, before a committee of domain ${domainId}`;
  const args = { assertion: found.assertion, uri: uri ?? found.uri };
  const done = await sender.act({ title }, assay.claims.dispute, args);
  if (done.abandoned) {
    const lines = [`domain ${domainId} is below its minimum stake: the assertion ends unresolved, at no cost`];
    return { lines, data: { claimId, abandoned: true }, next: ["stake withdraw --credits"] };
  }
  const { questionId, voteEpoch } = done;
  return {
    lines: [`claim ${claimId} goes to a committee as question ${questionId}`, describeRound(session, voteEpoch)],
    data: { claimId, questionId, voteEpoch, abandoned: false },
    next: [`verdict ${claimId} --wait`, `resolve ${claimId}`],
  };
}

async function appeal(session: Session, { fromBudget }: AppealOptions, claimId: Hex): Promise<Outcome> {
  const { assay, sender, network } = session;
  const questionId = await assay.claims.questionOf(claimId);
  if (questionId === null) fail(`claim ${claimId} is before no committee on ${network.name}`);
  const { status, rounds } = await assay.questions.get(questionId);
  if (status !== "open") fail(`claim ${claimId} is final`);
  const { maxRounds } = await assay.domains.get(splitQuestionId(questionId).domainId);
  if (rounds >= maxRounds) fail(`claim ${claimId} has had all of its ${maxRounds} rounds`);
  const title = `start round ${rounds + 1} of claim ${claimId}`;
  const { round, voteEpoch } = fromBudget
    ? await sender.act({ title }, assay.questions.spendBudget, { questionId })
    : await sender.act({ title }, assay.questions.appeal, { questionId });
  return {
    lines: [`round ${round} of claim ${claimId}`, describeRound(session, voteEpoch)],
    data: { claimId, questionId, round, voteEpoch },
    next: [`verdict ${claimId} --wait`],
  };
}

async function resolve(session: Session, _: CommonOptions, claimId: Hex): Promise<Outcome> {
  const { account, assay, network, sender, tokens } = session;
  const title = `resolve claim ${claimId}`;
  const asserted = await assay.claims.findAssertion(claimId);
  const challenged = asserted === null ? await assay.claims.findChallenge(claimId) : null;
  if (asserted === null && challenged === null) {
    fail(`there is no assertion or challenge ${claimId} on ${network.name} (asked questions need no resolving)`);
  }
  const { upheld, stood } =
    asserted === null
      ? {
          ...(await sender.act({ title }, assay.claims.resolveChallenge, challenged as NonNullable<typeof challenged>)),
          stood: false,
        }
      : await sender.act({ title }, assay.claims.resolve, { assertion: asserted.assertion });
  const author = asserted === null ? "the statement's author" : "the asserter";
  const credit = await assay.stake.credit(account);
  const what = stood ? "stands: nobody disputed it" : `is closed; ${author} was ${upheld ? "right" : "not upheld"}`;
  return {
    lines: [`claim ${claimId} ${what}`, `${account} has ${tokens(credit)} to collect`],
    data: { claimId, stood, upheld, credit },
    next: credit > 0n ? ["stake withdraw --credits"] : [],
  };
}
