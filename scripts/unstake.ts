import { parseAgentId, parseAmount } from "./lib/input.ts";
import { requireAgent } from "./lib/lookup.ts";
import { fail, runScript } from "./lib/script.ts";
import type { CommonOptions } from "./lib/session.ts";

interface Options extends CommonOptions {
  readonly agent: bigint;
  readonly amount?: string;
  readonly cancel: boolean;
}

await runScript<Options>(
  {
    name: "unstake",
    summary: "Begins to withdraw free stake, which is paid out 18 epochs later, or calls that off",
    example: "--network sepolia --agent 0 --amount 500",
    help: "A second request adds to the first and starts the wait again.",
    configure: (program) =>
      program
        .requiredOption("--agent <id>", "agent", parseAgentId)
        .option("--amount <tokens>", "tokens to withdraw", parseAmount)
        .option("--cancel", "return all that is being withdrawn to free stake", false),
  },
  async (session, { agent, amount, cancel }) => {
    const { assay, sender, tokens } = session;
    const { stake } = assay;
    if (cancel === (amount !== undefined)) fail("give either --amount or --cancel");
    await requireAgent(session, agent);
    if (amount === undefined) await sender.send("cancel the withdrawal", stake.cancelWithdrawal({ agentId: agent }));
    else {
      const request = { agentId: agent, amount: session.amount(amount) };
      await sender.send("request the withdrawal", stake.requestWithdrawal(request));
    }
    const { withdrawal, epoch } = await assay.readMany({
      withdrawal: stake.withdrawal.request(agent),
      epoch: assay.beats.epoch.request(),
    });
    const line =
      withdrawal === null
        ? `agent ${agent} is withdrawing nothing`
        : `agent ${agent} is withdrawing ${tokens(withdrawal.amount)}, to be had from epoch ${withdrawal.availableFrom} (it is epoch ${epoch})`;
    return {
      lines: [line],
      data: {
        agentId: agent,
        withdrawing: withdrawal?.amount ?? 0n,
        availableFrom: withdrawal?.availableFrom ?? null,
        epoch,
      },
      next: cancel ? [] : [`withdraw --agent ${agent}`],
    };
  },
);
