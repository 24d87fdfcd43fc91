import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Deployment, deploymentPath, readDeployment } from "../lib/deployment-file.ts";
import { type Ended, freePort, kill, type Running, start, startScript } from "./processes.ts";

/** An external node, and folders of its own for the scripts that talk to it. */
export interface ScriptWorld {
  readonly url: string;
  readonly folder: string;
  readonly deploymentFile: string;
  /** Arguments that every script gets. */
  arguments(name: string): string[];
  run(name: string, ...args: string[]): Promise<Ended>;
  /** Runs a script with --json and returns its result. Rejects unless it succeeds. */
  json(name: string, ...args: string[]): Promise<Record<string, unknown>>;
  launch(name: string, ...args: string[]): Running;
  rpc(method: string, ...params: unknown[]): Promise<unknown>;
  /** Moves the chain's clock to the start of the next epoch; returns its number. */
  nextEpoch(): Promise<number>;
  close(): Promise<void>;
}

/** Starts a node as a process of its own and waits for it. @param command the program and its arguments, given a port */
export async function createScriptWorld(command: (port: number) => [string, ...string[]]): Promise<ScriptWorld> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const [program, ...args] = command(port);
  const node = start(program, args);
  const folder = mkdtempSync(join(tmpdir(), "assay-scripts-"));
  const deploymentFile = deploymentPath(folder, "localhost");

  const rpc = async (method: string, ...params: unknown[]): Promise<unknown> => {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
    const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
    const { result, error } = (await response.json()) as { result: unknown; error?: { message: string } };
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  };
  for (let tries = 0; ; tries++) {
    if (node.child.exitCode !== null) throw new Error(`the node ended:\n${node.output()}`);
    try {
      await rpc("eth_chainId");
      break;
    } catch (error) {
      if (tries > 300) throw error;
      await sleep(100);
    }
  }

  const withDefaults = (name: string): string[] => {
    const common = ["--network", "localhost", "--url", url, "--deployments", folder];
    return name === "join" || name === "run-agents" ? [...common, "--data", join(folder, "data")] : common;
  };
  const launch = (name: string, ...rest: string[]) => startScript(name, [...withDefaults(name), ...rest]);
  const run = (name: string, ...rest: string[]) => launch(name, ...rest).ended;
  return {
    url,
    folder,
    deploymentFile,
    arguments: withDefaults,
    run,
    launch,
    rpc,
    json: async (name, ...rest) => {
      const { code, stdout, stderr } = await run(name, "--json", ...rest);
      if (code !== 0) throw new Error(`${name} ended with ${code}: ${stderr}`);
      return JSON.parse(stdout) as Record<string, unknown>;
    },
    nextEpoch: async () => {
      const { parameters } = readDeployment(deploymentFile) as Deployment;
      const { timestamp } = (await rpc("eth_getBlockByNumber", "latest", false)) as { timestamp: string };
      const age = Number(timestamp) - parameters.genesis;
      const epoch = Math.floor(age / parameters.epochLength) + 1;
      await rpc("evm_increaseTime", epoch * parameters.epochLength - age + 1);
      await rpc("evm_mine");
      return epoch;
    },
    close: async () => {
      await kill(node);
      rmSync(folder, { recursive: true });
    },
  };
}
