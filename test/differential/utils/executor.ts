import { Executor } from "../../../scripts/dev/proofs/executor.ts";
import { Machine, Reverted } from "../../../scripts/dev/proofs/machine.ts";
import { readProgram } from "../../../scripts/dev/proofs/source.ts";
import { truthOf, valueOf, type Word, word } from "../../../scripts/dev/proofs/term.ts";
import { asTruth, asWord, type Value, valuesOf } from "../../../scripts/dev/proofs/values.ts";

const program = readProgram();

type Input = bigint | number | string | boolean;

/** The executor of the proofs on values, beginning with an empty memory and storage. */
export class Run {
  readonly executor = new Executor(program, new Machine([], true));

  value(input: Input | Value): Value {
    if (typeof input === "object") return input;
    return typeof input === "boolean" ? truthOf(input) : word(BigInt(input));
  }

  call(name: string, ...args: (Input | Value)[]): Value {
    return this.executor.call(
      name,
      args.map((arg) => this.value(arg)),
    );
  }

  number(name: string, ...args: (Input | Value)[]): bigint {
    return valueOf(asWord(this.call(name, ...args)));
  }

  truth(name: string, ...args: (Input | Value)[]): boolean {
    return asTruth(this.call(name, ...args)) === truthOf(true);
  }

  numbers(name: string, ...args: (Input | Value)[]): bigint[] {
    return valuesOf(this.call(name, ...args)).map((value) => valueOf(asWord(value)));
  }

  struct(name: string, values: Readonly<Record<string, Input | Value>>): Word {
    const members = Object.entries(values).map(([key, value]) => [key, this.value(value)] as const);
    return this.executor.struct(name, Object.fromEntries(members));
  }

  members(name: string, at: Value, members: readonly string[]): bigint[] {
    return members.map((member) => valueOf(this.executor.member(name, at, member)));
  }

  array(values: readonly (Input | Value)[]): Word {
    return this.executor.newArray(values.map((value) => this.value(value)));
  }

  /** An array in memory. */
  elements(at: bigint): bigint[] {
    const { memory } = this.executor.machine;
    const length = Number(valueOf(memory.load(word(at))));
    return Array.from({ length }, (_, i) => valueOf(memory.load(word(at + 32n * BigInt(i + 1)))));
  }

  /** Bytes in memory, in hex. */
  bytes(at: bigint): string {
    const { memory } = this.executor.machine;
    const length = Number(valueOf(memory.load(word(at))));
    const words = Array.from({ length: Math.ceil(length / 32) }, (_, i) =>
      valueOf(memory.load(word(at + 32n * BigInt(i + 1))))
        .toString(16)
        .padStart(64, "0"),
    );
    return `0x${words.join("").slice(0, 2 * length)}`;
  }

  store(path: string, value: bigint | number): void {
    this.executor.machine.storage.set(path, word(value));
  }

  stored(path: string): bigint {
    return valueOf(this.executor.machine.storage.get(path) ?? word(0));
  }
}

/** Left-aligned, as the EVM has bytes. */
export const leftAligned = (hex: string): bigint => BigInt(hex) << BigInt(256 - 4 * (hex.length - 2));

/** What an action comes to, null if it reverts. */
export function orRevert<T>(action: () => T): T | null {
  try {
    return action();
  } catch (error) {
    if (error instanceof Reverted) return null;
    throw error;
  }
}

export const place = (path: string): Value => ({ kind: "place", path });
