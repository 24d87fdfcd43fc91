import { optional } from "@assay/sdk";
import { Argument, Option } from "commander";
import { isAddress } from "ethers";
import { agentStatus } from "../lib/agent-status.ts";
import type { Commands, Outcome } from "../lib/command.ts";
import { fail } from "../lib/errors.ts";
import { parseAmount, parseCount } from "../lib/input.ts";
import { CHAIN_LENGTH, enroll } from "../lib/secrets.ts";
import { addressOf, agentOf, type CommonOptions, type Session } from "../lib/session.ts";
import { addAgentRun } from "./agent-run.ts";
import { addCard } from "./card.ts";
import { agentOption } from "./stake.ts";

interface AgentOptions extends CommonOptions {
  readonly agent?: bigint;
}
interface RegisterOptions extends CommonOptions {
  readonly uri?: string;
  readonly wallet?: string;
  readonly stake?: string;
}
interface RotateOptions extends AgentOptions {
  readonly wallet?: string;
  readonly secrets?: boolean;
  readonly chainLength: number;
}

/** `assay agent ...` */
export function addAgent(commands: Commands): void {
  const agent = commands.group("agent", "Agents: identities that stake, vote and answer for it");
  agent.sender<RegisterOptions, []>(
    {
      name: "register",
      summary: "Registers an agent that the sending key owns",
      example: "--uri https://example.org/agent.json --wallet hot --stake 3000",
      options: [
        new Option("--uri <uri>", "where the agent's registration file is; see agent card"),
        new Option("--wallet <key>", "hot key that is to vote for it (default: the owner's)"),
        new Option("--stake <tokens>", "stake to give it at once").argParser(parseAmount),
      ],
    },
    register,
  );
  addCard(agent);
  addAgentRun(agent);
  agent.reader<AgentOptions, []>(
    {
      name: "status",
      summary: "Shows an agent's stake, ballots, allocations and trust",
      example: "--agent 7",
      options: [agentOption()],
    },
    async (session, options) => agentStatus(session, agentOf(session, options.agent)),
  );
  agent.sender<AgentOptions & { readonly retire?: boolean }, [string]>(
    {
      name: "signer",
      summary: "Lets a key sign statements for an agent, or retires it",
      example: "hot --agent 7",
      arguments: [new Argument("<key>", "the signer: a key's name, or an address")],
      options: [agentOption(), new Option("--retire", "what it has signed stays challengeable for a while")],
    },
    changeSigner,
  );
  agent.sender<RotateOptions, []>(
    {
      name: "rotate",
      summary: "Replaces the hot key that votes for an agent, or its secrets",
      example: "--agent 7 --wallet hot2",
      options: [
        agentOption(),
        new Option("--wallet <key>", "key that is to vote for the agent from now on"),
        new Option("--secrets", "enroll again with new secrets, because the old ones are lost or known").conflicts(
          "wallet",
        ),
        new Option("--chain-length <epochs>", "how long new secrets last").argParser(parseCount).default(CHAIN_LENGTH),
      ],
      help: [
        "A ballot in flight is not lost by a new hot key: whoever knows the secrets reveals it. New secrets count from the",
        "epoch after the next, and are refused while a ballot is open or unsettled, and while the agent runs.",
      ].join("\n"),
    },
    rotate,
  );
}

async function register(session: Session, { uri, wallet, stake }: RegisterOptions): Promise<Outcome> {
  const { assay, sender, tokens } = session;
  const amount = stake === undefined ? 0n : session.amount(stake);
  await sender.requireTokens(amount);
  const hot = wallet === undefined ? null : await session.otherSigner(wallet);
  const title = "register an agent";
  await assay.agents.register.simulate(uri === undefined ? {} : { uri });
  await sender.confirm({
    title,
    cost: amount,
    notes: hot === null ? [] : [`${wallet} ${await hot.getAddress()} will vote for it`],
    gas: null,
  });
  const { agentId } = await sender.send(title, assay.agents.register, uri === undefined ? {} : { uri });
  // Said at once: should a later step fail, the agent is not lost.
  session.io.stderr.write(`agent ${agentId}\n`);
  if (hot !== null) {
    const consent = await assay.agents.signConsent(agentId, hot);
    await sender.send("set its wallet", assay.agents.setWallet, { agentId, ...consent });
  }
  if (amount > 0n) await sender.send("stake", assay.stake.deposit, { agentId, amount });
  const acting = hot === null ? session.account : await hot.getAddress();
  const lines = [`agent ${agentId}: owner ${session.account}, wallet ${acting}, stake ${tokens(amount)}`];
  const next =
    amount > 0n
      ? [`domain join --agent ${agentId} --domain 1 --amount ${stake}`]
      : [`stake add 3000 --agent ${agentId}`];
  return { lines, data: { agentId, owner: session.account, wallet: acting, stake: amount }, next };
}

async function changeSigner(
  session: Session,
  options: AgentOptions & { readonly retire?: boolean },
  who: string,
): Promise<Outcome> {
  const { assay, sender } = session;
  const agentId = agentOf(session, options.agent);
  const signer = isAddress(who) ? who : await addressOf(session, who);
  if (options.retire) {
    const title = `let ${signer} sign no more statements for agent ${agentId}`;
    const { answerableUntil } = await sender.act({ title }, assay.claims.retireSigner, { agentId, signer });
    const lines = [`${signer} is retired; what it has signed can be challenged until epoch ${answerableUntil}`];
    return { lines, data: { agentId, signer, answerableUntil } };
  }
  const title = `let ${signer} sign statements for agent ${agentId}`;
  const notes = ["the agent's pledge answers for what it signs"];
  await sender.act({ title, notes }, assay.claims.addSigner, { agentId, signer });
  return { lines: [`${signer} signs statements for agent ${agentId}`], data: { agentId, signer } };
}

async function rotate(session: Session, options: RotateOptions): Promise<Outcome> {
  const { assay, sender } = session;
  const agentId = agentOf(session, options.agent);
  const { wallet } = options;
  if (wallet !== undefined) {
    const hot = await session.otherSigner(wallet);
    const to = await addressOf(session, wallet);
    const before = await assay.agents.wallet(agentId);
    const title = `let ${wallet} ${to} vote for agent ${agentId}`;
    await sender.confirm({ title, notes: [`${before ?? "nobody"} will not any more`], gas: null });
    const consent = await assay.agents.signConsent(agentId, hot);
    await sender.send(title, assay.agents.setWallet, { agentId, ...consent });
    return { lines: [`${to} votes for agent ${agentId}`], data: { agentId, wallet: to, before } };
  }
  if (!options.secrets) fail("say what to replace: --wallet KEY or --secrets");
  if ((await assay.read(optional(assay.agents.owner.request(agentId)))) === null) fail(`there is no agent ${agentId}`);
  const title = `enroll agent ${agentId} again with new secrets`;
  await sender.confirm({ title, notes: ["they count from the epoch after the next"], gas: null });
  const { path, firstEpoch } = await enroll(session, agentId, options.chainLength);
  const lines = [`agent ${agentId} votes with new secrets from epoch ${firstEpoch}`, `they are in ${path}: back it up`];
  return { lines, data: { agentId, firstEpoch, journal: path } };
}
