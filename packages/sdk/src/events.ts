import type { Interface, TransactionReceipt } from "ethers";
import {
  type ContractKey,
  CONTRACT_KEYS,
  eventArguments,
  type EventArguments,
  type EventFilterArguments,
  type EventName,
  INTERFACES,
} from "./codec.ts";
import type { Addresses } from "./contracts.ts";
import { ClientError } from "./errors/assay-error.ts";
import type { PlacedLog } from "./node.ts";
import type { Hex } from "./protocol.ts";

/** Where an event is. */
export interface EventPlace {
  readonly blockNumber: number;
  readonly blockHash: Hex;
  readonly transactionHash: Hex;
  /** Position in the block. */
  readonly logIndex: number;
}

/** An event of one kind, decoded. */
export interface AssayEvent<N extends EventName = EventName> extends EventPlace {
  /** Contract and event, such as `consensus.QuestionAsked`. */
  readonly name: N;
  readonly args: EventArguments<N>;
}

/** One event of those kinds; its `name` tells which, and types its arguments. */
export type AnyEvent<N extends EventName = EventName> = N extends EventName ? AssayEvent<N> : never;

/** Kinds of events, each alone or with values that its indexed arguments must have. */
export type EventSelection<N extends EventName = EventName> = N extends EventName
  ? N | { readonly name: N; readonly args: EventFilterArguments<N> }
  : never;

/** Name of the event of a selection. */
export type SelectedName<S> = S extends EventName
  ? S
  : S extends { readonly name: infer N extends EventName }
    ? N
    : never;

/** What to ask a node for: one address, and topics. */
export interface LogQuery {
  readonly address: string;
  readonly topics: (null | string | string[])[];
}

/** The queries that find the selected events: one for each contract, and one for each selection with arguments. */
export function logQueries(addresses: Addresses, selections: readonly EventSelection[]): LogQuery[] {
  const whole = new Map<ContractKey, string[]>();
  const queries: LogQuery[] = [];
  for (const selection of selections) {
    const name: EventName = typeof selection === "string" ? selection : selection.name;
    const { contract, abi, event } = find(name);
    if (typeof selection === "string" || Object.values(selection.args).every((value) => value === undefined)) {
      whole.set(contract, [...(whole.get(contract) ?? []), event.topicHash]);
      continue;
    }
    const args = selection.args as Readonly<Record<string, unknown>>;
    const values = event.inputs.map((input) => (input.indexed ? (args[input.name] ?? null) : null));
    queries.push({ address: addresses[contract], topics: abi.encodeFilterTopics(event, values) });
  }
  return [...[...whole].map(([key, topics]) => ({ address: addresses[key], topics: [topics] })), ...queries];
}

/** A log as an event; null if it is none of the deployment's contracts'. */
export function parseEvent(addresses: Addresses, log: PlacedLog): AnyEvent | null {
  const contract = CONTRACT_KEYS.find((key) => addresses[key].toLowerCase() === log.address.toLowerCase());
  const parsed = contract === undefined ? null : INTERFACES[contract].parseLog(log);
  if (parsed === null) return null;
  return {
    name: `${contract}.${parsed.name}`,
    args: eventArguments(parsed),
    blockNumber: log.blockNumber,
    blockHash: log.blockHash,
    transactionHash: log.transactionHash,
    logIndex: log.index,
  } as AnyEvent;
}

/** The events of one transaction. */
export class ReceiptEvents {
  /** All that the deployment's contracts emitted, in order. */
  readonly list: readonly AnyEvent[];
  readonly #hash: string;

  constructor(addresses: Addresses, receipt: TransactionReceipt) {
    this.#hash = receipt.hash;
    this.list = receipt.logs.flatMap((log) => parseEvent(addresses, log) ?? []);
  }

  /** Arguments of the events of a kind, in their order. */
  all<N extends EventName>(name: N): EventArguments<N>[] {
    return this.list.filter((event) => event.name === name).map(({ args }) => args as EventArguments<N>);
  }

  /** Arguments of the first event of a kind; null if there is none. */
  find<N extends EventName>(name: N): EventArguments<N> | null {
    return this.all(name)[0] ?? null;
  }

  /** Arguments of the first event of a kind. @throws ClientError `MISSING_EVENT` if there is none */
  first<N extends EventName>(name: N): EventArguments<N> {
    const found = this.find(name);
    if (found === null) throw new ClientError("MISSING_EVENT", `the transaction ${this.#hash} has no event ${name}`);
    return found;
  }
}

function find(name: EventName) {
  const [contract, event] = name.split(".") as [ContractKey, string];
  const abi: Interface | undefined = INTERFACES[contract];
  const fragment = abi?.getEvent(event);
  if (fragment === null || fragment === undefined) throw new ClientError("BAD_INPUT", `there is no event ${name}`);
  return { contract, abi, event: fragment };
}
