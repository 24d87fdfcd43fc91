import type { Address, Hex } from "@assay/protocol";
import { wordOf } from "./words.ts";

/** Calls of one batch: far below what a call has gas for. */
const BATCH = 500;

/** A call of a view. */
export interface ViewCall {
  readonly to: Address;
  readonly data: Hex;
}

/**
 * Calls views one after the other and returns what they return. Its calldata: the length of a call and the length of a result, a
 * word each, then for each call a word with the contract, and the call. It reverts if one of them does.
 */
export const READER_CODE: Hex = `0x${[
  "5f6040", // out = 0, where in memory the next result goes; in = 0x40, where in the calldata the next call is
  "5b3681101560", // 0x03: unless in < calldatasize
  "3157", // go to 0x31
  "5f3581602001", // length of a call, in + 32
  "8337", // calldatacopy(out, in + 32, length of a call)
  "602035825f3584", // length of a result, out, length of a call, out
  "84355afa", // staticcall(gas, contract at in, ...)
  "15603557", // if it failed, go to 0x35
  "5f356020010190", // in += 32 + length of a call
  "6020350190", // out += length of a result
  "600356", // go to 0x03
  "5b505ff3", // 0x31: return(0, out)
  "5b5f5ffd", // 0x35: revert(0, 0)
].join("")}`;

/**
 * Calldata of {@link READER_CODE}, in batches. Zeros follow on calls shorter than others, which views do not look at.
 * @param words ABI words that each returns
 */
export function readerCalls(calls: readonly ViewCall[], words: number): Hex[] {
  const size = Math.max(...calls.map(({ data }) => data.length)) - 2;
  const head = wordOf(size / 2) + wordOf(32 * words);
  const batches: Hex[] = [];
  for (let start = 0; start < calls.length; start += BATCH) {
    const batch = calls.slice(start, start + BATCH);
    const encoded = batch.map(({ to, data }) => wordOf(to) + data.slice(2).padEnd(size, "0"));
    batches.push(`0x${head}${encoded.join("")}`);
  }
  return batches;
}
