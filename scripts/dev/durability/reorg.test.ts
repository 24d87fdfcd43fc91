import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, it } from "node:test";
import { constantVerifier, type Happening, inlineOnly, openJournal, Runtime } from "@assay/agent";
import { Wallet } from "ethers";
import { anvilNode, findAnvil, NO_ANVIL } from "../../testing/anvil.ts";
import { type Account, inspect, pendingIn } from "./inspect.ts";
import { ANSWER, POLL_MS } from "./errand.ts";
import { createDurabilityWorld, type DurabilityWorld } from "./world.ts";

const anvil = findAnvil();
const skip = anvil === null ? NO_ANVIL : false;

/** Seconds: what is waited for comes much sooner, where the machine is not busy. */
const PATIENCE = 120;

/** Epochs after the last question until every ballot is settled. */
const LAST_EPOCHS = 5;

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + PATIENCE * 1000; !(await isSo()); await sleep(50))
    if (Date.now() > deadline) throw new Error(`never ${what}`);
}

/** A chain whose blocks come by themselves until it is reorganised, and a runtime that lives on it. */
async function start(world: DurabilityWorld) {
  const { agentId, assay, domainId, rpc } = world;
  const { chainId } = await assay.terms();
  const provider = assay.runner.provider;
  const { key } = world.errand(0);
  const journal = openJournal(world.journal, { chainId, consensus: assay.addresses.consensus, agentId });
  const happenings: Happening[] = [];
  const runtime = new Runtime({
    ...{ agentId, assay, journal, transactions: journal.transactions, domains: [domainId], pollMs: POLL_MS },
    wallet: new Wallet(key, provider),
    verification: {
      ...{ verifiers: new Map([[domainId, constantVerifier(ANSWER)]]), contentOf: inlineOnly },
      ...{ minConfidence: 0.5, concurrency: 2 },
    },
    policy: { keepAliveEpochs: 1, limits: {}, maxEtherPerDay: null, dryRun: false },
    warnings: { secrets: 1 },
    report: (happening) => happenings.push(happening),
  });
  const stop = new AbortController();
  const running = runtime.run(stop.signal);
  let mining = { stop: new AbortController(), done: Promise.resolve() };
  const mine = () => {
    const signal = new AbortController();
    mining = { stop: signal, done: world.mine(signal.signal) };
  };
  const pause = async () => {
    mining.stop.abort();
    await mining.done;
  };
  mine();
  const blockOf = async (name: "BallotCommitted" | "BallotRevealed", epoch: number) => {
    const events = await assay.events([{ name: `consensus.${name}`, args: { agentId } } as const]);
    return events.find(({ args }) => args.epoch === epoch)?.blockNumber ?? null;
  };
  const beaten = async () => {
    const epoch = await assay.beats.epoch();
    await until(`beaten in epoch ${epoch}`, async () => (await assay.agents.state(agentId)).lastEpoch === epoch);
    return epoch;
  };
  let stopped: Promise<void> | null = null;
  const end = async () => {
    stop.abort();
    await running.catch(() => undefined);
    await pause();
    journal.close();
  };
  /** Ends the runtime, while blocks still come, and then the blocks. */
  const close = () => (stopped ??= end());
  return {
    happenings,
    blockOf,
    close,
    beaten,
    /** Begins an epoch with its seed, so that the agent need not wait until somebody has rolled. */
    next: async (question?: string) => {
      await world.nextEpoch();
      await (await assay.beats.roll()).wait();
      if (question !== undefined) await world.ask(question);
    },
    /** Replaces all blocks from this one on by empty ones. */
    reorganise: async (block: number) => {
      await pause();
      await rpc("anvil_reorg", Number(await rpc("eth_blockNumber")) - block + 1, []);
      world.recount();
      mine();
    },
    end: async (): Promise<Account> => {
      for (let i = 0; i < LAST_EPOCHS; i++) {
        await world.nextEpoch();
        await (await assay.beats.roll()).wait();
        await beaten();
      }
      await until("mined", () => pendingIn(world.journal) === 0);
      await close();
      return inspect(world);
    },
  };
}

function assertWhole(account: Account): void {
  const { epochs, committed, revealed, forfeited, skipped, doubleCommitments, unexplained, locked, unaccounted } =
    account;
  assert.deepEqual(
    { committed, revealed, forfeited, skipped, doubleCommitments, unexplained, locked, unaccounted },
    {
      ...{ committed: epochs, revealed: epochs - 1, forfeited: 0, skipped: 0, doubleCommitments: 0 },
      ...{ unexplained: 0n, locked: 0n, unaccounted: 0 },
    },
  );
  assert.ok(account.settled > 0);
  const { pending = 0, reverted = 0 } = account.transactions;
  assert.deepEqual({ pending, reverted, unknown: account.unknown }, { pending: 0, reverted: 0, unknown: 0 });
}

describe("an agent whose chain is reorganised", { skip }, () => {
  for (const dropped of ["BallotCommitted", "BallotRevealed"] as const) {
    it(`broadcasts again what was dropped: ${dropped === "BallotCommitted" ? "a commit" : "a reveal"}`, async () => {
      const world = await createDurabilityWorld(64, anvilNode(anvil as string));
      const agent = await start(world).catch(async (error: unknown) => {
        await world.close();
        throw error;
      });
      try {
        await world.ask("a question");
        await agent.next("another question");
        const epoch = await agent.beaten();
        if (dropped === "BallotRevealed") {
          await agent.next();
          await agent.beaten();
        }
        const block = await agent.blockOf(dropped, epoch);
        assert.notEqual(block, null);
        await world.ask("a question that is dropped as well");
        await agent.reorganise(block as number);
        assert.equal(await agent.blockOf(dropped, epoch), null);
        await until("said so", () => agent.happenings.some(({ event }) => event === "reorganised"));
        await until("there again", async () => (await agent.blockOf(dropped, epoch)) !== null);
        assertWhole(await agent.end());
      } finally {
        await agent.close();
        await world.close();
      }
    });
  }
});
