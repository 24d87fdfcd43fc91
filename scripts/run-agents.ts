import type { Chooser, OpenJournal } from "@assay/agent";
import { formatEther } from "ethers";
import { addDataOption, type DataOptions } from "./lib/data-option.ts";
import { openAgents } from "./lib/agents.ts";
import { openBallots, runHeartbeat } from "./lib/heartbeat.ts";
import { parseAgentIds, parseCount, parseOutcome } from "./lib/input.ts";
import { closeJournals, journalFolder, openJournals } from "./lib/journals.ts";
import { fail, runScript } from "./lib/script.ts";
import type { CommonOptions, Session } from "./lib/session.ts";
import { createVerifiers, tasksOf, toChooser } from "./lib/verifiers.ts";

interface Options extends CommonOptions, DataOptions {
  readonly agents?: bigint[];
  readonly answer?: number;
  readonly seed: number;
  readonly epochs?: number;
  readonly poll?: number;
}

/** Looks at the chain this many times an epoch, but not more often than a second, nor less often than twelve. */
const LOOKS_PER_EPOCH = 30;

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
  const { deployment, say } = session;
  const clock = deployment.parameters;
  const domains = await Promise.all(agentIds.map((agentId) => session.assay.agents.domains(agentId)));
  const all = [...new Set(domains.flat())];
  const { answer } = options;
  const verifiers: Chooser[] =
    answer === undefined
      ? (await createVerifiers(await tasksOf(session, all), agentIds.length, options.seed, say)).map(toChooser)
      : agentIds.map(() => () => answer);
  const agents = await openAgents(
    session,
    agentIds.map((agentId, i) => ({
      agentId,
      domains: domains[i] as number[],
      verify: verifiers[i] as Chooser,
      journal: journals[i] as OpenJournal,
    })),
  );

  const sent = { beats: 0, gas: 0n, fee: 0n };
  const stop = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) process.exit(130); // asked twice: do not wait
    say("stopping after the transactions under way");
    stop.abort();
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  const pollMs = 1000 * (options.poll ?? Math.min(12, Math.max(1, clock.epochLength / LOOKS_PER_EPOCH)));
  say(
    `running agents ${agentIds.join(", ")} in domains ${all.join(", ")}; journals in ${journalFolder(session, options.data)}`,
  );
  const epochs = await runHeartbeat({
    session,
    agents,
    clock,
    pollMs: Math.max(pollMs, 100),
    epochs: options.epochs,
    signal: stop.signal,
    events: {
      epoch: (epoch, secondsLeft) => say(`epoch ${epoch}, ${secondsLeft} s left`),
      beat: ({ agentId, receipt, votes, committed, revealedEpoch, settledEpoch }) => {
        sent.beats++;
        sent.gas += receipt.gasUsed;
        sent.fee += receipt.fee;
        const did = [
          committed ? `committed ${votes.length} votes` : "committed nothing",
          ...(revealedEpoch === null ? [] : [`revealed epoch ${revealedEpoch}`]),
          ...(settledEpoch === null ? [] : [`settled epoch ${settledEpoch}`]),
        ];
        say(`  agent ${agentId}: ${did.join(", ")}; ${receipt.gasUsed} gas`);
      },
      failed: (agentId, reason) => console.error(`  ${agentId === null ? "the chain" : `agent ${agentId}`}: ${reason}`),
    },
  });
  process.off("SIGINT", onSignal).off("SIGTERM", onSignal);

  const open = await openBallots(session, agents, clock);
  const lines = [
    `stopped after ${epochs} epochs: ${sent.beats} beats, ${sent.gas} gas, ${formatEther(sent.fee)} ETH (rolls not counted)`,
  ];
  const deadline = Math.min(...open.map(({ revealBefore }) => revealBefore));
  if (open.length > 0) {
    lines.push(
      `${open.length} agents have a ballot to reveal before ${new Date(deadline * 1000).toISOString()}: run them again by then, or it is forfeited`,
    );
  }
  return {
    lines,
    data: { epochs, agents: agentIds, ...sent, openBallots: open },
    next: [`agent-status --agent ${agentIds[0]}`],
  };
}
