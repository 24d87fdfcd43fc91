import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fromRoot } from "./lib/paths.ts";
import { createScriptWorld, type ScriptWorld } from "./testing/world.ts";

const HARDHAT = fromRoot("node_modules", ".bin", "hardhat");
const TOKEN = 10n ** 18n;
/** Account 1 of the node. */
const OTHER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

describe("scripts that assert, state, dispute, challenge and appeal", () => {
  let world: ScriptWorld;
  const wei = (value: unknown) => BigInt(String(value));
  const asOther = ["--account", "1"];

  before(async () => {
    world = await createScriptWorld((port) => [
      HARDHAT,
      ...["--network", "default", "node", "--hostname", "127.0.0.1", "--port", String(port)],
    ]);
    await world.json("deploy", "--no-compile");
    await world.json("faucet");
    await world.json("faucet", ...asOther);
    await world.json("create-domain", "--uri", "data:,any");
    await world.json("register-agent");
    await world.json("stake", "--agent", "0", "--amount", "4000");
    await world.json("join", "--agent", "0", "--domain", "1", "--amount", "3000", "--chain-length", "64");
    await world.nextEpoch();
  });
  after(() => world.close());

  const beat = () => world.json("run-agents", "--agents", "0", "--answer", "1", "--epochs", "1", "--poll", "1");

  it("decide a disputed assertion and a challenged statement, and pay everybody out", async () => {
    const text = ["--domain", "1", "--text", "water is wet"];
    const right = await world.json("assert", ...text, "--outcome", "1");
    const stands = await world.json("assert", ...text, "--outcome", "1", "--bond", "50");
    assert.equal(wei(right.bond), 36n * TOKEN);
    const pledged = await world.json("pledge", "--agent", "0", "--raise", "200");
    assert.equal(wei(pledged.pledged), 200n * TOKEN);

    const unsigned = await world.run("sign-statement", "--agent", "0", ...text, "--outcome", "0", ...asOther);
    assert.match(unsigned.stderr, /^error: 0x7099\w+ is no statement signer of agent 0/);
    await world.json("signer", "--agent", "0", "--add", OTHER);
    const signed = await world.run("sign-statement", "--agent", "0", ...text, "--outcome", "0", ...asOther);
    assert.deepEqual([signed.code, signed.stderr], [0, ""]);
    const forLong = ["--outcome", "0", "--valid-for", "1081", ...asOther];
    const long = await world.run("sign-statement", "--agent", "0", ...text, ...forLong);
    assert.match(long.stderr, /^warning: no pledge is certain for longer than 17 epochs: shorten --valid-for\n$/);
    const statement = join(world.folder, "statement.json");
    writeFileSync(statement, signed.stdout);

    const disputed = await world.json("dispute", "--claim", String(right.claimId), ...asOther);
    assert.equal(wei(disputed.paid), 45n * TOKEN);
    const challenged = await world.json("challenge", "--statement", statement, ...asOther);
    assert.equal(wei(challenged.locked), 36n * TOKEN);
    const early = await world.run("resolve", "--claim", String(right.claimId));
    assert.equal(early.code, 1);
    assert.match(early.stderr, /refused: NotFinal/);
    // What is refused takes nothing, not even the vault's allowance.
    const nonce = await world.rpc("eth_getTransactionCount", OTHER, "latest");
    const unripe = await world.run("appeal", "--claim", String(right.claimId), ...asOther);
    assert.match(
      unripe.stderr,
      /^error: the contract refused: NotAppealable\(questionId: 0x\w+, .*\) - a round can be started in .*\n$/,
    );
    assert.equal(await world.rpc("eth_getTransactionCount", OTHER, "latest"), nonce);

    await world.nextEpoch();
    const [{ epochs }] = [await beat()];
    assert.equal(epochs, 1);
    await world.nextEpoch();
    await beat();
    await world.nextEpoch();
    // Appealed against, the disputed assertion needs three more epochs.
    const appealed = await world.json("appeal", "--claim", String(right.claimId), ...asOther);
    assert.deepEqual([appealed.round, wei(appealed.paid)], [2, 19n * TOKEN]);
    assert.equal((await world.run("verify-claim", "--claim", String(right.claimId))).code, 4);
    await world.nextEpoch();
    await beat();
    await world.nextEpoch();
    await beat();
    for (let i = 0; i < 2; i++) await world.nextEpoch();

    const settled = await world.json("settle", "--agent", "0", ...asOther);
    assert.ok(wei(settled.change) > 0n);
    const verdict = await world.json("verify-claim", "--claim", String(right.claimId));
    assert.deepEqual([verdict.answer, verdict.rounds], ["true", 2]);

    const closed = await world.json("resolve", "--claim", String(right.claimId));
    assert.equal(closed.upheld, true);
    assert.equal((await world.json("resolve", "--claim", String(stands.claimId))).stood, true);
    assert.equal((await world.json("resolve", "--claim", String(challenged.claimId))).upheld, false);
    // The asserter's two bonds, and what the disputer's lost bond leaves it after fees and sink.
    const credit = await world.json("withdraw", "--credits");
    assert.ok(wei(credit.amount) > 86n * TOKEN);
    // The challenger's bond and fees are back, and part of the pledge.
    const won = await world.json("withdraw", "--credits", ...asOther);
    assert.ok(wei(won.amount) > 45n * TOKEN);
    const status = (await world.json("agent-status", "--agent", "0")).stake as Record<string, string>;
    assert.equal(wei(status.pledged), 164n * TOKEN);
  });

  it("lower a pledge and withdraw stake once the wait is over, and not before", async () => {
    await world.json("pledge", "--agent", "0", "--lower", "164");
    await world.json("unstake", "--agent", "0", "--amount", "500");
    await world.json("unstake", "--agent", "0", "--cancel");
    const requested = await world.json("unstake", "--agent", "0", "--amount", "300");
    assert.equal(Number(requested.availableFrom), Number(requested.epoch) + 18);
    assert.match((await world.run("withdraw", "--agent", "0")).stderr, /refused: StillUnbonding\(agentId: 0/);
    await world.json("signer", "--agent", "0", "--retire", OTHER);
    for (let i = 0; i < 18; i++) await world.nextEpoch();
    const withdrawn = await world.json("withdraw", "--agent", "0", "--to", OTHER);
    assert.equal(wei(withdrawn.amount), 300n * TOKEN);
    assert.equal(wei((await world.json("pledge", "--agent", "0", "--complete")).pledged), 0n);
  });
});
