import { FailoverProvider, Runtime } from "@assay/agent";
import { Option } from "commander";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { AgentRunConfig } from "../lib/agent-config.ts";
import { reporter, runtimeOptionsOf } from "../lib/agent-run.ts";
import { createAgentServer, describeAgent } from "../lib/agent-server.ts";
import type { Commands, Outcome } from "../lib/command.ts";
import { CliError, fail } from "../lib/errors.ts";
import { parseCount, parseOutcome } from "../lib/input.ts";
import { KeystoreSigner } from "../lib/keystore.ts";
import { openJournalOf } from "../lib/secrets.ts";
import { agentOf, type CommonOptions, type Session } from "../lib/session.ts";
import { agentOption } from "./stake.ts";

interface Options extends CommonOptions {
  readonly agent?: bigint;
  readonly answer?: number;
  readonly dryRun?: boolean;
  readonly once?: boolean;
  readonly epochs?: number;
}

/** How often ethers looks for blocks that nobody waits for, ms. */
const POLLING = 4_000;

/** `assay agent run` */
export function addAgentRun(agent: Commands): void {
  agent.sender<Options, []>(
    {
      name: "run",
      summary: "Lets an agent vote by itself, as the configuration says, until interrupted",
      example: "--agent 7 --from hot --yes",
      options: [
        agentOption(),
        new Option("--answer <outcome>", "answer every question so, to try a network").argParser(parseOutcome),
        new Option("--dry-run", "answer, and send nothing"),
        new Option("--epochs <n>", "stop after so many epochs").argParser(parseCount),
        new Option("--once", "stop after one epoch").conflicts("epochs"),
      ],
      help: [
        'What it answers with, its limits and its alerts are in the configuration, under "agents" of the network: docs/agent.md.',
        "Interrupted, it finishes the transactions under way, and says until when it must run again. Ends with status 75",
        "where the same call may succeed later: the journal is in use, its disk is full, no endpoint answers.",
      ].join("\n"),
    },
    run,
  );
}

async function run(session: Session, options: Options): Promise<Outcome> {
  const { account, assay, endpoint, io, network, signer, terms } = session;
  const agentId = agentOf(session, options.agent);
  const config = await configOf(session, agentId, options);
  const { dryRun = false, json = false } = options;
  if (!(signer instanceof KeystoreSigner)) {
    fail("an agent runs with a key of its own, which signs what is in its journal: assay keys import");
  }
  const wallet = await assay.agents.wallet(agentId);
  if (wallet !== account)
    fail(`the wallet of agent ${agentId} is ${wallet ?? "none"}, not ${account}: give --from its key`);
  const chosen = runtimeOptionsOf(session, config, dryRun);
  await consent(session, `run agent ${agentId} with ${account} in domains ${chosen.domains.join(", ")}`, dryRun);
  // Asks for the passphrase now, and not at the first beat.
  await signer.signMessage("agent run");

  const webhook = config.warnings?.webhook;
  const about = { agentId, chainId: terms.chainId, network: network.name };
  const report = reporter(io, json, webhook === undefined ? null : { url: webhook, about });
  const moved = (url: string, because: string) =>
    report({ level: "warn", event: "endpoint", message: `asks ${url} from now on (${because})`, fields: { url } });
  const urls = network.rpc as [string, ...string[]];
  const provider = new FailoverProvider(urls, endpoint.chainId, { pollingInterval: POLLING, moved });
  const journal = openJournalOf(session, agentId);
  const epochs = options.once ? 1 : options.epochs;
  const runtime = new Runtime({
    ...{ ...chosen, agentId, assay, journal, report },
    transactions: journal.transactions,
    wallet: signer.connect(provider),
    leaveEndpoint: () => provider.leave(),
    ...(epochs !== undefined && { epochs }),
  });
  const server = config.listen === undefined ? null : createAgentServer(runtime.status);
  try {
    if (server !== null) {
      const { host = "127.0.0.1", port = 0 } = config.listen ?? {};
      server.listen(port, host);
      await once(server, "listening");
      const message = `serves /health and /metrics on http://${host}:${(server.address() as AddressInfo).port}`;
      report({ level: "info", event: "listen", message });
    }
    const { epochs: done, openBallot } = await runtime.run(io.interruption());
    const { beats, votes, reveals } = runtime.status.counts;
    const lines = [
      `agent ${agentId} ran ${done} epochs: ${beats} beats, ${votes} votes, ${reveals} ballots revealed`,
      ...(openBallot === null
        ? []
        : [
            `its ballot of epoch ${openBallot.epoch} must be revealed before ${new Date(openBallot.revealBefore * 1000).toISOString()}`,
          ]),
    ];
    const next = openBallot === null ? [] : [`agent run --agent ${agentId}`];
    return { lines, data: { epochs: done, ...describeAgent(runtime.status), openBallot }, next };
  } finally {
    server?.close();
    server?.closeAllConnections();
    journal.close();
    provider.destroy();
  }
}

/** The agent's part of the configuration. @throws CliError `BAD_INPUT` */
async function configOf(session: Session, agentId: bigint, { answer }: Options): Promise<AgentRunConfig> {
  const { assay, config, network } = session;
  const found = network.agents?.[agentId.toString()];
  if (answer === undefined) {
    const where = `"agents" of ${network.name} in ${config.path ?? "a configuration"}`;
    return (
      found ?? fail(`say how agent ${agentId} answers: ${where} (docs/agent.md), or --answer OUTCOME to try it out`)
    );
  }
  const verifier = { kind: "constant", outcome: answer } as const;
  const ids = found === undefined ? await assay.agents.domains(agentId) : Object.keys(found.domains);
  return { ...found, domains: Object.fromEntries(ids.map((id) => [String(id), { verifier }])) };
}

/** @throws CliError `NOT_CONFIRMED` */
async function consent({ io, options }: Session, what: string, dryRun: boolean): Promise<void> {
  if (dryRun || options.yes === true) return;
  if (!io.interactive) throw new CliError("NOT_CONFIRMED", `give --yes to ${what}: nobody can be asked`);
  if (!(await io.confirm(`${what}?`))) throw new CliError("NOT_CONFIRMED", "nothing was sent");
}
