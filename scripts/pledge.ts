import type { ContractTransactionResponse } from "ethers";
import { parseAgentId, parseAmount } from "./lib/input.ts";
import { requireAgent } from "./lib/lookup.ts";
import { fail, runScript } from "./lib/script.ts";
import type { CommonOptions } from "./lib/session.ts";

interface Options extends CommonOptions {
  readonly agent: bigint;
  readonly raise?: string;
  readonly lower?: string;
  readonly complete: boolean;
}

await runScript<Options>(
  {
    name: "pledge",
    summary: "Pledges free stake for an agent's signed statements, or takes a pledge back in 18 epochs",
    example: "--network sepolia --agent 0 --raise 200",
    configure: (program) =>
      program
        .requiredOption("--agent <id>", "agent", parseAgentId)
        .option("--raise <tokens>", "pledge so much more, at once", parseAmount)
        .option("--lower <tokens>", "begin to pledge so much less", parseAmount)
        .option("--complete", "free what has been lowered, after its wait", false),
  },
  async (session, { agent, raise, lower, complete }) => {
    const { contracts, sender, tokens } = session;
    const { vault, consensus } = contracts;
    await requireAgent(session, agent);
    const changes: [what: string, make: () => Promise<ContractTransactionResponse>][] = [];
    if (raise !== undefined) changes.push(["raise the pledge", () => vault.pledge(agent, session.amount(raise))]);
    if (lower !== undefined) changes.push(["lower the pledge", () => vault.lowerPledge(agent, session.amount(lower))]);
    if (complete) changes.push(["complete the lowering", () => vault.completeLowering(agent)]);
    const [change] = changes;
    if (change === undefined || changes.length > 1) fail("give one of --raise, --lower and --complete");
    await sender.send(change[0], change[1]());
    const [{ pledged, free }, lowering, epoch] = await Promise.all([
      vault.account(agent),
      vault.loweringOf(agent),
      consensus.currentEpoch(),
    ]);
    const lines = [`agent ${agent} pledges ${tokens(pledged)}; ${tokens(free)} of its stake is free`];
    if (lowering.amount > 0n) {
      lines.push(
        `${tokens(lowering.amount)} of the pledge is being lowered, free from epoch ${lowering.availableFrom} (it is epoch ${epoch})`,
      );
    }
    return {
      lines,
      data: { agentId: agent, pledged, free, lowering: lowering.amount, availableFrom: lowering.availableFrom, epoch },
      next: lowering.amount > 0n ? [`pledge --agent ${agent} --complete`] : [`sign-statement --agent ${agent} --help`],
    };
  },
);
