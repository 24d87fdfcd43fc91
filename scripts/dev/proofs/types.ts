/** The types of Solidity, by the text that solc gives them. */
import { and, MAX_WORD, shl, shr, type Word, word } from "./term.ts";

/** Largest number of a type; of bytes all of their bits, left-aligned. */
export function maxOf(type: string): bigint {
  const bits = /^uint(\d+)/.exec(type)?.[1] ?? (/^(address|contract)/.test(type) ? "160" : undefined);
  if (bits !== undefined) return (1n << BigInt(bits)) - 1n;
  const bytes = /^bytes(\d+)/.exec(type)?.[1];
  return bytes === undefined ? MAX_WORD : MAX_WORD - ((1n << (256n - 8n * BigInt(bytes))) - 1n);
}

export const isBytes = (type: string): boolean => /^bytes\d/.test(type);

/** A number known when it is compiled, of any size. */
export const isLiteral = (type: string): boolean => type.startsWith("int_const");

export const isBool = (type: string): boolean => type === "bool";

/** What is laid out in memory or storage behind a pointer. */
export const isPointer = (type: string): boolean => /^(struct |mapping|bytes( |$)|string)|\[\d*\]/.test(type);

const bitsOfBytes = (type: string) => 8 * Number(/^bytes(\d+)/.exec(type)?.[1] ?? 32);

/** An explicit conversion between numbers, bytes, addresses and contracts. */
export function convert(value: Word, from: string, to: string): Word {
  if (isBytes(from) === isBytes(to)) return and(value, word(maxOf(to)));
  if (isBytes(to)) return shl(value, 256 - bitsOfBytes(to));
  return and(shr(value, 256 - bitsOfBytes(from)), word(maxOf(to)));
}
