import { readEvents } from "@assay/agent";
import { parseAgentId, parseClaimId, parseCount } from "./lib/input.ts";
import { questionOf, requireAgent } from "./lib/lookup.ts";
import { fail, type Outcome, runScript } from "./lib/script.ts";
import type { CommonOptions, Session } from "./lib/session.ts";

interface Options extends CommonOptions {
  readonly agent?: bigint;
  readonly epoch?: number;
  readonly claim?: string;
}

await runScript<Options>(
  {
    name: "settle",
    summary:
      "Settles the final votes of any agent's ballots, or finalizes one question; a running agent settles its own",
    example: "--network sepolia --agent 0",
    help: "Whoever settles a losing ballot of somebody else's agent earns a twentieth of what it forfeits to the sink.",
    configure: (program) =>
      program
        .option("--agent <id>", "agent whose revealed ballots are settled", parseAgentId)
        .option("--epoch <n>", "only the ballot of this epoch", parseCount)
        .option("--claim <id>", "finalize the question of this claim instead", parseClaimId),
  },
  async (session, { agent, epoch, claim }) => {
    if ((agent === undefined) === (claim === undefined)) fail("give either --agent or --claim");
    if (claim !== undefined) return finalize(session, claim);
    return settle(session, agent as bigint, epoch);
  },
);

async function finalize(session: Session, claim: string): Promise<Outcome> {
  const { consensus } = session.contracts;
  const questionId = await questionOf(session, claim);
  await session.sender.send("finalize", consensus.finalize(questionId));
  return {
    lines: [`question ${questionId} is finalized`],
    data: { claimId: claim, questionId },
    next: [`verify-claim --claim ${claim}`],
  };
}

async function settle(session: Session, agentId: bigint, only: number | undefined): Promise<Outcome> {
  const { connection, contracts, deployment, sender, tokens } = session;
  const { consensus, vault } = contracts;
  await requireAgent(session, agentId);
  const present = Number(await consensus.currentEpoch());
  const due = new Map<number, string>();
  const latest = await connection.provider.getBlockNumber();
  const { filters } = consensus;
  for (const { args } of await readEvents(consensus, filters.BallotRevealed(agentId), deployment.startBlock, latest)) {
    if (args.receipts !== "0x") due.set(Number(args.epoch), args.receipts);
  }
  for (const { args } of await readEvents(consensus, filters.BallotSettled(agentId), deployment.startBlock, latest)) {
    if (args.remainder === "0x") due.delete(Number(args.epoch));
    else due.set(Number(args.epoch), args.remainder);
  }
  const epochs = [...due.keys()].filter((of) => of + 3 <= present && (only === undefined || of === only));
  if (epochs.length === 0) {
    const waiting = [...due.keys()].map((of) => `${of} (final from ${of + 3})`).join(", ");
    fail(`agent ${agentId} has nothing to settle in epoch ${present}${waiting === "" ? "" : `; waiting: ${waiting}`}`);
  }
  const before = await vault.account(agentId);
  for (const of of epochs) {
    await sender.send(`settle epoch ${of}`, consensus.settle(agentId, of, due.get(of) as string));
  }
  const after = await vault.account(agentId);
  const change = after.balance - before.balance;
  return {
    lines: [
      `settled agent ${agentId}'s ballots of epochs ${epochs.join(", ")}`,
      `its stake is ${tokens(after.balance)} (${change < 0n ? "" : "+"}${tokens(change)}), ${tokens(after.free)} of it free`,
    ],
    data: { agentId, epochs, change, balance: after.balance, free: after.free },
  };
}
