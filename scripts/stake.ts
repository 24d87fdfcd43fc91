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
    const { assay, pay, tokens } = session;
    const owner = await requireAgent(session, agent);
    const wei = session.amount(amount);
    await pay(`stake ${tokens(wei)}`, assay.stake.deposit, { agentId: agent, amount: wei });
    const { account, allocatable } = await assay.readMany({
      account: assay.stake.account.request(agent),
      allocatable: assay.stake.allocatable.request(agent),
    });
    const { balance, free } = account;
    return {
      lines: [`agent ${agent} of ${owner} has a stake of ${tokens(balance)}, ${tokens(free)} of it free`],
      data: { agentId: agent, owner, staked: wei, balance, free },
      next: [`join --agent ${agent} --domain 1 --amount ${session.plain(allocatable)}`],
    };
  },
);
