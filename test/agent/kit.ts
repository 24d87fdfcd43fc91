import {
  Agent,
  constantVerifier,
  type Happening,
  inlineOnly,
  type Journal,
  type OpenJournal,
  openJournal,
  Runtime,
  type RuntimeOptions,
  type TransactionLog,
  type Verifier,
} from "@assay/agent";
import { type Assay, contentOf } from "@assay/sdk";
import { createSecretChain, type Hex } from "@assay/protocol";
import { HDNodeWallet, id, JsonRpcProvider } from "ethers";
import { network } from "hardhat";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createWorld, TOKEN, type World, type WorldOptions } from "../kit/world.ts";

/** The phrase that development nodes make their accounts from. */
const PHRASE = "test test test test test test test test test test test junk";
/** Of the account that owns the first agent. */
const FIRST_OWNER = 2;
/** Of an agent that joins, wei. */
const STAKE = 3_000n * TOKEN;

/** A chain with an endpoint, and agents of which the first is to run by itself. */
export interface RuntimeWorld {
  readonly world: World;
  readonly assay: Assay;
  readonly url: string;
  readonly folder: string;
  /** Asks the endpoint, and remembers nothing. */
  readonly provider: JsonRpcProvider;
  /** The key of the agent's owner. */
  readonly key: string;
  /** Of the agent with the secrets that it has enrolled with. */
  journal(): OpenJournal;
  /** Registers, stakes, enrols and allocates one more agent of the same owner; votes two epochs later. */
  join(journal: (agentId: bigint) => Journal): Promise<bigint>;
  /** Of another agent, new. */
  journalOf(agentId: bigint): OpenJournal;
  /** Asks a question in domain 1. */
  ask(content: string): Promise<Hex>;
  close(): Promise<void>;
}

/** A key of the accounts that the node has. */
export function keyOf(account: number): string {
  return HDNodeWallet.fromPhrase(PHRASE, "", `m/44'/60'/0'/0/${account}`).privateKey;
}

/** @param options.agents others beat only when the test lets them */
export async function createRuntimeWorld(options: WorldOptions = {}): Promise<RuntimeWorld> {
  const server = await network.createServer("default", "127.0.0.1", 0);
  const { port } = await server.listen();
  const url = `http://127.0.0.1:${port}`;
  const node = await network.create({ network: "localhost", override: { url } });
  const world = await createWorld(node, options);
  const folder = mkdtempSync(join(tmpdir(), "assay-runtime-"));
  const provider = new JsonRpcProvider(url, 31_337, { staticNetwork: true, cacheTimeout: -1, pollingInterval: 50 });
  const { assay } = world;
  const journalOf = (agentId: bigint) => {
    const identity = { chainId: 31_337n, consensus: assay.addresses.consensus, agentId };
    return openJournal(join(folder, `agent-${agentId}.db`), identity);
  };
  return {
    ...{ world, assay, url, folder, provider, key: keyOf(FIRST_OWNER) },
    journal: () => {
      const journal = journalOf(0n);
      if (journal.load() === null) {
        // As world.ts has enrolled it.
        const chain = createSecretChain({ seed: id("chain 0") as Hex, length: 512 });
        const tipEpoch = 1;
        journal.save({ agentId: "0", chain: chain.serialize(), tipEpoch, ballots: [], receipts: [] });
      }
      return journal;
    },
    journalOf,
    join: async (journal) => {
      const { board, owners } = world;
      const wallet = owners[0] as (typeof owners)[number];
      const own = assay.connect(wallet);
      const { agentId } = (await (await own.agents.register({})).wait()).result;
      await (await own.stake.depositWithPermit({ agentId, amount: STAKE })).wait();
      const voter = { agentId, wallet, assay, board, domains: [1], verify: () => null };
      const agent = new Agent({ ...voter, journal: journal(agentId) });
      await agent.enroll(id(`chain ${agentId}`) as Hex, 512);
      await agent.allocate(1, STAKE);
      return agentId;
    },
    ask: async (content) => {
      const asked = await assay.questions.ask({ domainId: 1, ...contentOf(content) });
      return (await asked.wait()).result.claimId;
    },
    close: async () => {
      provider.destroy();
      await node.close();
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Options of a runtime of the first agent, which answers 1 to everything. */
export function runtimeOptions(
  { assay }: RuntimeWorld,
  journal: Journal & { readonly transactions?: TransactionLog },
  wallet: RuntimeOptions["wallet"],
  more: Partial<RuntimeOptions> & { readonly verifier?: Verifier } = {},
): RuntimeOptions & { readonly happenings: Happening[] } {
  const happenings: Happening[] = [];
  const { verifier = constantVerifier(1), ...rest } = more;
  return {
    ...{ agentId: 0n, assay, wallet, journal, transactions: journal.transactions ?? null, domains: [1], happenings },
    verification: { verifiers: new Map([[1, verifier]]), contentOf: inlineOnly, minConfidence: 0.5, concurrency: 2 },
    policy: { keepAliveEpochs: 1, limits: {}, maxEtherPerDay: null, dryRun: false },
    warnings: { secrets: 64 },
    report: (happening) => happenings.push(happening),
    pollMs: 50,
    ...rest,
  };
}

/** A runtime that is running. */
export interface RunningAgent {
  readonly runtime: Runtime;
  readonly happenings: readonly Happening[];
  /** Waits until it is so. @throws with what happened, after a generous while */
  readonly until: (what: string, isSo: () => boolean | Promise<boolean>) => Promise<void>;
  /** Ends it; rejects as the run did. */
  readonly stop: () => ReturnType<Runtime["run"]>;
}

/** Starts a runtime. */
export function runAgent(options: RuntimeOptions & { readonly happenings: readonly Happening[] }): RunningAgent {
  const { happenings } = options;
  const runtime = new Runtime(options);
  const stop = new AbortController();
  let failure: unknown = null;
  const ended = runtime.run(stop.signal);
  ended.catch((error: unknown) => (failure = error ?? new Error("failed")));
  return {
    runtime,
    happenings,
    until: async (what, isSo) => {
      for (let tries = 0; tries < 1_200; tries++) {
        if (await isSo()) return;
        if (failure !== null) throw failure as Error;
        await new Promise((done) => setTimeout(done, 50));
      }
      throw new Error(`never ${what}:\n${happenings.map(({ message }) => message).join("\n")}`);
    },
    stop: () => {
      stop.abort();
      return ended;
    },
  };
}
