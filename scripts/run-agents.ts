import { constantVerifier, type OpenJournal, runTogether, type Verifier } from "@assay/agent";
import { formatEther } from "ethers";
import { addDataOption, type DataOptions } from "./lib/data-option.ts";
import { createRuntimes, reportTo, requireSecrets, walletOf } from "./lib/agents.ts";
import { parseAgentIds, parseCount, parseOutcome } from "./lib/input.ts";
import { closeJournals, journalFolder, openJournals } from "./lib/journals.ts";
import { fail, runScript } from "./lib/script.ts";
import type { CommonOptions, Session } from "./lib/session.ts";
import { createVerifiers, tasksOf } from "./lib/verifiers.ts";

interface Options extends CommonOptions, DataOptions {
  readonly agents?: bigint[];
  readonly answer?: number;
  readonly seed: number;
  readonly epochs?: number;
  readonly poll?: number;
}

/** Least time between two looks at the chain, ms. */
const LEAST_POLL = 100;

await runScript<Options>(
  {
    name: "run-agents",
    summary: "Runs agents: one beat an epoch, until it is stopped",
    example: "--network sepolia --agents 0,1,2",
    help: [
      "Agents answer with built-in models in domains created with --task, where the question's content is in its data: URI",
      "and matches its hash; they leave out every other question. With --answer they say the same to everything, which is",
      "good for trying a network and for nothing else: whoever disagrees with the majority loses stake.",
      "Stopped by Ctrl-C or killed, run it again with the same data folder within an epoch: a ballot that is not revealed",
      "in the epoch after its own is forfeited.",
    ].join("\n"),
    configure: (program) =>
      addDataOption(program)
        .option(
          "--agents <ids>",
          "agents, with commas (default: all enrolled ones that the account owns)",
          parseAgentIds,
        )
        .option("--answer <outcome>", "answer every question so", parseOutcome)
        .option("--seed <n>", "of the models' training", parseCount, 1)
        .option("--epochs <n>", "stop after so many epochs", parseCount)
        .option(
          "--poll <seconds>",
          "seconds between two looks at the chain (default: a thirtieth of an epoch)",
          parseCount,
        ),
  },
  async (session, options) => {
    const agentIds = options.agents ?? (await session.assay.agents.enrolledBy(session.account.address));
    if (agentIds.length === 0) fail(`${session.account.address} owns no enrolled agent: run "npm run join" first`);
    if (new Set(agentIds).size !== agentIds.length) fail("an agent is named twice in --agents");
    if (options.epochs === 0) fail("--epochs must be at least 1");
    const folder = journalFolder(session, options.data);
    const journals = openJournals(session, folder, agentIds);
    try {
      return await run(session, options, agentIds, journals);
    } finally {
      closeJournals(journals);
    }
  },
);

async function run(session: Session, options: Options, agentIds: readonly bigint[], journals: OpenJournal[]) {
  const { say } = session;
  const domains = await Promise.all(agentIds.map((agentId) => session.assay.agents.domains(agentId)));
  const all = [...new Set(domains.flat())];
  const { answer, epochs, poll } = options;
  const verifiers: Verifier[] =
    answer === undefined
      ? await createVerifiers(await tasksOf(session, all), agentIds.length, options.seed, say)
      : agentIds.map(() => constantVerifier(answer));
  const agents = await Promise.all(
    agentIds.map(async (agentId, i) => {
      const journal = journals[i] as OpenJournal;
      requireSecrets(agentId, journal);
      const account = await walletOf(session, agentId);
      return { agentId, account, journal, domains: domains[i] as number[], verifier: verifiers[i] as Verifier };
    }),
  );

  const sent = { beats: 0, gas: 0n, fee: 0n };
  const stop = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) process.exit(130); // asked twice: do not wait
    say("stopping after the transactions under way");
    stop.abort();
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  say(
    `running agents ${agentIds.join(", ")} in domains ${all.join(", ")}; journals in ${journalFolder(session, options.data)}`,
  );
  const report = reportTo({
    epoch: (epoch, secondsLeft) => say(`epoch ${epoch}, ${secondsLeft} s left`),
    beat: (agentId, did, { gasUsed, fee }) => {
      sent.beats++;
      sent.gas += gasUsed;
      sent.fee += fee;
      say(`  agent ${agentId}: ${did}; ${gasUsed} gas`);
    },
  });
  const runtimes = createRuntimes(session, agents, {
    report,
    ...(epochs !== undefined && { epochs }),
    ...(poll !== undefined && { pollMs: Math.max(poll * 1000, LEAST_POLL) }),
    // Who says the same to everything needs no content.
    ...(answer !== undefined && { contentOf: async () => new Uint8Array() }),
  });
  const ends = await runTogether(runtimes, stop.signal);
  process.off("SIGINT", onSignal).off("SIGTERM", onSignal);

  const done = Math.max(...ends.map((end) => end.epochs));
  const open = ends.flatMap(({ openBallot }, i) =>
    openBallot === null ? [] : [{ agentId: agentIds[i] as bigint, revealBefore: openBallot.revealBefore }],
  );
  const lines = [
    `stopped after ${done} epochs: ${sent.beats} beats, ${sent.gas} gas, ${formatEther(sent.fee)} ETH (rolls not counted)`,
  ];
  const deadline = Math.min(...open.map(({ revealBefore }) => revealBefore));
  if (open.length > 0) {
    lines.push(
      `${open.length === 1 ? "one agent has" : `${open.length} agents have`} a ballot to reveal before ${new Date(deadline * 1000).toISOString()}: run them again by then, or it is forfeited`,
    );
  }
  return {
    lines,
    data: { epochs: done, agents: agentIds, ...sent, openBallots: open },
    next: [`agent-status --agent ${agentIds[0]}`],
  };
}
