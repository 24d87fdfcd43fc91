import { Option } from "commander";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Commands } from "../lib/command.ts";
import { CONFIG_FILE, type NetworkConfig, parseConfig, replaceFile, withNetwork } from "../lib/config.ts";
import { fail } from "../lib/errors.ts";
import { parseAddress, parseAgentId, parseCount, parseUrl } from "../lib/input.ts";
import type { CommonOptions } from "../lib/session.ts";

interface Options extends CommonOptions {
  readonly deployment?: string;
  readonly claims?: string;
  readonly startBlock?: number;
  readonly agent?: bigint;
  readonly keys?: string;
  readonly force?: boolean;
}

/** What a network is called, and where its node is, unless told: a node of one's own. */
const LOCAL = { name: "localhost", rpc: "http://127.0.0.1:8545" };

/** `assay init` */
export function addInit(commands: Commands): void {
  commands.plain<Options, []>(
    {
      name: "init",
      summary: `Writes ${CONFIG_FILE}, or adds a network to it`,
      example: "--network sepolia --rpc https://rpc.example.org --deployment deployments/sepolia.json",
      options: [
        new Option("--deployment <path>", "record of the deployment (default: deployments/NETWORK.json)"),
        new Option("--claims <address>", "address of Claims, where there is no record")
          .argParser(parseAddress)
          .conflicts("deployment"),
        new Option("--start-block <n>", "with --claims: block before which there is nothing to read").argParser(
          parseCount,
        ),
        new Option("--agent <id>", "agent that commands are about unless told").argParser(parseAgentId),
        new Option("--keys <folder>", "folder of the keys (default: ~/.assay/keys)"),
        new Option("--force", "replace the network if it is there already"),
      ],
      help: "--from says which key the network's commands send with unless told.",
    },
    async (io, options) => {
      const path = resolve(options.config ?? io.env.ASSAY_CONFIG ?? CONFIG_FILE);
      const name = options.network ?? LOCAL.name;
      if (options.rpc === undefined && name !== LOCAL.name) fail(`give the endpoint of ${name}: --rpc URL`);
      const network = networkOf(name, options);
      const text = existsSync(path) ? readFileSync(path, "utf8") : null;
      if (text !== null && Object.hasOwn(parseConfig(text, path).networks, name) && !options.force) {
        fail(`${path} has a network ${name} already: replace it with --force`);
      }
      replaceFile(path, withNetwork(text, name, network, options.keys));
      const lines = [`${text === null ? "wrote" : "added"} network ${name}: ${path}`];
      return { lines, data: { path, name, network }, next: ["keys new owner", "doctor"] };
    },
  );
}

function networkOf(name: string, options: Options): NetworkConfig {
  const { rpc, claims, startBlock, from, agent } = options;
  const rest = {
    ...(from === undefined ? {} : { from }),
    ...(agent === undefined ? {} : { agent: agent.toString() }),
  };
  const endpoint = { rpc: [rpc === undefined ? LOCAL.rpc : parseUrl(rpc)] };
  if (claims === undefined) {
    if (startBlock !== undefined) fail("--start-block goes with --claims: a record says it by itself");
    return { ...endpoint, deployment: options.deployment ?? `deployments/${name}.json`, ...rest };
  }
  return { ...endpoint, claims, ...(startBlock === undefined ? {} : { startBlock }), ...rest };
}
