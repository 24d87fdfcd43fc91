import type { Address, Hex } from "@assay/protocol";
import { getBytes } from "ethers";
import { NetworkError } from "../errors.ts";
import type { SignedBinding } from "../identity/binding.ts";
import type { BoundAgent, VoidListener } from "../identity/directory.ts";
import { createNodeKeys, type NodeKeys, peerIdOf } from "../identity/keys.ts";
import { AssayNode } from "../node/node.ts";
import type { NodeOptions, PeerDirectory } from "../node/options.ts";
import type { NetworkHappening } from "../report.ts";

/** A directory that knows what a test tells it. */
export class FakeDirectory implements PeerDirectory {
  readonly #agents = new Map<bigint, BoundAgent>();
  readonly #listeners = new Set<VoidListener>();
  /** Thrown whatever is asked, if there is one. */
  failure: NetworkError | null = null;

  get listed(): readonly bigint[] {
    return [...this.#agents.keys()];
  }

  bind(binding: SignedBinding, addresses: readonly string[] = []): void {
    const { agentId, owner: wallet, networkKey, hpkeKey } = binding;
    const peer = { agentId, peerId: peerIdOf(networkKey), hpkeKey: getBytes(hpkeKey) };
    this.#agents.set(agentId, { ...peer, binding, wallet, addresses, stake: 1n, block: 1 });
  }

  /** The binding holds no more. */
  void(agentId: bigint, reason: NetworkError): void {
    const agent = this.#agents.get(agentId);
    this.#agents.delete(agentId);
    if (agent !== undefined) for (const listener of this.#listeners) listener(agent, reason);
  }

  lookup(agentId: bigint): Promise<BoundAgent> {
    const agent = this.#agents.get(agentId);
    if (this.failure !== null) return Promise.reject(this.failure);
    if (agent !== undefined) return Promise.resolve(agent);
    return Promise.reject(new NetworkError("UNBOUND", `agent ${agentId} has no binding`));
  }

  async check({ agentId, networkKey }: SignedBinding): Promise<BoundAgent> {
    const agent = await this.lookup(agentId);
    if (agent.binding.networkKey === networkKey) return agent;
    throw new NetworkError("UNBOUND", `agent ${agentId} has another binding`);
  }

  refresh(): Promise<void> {
    return Promise.resolve();
  }

  onVoid(listener: VoidListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** A node, and what it was made of. */
export interface TestNode {
  readonly node: AssayNode;
  readonly keys: NodeKeys;
  readonly binding: SignedBinding;
  /** What it has told. */
  readonly told: NetworkHappening[];
}

const OWNER: Address = `0x${"22".repeat(20)}`;

/** Keys of an agent, always the same, and a binding that only a {@link FakeDirectory} believes. */
export async function fakeBinding(agentId: bigint): Promise<Pick<TestNode, "keys" | "binding">> {
  const keys = await createNodeKeys(new Uint8Array(32).fill(Number(agentId)));
  const { networkKey } = keys;
  const hpkeKey: Hex = `0x${Buffer.from(keys.hpkeKey).toString("hex")}`;
  return { keys, binding: { agentId, owner: OWNER, networkKey, hpkeKey, issuedAt: 1n, signature: "0x" } };
}

/** A node on the loopback interface that has begun, bound in its directory unless told; it dials nobody by itself. */
export async function startNode(
  agentId: bigint,
  directory: FakeDirectory,
  { bound = true, ...options }: Partial<NodeOptions> & { readonly bound?: boolean } = {},
): Promise<TestNode> {
  const { keys, binding } = await fakeBinding(agentId);
  const told: NetworkHappening[] = [];
  const node = new AssayNode({
    keys,
    binding,
    directory,
    listen: ["/ip4/127.0.0.1/tcp/0"],
    targetPeers: 0,
    report: (happening) => told.push(happening),
    now: () => performance.now(),
    random: Math.random,
    ...options,
    limits: { maxPerAddress: 100, inboundPerSecond: 1_000, ...options.limits },
  });
  await node.start();
  if (bound) directory.bind(binding, listenAddresses(node));
  return { node, keys, binding, told };
}

/** Where a node is dialled at, as an agent would publish it. */
function listenAddresses(node: AssayNode): string[] {
  return node.addresses.map((address) => address.replace(/\/p2p\/.*/, ""));
}

/** Waits for what must come true. @throws Error after ten seconds that it has not */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`${what}: not within ten seconds`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
