import { parseAgentId, parseAmount } from "./lib/input.ts";
import { requireAgent } from "./lib/lookup.ts";
import { runScript } from "./lib/script.ts";
import type { CommonOptions } from "./lib/session.ts";

interface Options extends CommonOptions {
  readonly agent: bigint;
  readonly amount: string;
}

await runScript<Options>(
  {
    name: "stake",
    summary: "Deposits tokens as the stake of an agent; the stake belongs to whoever owns the agent",
    example: "--network sepolia --agent 0 --amount 3000",
    configure: (program) =>
      program
        .requiredOption("--agent <id>", "agent", parseAgentId)
        .requiredOption("--amount <tokens>", "tokens", parseAmount),
  },
  async (session, { agent, amount }) => {
    const { contracts, sender, tokens } = session;
    const owner = await requireAgent(session, agent);
    const wei = session.amount(amount);
    await session.allow(wei, () => contracts.vault.deposit.staticCall(agent, wei));
    await sender.send(`stake ${tokens(wei)}`, contracts.vault.deposit(agent, wei));
    const { balance, free } = await contracts.vault.account(agent);
    const allocatable = await contracts.vault.allocatable(agent);
    return {
      lines: [`agent ${agent} of ${owner} has a stake of ${tokens(balance)}, ${tokens(free)} of it free`],
      data: { agentId: agent, owner, staked: wei, balance, free },
      next: [`join --agent ${agent} --domain 1 --amount ${session.plain(allocatable)}`],
    };
  },
);
