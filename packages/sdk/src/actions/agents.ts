import { type Signer, ZeroAddress } from "ethers";
import type { Context } from "../context.ts";
import { type Address, type Hex, ZERO_HASH } from "../protocol.ts";
import { joinReads, mapRead, optional, view } from "../reads.ts";
import type { AgentArgs } from "./stake.ts";

/** What Consensus keeps of an agent. */
export interface AgentState {
  /** Owner when the agent was enrolled; null if it is not, or not under its present owner as far as Consensus has noticed. */
  readonly owner: Address | null;
  /** Epoch of the last secret shown. */
  readonly tipEpoch: number;
  /** Epoch of the last ballot or sign of life. */
  readonly lastEpoch: number;
  /** Bit `e % 16` is set while a ballot of epoch `e` is revealed and not settled. */
  readonly ring: number;
  readonly generation: number;
  /** Whether a ballot waits to be revealed. */
  readonly ballotOpen: boolean;
  /** 160 bits of the hash of the chain's tip and the open ballot. */
  readonly link: Hex;
  /** The chain that follows; null if none is announced. */
  readonly next: { readonly anchor: Hex; readonly from: number } | null;
}

/** A wallet's consent to act for an agent. */
export interface WalletConsent {
  readonly wallet: Address;
  /** Unix seconds. */
  readonly deadline: bigint;
  readonly signature: Hex;
}

/** Types of a wallet's consent (ERC-8004). */
const CONSENT_TYPES = {
  AgentWalletSet: [
    { name: "agentId", type: "uint256" },
    { name: "newWallet", type: "address" },
    { name: "owner", type: "address" },
    { name: "deadline", type: "uint256" },
  ],
};

/** How long a wallet's consent is valid unless told, seconds; the registry takes no more than five minutes. */
const CONSENT_PERIOD = 240n;

/** Identities of agents (ERC-8004), and their chains of secrets. */
export function agentActions(context: Context) {
  const owner = context.read((agentId: bigint) => view("registry", "ownerOf", [agentId]));
  return {
    /** Owner of an agent. @throws ContractError `UNKNOWN_AGENT` */
    owner,
    /** Owner of an agent; null if there is no such agent. */
    find: context.read((agentId: bigint) => optional(owner.request(agentId))),
    /** The wallet that acts for an agent; null if there is none. */
    wallet: context.read((agentId: bigint) =>
      mapRead(view("registry", "getAgentWallet", [agentId]), (wallet) => (wallet === ZeroAddress ? null : wallet)),
    ),
    /** URI of an agent's registration file; empty if it has none. */
    uri: context.read((agentId: bigint) => view("registry", "tokenURI", [agentId])),
    /** One entry of an agent's metadata; `0x` if it was never set. */
    metadata: context.read((agentId: bigint, key: string) => view("registry", "getMetadata", [agentId, key])),
    /** Chain of secrets, ballots and generation of an agent. */
    state: context.read((agentId: bigint) =>
      mapRead(
        view("consensus", "agent", [agentId]),
        ({ owner: enrolled, nextAnchor, nextFrom, ...state }): AgentState => {
          const next = nextAnchor === ZERO_HASH ? null : { anchor: nextAnchor, from: nextFrom };
          return { ...state, owner: enrolled === ZeroAddress ? null : enrolled, next };
        },
      ),
    ),
    /** Evidence for and against an agent in a domain, verdicts scored, and the weight of a seat; Q8, 256 = 1.0. */
    trust: context.read((agentId: bigint, domainId: number) =>
      mapRead(view("consensus", "trust", [agentId, domainId]), ({ alpha, beta, verdicts, weight }) => ({
        alpha: Number(alpha),
        beta: Number(beta),
        verdicts: Number(verdicts),
        weight: Number(weight),
      })),
    ),
    /** Domains that an agent has ever allocated stake to. */
    domains: async (agentId: bigint): Promise<number[]> => {
      const events = await context.history({ name: "consensus.Allocated", args: { agentId } });
      return [...new Set(events.map(({ args }) => args.domainId))].sort((a, b) => a - b);
    },
    /** Agents that were enrolled while an account owned them, and that it owns now. */
    enrolledBy: async (account: string): Promise<bigint[]> => {
      const events = await context.history({ name: "consensus.Enrolled", args: { owner: account as Address } });
      const ids = [...new Set(events.map(({ args }) => args.agentId))];
      const owners = await context.reader.read(joinReads(ids.map((id) => optional(owner.request(id)))));
      const owned = ids.filter((_, i) => owners[i]?.toLowerCase() === account.toLowerCase());
      return owned.sort((a, b) => (a < b ? -1 : 1));
    },

    /** Registers an agent that the account that sends owns and is the wallet of. */
    register: context.write(
      ({ uri, metadata }: { readonly uri?: string; readonly metadata?: Readonly<Record<string, Hex>> }) => {
        const entries = Object.entries(metadata ?? {});
        if (entries.length > 0) {
          return { contract: "registry", name: "register(string,(string,bytes)[])", args: [uri ?? "", entries] };
        }
        return uri === undefined
          ? { contract: "registry", name: "register()", args: [] }
          : { contract: "registry", name: "register(string)", args: [uri] };
      },
      (events) => events.first("registry.Registered"),
    ),
    /** Replaces the URI of an agent's registration file. The agent's owner, or whom it approved. */
    setUri: context.write(
      ({ agentId, uri }: AgentArgs & { readonly uri: string }) => ({
        contract: "registry",
        name: "setAgentURI",
        args: [agentId, uri],
      }),
      (events) => events.first("registry.URIUpdated"),
    ),
    /** Sets one entry of an agent's metadata. The agent's owner, or whom it approved. */
    setMetadata: context.write(
      ({ agentId, key, value }: AgentArgs & { readonly key: string; readonly value: Hex }) => ({
        contract: "registry",
        name: "setMetadata",
        args: [agentId, key, value],
      }),
      (events) => events.first("registry.MetadataSet"),
    ),
    /**
     * Has a wallet sign that it will act for an agent under its present owner.
     * @param wallet signer of the new wallet's key
     * @param deadline unix seconds, at most five minutes ahead; four minutes from the latest block unless told
     * @example
     * await assay.agents.setWallet({ agentId, ...(await assay.agents.signConsent(agentId, hotWallet)) });
     */
    signConsent: async (
      agentId: bigint,
      wallet: Pick<Signer, "getAddress" | "signTypedData">,
      deadline?: bigint,
    ): Promise<WalletConsent> => {
      const [address, present, { chainId }, until] = await Promise.all([
        wallet.getAddress(),
        owner(agentId),
        context.terms(),
        deadline ?? context.now().then((now) => now + CONSENT_PERIOD),
      ]);
      const verifyingContract = context.addresses.registry;
      const domain = { name: "ERC8004IdentityRegistry", version: "1", chainId, verifyingContract };
      const message = { agentId, newWallet: address, owner: present, deadline: until };
      const signature = await wallet.signTypedData(domain, CONSENT_TYPES, message);
      return { wallet: address as Address, deadline: until, signature: signature as Hex };
    },
    /** Makes a wallet act for an agent, with its consent. The agent's owner, or whom it approved. */
    setWallet: context.write(
      ({ agentId, wallet, deadline, signature }: AgentArgs & WalletConsent) => ({
        contract: "registry",
        name: "setAgentWallet",
        args: [agentId, wallet, deadline, signature],
      }),
      (events) => ({ wallet: events.first("registry.MetadataSet").metadataValue }),
    ),
    /** Leaves an agent without a wallet. The agent's owner, or whom it approved. */
    unsetWallet: context.write(
      ({ agentId }: AgentArgs) => ({ contract: "registry", name: "unsetAgentWallet", args: [agentId] }),
      (events) => ({ agentId: events.first("registry.MetadataSet").agentId }),
    ),
    /** Gives an agent to another account, and with it its stake. Clears the wallet; the trust is lost at the next enrolment. */
    transfer: context.write(
      async ({ agentId, to }: AgentArgs & { readonly to: string }) => ({
        contract: "registry",
        name: "safeTransferFrom(address,address,uint256)",
        args: [await owner(agentId), to, agentId],
      }),
      (events) => events.first("registry.Transfer"),
    ),

    /** Binds an agent to a new chain of secrets, which counts from the epoch after the next. The agent's owner or wallet. */
    enroll: context.write(
      ({ agentId, anchor }: AgentArgs & { readonly anchor: Hex }) => ({
        contract: "consensus",
        name: "enroll",
        args: [agentId, anchor],
      }),
      (events) => events.first("consensus.Enrolled"),
    ),
    /** Announces the chain of secrets that follows. The agent's owner or wallet. */
    announceAnchor: context.write(
      ({ agentId, anchor }: AgentArgs & { readonly anchor: Hex }) => ({
        contract: "consensus",
        name: "announceAnchor",
        args: [agentId, anchor],
      }),
      (events) => events.first("consensus.AnchorAnnounced"),
    ),
  };
}
