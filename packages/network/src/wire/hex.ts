import type { Hex } from "@assay/protocol";

/** Bytes as hexadecimal digits, in lower case. By the platform's own code: each statement has many. */
export function hexOf(bytes: Uint8Array): Hex {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex")}`;
}

/** The opposite. @throws RangeError if these are no pairs of hexadecimal digits after `0x` */
export function bytesOf(hex: string): Uint8Array {
  const bytes = Buffer.from(hex.slice(2), "hex");
  if (hex.startsWith("0x") && 2 * bytes.length + 2 === hex.length) return bytes;
  throw new RangeError(`no pairs of hexadecimal digits after 0x: ${hex}`);
}
