import { Agent, type OpenJournal, QuestionBoard } from "@assay/agent";
import { ALLOCATION_DELAY, epochStart, type Hex } from "@assay/protocol";
import { hexlify, randomBytes } from "ethers";
import { CHAIN_LENGTH } from "../packages/cli/src/lib/secrets.ts";
import { addDataOption, dataArgument, type DataOptions } from "./lib/data-option.ts";
import { parseAgentId, parseAmount, parseCount, parseDomainId } from "./lib/input.ts";
import { closeJournals, journalFolder, openJournals } from "./lib/journals.ts";
import { requireAgent, requireDomain } from "./lib/lookup.ts";
import { fail, runScript } from "./lib/script.ts";
import type { CommonOptions } from "./lib/session.ts";

interface Options extends CommonOptions, DataOptions {
  readonly agent: bigint;
  readonly domain: number;
  readonly amount: string;
  readonly chainLength: number;
  readonly newChain: boolean;
}

await runScript<Options>(
  {
    name: "join",
    summary:
      "Enrolls an agent, if it is not yet, and allocates stake to a domain; counts from the epoch after the next",
    example: "--network sepolia --agent 0 --domain 1 --amount 3000",
    help: [
      "Enrolling creates the agent's chain of secrets. It is kept in the data folder and nowhere else: back that up, and",
      "run the agent (npm run run-agents) with the same folder.",
    ].join("\n"),
    configure: (program) =>
      addDataOption(program)
        .requiredOption("--agent <id>", "agent", parseAgentId)
        .requiredOption("--domain <n>", "domain", parseDomainId)
        .requiredOption("--amount <tokens>", "stake to stand behind its seats there", parseAmount)
        .option("--chain-length <epochs>", "epochs that a new chain of secrets lasts", parseCount, CHAIN_LENGTH)
        .option("--new-chain", "enroll again, because the secrets are lost or used up", false),
  },
  async (session, options) => {
    const { account, assay, deployment, sender, tokens } = session;
    const { agent: agentId, domain: domainId } = options;
    await requireAgent(session, agentId);
    const { minStake } = await requireDomain(session, domainId);
    const amount = session.amount(options.amount);
    const allocatable = await assay.stake.allocatable(agentId);
    if (amount > allocatable) {
      fail(
        `agent ${agentId} can allocate at most ${tokens(allocatable)}: stake more ("npm run stake") or allocate less`,
      );
    }
    if (options.chainLength < 1) fail("--chain-length must be at least 1");

    const journals = openJournals(session, journalFolder(session, options.data), [agentId]);
    const [journal] = journals as [OpenJournal];
    const { path } = journal;
    try {
      const board = new QuestionBoard(assay, deployment.startBlock);
      const agent = new Agent({ agentId, wallet: account, assay, board, journal, verify: () => null, domains: [] });
      const enrolled = (await assay.agents.state(agentId)).owner !== null;
      if (enrolled && !agent.enrolled && !options.newChain) {
        fail(
          `agent ${agentId} is enrolled, but its secrets are not in ${path}: give their folder with --data, or enroll again with --new-chain`,
        );
      }
      if (!enrolled || options.newChain) {
        const seed = hexlify(randomBytes(32)) as Hex;
        sender.note("enroll", await agent.enroll(seed, options.chainLength));
        session.say(`enrolled; its secrets are in ${path}: back that file up, whoever has it can vote for the agent`);
      }
      sender.note("allocate", await agent.allocate(domainId, amount));
    } finally {
      closeJournals(journals);
    }

    const from = (await assay.beats.epoch()) + ALLOCATION_DELAY;
    const { amount: total } = await assay.domains.total(domainId, from);
    const starts = new Date(epochStart(deployment.parameters, from) * 1000).toISOString();
    const lines = [
      `agent ${agentId} stands in domain ${domainId} with ${tokens(amount)} from epoch ${from} (${starts})`,
      `the domain will then have ${tokens(total)}; questions need ${tokens(minStake)}`,
    ];
    return {
      lines,
      data: { agentId, domainId, amount, fromEpoch: from, domainTotal: total, minStake, journal: path },
      next: [`run-agents --agents ${agentId}${dataArgument(options)}`],
    };
  },
);
