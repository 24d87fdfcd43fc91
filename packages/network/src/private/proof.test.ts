import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import { parseSignedStatement } from "@assay/sdk";
import { NetworkError } from "../errors.ts";
import { TEST_CONTEXT, testAgent, type TestAgent } from "../testing/agents.ts";
import { createMemoryNetwork } from "../testing/exchange.ts";
import { newPath } from "../testing/files.ts";
import { seededRandom } from "../testing/fuzz.ts";
import { formatProof, parseProof, type PrivateProof, proveAnswer, verifyProof } from "./proof.ts";
import { PrivateService } from "./service.ts";
import { type KeptReceipt, PrivateStore } from "./store.ts";

const signal = new AbortController().signal;
const content = new TextEncoder().encode("water is wet");
const [one, two] = [await testAgent(1), await testAgent(2)];

function join(network: ReturnType<typeof createMemoryNetwork>, agent: TestAgent) {
  const now = () => 1_790_000_000;
  const store = new PrivateStore({ path: newPath(), context: TEST_CONTEXT, agentId: agent.peer.agentId, now });
  const service = new PrivateService({
    ...{ exchange: network.join(agent.peer), keys: agent.keys, context: TEST_CONTEXT, store, now, randomBytes },
    report: () => undefined,
    onQuestion: async (asked) => ({ statement: await agent.sign(asked.content), evidence: Uint8Array.of(1, 2) }),
  });
  return { service, store };
}

/** What both sides hold of a private question. */
async function exchange(
  words = content,
): Promise<Record<"asker" | "answerer", { question: KeptReceipt; answer: KeptReceipt }>> {
  const network = createMemoryNetwork();
  const [asker, answerer] = [join(network, one), join(network, two)];
  const { question, answer } = await asker.service.ask(two.peer, { domainId: 1, content: words }, signal);
  await asker.service.close();
  const kept = (found: KeptReceipt | null) => {
    assert.ok(found);
    return found;
  };
  return {
    asker: {
      question: kept(asker.store.find("sent", 2n, question.id)),
      answer: kept(asker.store.find("received", 2n, answer.id)),
    },
    answerer: {
      question: kept(answerer.store.find("received", 1n, question.id)),
      answer: kept(answerer.store.find("sent", 1n, answer.id)),
    },
  };
}

const held = await exchange();
const proof = await proveAnswer(TEST_CONTEXT.claims, held.asker.question, held.asker.answer);

function refused(code: string, changed: PrivateProof, message = /./): Promise<void> {
  return assert.rejects(verifyProof(changed), { code, message });
}

describe("the proof of a private answer", () => {
  it("shows what was asked and answered, by whom and when, whoever of the two opens it", async () => {
    for (const { question, answer } of Object.values(held)) {
      const opened = await proveAnswer(TEST_CONTEXT.claims, question, answer);
      const { asker, answerer, question: asked, evidence, askedAt, answeredAt } = await verifyProof(opened);
      assert.deepEqual(asker, { agentId: 1n, networkKey: one.keys.networkKey });
      assert.deepEqual(answerer, { agentId: 2n, networkKey: two.keys.networkKey });
      assert.deepEqual(
        [asked.domainId, new Uint8Array(asked.content), new Uint8Array(evidence)],
        [1, content, Uint8Array.of(1, 2)],
      );
      assert.deepEqual([askedAt, answeredAt], [1_790_000_000, 1_790_000_000]);
    }
  });

  it("survives JSON, which holds the statement as it is challenged", async () => {
    const json = formatProof(proof);
    const parsed = parseProof(json);
    assert.deepEqual(formatProof(parsed), json);
    await verifyProof(parsed);
    const { statement } = JSON.parse(json) as { statement: unknown };
    assert.deepEqual(parseSignedStatement(JSON.stringify(statement)), proof.statement);
  });

  it("holds only with both agents' keys, if it is asked whose they are", async () => {
    await verifyProof(proof, () => true);
    for (const agentId of [1n, 2n]) {
      await assert.rejects(
        verifyProof(proof, (signatory) => signatory.agentId !== agentId),
        { code: "UNBOUND" },
      );
    }
  });

  it("is none with anything in it that was not receipted", async () => {
    const { question, answer, statement } = proof;
    const other = await exchange(new TextEncoder().encode("water is dry"));
    await refused(
      "BAD_SIGNATURE",
      { ...proof, question: { ...question, plaintext: other.asker.question.plaintext } },
      /another plaintext/,
    );
    await refused(
      "BAD_SIGNATURE",
      { ...proof, answer: { ...answer, plaintext: other.asker.answer.plaintext } },
      /another plaintext/,
    );
    await refused("MALFORMED", { ...proof, question: other.asker.question }, /to another question/);
    await refused("MALFORMED", { ...proof, question: answer, answer: question }, /answer and question/);
    const changed = { ...statement, statement: { ...statement.statement, outcome: 0 } };
    await refused("BAD_SIGNATURE", { ...proof, statement: changed }, /another statement/);
    await refused(
      "BAD_SIGNATURE",
      { ...proof, statement: { ...statement, claims: `0x${"11".repeat(20)}` } },
      /for this deployment/,
    );
    await refused("OTHER_NETWORK", { ...proof, statement: { ...statement, chainId: 1 } });
    for (const field of ["senderSignature", "recipientSignature"] as const) {
      const receipt = { ...answer.receipt, [field]: `0x${"01".repeat(64)}` };
      await refused("BAD_SIGNATURE", { ...proof, answer: { ...answer, receipt } }, /not signed by the network key/);
    }
    const late = { ...question.receipt, receivedAt: question.receipt.receivedAt + 1 };
    await refused("BAD_SIGNATURE", { ...proof, question: { ...question, receipt: late } });
    const elsewhere = { ...question.receipt, chainId: 1n };
    await refused("MALFORMED", { ...proof, question: { ...question, receipt: elsewhere } }, /two networks/);
    const between = { ...question.receipt, sender: { ...question.receipt.sender, agentId: 3n } };
    await refused("MALFORMED", { ...proof, question: { ...question, receipt: between } }, /other agents, or keys/);
  });

  it("is read strictly: whatever is wrong with it is a typed error", async () => {
    const json = formatProof(proof);
    for (const [text, message] of [
      ["", /no JSON/],
      ["null", /malformed proof/],
      ["{}", /malformed proof: statement/],
      [json.replace(/"agentId": "2"/, '"agentId": 2'), /a decimal string expected/],
      [json.replace(/"senderSignature": "0x../, '"senderSignature": "0x'), /64 bytes expected/],
      [json.replace(/"sentAt": /, '"sentAt": -'), /sentAt/],
      [json.replace(/"plaintext": "0x/, '"plaintext": "0xA'), /plaintext/],
      [json.replace(/"purpose"/, '"extra": 1, "purpose"'), /extra/],
    ] as const) {
      assert.throws(() => parseProof(text), { code: "MALFORMED", message });
    }
    assert.throws(() => parseProof(" ".repeat(10_000_000)), { code: "TOO_LARGE" });
    const random = seededRandom(4);
    let verified = 0;
    for (let i = 0; i < 20_000; i++) {
      const at = Math.floor(random() * json.length);
      const cut = random() < 0.5 ? 1 : Math.floor(random() * 20);
      const text = json.slice(0, at) + String.fromCharCode(32 + Math.floor(random() * 95)) + json.slice(at + cut);
      try {
        const parsed = parseProof(text);
        if (i % 20 === 0) await verifyProof(parsed).then(() => verified++);
      } catch (error) {
        assert.ok(error instanceof NetworkError, `${String(error)}: ${text}`);
      }
    }
    assert.ok(verified < 1000);
  });
});
