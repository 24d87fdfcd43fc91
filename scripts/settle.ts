import { EPOCHS_PER_ROUND, type Hex } from "@assay/protocol";
import { parseAgentId, parseClaimId, parseCount } from "./lib/input.ts";
import { questionOf, requireAgent } from "./lib/lookup.ts";
import { fail, type Outcome, runScript } from "./lib/script.ts";
import type { CommonOptions, Session } from "./lib/session.ts";

interface Options extends CommonOptions {
  readonly agent?: bigint;
  readonly epoch?: number;
  readonly claim?: Hex;
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

async function finalize(session: Session, claim: Hex): Promise<Outcome> {
  const questionId = await questionOf(session, claim);
  await session.sender.send("finalize", session.assay.questions.finalize({ questionId }));
  return {
    lines: [`question ${questionId} is finalized`],
    data: { claimId: claim, questionId },
    next: [`verify-claim --claim ${claim}`],
  };
}

async function settle(session: Session, agentId: bigint, only: number | undefined): Promise<Outcome> {
  const { assay, sender, tokens } = session;
  await requireAgent(session, agentId);
  const [present, due] = await Promise.all([assay.beats.epoch(), assay.beats.unsettled(agentId)]);
  const settled = due.filter(
    ({ epoch }) => epoch + EPOCHS_PER_ROUND <= present && (only === undefined || epoch === only),
  );
  const epochs = settled.map(({ epoch }) => epoch);
  if (epochs.length === 0) {
    const waiting = due.map(({ epoch }) => `${epoch} (final from ${epoch + EPOCHS_PER_ROUND})`).join(", ");
    fail(`agent ${agentId} has nothing to settle in epoch ${present}${waiting === "" ? "" : `; waiting: ${waiting}`}`);
  }
  const before = await assay.stake.account(agentId);
  for (const ballot of settled) {
    await sender.send(`settle epoch ${ballot.epoch}`, assay.beats.settle({ agentId, ...ballot }));
  }
  const after = await assay.stake.account(agentId);
  const change = after.balance - before.balance;
  return {
    lines: [
      `settled agent ${agentId}'s ballots of epochs ${epochs.join(", ")}`,
      `its stake is ${tokens(after.balance)} (${change < 0n ? "" : "+"}${tokens(change)}), ${tokens(after.free)} of it free`,
    ],
    data: { agentId, epochs, change, balance: after.balance, free: after.free },
  };
}
