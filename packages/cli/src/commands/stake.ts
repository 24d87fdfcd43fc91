import { Argument, Option } from "commander";
import { UNBONDING_EPOCHS } from "@assay/sdk/protocol";
import { stakeLines } from "../lib/agent-status.ts";
import type { Commands } from "../lib/command.ts";
import { fail } from "../lib/errors.ts";
import { parseAddress, parseAgentId, parseAmount } from "../lib/input.ts";
import { agentOf, type CommonOptions, type ReadSession, type Session } from "../lib/session.ts";

interface Options extends CommonOptions {
  readonly agent?: bigint;
}
interface PledgeOptions extends Options {
  readonly lower?: boolean;
  readonly complete?: boolean;
}
interface WithdrawOptions extends Options {
  readonly to?: string;
  readonly credits?: boolean;
}

/** The option that says which agent a command is about. */
export const agentOption = () =>
  new Option("--agent <id>", "agent ($ASSAY_AGENT, or the network's)").argParser(parseAgentId);

const amountArgument = () => new Argument("<amount>", "tokens, such as 250 or 12.5").argParser(parseAmount);

/** `assay stake ...` */
export function addStake(commands: Commands): void {
  const stake = commands.group("stake", "An agent's stake in the vault");
  stake.sender<Options, [string]>(
    {
      name: "add",
      summary: "Adds tokens of the sending account to an agent's stake",
      example: "3000 --agent 7",
      arguments: [amountArgument()],
      options: [agentOption()],
    },
    async (session, options, text) => {
      const { assay, tokens } = session;
      const agentId = agentOf(session, options.agent);
      const owner = await assay.agents.owner(agentId);
      const amount = session.amount(text);
      const title = `add ${tokens(amount)} to the stake of agent ${agentId}`;
      const notes = [`the stake belongs to whoever owns the agent: ${owner}`];
      await session.sender.act({ title, notes }, assay.stake.deposit, { agentId, amount });
      return stakeOf(session, agentId, [`domain join --agent ${agentId} --domain 1 --amount ${text}`]);
    },
  );
  stake.sender<Options & { readonly cancel?: boolean }, [string | undefined]>(
    {
      name: "remove",
      summary: `Begins to withdraw free stake, which can be had after ${UNBONDING_EPOCHS} epochs`,
      example: "500 --agent 7",
      arguments: [amountArgument().argOptional()],
      options: [agentOption(), new Option("--cancel", "return all that is being withdrawn to the free stake instead")],
    },
    async (session, options, text) => {
      const { assay, tokens } = session;
      const agentId = agentOf(session, options.agent);
      if (options.cancel === (text !== undefined)) fail("give either an amount or --cancel");
      if (text === undefined) {
        const title = `keep what agent ${agentId} was withdrawing`;
        await session.sender.act({ title }, assay.stake.cancelWithdrawal, { agentId });
        return stakeOf(session, agentId);
      }
      const amount = session.amount(text);
      const title = `begin to withdraw ${tokens(amount)} of agent ${agentId}`;
      const notes = [`a request that is still waiting grows, and its ${UNBONDING_EPOCHS} epochs begin again`];
      await session.sender.act({ title, notes }, assay.stake.requestWithdrawal, { agentId, amount });
      return stakeOf(session, agentId, [`stake withdraw --agent ${agentId}`]);
    },
  );
  stake.sender<PledgeOptions, [string | undefined]>(
    {
      name: "pledge",
      summary: "Moves free stake behind the agent's signed statements, or back",
      example: "200 --agent 7",
      arguments: [amountArgument().argOptional()],
      options: [
        agentOption(),
        new Option("--lower", `begin to lower the pledge instead, which takes ${UNBONDING_EPOCHS} epochs`),
        new Option("--complete", "free what has been lowered and has waited long enough").conflicts("lower"),
      ],
    },
    pledge,
  );
  stake.sender<WithdrawOptions, []>(
    {
      name: "withdraw",
      summary: "Pays out stake whose wait is over, or what the account has been credited",
      example: "--agent 7",
      options: [
        agentOption(),
        new Option("--to <address>", "receiver of the stake (default: the account)").argParser(parseAddress),
        new Option("--credits", "pay out returned bonds, fees and budgets instead").conflicts(["agent", "to"]),
      ],
    },
    async (session, options) => (options.credits ? collect(session) : withdraw(session, options)),
  );
}

async function pledge(session: Session, options: PledgeOptions, text: string | undefined) {
  const { assay, sender, tokens } = session;
  const agentId = agentOf(session, options.agent);
  if (options.complete === (text !== undefined)) fail("give either an amount or --complete");
  if (text === undefined) {
    const title = `free what agent ${agentId} has lowered its pledge by`;
    await sender.act({ title }, assay.stake.completeLowering, { agentId });
    return stakeOf(session, agentId);
  }
  const amount = session.amount(text);
  const title = `${options.lower ? "begin to lower" : "raise"} the pledge of agent ${agentId} by ${tokens(amount)}`;
  if (options.lower) await sender.act({ title }, assay.stake.lowerPledge, { agentId, amount });
  else await sender.act({ title }, assay.stake.pledge, { agentId, amount });
  return stakeOf(session, agentId);
}

async function withdraw(session: Session, options: WithdrawOptions) {
  const { account, assay, tokens } = session;
  const agentId = agentOf(session, options.agent);
  const to = options.to ?? account;
  const title = `pay the withdrawn stake of agent ${agentId} to ${to}`;
  const { amount } = await session.sender.act({ title }, assay.stake.withdraw, { agentId, to });
  return { lines: [`${to} received ${tokens(amount)}`], data: { agentId, to, amount } };
}

async function collect(session: Session) {
  const { account, assay, tokens } = session;
  const { amount } = await session.sender.act({ title: "collect credits" }, assay.stake.collect, { account });
  return { lines: [`${account} received ${tokens(amount)}`], data: { account, amount } };
}

/** How an agent's stake stands. */
async function stakeOf(session: ReadSession, agentId: bigint, next: readonly string[] = []) {
  const { assay } = session;
  const { stake, withdrawal } = await assay.readMany({
    stake: assay.stake.account.request(agentId),
    withdrawal: assay.stake.withdrawal.request(agentId),
  });
  return { lines: stakeLines(session, { stake, withdrawal }), data: { agentId, stake, withdrawal }, next };
}
