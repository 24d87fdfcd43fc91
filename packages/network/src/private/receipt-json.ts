import type { Hex } from "@assay/protocol";
import * as v from "valibot";
import { ID_SIZE, type Receipt } from "./receipt.ts";

/** Whole bytes. */
export const HEX = /^0x(?:[0-9a-f]{2})*$/;

/** Hexadecimal digits in lower case, of a number of bytes. */
export function hexText(length: number) {
  return v.pipe(
    v.string("text expected"),
    v.length(2 + 2 * length, `${length} bytes expected`),
    v.regex(HEX, "hexadecimal digits in lower case expected"),
    v.transform((text) => text as Hex),
  );
}

/** An unsigned integer as a decimal string. @param bits at most 256 */
export function uintText(bits: number) {
  return v.pipe(
    v.string("a decimal string expected"),
    v.regex(/^(?:0|[1-9][0-9]{0,77})$/, "a decimal string expected"),
    v.transform((text) => BigInt(text)),
    v.maxValue(2n ** BigInt(bits) - 1n, `at most ${bits} bits expected`),
  );
}

/** A whole number from 0 to `max`. */
export function wholeNumber(max = Number.MAX_SAFE_INTEGER) {
  return v.pipe(v.number("a number expected"), v.integer("a whole number expected"), v.minValue(0), v.maxValue(max));
}

const signatoryJson = v.strictObject({ agentId: uintText(256), networkKey: hexText(32) });

/** Reads a receipt from JSON. */
export const receiptJson: v.GenericSchema<unknown, Receipt> = v.strictObject({
  chainId: uintText(256),
  registry: hexText(20),
  purpose: v.picklist(["message", "question", "answer"]),
  sender: signatoryJson,
  recipient: signatoryJson,
  id: hexText(ID_SIZE),
  inReplyTo: v.nullable(hexText(ID_SIZE)),
  sentAt: wholeNumber(),
  ciphertextHash: hexText(32),
  commitment: hexText(32),
  senderSignature: hexText(64),
  receivedAt: wholeNumber(),
  recipientSignature: hexText(64),
});
