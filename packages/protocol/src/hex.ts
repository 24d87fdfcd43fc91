import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { ProtocolError } from "./errors.ts";

/** Bytes as `0x` and an even number of hex digits. Results are lower case. */
export type Hex = `0x${string}`;
/** 20 bytes; any letter case is accepted, checksums are not checked. */
export type Address = `0x${string}`;

/** 32 zero bytes. */
export const ZERO_HASH: Hex = `0x${"00".repeat(32)}`;

/** @returns `bytes` as lower-case hex */
export function toHex(bytes: Uint8Array): Hex {
  return `0x${bytesToHex(bytes)}`;
}

/**
 * Parses hex.
 * @param hex `0x` and hex digits
 * @param size exact number of bytes wanted, if any
 * @throws ProtocolError `MalformedHex` if it is not hex or not of that size
 */
export function toBytes(hex: Hex, size?: number): Uint8Array {
  if (typeof hex !== "string" || !/^0x(?:[0-9a-fA-F]{2})*$/.test(hex)) {
    throw new ProtocolError("MalformedHex", `not a 0x-prefixed hex string: ${String(hex)}`);
  }
  const bytes = hexToBytes(hex.slice(2));
  if (size !== undefined && bytes.length !== size) {
    throw new ProtocolError("MalformedHex", `expected ${size} bytes, got ${bytes.length}: ${hex}`);
  }
  return bytes;
}

/** Lower-case copy of `hex` after checking its size in bytes. @throws ProtocolError `MalformedHex` */
export function normalizeHex(hex: Hex, size: number): Hex {
  return toHex(toBytes(hex, size));
}

/** keccak256. */
export function keccak(data: Hex | Uint8Array): Hex {
  return toHex(keccak_256(typeof data === "string" ? toBytes(data) : data));
}

/** Joins byte strings. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/**
 * Big-endian unsigned integer of `size` bytes.
 * @throws ProtocolError `OutOfRange` if it is negative, not an integer or too wide
 */
export function uintBytes(value: bigint | number, size: number): Uint8Array {
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    throw new ProtocolError("OutOfRange", `not a safe integer: ${value}`);
  }
  const big = BigInt(value);
  if (big < 0n || big >> BigInt(8 * size) !== 0n) {
    throw new ProtocolError("OutOfRange", `${big} does not fit in ${size} unsigned bytes`);
  }
  return hexToBytes(big.toString(16).padStart(2 * size, "0"));
}

/** ABI word of an unsigned integer of at most `bits` bits (a multiple of 8). @throws ProtocolError `OutOfRange` */
export function uintWord(value: bigint | number, bits = 256): Uint8Array {
  const word = new Uint8Array(32);
  word.set(uintBytes(value, bits / 8), 32 - bits / 8);
  return word;
}

/** ABI word of `bytesN`: left-aligned. @throws ProtocolError `MalformedHex` if not exactly `size` bytes */
export function bytesWord(value: Hex, size = 32): Uint8Array {
  const word = new Uint8Array(32);
  word.set(toBytes(value, size));
  return word;
}

/** ABI word of an address: right-aligned. @throws ProtocolError `MalformedHex` */
export function addressWord(value: Address): Uint8Array {
  const word = new Uint8Array(32);
  word.set(toBytes(value, 20), 12);
  return word;
}

/** `keccak256(abi.encode(...))` of static values given as ABI words. */
export function hashWords(...words: readonly Uint8Array[]): Hex {
  return keccak(concatBytes(...words));
}
