import { ALLOCATION_DECIMALS, BPS } from "./constants.ts";
import { ProtocolError } from "./errors.ts";

/** Quotient rounded up. `divisor` is positive, `dividend` not negative. */
export function ceilDiv(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}

/** `burnBps` of `amount` (wei), rounded up. */
export function burnOf(amount: bigint, burnBps: number): bigint {
  return ceilDiv(amount * BigInt(burnBps), BigInt(BPS));
}

/**
 * Wei of one allocation unit: a thousandth of a token, or one wei where the token has three decimals or fewer.
 * @param decimals of the stake token, 0 to 255
 * @throws ProtocolError `OutOfRange`
 */
export function allocationUnit(decimals: number): bigint {
  requireInteger("decimals", decimals, 0, 255);
  return 10n ** BigInt(Math.max(decimals - ALLOCATION_DECIMALS, 0));
}

/** Whole allocation units in `amount` wei, rounded down. */
export function toAllocationUnits(amount: bigint, decimals: number): bigint {
  return amount / allocationUnit(decimals);
}

/** Wei of `units` allocation units. */
export function fromAllocationUnits(units: bigint, decimals: number): bigint {
  return units * allocationUnit(decimals);
}

/** @throws ProtocolError `OutOfRange` unless `value` is an integer in [min, max] */
export function requireInteger(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new ProtocolError("OutOfRange", `${name} must be an integer from ${min} to ${max}, got ${value}`);
  }
}

/** @throws ProtocolError `OutOfRange` unless `value` is in [0, max] */
export function requireUint(name: string, value: bigint, max: bigint): void {
  if (value < 0n || value > max) {
    throw new ProtocolError("OutOfRange", `${name} must be from 0 to ${max}, got ${value}`);
  }
}
