import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import type { Hex } from "@assay/protocol";
import { NetworkError } from "../errors.ts";
import type { AgentPeer } from "../node/exchange.ts";
import type { NetworkHappening } from "../report.ts";
import { TEST_CONTEXT, testAgent, type TestAgent } from "../testing/agents.ts";
import { collect, createMemoryNetwork, type MemoryNetwork, type Wire } from "../testing/exchange.ts";
import { newPath } from "../testing/files.ts";
import { MAX_CLOCK_SKEW, MESSAGE_WINDOW, PrivateMail } from "./mail.ts";
import { MAX_BODY, openReceipt, signDelivery, verifyReceipt } from "./receipt.ts";
import { PRIVATE_PROTOCOL, type PrivateAnswer, type PrivateOptions, PrivateService } from "./service.ts";
import { PrivateStore } from "./store.ts";
import { type PrivateFrame, privateFrameCodec, privateRequestCodec, type Sealed } from "./wire.ts";

const START = 1_790_000_000;
const never = new AbortController().signal;
const text = (words: string) => new TextEncoder().encode(words);
const content = text("water is wet");
const question = { domainId: 1, content };

const [one, two, three] = [await testAgent(1), await testAgent(2), await testAgent(3)];
const SIGNATURE: Hex = `0x${"07".repeat(64)}`;
const WORD: Hex = `0x${"77".repeat(32)}`;
const ID: Hex = `0x${"77".repeat(16)}`;

interface Member {
  readonly agent: TestAgent;
  readonly peer: AgentPeer;
  readonly service: PrivateService;
  readonly store: PrivateStore;
  readonly messages: [string, bigint][];
  readonly happened: NetworkHappening[];
  /** Unix seconds. */
  clock: number;
}

function join(network: MemoryNetwork, agent: TestAgent, changes: Partial<PrivateOptions> = {}): Member {
  const exchange = network.join(agent.peer);
  const { agentId } = agent.peer;
  const now = () => member.clock;
  const store = new PrivateStore({ path: newPath(), context: TEST_CONTEXT, agentId, now });
  const messages: Member["messages"] = [];
  const happened: NetworkHappening[] = [];
  const service = new PrivateService({
    ...{ exchange, keys: agent.keys, context: TEST_CONTEXT, store, now, randomBytes: (size) => randomBytes(size) },
    report: (happening) => void happened.push(happening),
    onMessage: (message, peer) => void messages.push([new TextDecoder().decode(message), peer.agentId]),
    onQuestion: async (asked) => ({ statement: await agent.sign(asked.content), evidence: text("because") }),
    ...changes,
  });
  const member: Member = { agent, peer: agent.peer, service, store, messages, happened, clock: START };
  return member;
}

function pair(changes: Partial<PrivateOptions> = {}) {
  const network = createMemoryNetwork();
  return { network, asker: join(network, one), answerer: join(network, two, changes) };
}

/** Seals as an agent, without a service. */
function mailOf({ keys, peer }: TestAgent): PrivateMail {
  const store = new PrivateStore({ path: newPath(), context: TEST_CONTEXT, agentId: peer.agentId, now: () => START });
  return new PrivateMail({
    ...{ exchange: { self: peer }, keys, context: TEST_CONTEXT, store, now: () => START },
    randomBytes: (size) => randomBytes(size),
  });
}

/** Nothing of a failed exchange is left on either side. */
function requireNothing(...members: Member[]): void {
  for (const { store, messages } of members) assert.deepEqual([store.receipts(), messages], [[], []]);
}

/** Lets a request be recorded on its way. */
function record(network: MemoryNetwork): Uint8Array[] {
  const requests: Uint8Array[] = [];
  network.wire = { onRequest: (request) => (requests.push(request), request) };
  return requests;
}

const options = { maxFrame: privateFrameCodec.maxSize, maxTotal: privateFrameCodec.maxSize, signal: never };

describe("private messages", () => {
  it("are delivered once, with a receipt that both have signed and hold", async () => {
    const { asker, answerer } = pair();
    const receipt = await asker.service.send(answerer.peer, text("hello"), never);
    await verifyReceipt(receipt);
    assert.deepEqual(answerer.messages, [["hello", 1n]]);
    assert.deepEqual([receipt.sender.agentId, receipt.recipient.agentId, receipt.purpose], [1n, 2n, "message"]);
    assert.deepEqual(asker.store.receipts(), [receipt]);
    assert.deepEqual(answerer.store.receipts(), [receipt]);
    for (const kept of [asker.store.find("sent", 2n, receipt.id), answerer.store.find("received", 1n, receipt.id)]) {
      assert.ok(kept);
      assert.deepEqual(new Uint8Array(openReceipt(kept.receipt, kept.plaintext)), text("hello"));
    }
  });

  it("are unreadable on the way, even if they are the same", async () => {
    const { network, asker, answerer } = pair();
    const requests = record(network);
    for (let i = 0; i < 2; i++) await asker.service.send(answerer.peer, text("hello hello hello"), never);
    for (const request of requests) assert.ok(!Buffer.from(request).includes("hello"));
    assert.notDeepEqual(requests[0], requests[1]);
  });

  it("may be as large as they may be, and no larger", async () => {
    const { asker, answerer } = pair();
    await asker.service.send(answerer.peer, new Uint8Array(MAX_BODY), never);
    await asker.service.send(answerer.peer, new Uint8Array(0), never);
    await assert.rejects(asker.service.send(answerer.peer, new Uint8Array(MAX_BODY + 1), never), { code: "TOO_LARGE" });
    assert.equal(answerer.store.receipts().length, 2);
  });

  it("are refused when they come again, from whoever", async () => {
    const { network, asker, answerer } = pair();
    const requests = record(network);
    await asker.service.send(answerer.peer, text("pay me"), never);
    const [request] = requests as [Uint8Array];
    const third = network.join(three.peer);
    const first = network.join(one.peer);
    const again = (exchange: typeof third) =>
      collect(exchange.request(answerer.peer, PRIVATE_PROTOCOL, request, options));
    await assert.rejects(again(first), { code: "REPLAYED" });
    // Another agent that sends the same bytes: they were sealed by another key.
    await assert.rejects(again(third), { code: "UNBOUND" });
    answerer.clock += MESSAGE_WINDOW;
    await assert.rejects(again(first), { code: "REPLAYED" });
    answerer.clock += MAX_CLOCK_SKEW + 1;
    await assert.rejects(again(first), { code: "EXPIRED" });
    assert.equal(answerer.messages.length, 1);
  });

  it("are refused if they are too old, or come from the future", async () => {
    for (const [skew, code] of [
      [-MESSAGE_WINDOW - 1, "EXPIRED"],
      [MAX_CLOCK_SKEW + 1, "EXPIRED"],
      [-MESSAGE_WINDOW, null],
      [MAX_CLOCK_SKEW, null],
    ] as const) {
      const { asker, answerer } = pair();
      asker.clock += skew;
      const sending = asker.service.send(answerer.peer, text("late"), never);
      if (code === null) {
        await sending;
      } else {
        await assert.rejects(sending, { code, message: /are both clocks right\?/ });
        requireNothing(asker, answerer);
      }
    }
  });

  it("open for no other purpose", async () => {
    const { network, asker, answerer } = pair();
    network.wire = {
      onRequest: (request) => {
        const read = privateRequestCodec.decode(request);
        assert.ok(read.kind !== "acknowledgement");
        return privateRequestCodec.encode({ ...read, kind: read.kind === "message" ? "question" : "message" });
      },
    };
    await assert.rejects(asker.service.send(answerer.peer, text("hello"), never), { code: "BAD_SIGNATURE" });
    await assert.rejects(asker.service.ask(answerer.peer, question, never), { code: "BAD_SIGNATURE" });
    requireNothing(asker, answerer);
  });

  it("open in no other deployment, or on another chain", async () => {
    for (const context of [
      { ...TEST_CONTEXT, chainId: 1n },
      { ...TEST_CONTEXT, registry: TEST_CONTEXT.claims },
    ]) {
      const { asker, answerer } = pair({ context });
      await assert.rejects(asker.service.send(answerer.peer, text("hello"), never), { code: "BAD_SIGNATURE" });
      requireNothing(asker, answerer);
    }
  });

  it("are refused if anything of them was changed on the way", async () => {
    const { network, asker, answerer } = pair();
    const changes: Partial<Sealed>[] = [
      { id: ID },
      { inReplyTo: ID },
      { sentAt: START - 1 },
      { senderKey: WORD },
      { recipientKey: WORD },
      { commitment: WORD },
      { signature: SIGNATURE },
      { enc: new Uint8Array(32).fill(9) },
      { ciphertext: new Uint8Array(64) },
    ];
    for (const change of changes) {
      network.wire = {
        onRequest: (request) => {
          const read = privateRequestCodec.decode(request);
          assert.ok(read.kind === "message");
          return privateRequestCodec.encode({ ...read, sealed: { ...read.sealed, ...change } });
        },
      };
      const codes = ["BAD_SIGNATURE", "UNBOUND", "MALFORMED"];
      await assert.rejects(asker.service.send(answerer.peer, text("hello"), never), (error) => {
        return error instanceof NetworkError && codes.includes(error.code);
      });
    }
    for (const wire of [
      { onRequest: (request) => request.slice(0, -1) },
      { onRequest: () => new Uint8Array(0) },
      { onRequest: (request) => new Uint8Array([...request, 0]) },
    ] satisfies Wire[]) {
      network.wire = wire;
      await assert.rejects(asker.service.send(answerer.peer, text("hello"), never), { code: "MALFORMED" });
    }
    network.wire = { onRequest: () => new Uint8Array(privateRequestCodec.maxSize + 1) };
    await assert.rejects(asker.service.send(answerer.peer, text("hello"), never), { code: "TOO_LARGE" });
    requireNothing(asker, answerer);
  });

  it("are refused if the plaintext is another than the sender has committed to", async () => {
    const { network, asker, answerer } = pair();
    const first = await mailOf(one).seal("message", two.peer, text("yes"), null);
    const delivery = { ...first.delivery, commitment: WORD };
    const signature = await signDelivery(delivery, (bytes) => one.keys.network.sign(bytes));
    const sealed = { ...first.sealed, commitment: WORD, signature };
    const request = privateRequestCodec.encode({ kind: "message", sealed });
    const sending = collect(network.join(one.peer).request(two.peer, PRIVATE_PROTOCOL, request, options));
    await assert.rejects(sending, { code: "BAD_SIGNATURE", message: /for another plaintext/ });
    requireNothing(asker, answerer);
  });

  it("do not open once keys have changed, on either side, and leave nothing behind", async () => {
    const network = createMemoryNetwork();
    const [asker, answerer] = [join(network, one), join(network, await testAgent(2, 9))];
    const message = /a key that agent 2 has no longer, or never had: look up its binding again/;
    await assert.rejects(asker.service.send(two.peer, text("hello"), never), { code: "UNBOUND", message });
    await assert.rejects(asker.service.ask(two.peer, question, never), { code: "UNBOUND", message });
    requireNothing(asker, answerer);

    const other = createMemoryNetwork();
    const recipient = join(other, two);
    const { sealed } = await mailOf(one).seal("message", two.peer, text("hello"), null);
    const request = privateRequestCodec.encode({ kind: "message", sealed });
    const rotated = other.join((await testAgent(1, 9)).peer);
    await assert.rejects(collect(rotated.request(two.peer, PRIVATE_PROTOCOL, request, options)), {
      ...{ code: "UNBOUND", message: /agent 1 has no longer/ },
    });
    requireNothing(recipient);
  });

  it("have no receipt if the one that comes back is forged, late, or something else", async () => {
    const forged = { receivedAt: START, signature: SIGNATURE };
    const frames: [string, (frame: Uint8Array) => Uint8Array][] = [
      ["BAD_SIGNATURE", () => privateFrameCodec.encode({ kind: "received", received: forged })],
      [
        "EXPIRED",
        () => privateFrameCodec.encode({ kind: "received", received: { ...forged, receivedAt: START + 10_000 } }),
      ],
      [
        "EXPIRED",
        () => privateFrameCodec.encode({ kind: "received", received: { ...forged, receivedAt: START - 100 } }),
      ],
      ["MALFORMED", () => privateFrameCodec.encode({ kind: "waiting" })],
      ["MALFORMED", (frame) => frame.slice(1)],
      ["TOO_LARGE", () => new Uint8Array(privateFrameCodec.maxSize + 1)],
    ];
    for (const [code, onFrame] of frames) {
      const { network, asker, answerer } = pair();
      network.wire = { onFrame };
      await assert.rejects(asker.service.send(answerer.peer, text("hello"), never), { code });
      assert.deepEqual(asker.store.receipts(), []);
    }
    const { network, asker } = pair();
    network
      .join(two.peer)
      .serve(PRIVATE_PROTOCOL, { maxRequest: 1e6, concurrency: 1, perMinute: 1 }, async function* () {});
    await assert.rejects(asker.service.send(two.peer, text("hello"), never), {
      code: "MALFORMED",
      message: /without a receipt/,
    });
  });

  it("are refused by who cannot keep them, who takes none, and who is gone", async () => {
    const small = new PrivateStore({
      ...{ path: newPath(), context: TEST_CONTEXT, agentId: 2n, maxFileBytes: 60_000, now: () => START },
    });
    const network = createMemoryNetwork();
    const [asker, answerer] = [join(network, one), join(network, two, { store: small })];
    await assert.rejects(asker.service.send(answerer.peer, new Uint8Array(100_000), never), { code: "REFUSED" });
    requireNothing(asker, answerer);
    await asker.service.send(answerer.peer, text("small enough"), never);
    const none = pair();
    const deaf = join(none.network, three, { onMessage: undefined, onQuestion: undefined });
    await assert.rejects(none.asker.service.send(deaf.peer, text("hello"), never), { code: "REFUSED" });
    await assert.rejects(none.asker.service.ask(deaf.peer, question, never), { code: "REFUSED" });
    none.network.leave(3n);
    await assert.rejects(none.asker.service.send(deaf.peer, text("hello"), never), { code: "PEER_UNREACHABLE" });
    requireNothing(none.asker);
  });

  it("are receipted even if what takes them fails, which is reported", async () => {
    const { asker, answerer } = pair({
      onMessage: () => {
        throw new Error("no space in the inbox");
      },
    });
    await asker.service.send(answerer.peer, text("hello"), never);
    await answerer.service.close();
    assert.deepEqual(
      answerer.happened.map(({ event, message }) => [event, message]),
      [["private-background", "no space in the inbox"]],
    );
  });
});

describe("private questions", () => {
  it("are answered by a statement about their content, both receipted by both", async () => {
    const { network, asker, answerer } = pair();
    const requests = record(network);
    const reply = await asker.service.ask(answerer.peer, question, never);
    assert.deepEqual([reply.statement.statement.agentId, reply.statement.statement.outcome], [2n, 1]);
    assert.deepEqual(new Uint8Array(reply.evidence), text("because"));
    await verifyReceipt(reply.question);
    await verifyReceipt(reply.answer);
    assert.equal(reply.answer.inReplyTo, reply.question.id);
    await asker.service.close();
    for (const { store } of [asker, answerer])
      assert.deepEqual(new Set(store.receipts()), new Set([reply.question, reply.answer]));
    for (const request of requests) assert.ok(!Buffer.from(request).includes("water"));
  });

  it("wait for an answer that takes its time, with signs of life", async () => {
    const waited = Promise.withResolvers<void>();
    const { network, asker, answerer } = pair({
      waitingMs: 5,
      onQuestion: async (asked) => {
        await waited.promise;
        return { statement: await two.sign(asked.content), evidence: text("") };
      },
    });
    const kinds: string[] = [];
    network.wire = {
      onFrame: (frame, index) => {
        kinds.push(privateFrameCodec.decode(frame).kind);
        if (index === 3) waited.resolve();
        return frame;
      },
    };
    const alive = setInterval(() => undefined, 1000);
    await asker.service.ask(answerer.peer, question, never);
    clearInterval(alive);
    assert.deepEqual(kinds.slice(0, 4), ["received", "waiting", "waiting", "waiting"]);
    assert.equal(kinds.at(-1), "answer");
  });

  it("are given up when the asker does so, by both", async () => {
    const [asked, gaveUp] = [new AbortController(), Promise.withResolvers<void>()];
    const { asker } = pair({
      onQuestion: (_question, _peer, signal) => {
        signal.addEventListener("abort", () => gaveUp.resolve());
        asked.abort();
        return new Promise(() => undefined);
      },
    });
    await assert.rejects(asker.service.ask(two.peer, question, asked.signal), { code: "TIMEOUT" });
    await gaveUp.promise;
    assert.deepEqual(
      asker.store.receipts().map(({ purpose }) => purpose),
      ["question"],
    );
  });

  it("have no answer if the agent gives none, and say why", async () => {
    const refusing = (error: Error) => pair({ onQuestion: () => Promise.reject(error) });
    const known = refusing(new NetworkError("REFUSED", "not in this domain"));
    const reason = { code: "REFUSED", message: "agent 2 gives no answer: not in this domain" };
    await assert.rejects(known.asker.service.ask(two.peer, question, never), reason);
    for (const secret of [new Error("token abc"), new NetworkError("STORE_UNWRITABLE", "/home/agent/private.db")]) {
      const { asker, answerer } = refusing(secret);
      await assert.rejects(asker.service.ask(two.peer, question, never), {
        message: "agent 2 gives no answer: the peer cannot answer now",
      });
      assert.equal(answerer.happened[0]?.message, secret.message);
    }
  });

  it("are not answered with a statement that would not be the agent's answer", async () => {
    const wrong: (() => Promise<PrivateAnswer>)[] = [
      async () => ({ statement: await two.sign(text("other")), evidence: text("") }),
      async () => ({ statement: await two.sign(content, { domainId: 2 }), evidence: text("") }),
      async () => ({ statement: await two.sign(content, { agentId: 3n }), evidence: text("") }),
      async () => ({ statement: await two.sign(content, { expiry: BigInt(START) }), evidence: text("") }),
      async () => ({ statement: await two.sign(content, {}, { ...TEST_CONTEXT, chainId: 1n }), evidence: text("") }),
      async () => ({
        statement: { ...(await two.sign(content)), signer: three.wallet.address as Hex },
        evidence: text(""),
      }),
      async () => ({ statement: await two.sign(content), evidence: new Uint8Array(70_000) }),
    ];
    for (const onQuestion of wrong) {
      const { asker, answerer } = pair({ onQuestion });
      await assert.rejects(asker.service.ask(two.peer, question, never), { code: "REFUSED" });
      assert.deepEqual(answerer.store.receipts().length, 1);
      assert.equal(answerer.happened[0]?.event, "private-question");
    }
  });

  it("take no answer that is another question's, of another purpose, changed, or not covered by stake", async () => {
    const { network, asker, answerer } = pair();
    const answers: Uint8Array[] = [];
    network.wire = { onFrame: (frame, index) => (index === 1 && answers.push(frame), frame) };
    await asker.service.ask(answerer.peer, question, never);
    const old = privateFrameCodec.decode(answers[0] as Uint8Array);
    assert.ok(old.kind === "answer");
    const replace = async (code: string, frame: (fresh: Sealed) => PrivateFrame) => {
      network.wire = {
        onFrame: (bytes, index) => {
          const fresh = privateFrameCodec.decode(bytes);
          return index === 1 && fresh.kind === "answer" ? privateFrameCodec.encode(frame(fresh.sealed)) : bytes;
        },
      };
      await assert.rejects(asker.service.ask(answerer.peer, question, never), { code });
    };
    await replace("MALFORMED", () => old);
    await replace("REPLAYED", ({ inReplyTo }) => ({ kind: "answer", sealed: { ...old.sealed, inReplyTo } }));
    await replace("BAD_SIGNATURE", (sealed) => {
      return { kind: "answer", sealed: { ...sealed, ciphertext: sealed.ciphertext.map((byte) => byte ^ 1) } };
    });
    await replace("MALFORMED", () => ({ kind: "received", received: { receivedAt: START, signature: SIGNATURE } }));
    await asker.service.close();
    assert.equal(asker.store.receipts().filter(({ purpose }) => purpose === "answer").length, 1);

    const unstaked = createMemoryNetwork();
    const careful = join(unstaked, one, {
      checkStatement: () => Promise.reject(new NetworkError("OVERCOMMITTED", "nothing is pledged")),
    });
    join(unstaked, two);
    await assert.rejects(careful.service.ask(two.peer, question, never), { code: "OVERCOMMITTED" });
    assert.deepEqual(
      careful.store.receipts().map(({ purpose }) => purpose),
      ["question"],
    );
  });

  it("are done when the answer is there, even if its acknowledgement is lost", async () => {
    const { network, asker, answerer } = pair();
    const acks: Uint8Array[] = [];
    network.wire = {
      onRequest: (request) => {
        if (privateRequestCodec.decode(request).kind !== "acknowledgement") return request;
        acks.push(request);
        return new Uint8Array(1);
      },
    };
    const { answer } = await asker.service.ask(answerer.peer, question, never);
    await asker.service.close();
    assert.deepEqual(
      answerer.store.receipts().map(({ purpose }) => purpose),
      ["question"],
    );
    assert.ok(asker.happened.some(({ event }) => event === "private-background"));
    network.wire = {};
    // It may come later, and again.
    const exchange = network.join(one.peer);
    const send = (request: Uint8Array) => collect(exchange.request(two.peer, PRIVATE_PROTOCOL, request, options));
    const [ack] = acks as [Uint8Array];
    for (let i = 0; i < 2; i++) assert.deepEqual(await send(ack), []);
    assert.deepEqual(answerer.store.receipts()[1], answer);
    const received = { receivedAt: answer.receivedAt, signature: SIGNATURE };
    const unknown = privateRequestCodec.encode({ kind: "acknowledgement", id: ID, received });
    await assert.rejects(send(unknown), { code: "REFUSED" });
  });

  it("have no acknowledgement that the asker has not signed", async () => {
    const { network, asker, answerer } = pair();
    network.wire = {
      onRequest: (request) => {
        const read = privateRequestCodec.decode(request);
        if (read.kind !== "acknowledgement") return request;
        const received = { ...read.received, signature: SIGNATURE };
        return privateRequestCodec.encode({ ...read, received });
      },
    };
    await asker.service.ask(answerer.peer, question, never);
    await asker.service.close();
    assert.deepEqual(
      answerer.store.receipts().map(({ purpose }) => purpose),
      ["question"],
    );
    assert.match(asker.happened[0]?.message ?? "", /not signed by the network key of agent 1/);
  });
});
