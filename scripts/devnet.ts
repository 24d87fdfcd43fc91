import { AgentError, runTogether, type Verifier } from "@assay/agent";
import { ClientError, domainParameters } from "@assay/sdk";
import type { TaskName } from "@assay/models";
import { Command } from "commander";
import { createRuntimes, reportTo } from "./lib/agents.ts";
import { compileContracts } from "./lib/artifacts.ts";
import { deployInto, readParameters } from "./lib/deployer.ts";
import { deploymentPath, readDeployment, removeDeployment } from "./lib/deployment-file.ts";
import { explain } from "./lib/explain.ts";
import { parseCount } from "./lib/input.ts";
import { type LocalChain, startLocalChain } from "./lib/local-chain.ts";
import { chooseAccount, openConnection } from "./lib/network.ts";
import { fromRoot } from "./lib/paths.ts";
import { createPopulation } from "./lib/population.ts";
import { type CommonOptions, openSession, type Session } from "./lib/session.ts";
import { createVerifiers, describeTask } from "./lib/verifiers.ts";

interface Options {
  readonly port: number;
  readonly agents: number;
  readonly epochLength: number;
  readonly seed: number;
  readonly deployments: string;
}

const CHAIN_ID = 31_337;
/** The task of each domain, in the domains' order. */
const TASKS: readonly TaskName[] = ["language", "spam"];
/** Accounts 0 to 9 are the user's. */
const FIRST_AGENT_ACCOUNT = 10;
const MAX_AGENTS = 10;
/** Epochs from an allocation until it counts. */
const ALLOCATION_DELAY = 2;
const STAKE = "3000";
/** More than a week of the shortest epochs. */
const CHAIN_LENGTH = 20_000;

const program = new Command("npm run devnet --")
  .description("A local chain with agents that answer in short real-time epochs; stays up until Ctrl-C")
  .option("--port <n>", "port of 127.0.0.1 to listen on", parseCount, 8545)
  .option("--agents <n>", `agents, 3 to ${MAX_AGENTS}`, parseCount, 6)
  .option("--epoch-length <seconds>", "at least 30", parseCount, 30)
  .option("--seed <n>", "of the models' training", parseCount, 1)
  .option("--deployments <folder>", "folder of the deployment files", fromRoot("deployments"))
  .addHelpText(
    "after",
    `
Example:
  npm run devnet -- --agents 8

The agents answer language claims (domain 1) and spam claims (domain 2) with built-in models, as run-agents does, where the
content is in the claim's URI, as "npm run ask" puts it there. They leave out everything else. The chain, its accounts and all
that is on it end with the process; deployments/localhost.json is replaced at the next start.`,
  )
  .allowExcessArguments(false)
  .parse();

try {
  await main(program.opts<Options>());
} catch (error) {
  console.error(`error: ${explain(error)}`);
  process.exitCode = 1;
}

async function main(options: Options): Promise<void> {
  const { agents, epochLength, port } = options;
  if (agents < 3 || agents > MAX_AGENTS) throw new ClientError("BAD_INPUT", `--agents must be from 3 to ${MAX_AGENTS}`);
  if (epochLength < 30) throw new ClientError("BAD_INPUT", "--epoch-length must be at least 30 seconds");
  if (port > 65_535) throw new ClientError("BAD_INPUT", "--port must be at most 65535");
  const path = deploymentPath(options.deployments, "localhost");
  const earlier = readDeployment(path);
  if (earlier !== null && earlier.chainId !== CHAIN_ID) {
    const message = `${path} is of chain ${earlier.chainId}, not of a devnet: move it away first`;
    throw new AgentError("OTHER_DEPLOYMENT", message);
  }

  console.log("compiling");
  await compileContracts();
  const tasks = new Map(TASKS.map((task, i) => [i + 1, task]));
  const say = (line: string) => console.log(`  ${line}`);
  const verifiers = await createVerifiers(tasks, agents, options.seed, say);
  // The chain starts as long ago as allocations need to count, and is brought to the present once they are made.
  const waiting = ALLOCATION_DELAY * epochLength;
  const chain = await startLocalChain(port, Math.floor(Date.now() / 1000) - waiting);
  try {
    await serve(options, verifiers, chain, path, waiting);
  } finally {
    await chain.close();
  }
  // EDR keeps the process alive for its timers.
  process.exit();
}

async function serve(
  options: Options,
  verifiers: readonly Verifier[],
  { url }: LocalChain,
  path: string,
  waiting: number,
): Promise<void> {
  removeDeployment(path);
  const { deployments } = options;
  const common: CommonOptions = { network: "localhost", url, account: "0", json: false, deployments };
  const say = (line: string) => console.log(`  ${line}`);
  console.log("deploying");
  const connection = await openConnection(common, false);
  const account = chooseAccount(connection, common.account);
  const defaults = readParameters(fromRoot("scripts", "parameters", "localhost.json"));
  const parameters = { ...defaults, epochLength: options.epochLength };
  await deployInto({ connection, account, parameters, path, earlier: null, say: () => undefined });
  await connection.close();

  const session = await openSession(common, say);
  const domains = await createDomains(session);
  console.log(`creating ${options.agents} agents`);
  const population = await createPopulation(session, {
    verifiers,
    domains,
    stake: session.amount(STAKE),
    firstAccount: FIRST_AGENT_ACCOUNT,
    chainLength: CHAIN_LENGTH,
  });
  await session.connection.provider.send("evm_increaseTime", [waiting]);
  await session.connection.provider.send("evm_mine", []);
  printGuide(session, url, options);

  const stop = new AbortController();
  const onSignal = () => stop.abort();
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
  const report = reportTo({
    epoch: (epoch) => console.log(`epoch ${epoch}`),
    beat: (agentId, _, { votes }) => {
      if (votes > 0) say(`agent ${agentId} committed ${votes} ${votes === 1 ? "vote" : "votes"}`);
    },
  });
  await runTogether(createRuntimes(session, population, { report, pollMs: 1_000 }), stop.signal);
  console.log("stopped; the chain is gone");
  await session.connection.close();
}

async function createDomains({ assay, amount }: Session): Promise<number[]> {
  await (await assay.token.faucet()).wait();
  for (const task of TASKS) {
    await (
      await assay.domains.create({ parameters: domainParameters({ seatFee: amount("1") }), uri: describeTask(task) })
    ).wait();
  }
  return TASKS.map((_, i) => i + 1);
}

function printGuide(
  { deployment, account, tokens, amount }: Session,
  url: string,
  { epochLength, port, agents }: Options,
) {
  const where = port === 8545 ? "" : ` --url ${url}`;
  const run = (command: string, rest: string) => console.log(`  npm run ${command} --${where} ${rest}`);
  console.log(`\nAssay devnet: ${url}, chain ${CHAIN_ID}, epochs of ${epochLength} s, ${agents} agents`);
  for (const [name, address] of Object.entries(deployment.addresses ?? {}))
    console.log(`  ${name.padEnd(10)} ${address}`);
  console.log(`  account 0  ${account.address} (${tokens(amount("10000"))})`);
  console.log("\nIn another terminal, ask:");
  run("ask", `--domain 1 --text '{"language":"deu","text":"Alle Menschen sind frei und gleich an Rechten geboren"}'`);
  run("ask", "--domain 2 --text 'CONGRATULATIONS! You have WON a FREE prize, click here now to claim your money'");
  console.log("\nwatch and verify it, with the claim id that it prints (exit status 4 until it is final):");
  run("verify-claim", "--claim <id>");
  run("agent-status", "--agent 0");
  console.log(
    `\nA verdict is final four epochs after the question, at most: ${5 * epochLength} s. Ctrl-C ends the chain.\n`,
  );
}
