import type { LinkParts } from "./commitment.ts";
import { ProtocolError } from "./errors.ts";
import { bytesWord, concatBytes, hashWords, keccak, toBytes, toHex, uintBytes, uintWord, ZERO_HASH } from "./hex.ts";
import type { Address, Hex } from "./hex.ts";
import { type AssayDomain, assayDomain, digestOf, structTypehash } from "./typed-data.ts";

/** A beat, as `Consensus.beat` takes it. Its parts: settle, close the open ballot, commit; each may be missing. */
export interface Beat {
  readonly agentId: bigint;
  /** Epoch of the receipts. */
  readonly settleEpoch: number;
  /** Receipts to settle; `0x`: none. */
  readonly receipts: Hex;
  /** Preimage of the agent's link. With a secret, which proves the rest, only exposure and backing count. */
  readonly previous: LinkParts;
  /** Reveals the open ballot; 32 zero bytes: does not. */
  readonly secret: Hex;
  /** Ballot that is revealed. */
  readonly ballot: Hex;
  /** Epoch of the beat, and of the ballot it commits. */
  readonly commitEpoch: number;
  /** 32 zero bytes: commits nothing. */
  readonly commitment: Hex;
  /** Stake to lock, wei, 128 bits. */
  readonly exposure: bigint;
  /** Stake behind the seats, allocation units, 48 bits. */
  readonly backing: bigint;
}

/** On which terms a beat may be relayed. */
export interface RelayTerms {
  /** What the relayer gets of the agent's free stake, wei, 128 bits. */
  readonly maxRelayFee: bigint;
  /** Unix seconds until which it may be relayed, 40 bits. */
  readonly deadline: number;
}

/** Where a relayed beat is valid. */
export interface BeatContext {
  readonly chainId: bigint | number;
  /** Address of `Consensus`. */
  readonly consensus: Address;
}

/** What a wallet signs. */
export interface RelayedBeatMessage extends RelayTerms {
  /** Packed. */
  readonly beat: Hex;
}

/** EIP-712 types, in the form that ethers and viem take. */
export const RELAYED_BEAT_TYPES = {
  RelayedBeat: [
    { name: "beat", type: "bytes" },
    { name: "maxRelayFee", type: "uint128" },
    { name: "deadline", type: "uint40" },
  ],
} as const;

/** EIP-712 type hash of a relayed beat. */
export const RELAYED_BEAT_TYPEHASH: Hex = structTypehash("RelayedBeat", RELAYED_BEAT_TYPES.RelayedBeat);

const SETTLE = 1;
const TIP = 2;
const REVEAL = 4;
const OVERDUE = 8;
const COMMIT = 16;

const TERMS_SIZE = 21;
const HEAD_SIZE = 37;

/**
 * Packs a beat for `Consensus.beatPacked`. What has no effect is left out: the epoch of no receipts, tip and commitment beside a secret, a
 * ballot without one, exposure and backing of no commitment.
 * @throws ProtocolError `OutOfRange`, `MalformedHex`
 * @example
 * await consensus.beatPacked(encodeBeat(beat));
 */
export function encodeBeat(b: Beat): Hex {
  const { previous } = b;
  const receipts = toBytes(b.receipts);
  const reveals = isSet(b.secret);
  const overdue = !reveals && (isSet(previous.commitment) || previous.exposure !== 0n || previous.backing !== 0n);
  const parts: Uint8Array[] = [];
  let flags = 0;
  if (receipts.length !== 0) {
    flags |= SETTLE;
    parts.push(uintBytes(b.settleEpoch, 4), uintBytes(receipts.length, 2), receipts);
  }
  if (!reveals && isSet(previous.tip)) {
    flags |= TIP;
    parts.push(toBytes(previous.tip));
  }
  if (reveals) {
    const ballot = toBytes(b.ballot);
    flags |= REVEAL;
    parts.push(stakeBytes(previous), toBytes(b.secret), uintBytes(ballot.length, 2), ballot);
  } else if (overdue) {
    flags |= OVERDUE;
    parts.push(stakeBytes(previous), toBytes(previous.commitment, 32));
  }
  if (isSet(b.commitment)) {
    flags |= COMMIT;
    parts.push(stakeBytes(b), toBytes(b.commitment));
  }
  const head = [uintBytes(flags, 1), uintBytes(b.agentId, 32), uintBytes(b.commitEpoch, 4)];
  return toHex(concatBytes(...head, ...parts));
}

/**
 * Unpacks a beat, as `Consensus` does: parts that are missing are empty or zero, and flags without a meaning are ignored.
 * @throws ProtocolError `MalformedBeat` if its length is not what its flags and lengths say, `MalformedHex`
 */
export function decodeBeat(packed: Hex): Beat {
  const reader = new Reader(packed, HEAD_SIZE);
  const flags = Number(reader.uint(1));
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const agentId = reader.uint(32);
  const commitEpoch = Number(reader.uint(4));
  const settleEpoch = has(SETTLE) ? Number(reader.uint(4)) : 0;
  const receipts = has(SETTLE) ? reader.counted() : "0x";
  const tip = has(TIP) ? reader.hex(32) : ZERO_HASH;
  const open = has(REVEAL | OVERDUE) ? { ...reader.stake(), word: reader.hex(32) } : NO_STAKE;
  const ballot = has(REVEAL) ? reader.counted() : "0x";
  const next = has(COMMIT) ? { ...reader.stake(), word: reader.hex(32) } : NO_STAKE;
  reader.end();
  return {
    agentId,
    settleEpoch,
    receipts,
    previous: {
      tip,
      commitment: has(REVEAL) ? ZERO_HASH : open.word,
      exposure: open.exposure,
      backing: open.backing,
    },
    secret: has(REVEAL) ? open.word : ZERO_HASH,
    ballot,
    commitEpoch,
    commitment: next.word,
    exposure: next.exposure,
    backing: next.backing,
  };
}

/**
 * Packs a beat behind its terms, for `Consensus.beatFor`.
 * @throws ProtocolError `OutOfRange`, `MalformedHex`
 * @example
 * const relayed = encodeRelayedBeat(beat, { maxRelayFee: 10n ** 15n, deadline: 1_900_000_000 });
 */
export function encodeRelayedBeat(beat: Beat, { maxRelayFee, deadline }: RelayTerms): Hex {
  return toHex(concatBytes(uintBytes(maxRelayFee, 16), uintBytes(deadline, 5), toBytes(encodeBeat(beat))));
}

/** Unpacks a beat and its terms. @throws ProtocolError `MalformedBeat`, as {@link decodeBeat}; `MalformedHex` */
export function decodeRelayedBeat(relayed: Hex): { readonly beat: Beat; readonly terms: RelayTerms } {
  const { packed, terms } = splitTerms(relayed);
  return { beat: decodeBeat(packed), terms };
}

/** EIP-712 domain of a deployment's relayed beats. */
export function relayedBeatDomain(context: BeatContext): AssayDomain {
  return assayDomain(context.chainId, context.consensus);
}

/**
 * Typed data for a wallet: `signTypedData(domain, types, message)` of ethers, `signTypedData(typedData)` of viem.
 * @param relayed as {@link encodeRelayedBeat} gives it
 * @throws ProtocolError `MalformedBeat`, `MalformedHex`
 * @example
 * const { domain, types, message } = relayedBeatTypedData({ chainId: 1, consensus }, relayed);
 */
export function relayedBeatTypedData(
  context: BeatContext,
  relayed: Hex,
): {
  readonly domain: AssayDomain;
  readonly types: typeof RELAYED_BEAT_TYPES;
  readonly primaryType: "RelayedBeat";
  readonly message: RelayedBeatMessage;
} {
  const { packed, terms } = splitTerms(relayed);
  decodeBeat(packed);
  const message = { beat: packed, ...terms };
  return { domain: relayedBeatDomain(context), types: RELAYED_BEAT_TYPES, primaryType: "RelayedBeat", message };
}

/** EIP-712 struct hash of a relayed beat. @throws ProtocolError `MalformedBeat`, `MalformedHex` */
export function relayedBeatHash(relayed: Hex): Hex {
  const { packed, terms } = splitTerms(relayed);
  decodeBeat(packed);
  return hashWords(
    bytesWord(RELAYED_BEAT_TYPEHASH),
    toBytes(keccak(packed)),
    uintWord(terms.maxRelayFee, 128),
    uintWord(terms.deadline, 40),
  );
}

/** Digest that is signed. @throws ProtocolError `MalformedBeat`, `OutOfRange`, `MalformedHex` */
export function relayedBeatDigest(context: BeatContext, relayed: Hex): Hex {
  return digestOf(relayedBeatDomain(context), relayedBeatHash(relayed));
}

function splitTerms(relayed: Hex): { readonly packed: Hex; readonly terms: RelayTerms } {
  const reader = new Reader(relayed, TERMS_SIZE);
  const terms = { maxRelayFee: reader.uint(16), deadline: Number(reader.uint(5)) };
  return { packed: reader.rest(), terms };
}

const NO_STAKE = { exposure: 0n, backing: 0n, word: ZERO_HASH } as const;

function isSet(word: Hex): boolean {
  return toBytes(word, 32).some((byte) => byte !== 0);
}

function stakeBytes({ exposure, backing }: { readonly exposure: bigint; readonly backing: bigint }): Uint8Array {
  return concatBytes(uintBytes(exposure, 16), uintBytes(backing, 6));
}

class Reader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(data: Hex, minimum: number) {
    this.#bytes = toBytes(data);
    if (this.#bytes.length < minimum) throw this.#malformed();
  }

  hex(size: number): Hex {
    const end = this.#offset + size;
    if (end > this.#bytes.length) throw this.#malformed();
    const part = this.#bytes.subarray(this.#offset, end);
    this.#offset = end;
    return toHex(part);
  }

  uint(size: number): bigint {
    return BigInt(this.hex(size));
  }

  /** Bytes after their length. */
  counted(): Hex {
    return this.hex(Number(this.uint(2)));
  }

  stake(): { readonly exposure: bigint; readonly backing: bigint } {
    return { exposure: this.uint(16), backing: this.uint(6) };
  }

  rest(): Hex {
    return this.hex(this.#bytes.length - this.#offset);
  }

  end(): void {
    if (this.#offset !== this.#bytes.length) throw this.#malformed();
  }

  #malformed(): ProtocolError {
    return new ProtocolError(
      "MalformedBeat",
      `a beat of ${this.#bytes.length} bytes is not as long as its flags and lengths say`,
    );
  }
}
