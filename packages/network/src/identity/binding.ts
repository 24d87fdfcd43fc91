import {
  type Address,
  type Hex,
  type NetworkBinding,
  type NetworkBindingContext,
  networkBindingDigest,
  networkBindingTypedData,
} from "@assay/protocol";
import { multiaddr } from "@multiformats/multiaddr";
import { getAddress, hexlify, recoverAddress, type Signer } from "ethers";
import * as v from "valibot";
import { NetworkError } from "../errors.ts";
import { type Codec, createCodec } from "../wire/codec.ts";
import { bytesField, hexField, hexWire, textField, uintField, uintWire } from "../wire/fields.ts";
import type { NodeKeys } from "./keys.ts";

/** A binding with the signature of the agent's wallet. */
export interface SignedBinding extends NetworkBinding {
  /** Of a key, or for ERC-1271. */
  readonly signature: Hex;
}

/** What an agent publishes as its metadata. */
export interface BindingRecord {
  readonly binding: SignedBinding;
  /** Multiaddrs to dial. Not signed: whoever answers there proves the key that the binding names. */
  readonly addresses: readonly string[];
}

/** Who acts for an agent now. */
export interface AgentAuthority {
  readonly owner: Address;
  /** null if it has none. */
  readonly wallet: Address | null;
}

/** Asks a contract wallet (ERC-1271). */
export type SignatureCheck = (wallet: Address, digest: Hex, signature: Hex) => Promise<boolean>;

/** Key of the ERC-8004 metadata that holds a {@link BindingRecord}. */
export const BINDING_KEY = "assay.network";

/** First of a record, so that others can follow. */
const VERSION = 1;
/** Most bytes of a signature; contract wallets have long ones. */
const MAX_SIGNATURE = 1024;
const MAX_BINDING = MAX_SIGNATURE + 192;
const MAX_ADDRESSES = 4;
const MAX_ADDRESS = 128;
const MAX_RECORD = MAX_BINDING + MAX_ADDRESSES * (MAX_ADDRESS + 2) + 16;

const bindingSchema = v.pipe(
  v.strictTuple([uintField(256), hexField(20), hexField(32), hexField(32), uintField(64), bytesField(MAX_SIGNATURE)]),
  v.transform(([agentId, owner, networkKey, hpkeKey, issuedAt, signature]): SignedBinding => {
    return { agentId, owner, networkKey, hpkeKey, issuedAt, signature: hexlify(signature) as Hex };
  }),
);

const addressSchema = v.pipe(textField(MAX_ADDRESS), v.check(isMultiaddr, "a multiaddr expected"));

const bindingWire = (signed: SignedBinding) => [
  uintWire(signed.agentId),
  hexWire(signed.owner),
  hexWire(signed.networkKey),
  hexWire(signed.hpkeKey),
  uintWire(signed.issuedAt),
  hexWire(signed.signature),
];

/** A signed binding, as peers show it to each other. */
export const bindingCodec: Codec<SignedBinding> = createCodec({
  name: "binding",
  maxSize: MAX_BINDING,
  schema: bindingSchema,
  toWire: bindingWire,
});

/** A record, as the registry holds it. */
export const recordCodec: Codec<BindingRecord> = createCodec({
  name: "binding record",
  maxSize: MAX_RECORD,
  schema: v.pipe(
    v.strictTuple([
      v.literal(VERSION, `version ${VERSION} expected`),
      bindingSchema,
      v.pipe(v.array(addressSchema), v.maxLength(MAX_ADDRESSES, `at most ${MAX_ADDRESSES} addresses expected`)),
    ]),
    v.transform(([, binding, addresses]): BindingRecord => ({ binding, addresses })),
  ),
  toWire: ({ binding, addresses }) => [VERSION, bindingWire(binding), addresses],
});

/**
 * Has an agent's wallet sign that a node speaks for the agent.
 * @param issuedAt unix seconds, of the chain's latest block
 * @example
 * const binding = await signBinding({ chainId, registry }, { agentId, owner, issuedAt }, keys, wallet);
 * const value = hexlify(recordCodec.encode({ binding, addresses: ["/ip4/192.0.2.7/tcp/4001"] }));
 * await assay.agents.setMetadata({ agentId, key: BINDING_KEY, value });
 */
export async function signBinding(
  context: NetworkBindingContext,
  agent: Pick<NetworkBinding, "agentId" | "owner" | "issuedAt">,
  keys: Pick<NodeKeys, "networkKey" | "hpkeKey">,
  wallet: Pick<Signer, "signTypedData">,
): Promise<SignedBinding> {
  const owner = agent.owner.toLowerCase() as Address; // as it is read back
  const binding = { ...agent, owner, networkKey: keys.networkKey, hpkeKey: hexlify(keys.hpkeKey) as Hex };
  const { domain, types, message } = networkBindingTypedData(context, binding);
  const signature = await wallet.signTypedData(domain, { NetworkBinding: [...types.NetworkBinding] }, message);
  return { ...binding, signature: signature as Hex };
}

/**
 * Checks a binding against who acts for the agent now. As the contracts do: the wallet's key first, then ERC-1271.
 * @throws NetworkError `UNBOUND` if the agent was sold since, or has no wallet; `BAD_SIGNATURE` if the present wallet did not sign it
 * for this deployment; what `check` throws
 */
export async function verifyBinding(
  context: NetworkBindingContext,
  { signature, ...binding }: SignedBinding,
  { owner, wallet }: AgentAuthority,
  check: SignatureCheck,
): Promise<void> {
  const agent = `agent ${binding.agentId}`;
  if (getAddress(binding.owner) !== getAddress(owner)) {
    throw new NetworkError("UNBOUND", `${agent} has another owner than its binding names: ${owner}`);
  }
  if (wallet === null) throw new NetworkError("UNBOUND", `${agent} has no wallet`);
  const digest = networkBindingDigest(context, binding);
  if (recover(digest, signature) === getAddress(wallet)) return;
  if (await check(wallet, digest, signature)) return;
  throw new NetworkError(
    "BAD_SIGNATURE",
    `the binding of ${agent} is not signed by its wallet ${wallet} for this network`,
  );
}

/** Hexadecimal digits of a signature with a recovery byte, which is the only form that OpenZeppelin's ECDSA takes. */
const KEY_SIGNATURE = /^0x[0-9a-f]{128}1[bc]$/;

/** The address whose key signed; null if no key did. */
function recover(digest: Hex, signature: Hex): Address | null {
  if (!KEY_SIGNATURE.test(signature.toLowerCase())) return null;
  try {
    return recoverAddress(digest, signature) as Address;
  } catch {
    return null;
  }
}

function isMultiaddr(text: string): boolean {
  try {
    multiaddr(text);
    return true;
  } catch {
    return false;
  }
}
