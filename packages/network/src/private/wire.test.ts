import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toMessage } from "../statements/message.ts";
import { TEST_CONTEXT, testAgent } from "../testing/agents.ts";
import { fuzz, seededRandom } from "../testing/fuzz.ts";
import { MAX_BODY } from "./receipt.ts";
import { answerCodec, privateFrameCodec, privateRequestCodec, questionCodec, type Sealed } from "./wire.ts";

const RUNS = 20_000;
const content = new TextEncoder().encode("content");
const sealed: Sealed = {
  ...{ id: `0x${"01".repeat(16)}`, inReplyTo: null, sentAt: 1_790_000_000 },
  ...{ senderKey: `0x${"02".repeat(32)}`, recipientKey: `0x${"03".repeat(32)}`, commitment: `0x${"04".repeat(32)}` },
  ...{ signature: `0x${"05".repeat(64)}`, enc: new Uint8Array(32), ciphertext: new Uint8Array(48) },
};
const received = { receivedAt: 1_790_000_001, signature: sealed.signature };

describe("private exchange on the wire", () => {
  it("is read strictly", async () => {
    const message = toMessage(TEST_CONTEXT, await (await testAgent(1)).sign(content));
    fuzz(questionCodec, [{ domainId: 3, content }], RUNS, seededRandom(1));
    fuzz(answerCodec, [{ statement: message, evidence: content }], RUNS, seededRandom(2));
    fuzz(
      privateRequestCodec,
      [
        { kind: "message", sealed },
        { kind: "question", sealed: { ...sealed, inReplyTo: sealed.id } },
        { kind: "acknowledgement", id: sealed.id, received },
      ],
      ...([RUNS, seededRandom(3)] as const),
    );
    fuzz(
      privateFrameCodec,
      [
        { kind: "received", received },
        { kind: "waiting" },
        { kind: "answer", sealed },
        { kind: "refused", reason: "no" },
      ],
      ...([RUNS, seededRandom(4)] as const),
    );
  });

  it("has room for the largest of all, and refuses what is larger before it looks at it", () => {
    const largest = { ...sealed, ciphertext: new Uint8Array(MAX_BODY + 60) };
    const encoded = privateRequestCodec.encode({ kind: "message", sealed: largest });
    assert.ok(encoded.length <= privateRequestCodec.maxSize);
    assert.throws(() => privateRequestCodec.decode(new Uint8Array(privateRequestCodec.maxSize + 1)), {
      code: "TOO_LARGE",
    });
    assert.throws(() => questionCodec.encode({ domainId: 1, content: new Uint8Array(MAX_BODY) }), {
      code: "TOO_LARGE",
    });
  });
});
