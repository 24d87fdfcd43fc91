import { decode, encode } from "cborg";
import * as v from "valibot";
import { NetworkError } from "../errors.ts";

/** Turns messages of one kind into bytes and back. */
export interface Codec<T> {
  /** Most bytes that a message may have. */
  readonly maxSize: number;
  /** @throws NetworkError `TOO_LARGE` */
  encode(message: T): Uint8Array;
  /** @throws NetworkError `TOO_LARGE` before anything is parsed, `MALFORMED` */
  decode(bytes: Uint8Array): T;
}

/** Values that CBOR holds here: no maps, no tags, no floats. */
export type Wire = null | boolean | number | string | Uint8Array | readonly Wire[];

/** How a codec is made. */
export interface CodecOptions<S extends v.GenericSchema<unknown, unknown>> {
  /** For messages of errors, such as `statement`. */
  readonly name: string;
  /** Bytes. */
  readonly maxSize: number;
  /** Reads what CBOR holds. */
  readonly schema: S;
  /** The opposite. */
  readonly toWire: (message: v.InferOutput<S>) => Wire;
}

/**
 * A codec over canonical CBOR (RFC 8949, section 4.2.1): a message has one encoding only, so that its hash names it.
 * Tuples instead of maps, bytes instead of hexadecimal digits.
 */
export function createCodec<const S extends v.GenericSchema<unknown, unknown>>({
  name,
  maxSize,
  schema,
  toWire,
}: CodecOptions<S>): Codec<v.InferOutput<S>> {
  const limit = (bytes: Uint8Array) => {
    if (bytes.length > maxSize)
      throw new NetworkError("TOO_LARGE", `a ${name} of ${bytes.length} bytes; ${maxSize} are allowed`);
    return bytes;
  };
  return {
    maxSize,
    encode: (message) => limit(encode(toWire(message))),
    decode: (bytes) => {
      const found = v.safeParse(schema, parse(limit(bytes), name));
      if (!found.success) throw new NetworkError("MALFORMED", `a malformed ${name}: ${found.issues[0].message}`);
      // What the parser forgives: a number as a float, text that is not UTF-8.
      const canonical = encode(toWire(found.output));
      if (!bytesEqual(canonical, bytes))
        throw new NetworkError("MALFORMED", `a ${name} in another encoding than its own`);
      return found.output;
    },
  };
}

function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

function parse(bytes: Uint8Array, name: string): unknown {
  try {
    return decode(bytes, STRICT);
  } catch (cause) {
    throw new NetworkError("MALFORMED", `a malformed ${name}: ${(cause as Error).message}`, { cause });
  }
}

const STRICT = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: false,
  rejectDuplicateMapKeys: true,
};
