import { AssayError } from "@assay/agent";
import type { BaseContract, ContractTransactionReceipt } from "ethers";
import type { TypedContractEvent } from "../../typechain/common.js";

type ArgumentsOf<Event> = Event extends TypedContractEvent<infer _Input, infer _Output, infer Named> ? Named : never;

/**
 * Arguments of the first event of a kind that a contract emitted in a transaction.
 * @throws AssayError `ContractReverted` if there is none
 */
export function eventIn<Event extends TypedContractEvent>(
  contract: BaseContract,
  receipt: ContractTransactionReceipt,
  event: Event,
): ArgumentsOf<Event> {
  for (const log of receipt.logs) {
    if (log.address !== contract.target) continue;
    const parsed = contract.interface.parseLog(log);
    if (parsed?.name === event.name) return parsed.args as unknown as ArgumentsOf<Event>;
  }
  throw new AssayError("ContractReverted", `the transaction ${receipt.hash} has no event ${event.name}`);
}
