import type { Address, Hex, NetworkBindingContext } from "@assay/protocol";
import { type Assay, ClientError, type Cursor, joinReads } from "@assay/sdk";
import { Interface, type Provider } from "ethers";
import { BINDING_KEY, type AgentAuthority, type SignatureCheck } from "./binding.ts";

/** An agent as of one block. */
export interface AgentSnapshot {
  /** null if there is no such agent. */
  readonly authority: AgentAuthority | null;
  /** What it has published under {@link BINDING_KEY}; `0x` if nothing. */
  readonly record: Hex;
  /** All of its stake, wei. */
  readonly stake: bigint;
}

/** Agents as of one block. */
export interface ChainSnapshot {
  readonly block: number;
  /** Of the block, unix seconds. */
  readonly time: number;
  /** In the order asked for. */
  readonly agents: readonly AgentSnapshot[];
}

/** What the chain has to tell about agents. */
export type ChainChange =
  /** Something of an agent's has changed, or a reorganisation has undone a change. */
  | { readonly type: "agent"; readonly agentId: bigint; readonly bound: boolean }
  /** All changes up to a block have been told; after a reorganisation it may be an earlier one. With the cursor, from where to go on. */
  | { readonly type: "block"; readonly block: number; readonly cursor?: Cursor };

/** What is read of the chain about agents. */
export interface ChainView {
  readonly context: NetworkBindingContext;
  /** @param atLeast block that must not be later than the one that is read @throws what the node throws */
  read(agentIds: readonly bigint[], atLeast: number): Promise<ChainSnapshot>;
  readonly isSignedBy: SignatureCheck;
  /** Changes from the deployment's first block on, or from where it has been before; called again, from where it was. @throws what the node throws again and again */
  watch(signal: AbortSignal): AsyncIterable<ChainChange>;
}

/** How to look at the chain. */
export interface ChainViewOptions {
  /** Blocks to keep back; none unless told. */
  readonly confirmations?: number;
  /** Milliseconds between two looks; the SDK's unless told. */
  readonly pollMs?: number;
  /** From where to go on; from the deployment's first block unless told. */
  readonly cursor?: Cursor | null;
  /** Told of each failure that is tried again. */
  readonly onRetry?: (error: unknown) => void;
}

const ERC1271 = new Interface(["function isValidSignature(bytes32 hash, bytes signature) view returns (bytes4)"]);
const MAGIC = ERC1271.getFunction("isValidSignature")?.selector;
/** Gas that a contract wallet may take to judge a signature. */
const SIGNATURE_GAS = 1_000_000n;

/** Metadata that a binding depends on: itself, and the wallet, which ERC-8004 keeps there and clears at a transfer. */
const BOUND = metadataSet(BINDING_KEY);
const WALLET = metadataSet("agentWallet");
/**
 * What brings stake and takes it, but for what settlements of ballots take: those are many, and seen when an agent is read anew.
 */
const STAKE = ["vault.Deposited", "vault.Withdrawn", "vault.PledgeSlashed"] as const;

/**
 * The chain as a deployment's client sees it.
 * @example
 * const directory = new Directory({ view: await createChainView(assay), minStake: 10n ** 18n, report, now: () => performance.now() });
 */
export async function createChainView(
  assay: Assay,
  { confirmations = 0, pollMs, cursor: from, onRetry }: ChainViewOptions = {},
): Promise<ChainView> {
  const { chainId } = await assay.terms();
  const provider = requireProvider(assay);
  let cursor = await standing(provider, from ?? undefined);
  return {
    context: { chainId, registry: assay.addresses.registry as Address },
    read: async (agentIds, atLeast) => {
      const head = await provider.getBlock("latest");
      if (head === null) throw new ClientError("NODE_UNREACHABLE", "the chain has no block yet", { retryable: true });
      const block = Math.max(atLeast, head.number - confirmations, 0);
      const request = joinReads(
        agentIds.map((agentId) =>
          joinReads({
            owner: assay.agents.find.request(agentId),
            wallet: assay.agents.wallet.request(agentId),
            record: assay.agents.metadata.request(agentId, BINDING_KEY),
            account: assay.stake.account.request(agentId),
          }),
        ),
      );
      const found = await assay.read(request, { blockTag: block });
      const agents = found.map(({ owner, wallet, record, account }) => {
        return { authority: owner === null ? null : { owner, wallet }, record, stake: account.balance };
      });
      return { block, time: head.timestamp, agents };
    },
    isSignedBy: (wallet, digest, signature) => isSignedBy(provider, wallet, digest, signature),
    watch: async function* (signal) {
      const options = { signal, confirmations, ...(cursor && { cursor }), ...(pollMs !== undefined && { pollMs }) };
      const retry = onRetry === undefined ? {} : { onRetry };
      for await (const item of assay.watch([BOUND, WALLET, ...STAKE], { ...options, ...retry })) {
        const events = item.type === "log" ? [item.event] : item.type === "reorg" ? item.removed : [];
        for (const { name, args } of events) {
          const bound = name === "registry.MetadataSet" && args.metadataKey === BINDING_KEY;
          yield { type: "agent", agentId: args.agentId, bound };
        }
        if (item.type !== "log") yield { type: "block", block: item.cursor.block, cursor: item.cursor };
        cursor = item.cursor;
      }
    },
  };
}

/** A cursor, if the chain has come as far as the first block that it knows: one that has begun anew is read from its beginning. */
async function standing(provider: Provider, cursor: Cursor | undefined): Promise<Cursor | undefined> {
  const [oldest] = cursor?.recent ?? [];
  if (oldest === undefined) return undefined;
  return (await provider.getBlockNumber()) < oldest.number ? undefined : cursor;
}

/** An indexed text is its hash in an event, and the text itself where ethers looks for it. */
function metadataSet(key: string) {
  return { name: "registry.MetadataSet", args: { indexedMetadataKey: key as Hex } } as const;
}

async function isSignedBy(provider: Provider, wallet: Address, digest: Hex, signature: Hex): Promise<boolean> {
  if ((await provider.getCode(wallet)) === "0x") return false;
  const data = ERC1271.encodeFunctionData("isValidSignature", [digest, signature]);
  try {
    const returned = await provider.call({ to: wallet, data, gasLimit: SIGNATURE_GAS });
    return returned.length >= 66 && returned.startsWith(`${MAGIC}${"0".repeat(56)}`);
  } catch (error) {
    if ((error as { code?: string }).code === "CALL_EXCEPTION") return false;
    throw error;
  }
}

function requireProvider(assay: Assay): Provider {
  const { provider } = assay.runner;
  if (!provider) throw new ClientError("WRONG_CHAIN", "the client's runner is not connected to a chain");
  return provider;
}
