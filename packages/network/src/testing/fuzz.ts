import assert from "node:assert/strict";
import { NetworkError } from "../errors.ts";
import type { Codec } from "../wire/codec.ts";

/** What came of a run. */
export interface FuzzCounts {
  /** Inputs that were read as messages. */
  readonly accepted: number;
  readonly refused: number;
}

/**
 * Feeds a codec mutated messages and random bytes. Each must be refused by a NetworkError, or be the one encoding of a message.
 * @param samples messages to mutate
 * @param random from 0 to 1, without 1; see {@link seededRandom}
 * @throws AssertionError that names the input
 * @example
 * fuzz(bindingCodec, [binding], 20_000, seededRandom(1));
 */
export function fuzz<T>(codec: Codec<T>, samples: readonly T[], iterations: number, random: () => number): FuzzCounts {
  const encoded = samples.map((sample) => codec.encode(sample));
  for (const bytes of encoded) assert.deepEqual(codec.encode(codec.decode(bytes)), bytes);
  let accepted = 0;
  for (let i = 0; i < iterations; i++) {
    const input = malformed(encoded, random);
    const message = decodeOrNull(codec, input);
    if (message === null) continue;
    accepted++;
    const again = codec.encode(message.value);
    assert.ok(equal(again, input), `${hex(input)} is another encoding of ${hex(again)}`);
  }
  return { accepted, refused: iterations - accepted };
}

/** Numbers from 0 to 1, without 1, always the same for a seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function decodeOrNull<T>(codec: Codec<T>, input: Uint8Array): { readonly value: T } | null {
  try {
    return { value: codec.decode(input) };
  } catch (error) {
    assert.ok(error instanceof NetworkError, `${hex(input)} ends in ${String(error)}`);
    return null;
  }
}

/** Longest input of random bytes only. */
const LONGEST_NOISE = 256;

function malformed(encoded: readonly Uint8Array[], random: () => number): Uint8Array {
  const below = (end: number): number => Math.floor(random() * end);
  const sample = encoded[below(encoded.length)];
  if (sample === undefined || below(8) === 0) return noise(below(LONGEST_NOISE), below);
  let bytes = Uint8Array.from(sample);
  for (let changes = 1 + below(4); changes > 0; changes--) bytes = mutate(bytes, below);
  return bytes;
}

function mutate(bytes: Uint8Array, below: (end: number) => number): Uint8Array<ArrayBuffer> {
  const at = below(bytes.length);
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (below(6)) {
    case 0: // cut off
      return Uint8Array.from(head);
    case 1: // one bit
      return Uint8Array.from(bytes, (byte, i) => (i === at ? byte ^ (1 << below(8)) : byte));
    case 2: // one byte
      return Uint8Array.from(bytes, (byte, i) => (i === at ? below(256) : byte));
    case 3: // bytes put in
      return Uint8Array.from([...head, ...noise(1 + below(8), below), ...tail]);
    case 4: // bytes left out
      return Uint8Array.from([...head, ...tail.subarray(1 + below(8))]);
    default: // a part twice
      return Uint8Array.from([...head, ...tail.subarray(0, below(32)), ...tail]);
  }
}

function noise(length: number, below: (end: number) => number): Uint8Array {
  return Uint8Array.from({ length }, () => below(256));
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
