import { createRequire } from "node:module";
import { type Address, type Hex, keccak } from "@assay/protocol";
import { recover as recoverByWasm } from "tiny-secp256k1";
import { bytesOf } from "../wire/hex.ts";

/** Half of the order of secp256k1: a larger `s` is another form of the same signature. */
const HALF_ORDER = bytesOf("0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0");
/** `v` of a signature with parity 0. */
const FIRST_V = 27;
/** Hexadecimal digits of an address. */
const ADDRESS_DIGITS = 40;

/** The public key of a signature, 65 bytes. @throws where there is none */
export type Recover = (digest: Uint8Array, signature: Uint8Array, parity: 0 | 1) => Uint8Array;

/** In WebAssembly, wherever Node runs. */
export const portableRecover: Recover = (digest, signature, parity) => {
  const key = recoverByWasm(digest, signature, parity, false);
  if (key === null) throw new RangeError("no point");
  return key;
};

/** By the platform's own code; null where none is built for it. Every statement costs this once, and it is most of what one costs. */
export const nativeRecover: Recover | null = loadNative();

/** Who signed a digest, in lower case; null for what Claims refuses: 65 bytes with `v` of 27 or 28 and a low `s` are the one form. */
export function recoverSigner(
  digest: Hex,
  signature: Hex,
  recover: Recover = nativeRecover ?? portableRecover,
): Address | null {
  const bytes = bytesOf(signature);
  const parity = (bytes[64] ?? 0) - FIRST_V;
  if (bytes.length !== 65 || (parity !== 0 && parity !== 1)) return null;
  if (Buffer.compare(bytes.subarray(32, 64), HALF_ORDER) > 0) return null;
  try {
    const key = recover(bytesOf(digest), bytes.subarray(0, 64), parity);
    return addressOf(key);
  } catch {
    return null; // numbers that are out of range, or of no point
  }
}

/** Of keys that have signed before: the same few sign most of what comes. */
const addresses = new Map<string, Address>();
const MAX_ADDRESSES = 4_096;

/** @param key 65 bytes */
function addressOf(key: Uint8Array): Address {
  const name = Buffer.from(key.buffer, key.byteOffset, key.length).toString("latin1");
  const known = addresses.get(name);
  if (known !== undefined) return known;
  if (addresses.size >= MAX_ADDRESSES) addresses.clear();
  const address: Address = `0x${keccak(key.subarray(1)).slice(-ADDRESS_DIGITS)}`;
  addresses.set(name, address);
  return address;
}

function loadNative(): Recover | null {
  try {
    // Not the package's entry, which has slow JavaScript where there is no native code.
    const native = createRequire(import.meta.url)("secp256k1/bindings.js") as {
      ecdsaRecover(signature: Uint8Array, parity: number, digest: Uint8Array, compressed: boolean): Uint8Array;
    };
    return (digest, signature, parity) => native.ecdsaRecover(signature, parity, digest, false);
  } catch {
    return null;
  }
}
