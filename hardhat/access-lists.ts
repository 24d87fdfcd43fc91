import type { HardhatPlugin } from "hardhat/types/plugins";
import type { JsonRpcResponse } from "hardhat/types/providers";

/** A step of a trace, as `debug_traceCall` gives it. */
export interface Step {
  readonly op: string;
  readonly depth: number;
  /** The top is last. */
  readonly stack: readonly string[];
}

interface Call {
  readonly from?: string;
  readonly to: string;
}

/** Where on the stack, from its top, an instruction has the address it goes to. */
const ADDRESS_AT: Record<string, number> = {
  ...{ BALANCE: 0, EXTCODESIZE: 0, EXTCODECOPY: 0, EXTCODEHASH: 0, SELFDESTRUCT: 0 },
  ...{ CALL: 1, CALLCODE: 1, DELEGATECALL: 1, STATICCALL: 1 },
};
/** Instructions that go on with the storage of who executes them. */
const KEEPS_STORAGE = new Set(["DELEGATECALL", "CALLCODE"]);
/** Addresses up to this are precompiles, which are warm always. */
const LAST_PRECOMPILE = 0x11n;

/**
 * What a call has touched, as nodes tell it by `eth_createAccessList`: who sends, precompiles and, unless it has slots, who is called
 * are left out.
 */
export function accessListOf(steps: readonly Step[], { from = "0x", to }: Call) {
  const touched = new Map<string, Set<string>>([[to.toLowerCase(), new Set()]]);
  const storages = [to.toLowerCase()];
  for (const { op, depth, stack } of steps) {
    storages.length = depth;
    const storage = storages[depth - 1] ?? "";
    const word = (at: number) => BigInt(`0x${(stack.at(-1 - at) ?? "0").replace(/^0x/, "")}`);
    if (op === "SLOAD" || op === "SSTORE") slotsOf(touched, storage).add(hexOf(word(0), 32));
    const at = ADDRESS_AT[op];
    if (at === undefined) continue;
    const address = hexOf(word(at) & ((1n << 160n) - 1n), 20);
    if (BigInt(address) > LAST_PRECOMPILE) slotsOf(touched, address);
    storages.push(KEEPS_STORAGE.has(op) ? storage : address);
  }
  touched.delete(from.toLowerCase());
  return [...touched]
    .filter(([address, slots]) => address !== to.toLowerCase() || slots.size > 0)
    .map(([address, slots]) => ({ address, storageKeys: [...slots] }));
}

function slotsOf(touched: Map<string, Set<string>>, address: string): Set<string> {
  const slots = touched.get(address) ?? new Set();
  touched.set(address, slots);
  return slots;
}

function hexOf(value: bigint, bytes: number): string {
  return `0x${value.toString(16).padStart(2 * bytes, "0")}`;
}

/** Adds `eth_createAccessList`, which other nodes have, to chains of this process. */
const accessLists: HardhatPlugin = {
  id: "assay-access-lists",
  hookHandlers: {
    network: async () => ({
      default: async () => ({
        async onRequest(context, connection, request, next) {
          if (request.method !== "eth_createAccessList" || connection.networkConfig.type !== "edr-simulated") {
            return next(context, connection, request);
          }
          const [call, block = "latest"] = request.params as [Call, string?];
          const params = [call, block, { disableMemory: true, disableStorage: true }];
          const answer: JsonRpcResponse = await next(context, connection, {
            ...request,
            method: "debug_traceCall",
            params,
          });
          if ("error" in answer) return answer;
          const { failed, gas, structLogs } = answer.result as { failed: boolean; gas: number; structLogs: Step[] };
          const result = {
            accessList: accessListOf(structLogs, call),
            gasUsed: `0x${gas.toString(16)}`,
            ...(failed && { error: "execution reverted" }),
          };
          return { ...answer, result };
        },
      }),
    }),
  },
};

export default accessLists;
