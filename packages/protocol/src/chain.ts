import { keccak_256 } from "@noble/hashes/sha3.js";
import { MAX_SKIPPED_EPOCHS } from "./constants.ts";
import { ProtocolError } from "./errors.ts";
import { toBytes, toHex, type Hex } from "./hex.ts";
import { requireInteger } from "./units.ts";

const MAX_LENGTH = 0xffff_ffff;

/** A chain as it is stored: JSON, and secret, because it holds the seed. */
export interface SerializedChain {
  readonly version: 1;
  /** Number of secrets. */
  readonly length: number;
  /** Hash steps between two checkpoints. */
  readonly spacing: number;
  /** `H^0`, `H^spacing`, `H^(2 spacing)`, ... of the seed, all below `length`; the first is the seed itself. */
  readonly checkpoints: readonly Hex[];
  /** `H^length` of the seed. */
  readonly anchor: Hex;
}

/** Arguments of {@link createSecretChain}. */
export interface SecretChainOptions {
  /** 32 random bytes; whoever knows them knows every secret. */
  readonly seed: Hex;
  /** Number of secrets, one an epoch, 1 to 2^32 - 1. */
  readonly length: number;
  /** Hash steps between two checkpoints; the square root of `length` unless told. */
  readonly spacing?: number;
}

/**
 * One secret per epoch: the preimages of a hash chain, revealed backwards. Keeps every `spacing`-th hash and the segment in
 * use, so that any secret costs at most `spacing` hashes and the next one of the same segment none.
 */
export class SecretChain {
  /** Number of secrets. */
  readonly length: number;
  /** Hash steps between two checkpoints. */
  readonly spacing: number;
  /** `H^length(seed)`, published at enrolment; not secret. */
  readonly anchor: Hex;
  readonly #checkpoints: readonly Uint8Array[];
  #segment: { readonly index: number; readonly hashes: readonly Uint8Array[] } | null = null;

  /** Use {@link createSecretChain} or {@link restoreSecretChain}. */
  constructor(length: number, spacing: number, checkpoints: readonly Uint8Array[], anchor: Uint8Array) {
    this.length = length;
    this.spacing = spacing;
    this.anchor = toHex(anchor);
    this.#checkpoints = checkpoints;
  }

  /**
   * The secret `distance` epochs after the chain's first tip epoch: `H^(length - distance)(seed)`.
   * @param distance 1 to `length`
   * @throws ProtocolError `EpochNotInChain` outside of it, `CorruptChain` if the checkpoints do not belong together
   */
  secret(distance: number): Hex {
    if (!Number.isInteger(distance) || distance < 1 || distance > this.length) {
      throw new ProtocolError("EpochNotInChain", `the chain has secrets 1 to ${this.length}, asked for ${distance}`);
    }
    const steps = this.length - distance;
    const index = Math.floor(steps / this.spacing);
    return toHex(this.#load(index)[steps % this.spacing] as Uint8Array);
  }

  /**
   * The secret of an epoch.
   * @param tipEpoch of the chain when it became valid, see {@link firstTipEpoch}
   * @param epoch `tipEpoch + 1` to `tipEpoch + length`
   * @throws as {@link SecretChain.secret}
   */
  secretOf(tipEpoch: number, epoch: number): Hex {
    return this.secret(epoch - tipEpoch);
  }

  /** The chain as JSON data. Secret. */
  serialize(): SerializedChain {
    const { length, spacing, anchor } = this;
    return { version: 1, length, spacing, anchor, checkpoints: this.#checkpoints.map(toHex) };
  }

  #load(index: number): readonly Uint8Array[] {
    if (this.#segment?.index === index) return this.#segment.hashes;
    const size = Math.min(this.spacing, this.length - index * this.spacing);
    let hash = this.#checkpoints[index] as Uint8Array;
    const hashes: Uint8Array[] = [];
    for (let i = 0; i < size; i++) {
      hashes.push(hash);
      hash = keccak_256(hash);
    }
    // A damaged file must never make an agent commit with a secret that the contract will refuse.
    const next = this.#checkpoints[index + 1];
    if (toHex(hash) !== (next === undefined ? this.anchor : toHex(next))) {
      throw new ProtocolError("CorruptChain", `checkpoint ${index} does not hash to the next one`);
    }
    this.#segment = { index, hashes };
    return hashes;
  }
}

/**
 * Computes a chain and its checkpoints: `length` hashes, once.
 * @throws ProtocolError `MalformedHex`, `OutOfRange`
 * @example
 * const chain = createSecretChain({ seed: `0x${"11".repeat(32)}`, length: 1000 });
 * verifySecret({ tip: chain.anchor, tipEpoch: 5, secret: chain.secretOf(5, 9), epoch: 9 }); // true
 */
export function createSecretChain(options: SecretChainOptions): SecretChain {
  const { seed, length } = options;
  requireInteger("length", length, 1, MAX_LENGTH);
  const spacing = options.spacing ?? Math.ceil(Math.sqrt(length));
  requireInteger("spacing", spacing, 1, length);
  const checkpoints: Uint8Array[] = [];
  let hash = toBytes(seed, 32);
  for (let i = 0; i < length; i++) {
    if (i % spacing === 0) checkpoints.push(hash);
    hash = keccak_256(hash);
  }
  return new SecretChain(length, spacing, checkpoints, hash);
}

/**
 * A chain from its stored form. Each segment is checked against its neighbour when it is first used.
 * @throws ProtocolError `CorruptChain` if the data is not a stored chain
 */
export function restoreSecretChain(data: SerializedChain): SecretChain {
  const { version, length, spacing, checkpoints, anchor } = data;
  const sound =
    version === 1 &&
    isInteger(length, MAX_LENGTH) &&
    isInteger(spacing, length) &&
    Array.isArray(checkpoints) &&
    checkpoints.length === Math.ceil(length / spacing);
  if (!sound) throw new ProtocolError("CorruptChain", "not the stored form of a secret chain");
  try {
    const bytes = checkpoints.map((checkpoint: Hex) => toBytes(checkpoint, 32));
    return new SecretChain(length, spacing, bytes, toBytes(anchor, 32));
  } catch {
    // The offending hex is a secret: it must not end in a log.
    throw new ProtocolError("CorruptChain", "a checkpoint or the anchor of the stored chain is not 32 bytes of hex");
  }
}

/** Tip epoch of a chain enrolled or announced in epoch `epoch`: its first secret is that of `epoch + 2`. */
export function firstTipEpoch(epoch: number): number {
  return epoch + 1;
}

/**
 * Hashes `secret` forward.
 * @param steps 0 to {@link MAX_SKIPPED_EPOCHS}
 * @throws ProtocolError `TooManySkippedEpochs`, `MalformedHex`
 */
export function hashForward(secret: Hex, steps: number): Hex {
  if (!Number.isInteger(steps) || steps < 0 || steps > MAX_SKIPPED_EPOCHS) {
    throw new ProtocolError("TooManySkippedEpochs", `steps must be 0 to ${MAX_SKIPPED_EPOCHS}, got ${steps}`);
  }
  let hash = toBytes(secret, 32);
  for (let i = 0; i < steps; i++) hash = keccak_256(hash);
  return toHex(hash);
}

/** A secret shown for an epoch, and the last one revealed before it. */
export interface SecretClaim {
  readonly tip: Hex;
  readonly tipEpoch: number;
  readonly secret: Hex;
  readonly epoch: number;
}

/**
 * Whether a secret is that of its epoch: `H^(epoch - tipEpoch)(secret) = tip`. False unless `epoch` is after `tipEpoch`.
 * @throws ProtocolError `TooManySkippedEpochs`, `MalformedHex`
 */
export function verifySecret(claim: SecretClaim): boolean {
  if (claim.epoch <= claim.tipEpoch) return false;
  return hashForward(claim.secret, claim.epoch - claim.tipEpoch) === claim.tip.toLowerCase();
}

function isInteger(value: unknown, max: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= max;
}
