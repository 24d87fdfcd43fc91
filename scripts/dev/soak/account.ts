import type { Beat, Hex } from "@assay/protocol";
import { type Account, beatsOf, epochsCommittedTwice, inspect } from "../durability/inspect.ts";
import type { Interval } from "./proxy.ts";
import type { SoakAgent, SoakWorld } from "./world.ts";

/** What is left of an agent. */
export interface AgentAccount extends Account {
  readonly agentId: string;
  /** What the relay got of its stake, wei. */
  readonly relayFees: bigint;
  readonly relayedBeats: number;
  /** Forfeits in whose reveal's epoch it could have asked an endpoint. */
  readonly avoidable: number;
  /** Epochs for which commitments were sent that differ, by whomever, whether they were mined or not. */
  readonly sentTwice: number;
}

/** What is left of everything together. */
export interface WholeAccount {
  readonly agents: readonly AgentAccount[];
  readonly questions: { readonly asked: number; readonly resolved: number; readonly forged: number };
  /** Answers to questions whose content is not of its hash. */
  readonly fooled: number;
  /** What the vault holds, less what it owes, wei. */
  readonly vaultSurplus: bigint;
}

/** Ends what is still open of the questions, so that nothing is owed to nobody. */
export async function closeQuestions({ assay }: SoakWorld): Promise<void> {
  for (const { args } of await assay.events(["consensus.QuestionAsked"])) {
    const { questionId } = args;
    if ((await assay.questions.get(questionId)).status === "open") {
      await (await assay.questions.finalize({ questionId })).wait();
    }
    if ((await assay.questions.get(questionId)).status !== "unresolved") continue;
    const origin = await assay.questions.origin(questionId);
    if (origin === null) continue;
    // Nothing is left of a question that somebody voted on.
    const sent = await assay.questions.reclaim({ origin }).catch(() => null);
    await sent?.wait();
  }
}

/** Adds up what a soak has left. */
export async function accountOf(world: SoakWorld): Promise<WholeAccount> {
  const { assay, forged } = world;
  const relayed = await relayedBeats(world);
  const agents: AgentAccount[] = [];
  for (const agent of world.agents) {
    const own = relayed.filter(({ agentId }) => agentId === agent.agentId);
    const relayFees = own.reduce((sum, { fee }) => sum + fee, 0n);
    const sent = [...world.sent.all.values()].flatMap(({ raw }) => beatsOf(raw).map(({ beat }) => beat));
    agents.push({
      ...(await inspect({ ...agent, assay, relayFees })),
      ...{ agentId: agent.agentId.toString(), relayFees, relayedBeats: own.length },
      avoidable: await avoidableForfeits(world, agent),
      sentTwice: epochsCommittedTwice(sent.filter(({ agentId }) => agentId === agent.agentId)),
    });
  }
  const asked = await assay.events(["consensus.QuestionAsked"]);
  const states = await Promise.all(asked.map(({ args }) => assay.questions.get(args.questionId)));
  const hashes = new Map(asked.map(({ args }) => [args.questionId as string, args.contentHash as string]));
  const fooled = world.agents
    .flatMap(({ lines }) => lines)
    .filter(({ event, questionId }) => event === "answer" && forged.has(hashes.get(questionId as Hex) ?? ""));
  return {
    agents,
    questions: {
      asked: asked.length,
      resolved: states.filter(({ status }) => status === "resolved").length,
      forged: [...hashes.values()].filter((hash) => forged.has(hash)).length,
    },
    fooled: fooled.length,
    vaultSurplus: await vaultSurplus(world),
  };
}

/** What the vault holds beyond what it owes to agents, accounts and the sink. */
async function vaultSurplus({ assay, agents, asker, relay }: SoakWorld): Promise<bigint> {
  const { addresses, contracts } = assay;
  let owed = (await assay.stake.sinkDue()) + (await contracts.consensus.unsweptDue());
  for (const { agentId } of agents) owed += (await assay.stake.account(agentId)).balance;
  for (const account of [asker, relay.wallet, ...agents.map(({ wallet }) => wallet)]) {
    owed += await assay.stake.credit(account);
  }
  return (await assay.token.balance(addresses.vault)) - owed;
}

/** Beats that took effect through the relay, with what each paid. */
async function relayedBeats({ assay, sent }: SoakWorld): Promise<{ agentId: bigint; fee: bigint }[]> {
  const skipped = await assay.events(["consensus.BeatSkipped"]);
  const found: { agentId: bigint; fee: bigint }[] = [];
  for (const [hash, { raw }] of sent.all) {
    const beats = beatsOf(raw).filter(({ fee }) => fee > 0n);
    if (beats.length === 0) continue;
    const receipt = await assay.runner.provider?.getTransactionReceipt(hash);
    if (receipt?.status !== 1) continue;
    const skips = skipped.flatMap(({ args, transactionHash }) => (transactionHash === hash ? [args.agentId] : []));
    found.push(...tookEffect(beats, skips));
  }
  return found;
}

/**
 * What of a transaction's beats took effect. An agent may have several in one, of which the first that are skipped are the oldest.
 * @param skips the agent of each beat that was skipped
 */
export function tookEffect(
  beats: readonly { readonly beat: Pick<Beat, "agentId" | "commitEpoch">; readonly fee: bigint }[],
  skips: readonly bigint[],
): { agentId: bigint; fee: bigint }[] {
  const left = [...skips];
  return beats
    .toSorted((a, b) => a.beat.commitEpoch - b.beat.commitEpoch)
    .flatMap(({ beat: { agentId }, fee }) => {
      const at = left.indexOf(agentId);
      if (at < 0) return [{ agentId, fee }];
      left.splice(at, 1);
      return [];
    });
}

/** Forfeits of an agent that ran and had an endpoint at some time of the epoch in which it was to reveal. */
async function avoidableForfeits({ assay, chain }: SoakWorld, agent: SoakAgent): Promise<number> {
  const { agentId, process, proxies } = agent;
  const events = await assay.events([{ name: "consensus.BallotForfeited", args: { agentId } }]);
  return events.filter(({ args }) => {
    const [from, to] = [chain.began.get(args.epoch + 1) ?? 0, chain.began.get(args.epoch + 2) ?? Infinity];
    const cut = meet(proxies.map(({ outages }) => outages));
    return !covers([...process.down, ...cut], from, to);
  }).length;
}

/** When all of some endpoints failed at once. */
export function meet(outages: readonly (readonly Interval[])[]): Interval[] {
  return outages.reduce<readonly Interval[]>(
    (all, next) =>
      all.flatMap((a) =>
        next
          .map((b) => ({ from: Math.max(a.from, b.from), to: Math.min(a.to, b.to) }))
          .filter(({ from, to }) => from < to),
      ),
    [{ from: -Infinity, to: Infinity }],
  ) as Interval[];
}

/** Whether some intervals leave nothing of another one. */
export function covers(intervals: readonly Interval[], from: number, to: number): boolean {
  let reached = from;
  for (const interval of intervals.toSorted((a, b) => a.from - b.from)) {
    if (interval.from <= reached) reached = Math.max(reached, interval.to);
  }
  return reached >= to;
}
