import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { encodePacked, keccak256 } from "viem";
import {
  decodeBallot,
  decodeReceipts,
  encodeBallot,
  encodeReceipts,
  requireOutcomes,
  ringHash,
  sortVotes,
} from "./ballot.ts";
import { toHex, type Hex } from "./hex.ts";

const h = (byte: string): string => byte.repeat(20);
const id = (domain: number, byte: string): Hex => `0x${domain.toString(16).padStart(8, "0")}${h(byte)}`;

const receipt = fc.record(
  {
    // Few domains and short hashes, so that groups are shared and neighbours differ in one byte.
    questionId: fc
      .tuple(
        fc.constantFrom(1, 2, 256, 2 ** 32 - 1),
        fc.uint8Array({ minLength: 20, maxLength: 20 }).filter((hash) => hash.some((byte) => byte > 0)),
      )
      .map(([domain, hash]): Hex => `0x${domain.toString(16).padStart(8, "0")}${toHex(hash).slice(2)}`),
    outcome: fc.integer({ min: 0, max: 15 }),
    seats: fc.integer({ min: 1, max: 65_535 }),
  },
  { noNullPrototype: true },
);
const distinct = fc.uniqueArray(receipt, { maxLength: 256, selector: (r) => r.questionId, size: "max" });

describe("ballot codec", () => {
  it("packs groups of a domain in ascending order", () => {
    const votes = [
      { questionId: id(2, "aa"), outcome: 3 },
      { questionId: id(1, "bb"), outcome: 0 },
      { questionId: id(1, "0b"), outcome: 15 },
    ];
    assert.equal(encodeBallot(votes), `0x000000010002${h("0b")}0f${h("bb")}00000000020001${h("aa")}03`);
    assert.deepEqual(decodeBallot(encodeBallot(votes)), [votes[2], votes[1], votes[0]]);
    assert.deepEqual(sortVotes(votes), [votes[2], votes[1], votes[0]]);
  });

  it("has an empty ballot", () => {
    assert.equal(encodeBallot([]), "0x");
    assert.deepEqual(decodeBallot("0x"), []);
  });

  it("comes back as it was, sorted, and has one encoding only", () => {
    fc.assert(
      fc.property(distinct, (receipts) => {
        const votes = receipts.map(({ questionId, outcome }) => ({ questionId, outcome }));
        const ballot = encodeBallot(votes);
        assert.deepEqual(decodeBallot(ballot), sortVotes(votes));
        assert.equal(encodeBallot([...votes].reverse()), ballot);
      }),
      { seed: 11, numRuns: 300 },
    );
  });

  it("rejects or exactly reproduces any bytes", () => {
    const codes = ["Truncated", "EmptyGroup", "DomainsNotAscending", "QuestionsNotAscending", "TooManyVotes"];
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc.tuple(distinct, fc.nat(), fc.nat({ max: 255 })).map(([receipts, at, value]) => {
        const ballot = Uint8Array.from(Buffer.from(encodeBallot(receipts).slice(2), "hex"));
        if (ballot.length > 0) ballot[at % ballot.length] = value;
        return ballot;
      }),
    );
    let accepted = 0;
    let rejected = 0;
    fc.assert(
      fc.property(bytes, (data) => {
        try {
          const votes = decodeBallot(toHex(data));
          accepted++;
          if (votes.every(({ outcome }) => outcome < 16)) assert.equal(encodeBallot(votes), toHex(data));
        } catch (error) {
          rejected++;
          assert.ok(codes.includes((error as { code: string }).code), String(error));
        }
      }),
      { seed: 12, numRuns: 1_000 },
    );
    assert.ok(accepted > 50 && rejected > 50, `${accepted} accepted, ${rejected} rejected`);
  });

  const malformed: readonly (readonly [string, Hex, string])[] = [
    ["a cut group header", "0x0000000100", "Truncated"],
    ["a cut vote", `0x000000010001${h("aa")}`, "Truncated"],
    ["a count beyond the end", `0x000000010002${h("aa")}01`, "Truncated"],
    ["trailing bytes", `0x000000010001${h("aa")}01ff`, "Truncated"],
    ["a group without votes", "0x000000010000", "EmptyGroup"],
    ["descending domains", `0x000000020001${h("aa")}01000000010001${h("aa")}01`, "DomainsNotAscending"],
    ["a repeated domain", `0x000000010001${h("aa")}01000000010001${h("bb")}01`, "DomainsNotAscending"],
    ["descending questions", `0x000000010002${h("bb")}01${h("aa")}01`, "QuestionsNotAscending"],
    ["a repeated question", `0x000000010002${h("aa")}01${h("aa")}00`, "QuestionsNotAscending"],
    ["the question zero", `0x000000010001${h("00")}01`, "QuestionsNotAscending"],
    ["257 votes", `0x000000010101${"00".repeat(257 * 21)}`, "TooManyVotes"],
    ["half a byte", "0x0", "MalformedHex"],
    ["no hex", "0xzz", "MalformedHex"],
  ];
  for (const [name, ballot, code] of malformed) {
    it(`rejects ${name}`, () => assert.throws(() => decodeBallot(ballot), { name: "ProtocolError", code }));
  }

  it("counts votes over all groups", () => {
    const votes = Array.from({ length: 257 }, (_, i) => ({ questionId: id((i % 2) + 1, "00"), outcome: 0 })).map(
      (vote, i) => ({
        ...vote,
        questionId: (vote.questionId.slice(0, -4) + (i + 1).toString(16).padStart(4, "0")) as Hex,
      }),
    );
    assert.equal(decodeBallot(encodeBallot(votes.slice(1))).length, 256);
    assert.throws(() => encodeBallot(votes), { code: "TooManyVotes" });
    const group = (domain: string, n: number): string =>
      `0000000${domain}${n.toString(16).padStart(4, "0")}${Array.from({ length: n }, (_, i) => `${(i + 1).toString(16).padStart(40, "0")}00`).join("")}`;
    assert.equal(decodeBallot(`0x${group("1", 128)}${group("2", 128)}`).length, 256);
    assert.throws(() => decodeBallot(`0x${group("1", 128)}${group("2", 129)}`), { code: "TooManyVotes" });
  });

  it("does not encode what no contract would count", () => {
    const vote = { questionId: id(1, "aa"), outcome: 1 };
    assert.throws(() => encodeBallot([vote, { ...vote, questionId: id(1, "AA"), outcome: 0 }]), {
      code: "DuplicateQuestion",
    });
    assert.throws(() => encodeBallot([{ ...vote, questionId: id(1, "00") }]), { code: "QuestionsNotAscending" });
    assert.throws(() => encodeBallot([{ ...vote, outcome: 16 }]), { code: "OutcomeOutOfRange" });
    assert.throws(() => encodeBallot([{ ...vote, outcome: 0.5 }]), { code: "OutcomeOutOfRange" });
    assert.throws(() => encodeBallot([{ ...vote, questionId: "0xaa" }]), { code: "MalformedHex" });
    requireOutcomes([vote], () => 2);
    assert.throws(() => requireOutcomes([vote], (domain) => domain), { code: "OutcomeOutOfRange" });
  });
});

describe("receipt codec", () => {
  it("packs the generation, then groups with seats", () => {
    const receipts = [{ questionId: id(1, "aa"), outcome: 1, seats: 258 }];
    const data = encodeReceipts({ generation: 5, receipts });
    assert.equal(data, `0x0005000000010001${h("aa")}010102`);
    assert.deepEqual(decodeReceipts(data), { generation: 5, receipts });
  });

  it("comes back as it was, sorted", () => {
    fc.assert(
      fc.property(distinct, fc.integer({ min: 0, max: 4095 }), (receipts, generation) => {
        const decoded = decodeReceipts(encodeReceipts({ generation, receipts }));
        assert.deepEqual(decoded.receipts, sortVotes(receipts));
        assert.equal(decoded.generation, receipts.length === 0 ? 0 : generation);
      }),
      { seed: 13, numRuns: 300 },
    );
  });

  it("is empty without a receipt", () => {
    assert.equal(encodeReceipts({ generation: 9, receipts: [] }), "0x");
  });

  const malformed: readonly (readonly [string, Hex, string])[] = [
    ["half a generation", "0x00", "Truncated"],
    ["a generation alone", "0x0001", "Truncated"],
    ["a cut receipt", `0x0001000000010001${h("aa")}0100`, "Truncated"],
    ["a generation of 13 bits", `0x1000000000010001${h("aa")}010001`, "OutOfRange"],
    ["a receipt without a seat", `0x0001000000010001${h("aa")}010000`, "ZeroSeats"],
    ["a group without receipts", "0x0001000000010000", "EmptyGroup"],
    ["a repeated question", `0x0001000000010002${h("aa")}010001${h("aa")}010001`, "QuestionsNotAscending"],
  ];
  for (const [name, data, code] of malformed) {
    it(`rejects ${name}`, () => assert.throws(() => decodeReceipts(data), { name: "ProtocolError", code }));
  }

  it("does not encode seats or generations that do not fit", () => {
    const r = { questionId: id(1, "aa"), outcome: 1, seats: 1 };
    assert.throws(() => encodeReceipts({ generation: 4096, receipts: [r] }), { code: "OutOfRange" });
    assert.throws(() => encodeReceipts({ generation: 0, receipts: [{ ...r, seats: 0 }] }), { code: "ZeroSeats" });
    assert.throws(() => encodeReceipts({ generation: 0, receipts: [{ ...r, seats: 65_536 }] }), { code: "OutOfRange" });
  });

  it("hashes with its epoch as encodePacked does", () => {
    const data = encodeReceipts({ generation: 1, receipts: [{ questionId: id(1, "aa"), outcome: 1, seats: 2 }] });
    assert.equal(ringHash(77, data), keccak256(encodePacked(["uint32", "bytes"], [77, data])));
  });
});
