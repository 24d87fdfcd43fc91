import type { Address, Hex } from "@assay/protocol";
import { MAX_TRANSACTION_GAS } from "@assay/sdk";
import type { Rules, Vote } from "@assay/simulator";
import { type BlockPlan, type Call, CHAIN_ID, ChainEngine, type LocalChain } from "@assay/simulator/chain";
import { chanceOf } from "@assay/simulator/chance";
import { SigningKey, Transaction } from "ethers";
import { compileContracts } from "../../lib/artifacts.ts";
import type { Part } from "./part.ts";
import { USUAL_RULES } from "@assay/simulator/usual";

/** Transactions a second of the engine on a chain, and of that chain by itself with the same calldata. */
export interface ChainMeasured {
  readonly agents: number;
  readonly epochs: number;
  readonly transactions: number;
  readonly blocks: number;
  /** Of each, the least of all rounds. */
  readonly engine: Time;
  /** The same calls, signed beforehand and sent raw, as to any chain. */
  readonly signed: Time;
  /** The very requests of the engine, whose accounts the chain keeps itself, so that nothing is signed or checked. */
  readonly unsigned: Time;
}

/** Milliseconds. */
interface Time {
  readonly wall: number;
  /** Of the processor: other work on the machine does not change it much. */
  readonly cpu: number;
}

/** What a run has the chain do. */
interface Recording {
  /** Until everybody is enrolled: not measured. */
  readonly setUp: readonly BlockPlan[];
  readonly blocks: readonly BlockPlan[];
  /** By address. */
  readonly keys: ReadonlyMap<Address, Hex>;
  readonly root: Hex;
}

const TOKEN = 10n ** 18n;
const SEED = 1;
const AGENTS = 50;
const EPOCHS = 15;
const QUESTIONS = 10;
/** Other work disturbs some: of each way the best round counts. */
const ROUNDS = 6;
/** Least part of the rate of the chain by itself, with signed transactions. */
const TARGET = 0.8;
const RULES: Rules = USUAL_RULES;

export const chainPart: Part<ChainMeasured> = { measure, describe, faults };

async function measure(say: (line: string) => void): Promise<ChainMeasured> {
  await compileContracts();
  const times: Record<"engine" | "signed" | "unsigned", Time[]> = { engine: [], signed: [], unsigned: [] };
  let blocks: readonly BlockPlan[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    say(`${AGENTS} agents on a chain for ${EPOCHS} epochs, and the chain by itself: round ${round} of ${ROUNDS}`);
    const { recording, time } = await simulate();
    ({ blocks } = recording);
    times.engine.push(time);
    times.unsigned.push(await replay(recording, async (chain) => () => sendUnsigned(chain, recording.blocks)));
    times.signed.push(
      await replay(recording, async (chain) => {
        const signed = await signAll(chain, recording);
        return () => sendSigned(chain, signed);
      }),
    );
  }
  return {
    ...{ agents: AGENTS, epochs: EPOCHS, blocks: blocks.length },
    transactions: blocks.reduce((sum, { calls }) => sum + calls.length, 0),
    ...{ engine: least(times.engine), signed: least(times.signed), unsigned: least(times.unsigned) },
  };
}

/** A run of the engine, as a simulation would have it, and what it has the chain do. */
async function simulate(): Promise<{ recording: Recording; time: Time }> {
  const engine = await ChainEngine.create({ rules: RULES, seed: SEED });
  const { chain } = engine.deployment;
  const plans: BlockPlan[] = [];
  chain.onBlock = (plan) => plans.push(plan);
  const chance = chanceOf(SEED, "rate");
  const agents = await engine.enrol(
    Array.from({ length: AGENTS }, () => ({ stake: BigInt(1_000 + chance.below(500)) * TOKEN })),
  );
  await engine.advance();
  const first = plans.length;
  const time = await timed(async () => {
    for (let epoch = 0; epoch < EPOCHS; epoch++) {
      await engine.ask(Array.from({ length: QUESTIONS }, () => ({ purse: 0, budgetRounds: 0 })));
      const { finalized } = await engine.advance();
      await engine.verdicts(finalized);
      const votes = agents.map((): Vote[] => []);
      for (const { question, members } of await engine.committees()) {
        for (const { agent } of members) votes[agent]?.push({ question, outcome: chance.holds(0.8) ? 1 : 0 });
      }
      await engine.beat(agents.map((agent) => ({ agent, reveal: true, votes: votes[agent] ?? [] })));
      await engine.agents(agents);
      await engine.books();
    }
  });
  const keys = new Map(engine.accounts.keys).set(engine.ids.purse(0), engine.ids.purseKey(0));
  const recording = { setUp: plans.slice(0, first), blocks: plans.slice(first), keys, root: await rootOf(chain) };
  await engine.close();
  return { recording, time };
}

/**
 * Does on a chain of its own what a run had another one do, and checks that it comes to the same.
 * @param prepare makes ready what is then measured
 */
async function replay(
  recording: Recording,
  prepare: (chain: LocalChain) => Promise<() => Promise<void>>,
): Promise<Time> {
  const engine = await ChainEngine.create({ rules: RULES, seed: SEED });
  const { chain } = engine.deployment;
  for (const plan of recording.setUp) await chain.replay(plan);
  const time = await timed(await prepare(chain));
  if ((await rootOf(chain)) !== recording.root) throw new Error("the chain by itself has come to another state");
  await engine.close();
  return time;
}

async function sendUnsigned(chain: LocalChain, blocks: readonly BlockPlan[]): Promise<void> {
  for (const plan of blocks) await chain.replay(plan);
}

async function sendSigned(chain: LocalChain, blocks: readonly SignedBlock[]): Promise<void> {
  const { provider } = chain.connection;
  for (const { timestamp, prevrandao, raw } of blocks) {
    await provider.request({ method: "evm_setNextBlockTimestamp", params: [timestamp] });
    if (prevrandao !== null) await provider.request({ method: "hardhat_setPrevRandao", params: [prevrandao] });
    await Promise.all(raw.map((one) => provider.request({ method: "eth_sendRawTransaction", params: [one] })));
    await provider.request({ method: "evm_mine", params: [] });
  }
}

interface SignedBlock {
  readonly timestamp: number;
  readonly prevrandao: string | null;
  readonly raw: readonly string[];
}

/** The transactions of a run, signed as its accounts would. */
async function signAll(chain: LocalChain, { blocks, keys }: Recording): Promise<SignedBlock[]> {
  const signers = new Map<Address, { readonly key: SigningKey; nonce: number }>();
  for (const [address, key] of keys) {
    const nonce = Number(await chain.request<Hex>("eth_getTransactionCount", address, "latest"));
    signers.set(address, { key: new SigningKey(key), nonce });
  }
  const sign = ({ from, to, data }: Call): string => {
    const signer = signers.get(from);
    if (signer === undefined) throw new Error(`no key of ${from}`);
    const nonce = signer.nonce++;
    const transaction = Transaction.from({
      type: 0,
      chainId: CHAIN_ID,
      to,
      data,
      gasLimit: MAX_TRANSACTION_GAS,
      gasPrice: 0,
      nonce,
    });
    transaction.signature = signer.key.sign(transaction.unsignedHash);
    return transaction.serialized;
  };
  return blocks.map(({ timestamp, prevrandao, calls }) => ({
    timestamp,
    prevrandao: prevrandao === null ? null : `0x${prevrandao.toString(16).padStart(64, "0")}`,
    raw: calls.map(sign),
  }));
}

async function rootOf(chain: LocalChain): Promise<Hex> {
  return (await chain.request<{ stateRoot: Hex }>("eth_getBlockByNumber", "latest", false)).stateRoot;
}

async function timed(act: () => Promise<void>): Promise<Time> {
  const [wall, usage] = [performance.now(), process.cpuUsage()];
  await act();
  const { user, system } = process.cpuUsage(usage);
  return { wall: performance.now() - wall, cpu: (user + system) / 1_000 };
}

function least(times: readonly Time[]): Time {
  return { wall: Math.min(...times.map(({ wall }) => wall)), cpu: Math.min(...times.map(({ cpu }) => cpu)) };
}

function faults({ engine, signed }: ChainMeasured): string[] {
  const part = signed.wall / engine.wall;
  return part >= TARGET ? [] : [`the engine reaches ${percent(part)} of the rate of the chain by itself`];
}

function describe({ agents, epochs, transactions, blocks, engine, signed, unsigned }: ChainMeasured): string {
  const row = (name: string, time: Time) => {
    const rate = Math.round((1_000 * transactions) / time.wall);
    const part = time === engine ? "" : percent(time.wall / engine.wall);
    return `| ${name} | ${rate} | ${part} | ${(time.cpu / transactions).toFixed(2)} ms |`;
  };
  return [
    `The engine on a chain: ${agents} agents for ${epochs} epochs, which are ${transactions} transactions in ${blocks} blocks, with all that ` +
      `a simulation reads in between. The chain by itself does the same calls in the same blocks, and comes to the same state root. ` +
      `The engine has the chain keep its accounts, so that nothing is signed; the last row does that too. Of ${ROUNDS} rounds each, the best.`,
    "",
    "| | Transactions a second | The engine reaches | Processor's time of a transaction |",
    "| :-- | --: | --: | --: |",
    row("The engine", engine),
    row("The chain by itself, transactions signed beforehand and sent raw", signed),
    row("The chain by itself, the engine's own requests", unsigned),
  ].join("\n");
}

function percent(part: number): string {
  return `${Math.round(100 * part)}%`;
}
