import type { FeeData } from "ethers";

/** What a transaction offers for a unit of gas, wei. */
export interface Fees {
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}

/** A replacement must offer an eighth more of both, as every node asks for at least a tenth. */
const BUMP = { numerator: 9n, denominator: 8n };

/**
 * What to offer now.
 * @param suggested by the node; one without priority fees gives a price alone
 * @param replaced what the transaction to be replaced offers
 * @param cap most of a unit of gas, wei
 * @returns null if the cap does not allow what a replacement must offer
 */
export function feesFor(suggested: FeeData, replaced: Fees | null, cap: bigint): Fees | null {
  const price = suggested.maxFeePerGas ?? suggested.gasPrice ?? 0n;
  const tip = suggested.maxPriorityFeePerGas ?? price;
  const least = replaced === null ? { maxFeePerGas: 0n, maxPriorityFeePerGas: 0n } : bumped(replaced);
  if (least.maxFeePerGas > cap) return null;
  const maxFeePerGas = min(max(price, least.maxFeePerGas), cap);
  return { maxFeePerGas, maxPriorityFeePerGas: min(max(tip, least.maxPriorityFeePerGas), maxFeePerGas) };
}

/** Rounded up. */
function bumped({ maxFeePerGas, maxPriorityFeePerGas }: Fees): Fees {
  const bump = (fee: bigint) => (fee * BUMP.numerator + BUMP.denominator - 1n) / BUMP.denominator;
  return { maxFeePerGas: bump(maxFeePerGas), maxPriorityFeePerGas: bump(maxPriorityFeePerGas) };
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
