import { type AccessList, type Signer, toQuantity } from "ethers";

/** Gas, of EIP-2929 and EIP-2930: a slot or another address that is listed costs 100 less in all. */
const SAVED = 100;
/** Gas of an entry of a list (EIP-2930). The address that is called costs nothing unless it is listed. */
const LISTED = { address: 2_400, slot: 1_900 };

/** Chain ids of layer 1 and its test networks, where what a transaction touches costs more than its data. */
const LAYER_1 = new Set([1n, 11_155_111n, 17_000n, 560_048n]);

/** Whether declaring what a transaction touches can save anything on a chain; on a rollup its data costs more than that. */
export function savesByAccessList(chainId: bigint): boolean {
  return LAYER_1.has(chainId);
}

/** A provider of a node that can be asked anything. */
function asks(provider: object): provider is { send(method: string, params: unknown[]): Promise<unknown> } {
  return "send" in provider && typeof provider.send === "function";
}

/**
 * The addresses and storage slots a call will touch, as far as declaring them (EIP-2930) saves gas.
 * @param signer who would send it; its node is asked by `eth_createAccessList`
 * @returns null where it saves nothing, or the node cannot tell
 */
export async function accessListFor(
  signer: Signer,
  { to, data, gasLimit }: { readonly to: string; readonly data: string; readonly gasLimit?: bigint },
): Promise<AccessList | null> {
  const { provider } = signer;
  if (provider === null || !asks(provider)) return null;
  let touched: AccessList;
  try {
    const from = await signer.getAddress();
    const gas = gasLimit === undefined ? {} : { gas: toQuantity(gasLimit) };
    const answer = await provider.send("eth_createAccessList", [{ from, to, data, ...gas }, "latest"]);
    const { accessList, error } = answer as { accessList: AccessList; error?: string };
    if (error !== undefined) return null;
    touched = accessList;
  } catch {
    return null; // sending goes on without, and says what is wrong if anything is
  }
  const called = to.toLowerCase();
  const list = touched.filter(
    ({ address, storageKeys }) => address.toLowerCase() !== called || storageKeys.length * SAVED > LISTED.address,
  );
  return list.length === 0 ? null : list;
}

/** Gas that a transaction pays for its list before it begins, most of which it does not need afterwards. */
export function accessListGas(list: AccessList): bigint {
  return list.reduce((gas, { storageKeys }) => gas + BigInt(LISTED.address + storageKeys.length * LISTED.slot), 0n);
}
