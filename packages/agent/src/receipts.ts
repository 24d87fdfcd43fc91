import type { ContractTransactionReceipt } from "ethers";
import type { Contracts } from "./contracts.ts";
import { AssayError } from "./errors.ts";

interface EventArguments {
  Enrolled: { agentId: bigint; firstEpoch: bigint };
  BallotCommitted: { agentId: bigint; epoch: bigint };
  BallotRevealed: { agentId: bigint; epoch: bigint; secret: string; receipts: string };
  BallotSettled: { agentId: bigint; epoch: bigint; gain: bigint; loss: bigint; remainder: string };
}

/** Arguments of the events of one kind that Consensus emitted in a transaction. */
export function eventsOf<Name extends keyof EventArguments>(
  contracts: Contracts,
  receipt: ContractTransactionReceipt,
  name: Name,
): EventArguments[Name][] {
  const abi = contracts.consensus.interface;
  const found: EventArguments[Name][] = [];
  for (const log of receipt.logs) {
    if (log.address !== contracts.consensus.target) continue;
    const parsed = abi.parseLog(log);
    if (parsed?.name === name) found.push(parsed.args.toObject() as EventArguments[Name]);
  }
  return found;
}

/** Waits for a transaction. @throws AssayError `ContractReverted` if it was dropped */
export async function mined(sent: {
  wait(): Promise<ContractTransactionReceipt | null>;
}): Promise<ContractTransactionReceipt> {
  const receipt = await sent.wait();
  if (receipt === null) throw new AssayError("ContractReverted", "the transaction was dropped", { retryable: true });
  return receipt;
}
