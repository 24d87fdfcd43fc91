import assert from "node:assert/strict";
import { readDeployment } from "../lib/deployment-file.ts";
import { kill, type Running } from "./processes.ts";
import type { ScriptWorld } from "./world.ts";

/** Breaks a deployment off when some of it is on chain, and resumes it. */
export async function deployInTwoRuns(world: ScriptWorld, ...args: string[]): Promise<void> {
  const first = world.launch("deploy", ...args);
  await first.until(/AssayToken: sent/, 300);
  await kill(first);
  const broken = readDeployment(world.deploymentFile);
  assert.equal(broken?.complete, false);
  const before = Object.values(broken.contracts).map(({ address }) => address);
  assert.ok(before.length >= 1);
  const refused = await world.run("verify-claim", "--claim", `0x${"11".repeat(32)}`);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /^error: the deployment in .* has broken off: resume it with /);

  const second = await world.run("deploy", ...args);
  assert.equal(second.code, 0, second.stderr);
  assert.match(second.stdout, /resuming: \d+ contracts are deployed already/);
  const whole = readDeployment(world.deploymentFile);
  assert.equal(whole?.complete, true);
  assert.deepEqual(whole.sent, {});
  assert.equal(Object.keys(whole.contracts).length, 11);
  for (const address of before) assert.ok(Object.values(whole.contracts).some((c) => c.address === address));
  for (const { address, codeHash, transaction } of Object.values(whole.contracts)) {
    assert.match(codeHash, /^0x[0-9a-f]{64}$/);
    assert.notEqual(await world.rpc("eth_getCode", address, "latest"), "0x");
    assert.notEqual(await world.rpc("eth_getTransactionReceipt", transaction), null);
  }
  const third = await world.run("deploy", ...args);
  assert.equal(third.code, 0, third.stderr);
  assert.match(third.stdout, /^nothing to be done/);
}

/**
 * Register, stake, join, ask, beat, verify: the README's commands. The agents are killed between commit and reveal, and go on.
 * @param answer outcome that the agents give
 */
export async function walkWholePath(world: ScriptWorld, answer: number): Promise<string> {
  await world.json("faucet");
  const { domainId } = await world.json("create-domain", "--task", "language");
  const { agentId } = await world.json("register-agent", "--uri", "https://example.org/agent.json");
  const agent = String(agentId);
  const domain = String(domainId);
  const staked = await world.json("stake", "--agent", agent, "--amount", "3000.5");
  assert.equal(staked.balance, "3000500000000000000000");
  await world.json("join", "--agent", agent, "--domain", domain, "--amount", "3000", "--chain-length", "64");

  const launch = () => world.launch("run-agents", "--agents", agent, "--answer", String(answer), "--poll", "1");
  // It votes from the epoch after the next.
  await world.nextEpoch();
  await world.nextEpoch();
  const beats = (running: Running, epoch: number, what: RegExp) =>
    running.until(new RegExp(`epoch ${epoch}, [^]*agent ${agent}: .*${what.source}`));
  let agents = launch();
  try {
    await agents.until(/agent \d+: committed 0|agent \d+: committed nothing/);
    const second = await world.run("run-agents", "--agents", agent);
    assert.equal(second.code, 1);
    assert.match(second.stderr, /^error: agent \d+ is run by another process/);

    const asked = await world.json("ask", "--domain", domain, "--text", '{"language":"deu","text":"Guten Tag"}');
    const claim = String(asked.claimId);
    assert.equal((await world.run("verify-claim", "--claim", claim)).code, 4);

    await beats(agents, await world.nextEpoch(), /committed 1 vote\b/);
    await kill(agents);
    agents = launch();
    await beats(agents, await world.nextEpoch(), /revealed epoch/);
    await beats(agents, await world.nextEpoch(), /committed 0 votes/);
    const provisional = await world.run("verify-claim", "--claim", claim, "--json");
    assert.equal(provisional.code, 4, provisional.stderr);
    assert.equal((JSON.parse(provisional.stdout) as { status: string }).status, "provisional");
    await beats(agents, await world.nextEpoch(), /settled epoch/);

    agents.child.kill("SIGINT");
    const stopped = await agents.ended;
    assert.equal(stopped.code, 0, stopped.stderr);
    assert.match(stopped.stdout, /one agent has a ballot to reveal before /);
    return claim;
  } finally {
    await kill(agents);
  }
}

/** What the verdict of {@link walkWholePath} must read like. */
export async function checkVerdict(world: ScriptWorld, claim: string, answer: number): Promise<void> {
  const verdict = await world.json("verify-claim", "--claim", claim, "--outcome", String(answer));
  const { status, outcome, supportBps, rounds } = verdict;
  assert.deepEqual(
    { status, outcome, supportBps, rounds },
    { status: "resolved", outcome: answer, supportBps: 10_000, rounds: 1 },
  );
  assert.ok(BigInt(String(verdict.stakeAtRisk)) > 0n);
  assert.equal((await world.run("verify-claim", "--claim", claim, "--outcome", String(1 - answer))).code, 2);
}
