import { addressWord, concatBytes, type Address, type Hex, toBytes, toHex, uintWord } from "@assay/protocol";

/** Calls of one batch: far below what a call has gas for. */
const BATCH = 500;

/**
 * Calls one contract again and again and returns what it returns. Its calldata: the contract, the length of a call and the length of
 * a result, a word each, then the calls without anything between them. It reverts if one of them does.
 */
export const READER_CODE: Hex = `0x${[
  "5f6060", // out = 0, where in memory the next result goes; in = 0x60, where in the calldata the next call is
  "5b3681101560", // 0x03: unless in < calldatasize
  "2e57", // go to 0x2e
  "602035818337", // calldatacopy(out, in, length of a call)
  "60403582602035845f355afa", // staticcall(gas, contract, out, length of a call, out, length of a result)
  "15603257", // if it failed, go to 0x32
  "6020350190", // in += length of a call
  "6040350190", // out += length of a result
  "600356", // go to 0x03
  "5b505ff3", // 0x2e: return(0, out)
  "5b5f5ffd", // 0x32: revert(0, 0)
].join("")}`;

/**
 * Calldata of {@link READER_CODE}, in batches.
 * @param calls calldata, all of one length
 * @param words ABI words that each returns
 */
export function readerCalls(target: Address, calls: readonly Hex[], words: number): Hex[] {
  const batches: Hex[] = [];
  for (let start = 0; start < calls.length; start += BATCH) {
    const batch = calls.slice(start, start + BATCH).map((call) => toBytes(call));
    const size = batch[0]?.length ?? 0;
    batches.push(toHex(concatBytes(addressWord(target), uintWord(size), uintWord(32 * words), ...batch)));
  }
  return batches;
}
