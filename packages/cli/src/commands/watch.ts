import { blockAt } from "@assay/sdk";
import { claimIdOf, EPOCHS_PER_ROUND, epochStart, type Hex, MAX_ROUNDS, splitQuestionId } from "@assay/sdk/protocol";
import { Option } from "commander";
import { stakeLines } from "../lib/agent-status.ts";
import type { Commands, Outcome } from "../lib/command.ts";
import { isLocalChain } from "../lib/endpoint.ts";
import { explain } from "../lib/errors.ts";
import { type Interest, toHappening, WATCHED, type WatchedEvent } from "../lib/happenings.ts";
import { parseAddress, parseCount, parseDomainId } from "../lib/input.ts";
import { type Happening, LiveView } from "../lib/live.ts";
import { agentOf, type CommonOptions, namesAgent, type ReadSession } from "../lib/session.ts";
import { startOf } from "../lib/waiting.ts";
import { agentOption } from "./stake.ts";

interface Options extends CommonOptions {
  readonly agent?: bigint;
  readonly account?: string;
  readonly domain?: number;
  readonly fromBlock?: number;
}

/** Epochs before the first that is shown in which a question may have been asked that is still open. */
const LOOK_BACK = MAX_ROUNDS * EPOCHS_PER_ROUND + 1;
/** How often to look for a new block, ms. */
const POLL = { local: 250, remote: 4_000 };

/** `assay watch` */
export function addWatch(commands: Commands): void {
  commands.reader<Options, []>(
    {
      name: "watch",
      summary: "Shows epochs, verdicts, an agent's seats and money as they come, until interrupted",
      example: "--agent 7 --domain 1",
      options: [
        agentOption(),
        new Option("--account <address>", "account whose credits are shown (default: the agent's owner)").argParser(
          parseAddress,
        ),
        new Option("--domain <n>", "only claims of this domain").argParser(parseDomainId),
        new Option("--from-block <n>", "also what has happened since (default: only what is new)").argParser(
          parseCount,
        ),
      ],
      help: "With --json a line of JSON for each epoch, verdict and event. What a reorganisation of the chain undoes is said.",
    },
    watch,
  );
}

async function watch(session: ReadSession, options: Options): Promise<Outcome> {
  const { assay, endpoint, io, terms } = session;
  const interest = await interestOf(session, options);
  const view = new LiveView(io, options.json ?? false);
  const questions = new OpenQuestions(session, interest.domainId);
  const head = await endpoint.provider.getBlockNumber();
  const shownFrom = options.fromBlock ?? head + 1;
  const epoch = await assay.beats.epoch();
  const since = epochStart(terms, Math.max(0, epoch - LOOK_BACK));
  const fromBlock = Math.min(shownFrom, await blockAt(endpoint.provider, since, assay.startBlock));
  const pollMs = isLocalChain(endpoint.chainId) ? POLL.local : POLL.remote;
  const onRetry = (error: unknown) => view.status([`${explain(error).message}: trying again`]);
  let seen = -1;
  for await (const item of assay.watch(WATCHED, { fromBlock, pollMs, onRetry, signal: io.interruption() })) {
    if (item.type === "log") {
      const event = item.event;
      questions.note(event);
      const shown = event.blockNumber >= shownFrom ? toHappening(event, interest) : null;
      if (shown !== null) view.add(shown);
    } else if (item.type === "reorg") {
      const { block } = item.cursor;
      const line = `the chain has replaced the blocks after ${block}: ${item.removed.length} events are undone`;
      view.add({ type: "reorg", line, data: { block, removed: item.removed } });
    } else if (item.cursor.block >= head) {
      const present = await assay.beats.epoch();
      if (present > seen) {
        seen = present;
        const verdicts = await questions.report(present);
        view.add({
          type: "epoch",
          line: `epoch ${present} (until ${startOf(session, present + 1)})`,
          data: { epoch: present },
        });
        for (const verdict of verdicts) view.add(verdict);
      }
      view.status(await statusOf(session, interest));
    }
  }
  view.done();
  return { lines: [] };
}

async function interestOf(session: ReadSession, options: Options): Promise<Interest> {
  const { assay, tokens } = session;
  const domainId = options.domain ?? null;
  const agentId = namesAgent(session, options.agent) ? agentOf(session, options.agent) : null;
  const owner = agentId === null ? null : await assay.agents.owner(agentId);
  return { agentId, account: options.account ?? owner, domainId, tokens };
}

/** What stands below the lines on a terminal. */
async function statusOf(session: ReadSession, { agentId, account, tokens }: Interest): Promise<string[]> {
  const { assay } = session;
  if (agentId === null) return [];
  const { stake, withdrawal, state, credit } = await assay.readMany({
    stake: assay.stake.account.request(agentId),
    withdrawal: assay.stake.withdrawal.request(agentId),
    state: assay.agents.state.request(agentId),
    credit: assay.stake.credit.request(account ?? ""),
  });
  const open = state.ballotOpen ? `ballot of epoch ${state.lastEpoch} to be revealed` : "no ballot open";
  return [`agent ${agentId}: ${open}`, ...stakeLines(session, { stake, withdrawal }), `credits ${tokens(credit)}`];
}

/** Questions under way, whose verdicts are there as soon as their epoch is, without a transaction. */
class OpenQuestions {
  readonly #session: ReadSession;
  readonly #domainId: number | null;
  /** Epoch of the last round's vote. */
  readonly #voteEpochs = new Map<Hex, number>();

  /** @param domainId null: questions of every domain */
  constructor(session: ReadSession, domainId: number | null) {
    this.#session = session;
    this.#domainId = domainId;
  }

  note({ name, args }: WatchedEvent): void {
    if (name === "consensus.QuestionAsked" || name === "consensus.RoundStarted") {
      const { domainId } = splitQuestionId(args.questionId);
      if (this.#domainId === null || domainId === this.#domainId) this.#voteEpochs.set(args.questionId, args.voteEpoch);
    }
  }

  /** The verdicts that an epoch has brought: provisional after the reveals, final after the time for appeals. */
  async report(epoch: number): Promise<Happening[]> {
    const due = [...this.#voteEpochs].filter(([, vote]) => epoch === vote + 2 || epoch >= vote + EPOCHS_PER_ROUND);
    const { assay } = this.#session;
    const verdicts = await assay.readMany(due.map(([questionId]) => assay.questions.verdict.request(questionId)));
    return due.flatMap(([questionId], i) => {
      const verdict = verdicts[i];
      if (verdict === undefined) return [];
      if (verdict.final) this.#voteEpochs.delete(questionId);
      const { status, outcome, supportBps } = verdict;
      const claimId = claimIdOf(questionId);
      const line = `claim ${claimId} is ${status}: outcome ${outcome ?? "none"}, ${(supportBps / 100).toFixed(2)} %`;
      return [{ type: "verdict", line, data: { claimId, ...verdict } }];
    });
  }
}
