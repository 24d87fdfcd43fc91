import type { Address, Hex, NetworkBindingContext } from "@assay/protocol";
import { hexlify, Wallet } from "ethers";
import { type BindingRecord, recordCodec, signBinding } from "../identity/binding.ts";
import type { AgentSnapshot, ChainChange, ChainSnapshot, ChainView } from "../identity/chain-view.ts";
import { createNodeKeys } from "../identity/keys.ts";

const NOBODY: AgentSnapshot = { authority: null, record: "0x", stake: 0n };

/** A chain of agents that a test changes. */
export class FakeChainView implements ChainView {
  readonly context: NetworkBindingContext = { chainId: 31_337n, registry: `0x${"11".repeat(20)}` };
  readonly agents = new Map<bigint, AgentSnapshot>();
  block = 10;
  time = 1_900_000_000;
  /** Thrown whatever is read, if there is one. */
  failure: Error | null = null;
  /** What was read, and not earlier than which block. */
  readonly reads: { readonly agentIds: readonly bigint[]; readonly atLeast: number }[] = [];
  readonly #changes: ChainChange[] = [];
  #wake: () => void = () => undefined;

  /** Binds an agent to the keys of a seed. */
  async bind(
    agentId: bigint,
    { seed = Number(agentId), stake = 100n, issuedAt = BigInt(this.time) } = {},
  ): Promise<BindingRecord> {
    const wallet = walletOf(agentId);
    const owner = wallet.address as Address;
    const keys = await createNodeKeys(new Uint8Array(32).fill(seed));
    const binding = await signBinding(this.context, { agentId, owner, issuedAt }, keys, wallet);
    const record = { binding, addresses: ["/ip4/127.0.0.1/tcp/4001"] };
    this.set(agentId, {
      authority: { owner, wallet: owner },
      record: hexlify(recordCodec.encode(record)) as Hex,
      stake,
    });
    this.tell({ type: "agent", agentId, bound: true });
    return record;
  }

  set(agentId: bigint, changes: Partial<AgentSnapshot>): void {
    this.agents.set(agentId, { ...(this.agents.get(agentId) ?? NOBODY), ...changes });
  }

  /** What {@link watch} yields next; mines a block where none is told of. */
  tell(...changes: ChainChange[]): void {
    this.#changes.push(...changes, { type: "block", block: ++this.block });
    this.#wake();
  }

  read(agentIds: readonly bigint[], atLeast: number): Promise<ChainSnapshot> {
    this.reads.push({ agentIds, atLeast });
    if (this.failure !== null) return Promise.reject(this.failure);
    const agents = agentIds.map((agentId) => this.agents.get(agentId) ?? NOBODY);
    return Promise.resolve({ block: this.block, time: this.time, agents });
  }

  isSignedBy(): Promise<boolean> {
    return Promise.resolve(false);
  }

  async *watch(signal: AbortSignal): AsyncGenerator<ChainChange> {
    while (!signal.aborted) {
      const next = this.#changes.shift();
      if (next !== undefined) {
        yield next;
        continue;
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      signal.addEventListener("abort", () => resolve(), { once: true });
      await promise;
    }
  }
}

function walletOf(agentId: bigint): Wallet {
  return new Wallet(`0x${(agentId + 1n).toString(16).padStart(64, "0")}`);
}
