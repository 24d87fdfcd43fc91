import { parseAddress, parseAgentId } from "./lib/input.ts";
import { requireAgent } from "./lib/lookup.ts";
import { fail, type Outcome, runScript } from "./lib/script.ts";
import type { CommonOptions, Session } from "./lib/session.ts";

interface Options extends CommonOptions {
  readonly agent?: bigint;
  readonly to?: string;
  readonly credits: boolean;
}

await runScript<Options>(
  {
    name: "withdraw",
    summary: "Pays out stake whose wait is over, or bonds and fees that the account has been credited",
    example: "--network sepolia --agent 0",
    configure: (program) =>
      program
        .option("--agent <id>", "agent whose requested withdrawal is paid out", parseAgentId)
        .option("--to <address>", "receiver of the stake (default: the account)", parseAddress)
        .option("--credits", "pay the account what it has been credited instead", false),
  },
  async (session, { agent, to, credits }) => {
    if (credits === (agent !== undefined)) fail("give either --agent or --credits");
    if (agent === undefined && to !== undefined) fail("credits are paid to their account: leave --to out");
    return agent === undefined ? payCredits(session) : withdrawStake(session, agent, to ?? session.account.address);
  },
);

async function payCredits({ account, assay, sender, tokens }: Session): Promise<Outcome> {
  const { amount } = await sender.send("collect credits", assay.stake.collect({ account: account.address }));
  return { lines: [`${account.address} received ${tokens(amount)}`], data: { to: account.address, amount } };
}

async function withdrawStake(session: Session, agent: bigint, to: string): Promise<Outcome> {
  const { assay, sender, tokens } = session;
  await requireAgent(session, agent);
  const { amount } = await sender.send("withdraw", assay.stake.withdraw({ agentId: agent, to }));
  return {
    lines: [`${to} received ${tokens(amount)} of agent ${agent}'s stake`],
    data: { agentId: agent, to, amount },
  };
}
