import type { Assay } from "@assay/sdk";
import { encryptKeystoreJsonSync } from "ethers";
import { network } from "hardhat";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";

import { createColors, type Io } from "../../packages/cli/src/lib/io.ts";
import { main } from "../../packages/cli/src/program.ts";
import { createWorld, EPOCH_LENGTH, type World, type WorldOptions } from "../kit/world.ts";

/** What a run of the command line left behind. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that is running. */
export interface Running {
  readonly ended: Promise<Ended>;
  readonly interrupt: () => void;
}

/** How a command is started. */
export interface StartOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** What the user at the terminal says to each question; nobody is there unless told. */
  readonly answer?: boolean;
}

/** How a command is run. */
export interface RunOptions extends StartOptions {
  /** Interrupts it once its output has this. */
  readonly until?: RegExp;
}

/** A chain with an endpoint, and the command line with a folder of its own. */
export interface CliWorld {
  readonly world: World;
  /** As the deployer. */
  readonly assay: Assay;
  readonly url: string;
  readonly folder: string;
  /** Sends as `node:N`, of the accounts the node has; 0 is the deployer, 2 owns the first agent. */
  as(account: number, ...args: string[]): Promise<Ended>;
  run(args: readonly string[], options?: RunOptions): Promise<Ended>;
  /** Starts a command that goes on. @param heard told of all of its output, whenever there is more */
  start(args: readonly string[], heard: (text: string) => void, options?: StartOptions): Running;
  /** Sends as `node:N` with --json. Rejects unless the command succeeds. */
  json(account: number, ...args: string[]): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

/** Of every key that tests make. */
export const PASSPHRASE = "correct horse battery";

/** An encrypted key, weak on purpose: quick. */
export function lightKeystore({ address, privateKey }: { address: string; privateKey: string }): string {
  return encryptKeystoreJsonSync({ address, privateKey }, PASSPHRASE, { scrypt: { N: 1024, r: 8, p: 1 } });
}

/** A chain with a deployment, its record, and a configuration that names it. */
export async function createCliWorld(options: WorldOptions = {}): Promise<CliWorld> {
  const server = await network.createServer("default", "127.0.0.1", 0);
  const { port } = await server.listen();
  const url = `http://127.0.0.1:${port}`;
  const node = await network.create({ network: "localhost", override: { url } });
  const world = await createWorld(node, options);
  const { addresses } = world.assay;
  const folder = mkdtempSync(join(tmpdir(), "assay-cli-"));
  const parameters = { genesis: world.genesis, epochLength: EPOCH_LENGTH };
  const record = { network: "localhost", chainId: 31_337, startBlock: 0, complete: true, parameters, addresses };
  writeFileSync(join(folder, "localhost.json"), JSON.stringify(record));
  const config = {
    network: "localhost",
    networks: { localhost: { rpc: [url], deployment: "localhost.json" } },
    ...{ keys: "keys", data: "agents" },
  };
  writeFileSync(join(folder, "assay.json"), JSON.stringify(config, null, 2));

  const start: CliWorld["start"] = (args, heard, { env = {}, answer } = {}) => {
    const output = { stdout: "", stderr: "" };
    const interruption = new AbortController();
    const into = (name: "stdout" | "stderr") =>
      new Writable({
        write: (chunk: Buffer, _, done) => {
          output[name] += chunk.toString();
          heard(output.stdout + output.stderr);
          done();
        },
      });
    const io: Io = {
      stdout: into("stdout"),
      stderr: into("stderr"),
      ...{ interactive: answer !== undefined, live: false, colors: createColors(false) },
      env: { ASSAY_CONFIG: join(folder, "assay.json"), ...env },
      interruption: () => interruption.signal,
      confirm: async () => answer === true,
      secret: async () => "",
    };
    const ended = main(io, args).then((code) => ({ code, ...output }));
    return { ended, interrupt: () => interruption.abort() };
  };
  const run: CliWorld["run"] = (args, { until, ...options } = {}) => {
    const running = start(args, (text) => until?.test(text) && running.interrupt(), options);
    return running.ended;
  };
  const as = (account: number, ...args: string[]) => run([...args, "--from", `node:${account}`, "--yes"]);
  return {
    ...{ world, url, folder, as, run, start },
    assay: world.assay,
    json: async (account, ...args) => {
      const { code, stdout, stderr } = await as(account, ...args, "--json");
      if (code !== 0) throw new Error(`assay ${args.join(" ")} ended with ${code}: ${stderr}`);
      return JSON.parse(stdout) as Record<string, unknown>;
    },
    close: async () => {
      await node.close();
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
}
