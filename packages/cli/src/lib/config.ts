import { isAddress } from "ethers";
import {
  applyEdits,
  findNodeAtLocation,
  getNodeValue,
  modify,
  type Node,
  parseTree,
  printParseErrorCode,
} from "jsonc-parser";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import * as v from "valibot";
import { AgentRunSchema } from "./agent-config.ts";
import { CliError, messageOf } from "./errors.ts";
import { isHttpUrl } from "./input.ts";

/** Name of the configuration file. */
export const CONFIG_FILE = "assay.json";

const Url = v.pipe(
  v.string("expected a URL"),
  v.check(isHttpUrl, "expected a URL that begins with http:// or https://"),
);
const Text = v.pipe(v.string("expected a text"), v.minLength(1, "expected a text that is not empty"));
const AgentId = v.pipe(v.string("expected a decimal number as text"), v.digits("expected a decimal number as text"));

const NetworkSchema = v.pipe(
  v.strictObject(
    {
      rpc: v.pipe(v.array(Url, "expected a list of URLs"), v.minLength(1, "expected at least one URL")),
      deployment: v.optional(Text),
      claims: v.optional(
        v.pipe(
          v.string("expected an address"),
          v.check((text) => isAddress(text), "expected an address"),
        ),
      ),
      startBlock: v.optional(v.pipe(v.number("expected a block's number"), v.integer("expected a block's number"))),
      from: v.optional(Text),
      agent: v.optional(AgentId),
      agents: v.optional(v.record(AgentId, AgentRunSchema, "expected an object of agents by their ids")),
    },
    strict,
  ),
  v.check(
    ({ deployment, claims }) => (deployment === undefined) !== (claims === undefined),
    'expected either "deployment" (the path of a deployment record) or "claims" (an address)',
  ),
);

const ConfigSchema = v.strictObject(
  {
    network: v.optional(Text),
    networks: v.record(v.string(), NetworkSchema, "expected an object of networks by their names"),
    keys: v.optional(Text),
    data: v.optional(Text),
  },
  strict,
);

/** A network, as the configuration file has it. */
export type NetworkConfig = v.InferOutput<typeof NetworkSchema>;

/** A configuration file, and where it is. */
export interface Config {
  /** Its path; null where the environment alone says everything. */
  readonly path: string | null;
  readonly network: string | undefined;
  readonly networks: Readonly<Record<string, NetworkConfig>>;
  /** Folder of the keys, absolute. */
  readonly keys: string;
  /** Folder of the agents' secrets and journals, absolute. */
  readonly data: string;
}

/** What says where the configuration is and what replaces it. */
export interface ConfigOptions {
  readonly config?: string;
  readonly network?: string;
  readonly rpc?: string;
}

/** One network, as options, environment and file together have it. */
export interface ChosenNetwork extends NetworkConfig {
  readonly name: string;
}

/**
 * The configuration: from `--config`, `$ASSAY_CONFIG`, or the next `assay.json` in this folder or one above it.
 * @throws CliError `NO_CONFIG` if the file that is named does not exist, `BAD_CONFIG`
 */
export function loadConfig({ config }: ConfigOptions, env: NodeJS.ProcessEnv, cwd = process.cwd()): Config {
  const named = config ?? env.ASSAY_CONFIG;
  const path = named === undefined ? findConfig(cwd) : resolve(cwd, named);
  if (path === null) return withDefaults(null, { networks: {} }, env);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new CliError("NO_CONFIG", `cannot read the configuration: ${messageOf(cause)}; "assay init" writes one`, {
      cause,
    });
  }
  return withDefaults(path, parseConfig(text, path), env);
}

/** @throws CliError `BAD_CONFIG` with the line and what was expected there */
export function parseConfig(text: string, path: string): v.InferOutput<typeof ConfigSchema> {
  const errors: { error: number; offset: number; length: number }[] = [];
  const root = parseTree(text, errors, { disallowComments: true });
  const [broken] = errors;
  if (root === undefined || broken !== undefined) {
    const line = lineOf(text, broken?.offset ?? 0);
    const what = broken === undefined ? "ValueExpected" : printParseErrorCode(broken.error);
    throw new CliError("BAD_CONFIG", `${path}:${line}: not JSON: ${words(what)}`);
  }
  const parsed = v.safeParse(ConfigSchema, getNodeValue(root));
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const keys = (issue.path ?? []).map(({ key }) => key as string | number);
  throw new CliError("BAD_CONFIG", `${path}:${lineOf(text, offsetOf(root, keys))}: ${where(keys)}${issue.message}`);
}

/**
 * The network that is meant: `--network`, `$ASSAY_NETWORK`, the file's default, or its only one; its endpoint from `--rpc` or
 * `$ASSAY_RPC_URL`, its deployment from `$ASSAY_CLAIMS`, where those are given.
 * @throws CliError `BAD_INPUT` for a network that is not configured, `NO_CONFIG` if nothing is
 */
export function chooseNetwork(config: Config, { network, rpc }: ConfigOptions, env: NodeJS.ProcessEnv): ChosenNetwork {
  const names = Object.keys(config.networks);
  const [only] = names.length === 1 ? names : [];
  const name = network ?? env.ASSAY_NETWORK ?? config.network ?? only;
  const found = name === undefined ? undefined : config.networks[name];
  const endpoint = rpc ?? env.ASSAY_RPC_URL;
  const claims = env.ASSAY_CLAIMS;
  if (claims !== undefined && !isAddress(claims)) {
    throw new CliError("BAD_INPUT", `$ASSAY_CLAIMS is no address: ${env.ASSAY_CLAIMS ?? ""}`);
  }
  if (endpoint !== undefined && !isHttpUrl(endpoint)) {
    throw new CliError("BAD_INPUT", `the endpoint is no URL that begins with http:// or https://: ${endpoint}`);
  }
  const { deployment, ...rest }: NetworkConfig = found ?? { rpc: [] };
  const chosen = {
    ...rest,
    name: name ?? "environment",
    rpc: endpoint === undefined ? rest.rpc : [endpoint],
    ...(claims === undefined ? { deployment } : { claims }),
  };
  if (chosen.rpc.length > 0 && (found !== undefined || claims !== undefined)) return chosen;
  if (config.path === null) {
    throw new CliError("NO_CONFIG", `there is no ${CONFIG_FILE} here or in a folder above: "assay init" writes one`);
  }
  const known = names.length === 0 ? "it has none" : `it has ${names.join(", ")}`;
  const what = name === undefined ? "say which network: --network" : `no network "${name}"`;
  throw new CliError("BAD_INPUT", `${what} in ${config.path} (${known})`);
}

/**
 * Adds a network to the text of a configuration, which keeps what else it says.
 * @param text null: a new file
 */
export function withNetwork(text: string | null, name: string, network: NetworkConfig, keys?: string): string {
  const formattingOptions = { insertSpaces: true, tabSize: 2, eol: "\n" };
  if (text === null) {
    const whole = { network: name, networks: { [name]: network }, ...(keys === undefined ? {} : { keys }) };
    return `${JSON.stringify(whole, null, 2)}\n`;
  }
  const edited = applyEdits(text, modify(text, ["networks", name], network, { formattingOptions }));
  return keys === undefined ? edited : applyEdits(edited, modify(edited, ["keys"], keys, { formattingOptions }));
}

/** Replaces a file in one step. */
export function replaceFile(path: string, text: string): void {
  writeFileSync(`${path}.next`, text);
  renameSync(`${path}.next`, path);
}

/** A path of a configuration, which may begin with the user's folder. */
function expandPath(path: string, folder: string): string {
  return path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : resolve(folder, path);
}

function withDefaults(
  path: string | null,
  { network, networks, keys, data }: v.InferOutput<typeof ConfigSchema>,
  env: NodeJS.ProcessEnv,
): Config {
  const folder = path === null ? process.cwd() : dirname(path);
  const absolute = Object.entries(networks).map(([name, found]): [string, NetworkConfig] => [
    name,
    found.deployment === undefined ? found : { ...found, deployment: expandPath(found.deployment, folder) },
  ]);
  return {
    path,
    network,
    networks: Object.fromEntries(absolute),
    keys: expandPath(env.ASSAY_KEYS ?? keys ?? "~/.assay/keys", folder),
    data: expandPath(env.ASSAY_DATA ?? data ?? "~/.assay/agents", folder),
  };
}

function findConfig(folder: string): string | null {
  const path = join(folder, CONFIG_FILE);
  if (existsSync(path)) return path;
  const parent = dirname(folder);
  return parent === folder ? null : findConfig(parent);
}

function strict({ expected }: v.StrictObjectIssue): string {
  if (expected === "never") return "there is no such setting";
  return expected === "Object" ? "expected an object" : "is missing";
}

/** Where a value stands; the nearest one around it where there is none. */
function offsetOf(root: Node, keys: readonly (string | number)[]): number {
  for (let depth = keys.length; depth >= 0; depth--) {
    const node = findNodeAtLocation(root, keys.slice(0, depth));
    // The property's name, where there is one, rather than its value.
    if (node !== undefined) return node.parent?.type === "property" ? node.parent.offset : node.offset;
  }
  return root.offset;
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

function where(keys: readonly (string | number)[]): string {
  const path = keys.map((key, i) => (typeof key === "number" ? `[${key}]` : i === 0 ? key : `.${key}`)).join("");
  return path === "" ? "" : `${path}: `;
}

/** `CommaExpected` as words. */
function words(name: string): string {
  const [, what] = /^(\w+)Expected$/.exec(name) ?? [];
  const text = (what ?? name).replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  return what === undefined ? text : `expected a ${text}`;
}
