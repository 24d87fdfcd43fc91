import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { encryptKeystoreJsonSync, Wallet } from "ethers";
import { fromRoot } from "../../lib/paths.ts";
import { start } from "../../testing/processes.ts";
import type { SwarmWorld } from "./world.ts";

const PASSPHRASE = "bench";
const SAMPLE_MS = 500;

/** Memory of one agent that has nothing to answer, run by `assay agent run` as it is packed. */
export interface Idle {
  /** Peak of resident memory, bytes. */
  readonly rss: number;
  /** Half of the samples are below, bytes. */
  readonly medianRss: number;
  readonly epochs: number;
  readonly beats: number;
}

/** Lets the packed command line run the first agent for some epochs. */
export async function measureIdle({ url, folder, assay, agents }: SwarmWorld, epochs: number): Promise<Idle> {
  execFileSync(process.execPath, [fromRoot("packages", "cli", "tools", "build.ts")], { stdio: "inherit" });
  const [agent] = agents;
  if (agent === undefined) throw new Error("there is no agent");
  const { address, privateKey } = new Wallet(agent.key);
  mkdirSync(join(folder, "keys"), { recursive: true });
  // Weak on purpose: quick, and of a development chain.
  const keystore = encryptKeystoreJsonSync({ address, privateKey }, PASSPHRASE, { scrypt: { N: 1024, r: 8, p: 1 } });
  writeFileSync(join(folder, "keys", `${address}.json`), keystore, { mode: 0o600 });
  const config = {
    network: "bench",
    networks: { bench: { rpc: [url], claims: assay.addresses.claims, startBlock: 0 } },
    ...{ keys: "keys", data: "agents" },
  };
  writeFileSync(join(folder, "assay.json"), JSON.stringify(config));
  const args = ["agent", "run", "--agent", agent.agentId, "--from", address, "--yes", "--answer", "1"];
  const env = { ASSAY_CONFIG: join(folder, "assay.json"), ASSAY_PASSPHRASE: PASSPHRASE };
  const cli = fromRoot("packages", "cli", "dist", "cli.js");
  const running = start(process.execPath, [cli, ...args, "--json", "--epochs", String(epochs)], env);
  const samples: number[] = [];
  let ended = false;
  void running.ended.finally(() => (ended = true));
  while (!ended) {
    const rss = residentOf(running.child.pid ?? 0);
    if (rss > 0) samples.push(rss);
    await sleep(SAMPLE_MS);
  }
  const { code, stdout, stderr } = await running.ended;
  if (code !== 0) throw new Error(`assay agent run ended with ${code}: ${stderr}`);
  const { counts } = JSON.parse(stdout) as { counts: { beats: number } };
  samples.sort((a, b) => a - b);
  return { rss: samples.at(-1) ?? 0, medianRss: samples[samples.length >> 1] ?? 0, epochs, beats: counts.beats };
}

/** Resident memory of a process now, bytes; 0 if it is gone. */
function residentOf(pid: number): number {
  try {
    return Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" })) * 1024;
  } catch {
    return 0;
  }
}
