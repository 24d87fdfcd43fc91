import type { Hex } from "@assay/protocol";
import * as v from "valibot";
import { bytesOf, hexOf } from "./hex.ts";

/** An unsigned integer, as bytes without leading zeros. @param bits at most 256 */
export function uintField(bits: number) {
  return v.pipe(
    v.instance(Uint8Array, "bytes of a number expected"),
    v.maxLength(bits / 8, "a number that is too large"),
    v.check((bytes) => bytes[0] !== 0, "a number with leading zeros"),
    v.transform((bytes) => (bytes.length === 0 ? 0n : BigInt(hexOf(bytes)))),
  );
}

/** Bytes of one length, read as hexadecimal digits. */
export function hexField(length: number) {
  return v.pipe(
    v.instance(Uint8Array, "bytes expected"),
    v.length(length, `${length} bytes expected`),
    v.transform((bytes) => hexOf(bytes)),
  );
}

/** Bytes up to a length. */
export function bytesField(max: number, min = 0) {
  return v.pipe(
    v.instance(Uint8Array, "bytes expected"),
    v.minLength(min, `at least ${min} bytes expected`),
    v.maxLength(max, `at most ${max} bytes expected`),
  );
}

/** A whole number from 0 to `max`. */
export function smallField(max: number) {
  return v.pipe(v.number("a number expected"), v.integer("a whole number expected"), v.minValue(0), v.maxValue(max));
}

/** Text of at most so many UTF-16 units. */
export function textField(max: number) {
  return v.pipe(v.string("text expected"), v.maxLength(max, `at most ${max} characters expected`));
}

/** What {@link uintField} reads. */
export function uintWire(value: bigint): Uint8Array {
  if (value === 0n) return new Uint8Array();
  const digits = value.toString(16);
  return bytesOf(digits.length % 2 === 0 ? `0x${digits}` : `0x0${digits}`);
}

/** What {@link hexField} reads. */
export function hexWire(value: Hex): Uint8Array {
  return bytesOf(value);
}
