import type { Hex } from "@assay/protocol";
import * as v from "valibot";
import type { NetworkError } from "../errors.ts";
import { type Codec, createCodec } from "../wire/codec.ts";
import { bytesField, smallField } from "../wire/fields.ts";
import { cidBytesOf, contentHashOf } from "./cid.ts";

/** Bytes of a CID of version 1, raw, SHA-256. */
const CID_SIZE = 36;

const cidField = v.pipe(
  bytesField(CID_SIZE, CID_SIZE),
  v.rawTransform(({ dataset, addIssue, NEVER }): Hex => {
    try {
      return contentHashOf(dataset.value);
    } catch (error) {
      addIssue({ message: (error as NetworkError).message });
      return NEVER;
    }
  }),
);

/** Asks for a content by its CID. */
export const contentRequestCodec: Codec<readonly [Hex]> = createCodec({
  name: "request of a content",
  maxSize: CID_SIZE + 8,
  schema: v.strictTuple([cidField]),
  toWire: ([contentHash]) => [cidBytesOf(contentHash)],
});

/** First frame of the response: how many bytes follow. */
export const contentHeaderCodec: Codec<readonly [number]> = createCodec({
  name: "header of a content",
  maxSize: 16,
  schema: v.strictTuple([smallField(Number.MAX_SAFE_INTEGER)]),
  toWire: ([size]) => [size],
});
