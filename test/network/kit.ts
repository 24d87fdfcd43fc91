import {
  type AgentNetwork as Network,
  AgentNetwork,
  BINDING_KEY,
  createNodeKeys,
  type NetworkHappening,
  type NodeKeys,
  recordCodec,
  signBinding,
  type SignedBinding,
  type SwarmFinding,
} from "@assay/network";
import type { Address, Hex } from "@assay/protocol";
import { getBytes, hexlify, id, Wallet } from "ethers";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSdkWorld, done, type SdkWorld } from "../sdk/kit.ts";
import { TOKEN, type WorldOptions } from "../kit/world.ts";

/** Pledge of each agent, wei. */
export const PLEDGE = 500n * TOKEN;

/** Agents of a deployment, each with a binding, a pledge and a statement signer. */
export interface NetworkWorld extends SdkWorld {
  /** What each agent says to whatever it is asked, by agent; settable. */
  readonly answers: Map<bigint, SwarmFinding>;
  readonly keysOf: (agent: number) => NodeKeys;
  readonly bindingOf: (agent: number) => SignedBinding;
  /** Opens an agent's place in the network. @param folder of its stores; a new one unless told */
  open(agent: number, options?: { readonly answers?: boolean; readonly folder?: string }): Promise<Node>;
  close(): Promise<void>;
}

/** An agent's place in the network, and what it has told. */
export interface Node {
  readonly network: Network;
  readonly happenings: NetworkHappening[];
  readonly folder: string;
}

export async function createNetworkWorld(options: WorldOptions = {}): Promise<NetworkWorld> {
  const sdk = await createSdkWorld(options);
  const { world, assay } = sdk;
  const { chainId } = await assay.terms();
  const registry = assay.addresses.registry as Address;
  const answers = new Map<bigint, SwarmFinding>();
  const keys: NodeKeys[] = [];
  const bindings: SignedBinding[] = [];
  const signers: Wallet[] = [];
  for (const [i, { agentId }] of world.agents.entries()) {
    const owner = world.owners[i] as (typeof world.owners)[number];
    const own = assay.connect(owner);
    const signer = new Wallet(id(`statement signer ${i}`), world.connection.ethers.provider);
    await done(own.claims.addSigner({ agentId, signer: signer.address }));
    await done(own.stake.pledge({ agentId, amount: PLEDGE }));
    const nodeKeys = await createNodeKeys(getBytes(id(`node ${i}`)));
    const block = await world.connection.ethers.provider.getBlock("latest");
    const agent = { agentId, owner: owner.address as Address, issuedAt: BigInt(block?.timestamp ?? 0) };
    const binding = await signBinding({ chainId, registry }, agent, nodeKeys, owner);
    const value = hexlify(recordCodec.encode({ binding, addresses: [] })) as Hex;
    await done(own.agents.setMetadata({ agentId, key: BINDING_KEY, value }));
    keys.push(nodeKeys);
    bindings.push(binding);
    signers.push(signer);
    answers.set(agentId, { outcome: 1, confidence: 1 });
  }
  const opened: Network[] = [];
  const folders: string[] = [];
  const bootstrap: string[] = [];
  return {
    ...sdk,
    answers,
    keysOf: (agent) => keys[agent] as NodeKeys,
    bindingOf: (agent) => bindings[agent] as SignedBinding,
    open: async (agent, how = {}) => {
      const folder = how.folder ?? mkdtempSync(join(tmpdir(), "assay-network-"));
      if (how.folder === undefined) folders.push(folder);
      const happenings: NetworkHappening[] = [];
      const binding = bindings[agent] as SignedBinding;
      const network = await AgentNetwork.open({
        ...{ assay, keys: keys[agent] as NodeKeys, binding, folder, domains: [1], bootstrap: [...bootstrap] },
        ...{ listen: ["/ip4/127.0.0.1/tcp/0"], pollMs: 50, report: (happening) => happenings.push(happening) },
        ...(how.answers !== false && {
          answering: {
            signer: signers[agent] as Wallet,
            domains: new Map([[1, 0.5]]),
            verify: async () => answers.get(binding.agentId) ?? { abstain: "it knows nothing" },
            policy: { maxBond: PLEDGE, maxOpen: PLEDGE, maxValidFor: 86_400 },
          },
        }),
      });
      opened.push(network);
      bootstrap.push(...network.node.addresses.slice(0, 1));
      return { network, happenings, folder };
    },
    close: async () => {
      await Promise.all(opened.map((network) => network.close()));
      for (const folder of folders) rmSync(folder, { recursive: true });
    },
  };
}

/** Waits until something holds. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, seconds = 60): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
