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
    const { assay, sender, tokens } = session;
    const { stake } = assay;
    const agentId = agent;
    await requireAgent(session, agentId);
    if ([raise, lower, complete || undefined].filter((given) => given !== undefined).length !== 1) {
      fail("give one of --raise, --lower and --complete");
    }
    if (raise !== undefined) {
      await sender.send("raise the pledge", stake.pledge({ agentId, amount: session.amount(raise) }));
    } else if (lower !== undefined) {
      await sender.send("lower the pledge", stake.lowerPledge({ agentId, amount: session.amount(lower) }));
    } else {
      await sender.send("complete the lowering", stake.completeLowering({ agentId }));
    }
    const { account, lowering, epoch } = await assay.readMany({
      account: stake.account.request(agentId),
      lowering: stake.lowering.request(agentId),
      epoch: assay.beats.epoch.request(),
    });
    const { pledged, free } = account;
    const lines = [`agent ${agent} pledges ${tokens(pledged)}; ${tokens(free)} of its stake is free`];
    if (lowering !== null) {
      lines.push(
        `${tokens(lowering.amount)} of the pledge is being lowered, free from epoch ${lowering.availableFrom} (it is epoch ${epoch})`,
      );
    }
    return {
      lines,
      data: {
        agentId,
        pledged,
        free,
        lowering: lowering?.amount ?? 0n,
        availableFrom: lowering?.availableFrom ?? 0,
        epoch,
      },
      next: lowering !== null ? [`pledge --agent ${agent} --complete`] : [`sign-statement --agent ${agent} --help`],
    };
  },
);
