import { addressWord, bytesWord, hashWords, uintWord } from "./hex.ts";
import type { Address, Hex } from "./hex.ts";
import { type AssayDomain, assayDomain, digestOf, structTypehash } from "./typed-data.ts";

/**
 * What an agent's wallet signs so that a node may speak for the agent. It names the owner, so that it is void once the agent is
 * sold, even if the new owner takes the same wallet; and it is void once the wallet is another, which then has not signed it.
 */
export interface NetworkBinding {
  readonly agentId: bigint;
  readonly owner: Address;
  /** Ed25519 public key of the node, 32 bytes: its peer id. */
  readonly networkKey: Hex;
  /** X25519 public key for HPKE (RFC 9180), 32 bytes. */
  readonly hpkeKey: Hex;
  /** Unix seconds, 64 bits. */
  readonly issuedAt: bigint;
}

/** Where a binding is valid. */
export interface NetworkBindingContext {
  readonly chainId: bigint | number;
  /** Address of `AgentRegistry`. */
  readonly registry: Address;
}

/** EIP-712 types, in the form that ethers and viem take. */
export const NETWORK_BINDING_TYPES = {
  NetworkBinding: [
    { name: "agentId", type: "uint256" },
    { name: "owner", type: "address" },
    { name: "networkKey", type: "bytes32" },
    { name: "hpkeKey", type: "bytes32" },
    { name: "issuedAt", type: "uint64" },
  ],
} as const;

/** EIP-712 type hash of a binding. */
export const NETWORK_BINDING_TYPEHASH: Hex = structTypehash("NetworkBinding", NETWORK_BINDING_TYPES.NetworkBinding);

/** EIP-712 domain of a deployment's bindings. */
export function networkBindingDomain(context: NetworkBindingContext): AssayDomain {
  return assayDomain(context.chainId, context.registry);
}

/**
 * Typed data for a wallet: `signTypedData(domain, types, message)` of ethers, `signTypedData(typedData)` of viem.
 * @example
 * const { domain, types, message } = networkBindingTypedData({ chainId: 1, registry }, binding);
 */
export function networkBindingTypedData(
  context: NetworkBindingContext,
  binding: NetworkBinding,
): {
  readonly domain: AssayDomain;
  readonly types: typeof NETWORK_BINDING_TYPES;
  readonly primaryType: "NetworkBinding";
  readonly message: NetworkBinding;
} {
  const domain = networkBindingDomain(context);
  return { domain, types: NETWORK_BINDING_TYPES, primaryType: "NetworkBinding", message: binding };
}

/** EIP-712 struct hash of a binding. @throws ProtocolError `OutOfRange`, `MalformedHex` */
export function networkBindingHash(binding: NetworkBinding): Hex {
  return hashWords(
    bytesWord(NETWORK_BINDING_TYPEHASH),
    uintWord(binding.agentId),
    addressWord(binding.owner),
    bytesWord(binding.networkKey),
    bytesWord(binding.hpkeKey),
    uintWord(binding.issuedAt, 64),
  );
}

/** Digest that is signed. @throws ProtocolError `OutOfRange`, `MalformedHex` */
export function networkBindingDigest(context: NetworkBindingContext, binding: NetworkBinding): Hex {
  return digestOf(networkBindingDomain(context), networkBindingHash(binding));
}
