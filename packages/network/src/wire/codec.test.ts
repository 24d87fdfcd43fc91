import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encode } from "cborg";
import * as v from "valibot";
import { fuzz, seededRandom } from "../testing/fuzz.ts";
import { createCodec } from "./codec.ts";
import { bytesField, hexField, hexWire, smallField, textField, uintField, uintWire } from "./fields.ts";

const codec = createCodec({
  name: "thing",
  maxSize: 200,
  schema: v.strictTuple([uintField(64), hexField(4), bytesField(8, 1), smallField(9), textField(8), v.boolean()]),
  toWire: ([amount, id, data, small, text, flag]) => [uintWire(amount), hexWire(id), data, small, text, flag],
});
const thing = [2n ** 63n, "0x01020304", Uint8Array.of(1, 2), 9, "häß", true] as const;
const wire = (changes: Record<number, unknown>) =>
  encode([new Uint8Array([1]), new Uint8Array(4), new Uint8Array(2), 9, "text", true].map((x, i) => changes[i] ?? x));

describe("a codec", () => {
  it("reads back what it writes", () => {
    assert.deepEqual(codec.decode(codec.encode([...thing])), [...thing]);
    codec.decode(wire({}));
  });

  it("refuses values that do not fit their fields", () => {
    const wrong: Record<number, unknown>[] = [
      { 0: new Uint8Array(1) },
      { 0: new Uint8Array(9).fill(1) },
      { 0: 1 },
      { 1: new Uint8Array(3) },
      { 1: "0x01020304" },
      { 2: new Uint8Array(0) },
      { 2: new Uint8Array(9) },
      { 3: 10 },
      { 3: -1 },
      { 3: 1.5 },
      { 4: "123456789" },
      { 5: 1 },
    ];
    for (const change of wrong) assert.throws(() => codec.decode(wire(change)), { code: "MALFORMED" });
    assert.throws(() => codec.decode(encode([])), { code: "MALFORMED" });
    assert.throws(() => codec.decode(encode({})), { code: "MALFORMED" });
  });

  it("refuses a second encoding of a message", () => {
    const hex = Buffer.from(wire({})).toString("hex");
    const others = [
      hex.replace("09647465", "fb4022000000000000647465"), // 9 as a float
      hex.replace("09647465", "1809647465"), // 9 in two bytes
      hex.replace("647465", "64ff65"), // no UTF-8
      hex.replace("647465", "7804746578"), // a longer length
      hex.replace(/^86/, "9f") + "ff", // without a length
      `${hex}00`,
    ];
    for (const other of others) {
      assert.notEqual(other, hex);
      assert.throws(() => codec.decode(Buffer.from(other, "hex")), { code: "MALFORMED" });
    }
  });

  it("refuses what is too large before it parses it, and what is nested deeply", () => {
    assert.throws(() => codec.decode(new Uint8Array(201)), { code: "TOO_LARGE" });
    assert.throws(() => codec.encode([1n, "0x01020304", new Uint8Array(300), 1, "", true]), { code: "TOO_LARGE" });
    const deep = createCodec({ name: "deep", maxSize: 2 ** 20, schema: v.null(), toWire: () => null });
    assert.throws(() => deep.decode(new Uint8Array(2 ** 20).fill(0x81)), { code: "MALFORMED" });
    assert.throws(() => deep.decode(Uint8Array.of(0x9b, 0, 0, 0, 1, 0, 0, 0, 0)), { code: "MALFORMED" });
  });

  it("ends in nothing worse than a NetworkError, 20,000 times", () => {
    const { accepted, refused } = fuzz(codec, [[...thing]], 20_000, seededRandom(3));
    assert.ok(accepted > 100 && refused > 10_000, `${accepted} accepted, ${refused} refused`);
  });
});
