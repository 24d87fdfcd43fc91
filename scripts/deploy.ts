import { ClientError } from "@assay/sdk";
import { existsSync } from "node:fs";
import { formatEther } from "ethers";
import { costOf, deployInto, findEarlier, readParameters } from "./lib/deployer.ts";
import { deploymentPath } from "./lib/deployment-file.ts";
import { chooseAccount, type Connection, openConnection, requireExplorerKey } from "./lib/network.ts";
import { fromRoot } from "./lib/paths.ts";
import { buildForProduction, verifySources } from "./lib/production.ts";
import { fail, type Outcome, runBare } from "./lib/script.ts";
import type { CommonOptions, Say } from "./lib/session.ts";

interface Options extends CommonOptions {
  readonly parameters?: string;
  readonly verify: boolean;
  readonly compile: boolean;
}

await runBare<Options>(
  {
    name: "deploy",
    summary: "Deploys an instance of the protocol and writes deployments/<network>.json",
    example: "--network sepolia --verify",
    help: [
      "Run again, it resumes a deployment that has broken off, or says that nothing is to be done.",
      "Keys and URLs come from Hardhat's configuration variables, for example:",
      "  npx hardhat keystore set SEPOLIA_RPC_URL",
      "  npx hardhat keystore set SEPOLIA_PRIVATE_KEY",
    ].join("\n"),
    configure: (program) =>
      program
        .option("--parameters <file>", "JSON file of parameters (default: scripts/parameters/<network>.json)")
        .option("--verify", "publish the sources on the network's explorer (needs ETHERSCAN_API_KEY)", false)
        .option("--no-compile", "deploy what `npm run compile` built, for local chains without a limit on code size"),
  },
  async (options, say) => {
    const connection = await openConnection(options, false);
    try {
      return await deploy(connection, options, say);
    } finally {
      await connection.close();
    }
  },
);

async function deploy(connection: Connection, options: Options, say: Say): Promise<Outcome> {
  const { network } = options;
  const file = options.parameters ?? fromRoot("scripts", "parameters", `${network}.json`);
  if (!existsSync(file)) fail(`no parameters in ${file}: name a file with --parameters`);
  const parameters = readParameters(file);
  if (options.verify) await requireExplorerKey();
  const path = deploymentPath(options.deployments, network);
  const earlier = await findEarlier(path, connection, parameters);
  const next = [`create-domain`, `register-agent`];

  if (earlier?.complete === true) {
    if (options.verify) await verifySources(await buildForProduction(network), earlier.contracts, say);
    return {
      lines: [`nothing to be done: ${path} is complete`, ...addressLines(earlier.addresses)],
      data: { path, ...earlier, deployed: false },
      next,
    };
  }

  const account = chooseAccount(connection, options.account);
  if ((await connection.provider.getBalance(account.address)) === 0n) {
    throw new ClientError("INSUFFICIENT_ETHER", `${account.address} has no ether on ${network} to pay for gas`);
  }
  if (options.compile) say("compiling for production (about a minute, unless done before)");
  const build = options.compile ? await buildForProduction(network) : null;
  if (earlier !== null) say(`resuming: ${Object.keys(earlier.contracts).length} contracts are deployed already`);
  const deployment = await deployInto({
    connection,
    account,
    parameters,
    path,
    earlier,
    artifacts: build?.artifacts,
    say,
  });
  if (options.verify) {
    await verifySources(build ?? (await buildForProduction(network)), deployment.contracts, say);
  }
  const cost = await costOf(connection, deployment.contracts);
  const { epochLength, sink } = deployment.parameters;
  return {
    lines: [
      `deployed on ${network} (chain ${connection.chainId}); epochs of ${epochLength} s; the sink is ${sink}`,
      ...addressLines(deployment.addresses),
      `cost: ${cost.transactions} transactions, ${cost.gas} gas, ${formatEther(cost.fee)} ETH`,
      `written to ${path}`,
    ],
    data: { path, ...deployment, deployed: true, cost },
    next,
  };
}

function addressLines(addresses: object | null): string[] {
  return Object.entries(addresses ?? {}).map(([name, address]) => `  ${name.padEnd(10)} ${address}`);
}
