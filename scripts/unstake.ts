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
    const { contracts, sender, tokens } = session;
    const { vault } = contracts;
    if (cancel === (amount !== undefined)) fail("give either --amount or --cancel");
    await requireAgent(session, agent);
    const sent =
      amount === undefined ? vault.cancelWithdrawal(agent) : vault.requestWithdrawal(agent, session.amount(amount));
    await sender.send(cancel ? "cancel the withdrawal" : "request the withdrawal", sent);
    const { amount: withdrawing, availableFrom } = await vault.withdrawalOf(agent);
    const epoch = await contracts.consensus.currentEpoch();
    const line = cancel
      ? `agent ${agent} is withdrawing nothing`
      : `agent ${agent} is withdrawing ${tokens(withdrawing)}, to be had from epoch ${availableFrom} (it is epoch ${epoch})`;
    return {
      lines: [line],
      data: { agentId: agent, withdrawing, availableFrom: cancel ? null : availableFrom, epoch },
      next: cancel ? [] : [`withdraw --agent ${agent}`],
    };
  },
);
