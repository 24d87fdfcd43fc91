import type { Address, Hex } from "@assay/protocol";
import type { Contracts } from "@assay/sdk";
import type { Log } from "./local-chain.ts";

/** Events that an engine learns from. */
const CONSENSUS_EVENTS = [
  "EpochRolled",
  "Allocated",
  "BallotCommitted",
  "CommitSkipped",
  "BallotRevealed",
  "BallotSettled",
  "BallotForfeited",
  "QuestionAsked",
  "RoundStarted",
  "QuestionFinalized",
  "CanaryOpened",
  "Reclaimed",
] as const;
const VAULT_EVENTS = ["AccountChanged", "Deposited"] as const;

type EventName = (typeof CONSENSUS_EVENTS)[number] | (typeof VAULT_EVENTS)[number];

/** An event whose values are read where the ABI has them: there are several for each transaction of a run. */
export class ChainEvent {
  readonly name: EventName;
  /** Index of the call in its block. */
  readonly call: number;
  readonly #log: Log;

  constructor(name: EventName, log: Log) {
    this.name = name;
    this.call = log.call;
    this.#log = log;
  }

  /** An indexed argument. @param index from 0 */
  topic(index: number): Hex {
    return this.#log.topics[index + 1] as Hex;
  }

  /** A static argument that is not indexed, or the offset of a dynamic one. @param index from 0, among those */
  word(index: number): bigint {
    return BigInt(this.hex(index));
  }

  /** The same as 32 bytes. */
  hex(index: number): Hex {
    const at = 2 + 64 * index;
    return `0x${this.#log.data.slice(at, at + 64)}`;
  }

  /** A dynamic argument that is not indexed. */
  bytes(index: number): Hex {
    const word = Number(this.word(index)) / 32;
    const at = 2 + 64 * (word + 1);
    return `0x${this.#log.data.slice(at, at + 2 * Number(this.word(word)))}`;
  }
}

/** Finds the events that matter among the logs of a block. */
export class EventReader {
  readonly #names = new Map<string, EventName>();

  constructor(
    { consensus, vault }: Pick<Contracts, "consensus" | "vault">,
    at: { consensus: Address; vault: Address },
  ) {
    for (const name of CONSENSUS_EVENTS)
      this.#names.set(at.consensus + consensus.interface.getEvent(name).topicHash, name);
    for (const name of VAULT_EVENTS) this.#names.set(at.vault + vault.interface.getEvent(name).topicHash, name);
  }

  /** In order. */
  read(logs: readonly Log[]): ChainEvent[] {
    return logs.flatMap((log) => {
      const name = this.#names.get(log.address + (log.topics[0] ?? ""));
      return name === undefined ? [] : [new ChainEvent(name, log)];
    });
  }
}
