import { createHash } from "node:crypto";
import type { Hex } from "@assay/protocol";
import { NetworkError } from "../errors.ts";
import { cidOf } from "./cid.ts";
import { PART_SIZE } from "./store.ts";
import { contentHeaderCodec } from "./wire.ts";

/**
 * Takes a content from a peer's frames: a header with its size, then its parts, all of {@link PART_SIZE} bytes but the last.
 * @param maxSize bytes; a larger one is refused before there is memory for it
 * @throws NetworkError `TOO_LARGE`; `MALFORMED` if the frames are not of the size that was declared; `CONTENT_MISMATCH`; whatever the
 * frames end with
 */
export async function receiveContent(
  frames: AsyncIterable<Uint8Array>,
  contentHash: Hex,
  maxSize: number,
): Promise<Uint8Array> {
  let bytes: Uint8Array | null = null;
  let taken = 0;
  const hash = createHash("sha256");
  for await (const frame of frames) {
    if (bytes === null) {
      const [size] = contentHeaderCodec.decode(frame);
      if (size > maxSize)
        throw new NetworkError("TOO_LARGE", `${cidOf(contentHash)} has ${size} bytes, more than ${maxSize}`);
      bytes = new Uint8Array(size);
      continue;
    }
    const expected = Math.min(PART_SIZE, bytes.length - taken);
    if (frame.length !== expected || expected === 0) {
      const message = `a part of ${frame.length} bytes after ${taken} of ${bytes.length}; ${expected} are expected`;
      throw new NetworkError("MALFORMED", message);
    }
    bytes.set(frame, taken);
    taken += frame.length;
    hash.update(frame);
  }
  if (bytes === null || taken < bytes.length) {
    throw new NetworkError("MALFORMED", `it broke off after ${taken} of ${bytes?.length ?? "unknown"} bytes`);
  }
  if (`0x${hash.digest("hex")}` === contentHash.toLowerCase()) return bytes;
  throw new NetworkError("CONTENT_MISMATCH", `other bytes than those of ${cidOf(contentHash)}`);
}
