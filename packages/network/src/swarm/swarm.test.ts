import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Hex } from "@assay/protocol";
import { hashContent, type SignedStatement } from "@assay/sdk";
import { cidOf } from "../contents/cid.ts";
import { NetworkError } from "../errors.ts";
import type { AgentPeer } from "../node/exchange.ts";
import { createMemoryNetwork } from "../testing/exchange.ts";
import { fuzz, seededRandom } from "../testing/fuzz.ts";
import { type AgentWeight, type AskOptions, Swarm } from "./asker.ts";
import { requestCodec, responseCodec, type SwarmRequest } from "./messages.ts";
import { type ResponderOptions, serveSwarm } from "./responder.ts";

const NOW = 1_800_000_000;
const BOND = 36n;
const ASKER = 99n;
const CONTENT = new TextEncoder().encode("water is wet");
const HASH = hashContent(CONTENT);

const peerOf = (agentId: bigint): AgentPeer => ({ agentId, peerId: `peer ${agentId}`, hpkeKey: new Uint8Array(32) });
const encoder = new TextEncoder();

/** Statements as these tests send them: JSON, whose signature nobody checks. */
const encodeStatement = ({ statement }: SignedStatement) =>
  encoder.encode(JSON.stringify(statement, (_, value: unknown) => (typeof value === "bigint" ? `${value}` : value)));

function statementOf(
  agentId: bigint,
  outcome: number,
  changes: Partial<SignedStatement["statement"]> = {},
): SignedStatement {
  const usual = {
    agentId,
    domainId: 1,
    outcome,
    contentHash: HASH,
    bond: BOND,
    expiry: BigInt(NOW + 86_400),
    nonce: 1n,
  };
  return {
    ...{ chainId: 1, claims: `0x${"22".repeat(20)}`, signer: `0x${"33".repeat(20)}`, uri: "", signature: "0x" },
    statement: { ...usual, ...changes },
  };
}

function decodeStatement(bytes: Uint8Array): SignedStatement {
  const read = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, string>;
  const { agentId, domainId, outcome, contentHash, bond, expiry, nonce } = read;
  return statementOf(BigInt(agentId ?? ""), Number(outcome), {
    ...{
      domainId: Number(domainId),
      contentHash: contentHash as Hex,
      bond: BigInt(bond ?? ""),
      nonce: BigInt(nonce ?? ""),
    },
    expiry: BigInt(expiry ?? ""),
  });
}

/** A network in which somebody asks agents that say what a test lets them. */
function setUp(agents: readonly bigint[], weights: Readonly<Record<string, number>> = {}) {
  const network = createMemoryNetwork();
  const exchange = network.join(peerOf(ASKER));
  const offered: Uint8Array[] = [];
  const swarm = new Swarm({
    exchange,
    minBond: async () => BOND,
    longestValidity: async () => 1_000_000,
    weightsOf: async (_, ids) =>
      ids.map((agentId): AgentWeight => {
        const chain = weights[agentId.toString()] ?? 1;
        return chain < 0 ? { chain: null, combined: 0 } : { chain, combined: chain };
      }),
    take: async (bytes) => {
      const signed = decodeStatement(bytes);
      if (signed.statement.nonce === 0n) throw new NetworkError("BAD_SIGNATURE", "forged");
      return { hash: HASH, signed, evidence: "", covered: signed.statement.bond };
    },
    offer: (content) => offered.push(content),
    ...{ now: () => NOW, monotonic: () => performance.now(), report: () => undefined },
  });
  /** Lets an agent answer. */
  const join = (agentId: bigint, options: Partial<ResponderOptions> & { outcome?: number } = {}) => {
    const { outcome = 1, ...rest } = options;
    return serveSwarm({
      exchange: network.join(peerOf(agentId)),
      desk: { state: async (stating) => statementOf(agentId, stating.outcome, { contentHash: stating.contentHash }) },
      domains: new Map([[1, 0.8]]),
      verify: async () => ({ outcome, confidence: 1 }),
      fetch: async () => CONTENT,
      publish: (_, signed) => encodeStatement(signed),
      ...{ concurrency: 4, perMinute: 100, report: () => undefined },
      ...rest,
    });
  };
  const ask = (options?: AskOptions) => swarm.ask({ domainId: 1, content: CONTENT }, options);
  for (const agentId of agents) join(agentId);
  return { network, exchange, swarm, join, ask, offered };
}

const codesOf = (silent: readonly { agentId: bigint; code: string }[]) =>
  Object.fromEntries(silent.map(({ agentId, code }) => [agentId.toString(), code]));
const fails = (code: string, promise: Promise<unknown>) =>
  assert.rejects(promise, (error) => error instanceof NetworkError && error.code === code);

describe("asking the swarm", () => {
  it("asks the weightiest agents of the domain, as many as the budget allows", async () => {
    const { ask, offered } = setUp([1n, 2n, 3n, 4n], { 1: 1, 2: 5, 3: 3, 4: -1 });
    const { answers, asked, outcome, support } = await ask({ budget: 2 });
    assert.deepEqual(
      answers.map(({ agentId, weight }) => [agentId, weight]),
      [
        [2n, 5],
        [3n, 3],
      ],
    );
    assert.deepEqual([asked, outcome, support], [2, 1, 1]);
    assert.deepEqual(offered, [CONTENT]);
    assert.equal((await ask({ minWeight: 4 })).asked, 1);
  });

  it("counts nobody who speaks for another, of something else, for too short a time, or with a forged statement", async () => {
    const { ask, join } = setUp([1n]);
    const say = (statement: SignedStatement) => ({ desk: { state: async () => statement } });
    join(2n, say(statementOf(1n, 0)));
    join(3n, say(statementOf(3n, 0, { contentHash: `0x${"77".repeat(32)}` })));
    join(4n, say(statementOf(4n, 0, { domainId: 2 })));
    join(5n, say(statementOf(5n, 0, { expiry: BigInt(NOW + 10) })));
    join(6n, say(statementOf(6n, 0, { nonce: 0n })));
    join(7n, { publish: () => encoder.encode("{") });
    const { answers, silent, outcome } = await ask();
    assert.equal(outcome, 1);
    assert.deepEqual(
      answers.map(({ agentId }) => agentId),
      [1n],
    );
    const codes = { 2: "MALFORMED", 3: "MALFORMED", 4: "MALFORMED", 5: "EXPIRED", 6: "BAD_SIGNATURE", 7: "FAILED" };
    assert.deepEqual(codesOf(silent), codes);
  });

  it("goes on without those who abstain, are late, or have gone", async () => {
    const { ask, join } = setUp([1n]);
    join(2n, { verify: async () => ({ abstain: "no idea" }) });
    join(3n, { verify: async () => ({ outcome: 0, confidence: 0.7 }) });
    join(4n, {
      verify: (_, __, signal) => new Promise((_resolve, reject) => signal.addEventListener("abort", reject)),
    });
    join(5n, { verify: async () => Promise.reject(new Error("the password is 1234")) });
    const { answers, silent } = await ask({ timeoutMs: 500 });
    assert.equal(answers.length, 1);
    assert.equal(codesOf(silent)["2"], "ABSTAINED");
    assert.match(silent.find(({ agentId }) => agentId === 3n)?.reason ?? "", /0.7 sure, less than the 0.8/);
    assert.ok(["TIMEOUT", "ABSTAINED"].includes(codesOf(silent)["4"] ?? ""));
    assert.equal(silent.find(({ agentId }) => agentId === 5n)?.reason, "it could not answer");
  });

  it("says so where there is nobody to ask, and where an option is out of range", async () => {
    await fails("PEER_UNREACHABLE", setUp([]).ask());
    await fails("PEER_UNREACHABLE", setUp([1n], { 1: -1 }).ask());
    await fails("PEER_UNREACHABLE", setUp([1n]).ask({ minWeight: 2 }));
    for (const options of [{ budget: 0 }, { timeoutMs: 0 }, { validFor: 1.5 }]) {
      await fails("MALFORMED", setUp([1n]).ask(options));
    }
  });

  it("lets agents fetch what is too large to go with the question", async () => {
    const { swarm, join } = setUp([]);
    const large = new Uint8Array(20_000).fill(7);
    const fetched: Hex[] = [];
    join(1n, {
      fetch: async (contentHash) => {
        fetched.push(contentHash);
        return large;
      },
    });
    assert.equal((await swarm.ask({ domainId: 1, content: large })).answers.length, 1);
    assert.equal((await swarm.ask({ domainId: 1, contentHash: hashContent(large) })).answers.length, 1);
    const cid = cidOf(hashContent(large));
    assert.equal((await swarm.ask({ domainId: 1, cid })).contentHash, hashContent(large));
    await fails("MALFORMED", swarm.ask({ domainId: 1, cid: "bafy" }));
    assert.deepEqual(fetched, Array<Hex>(3).fill(hashContent(large)));
  });

  it("ends when it is told to", async () => {
    const { ask, join } = setUp([]);
    join(1n, { verify: () => new Promise(() => undefined) });
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 50);
    await assert.rejects(ask({ signal: stop.signal }), { name: "AbortError" });
  });
});

describe("answering the swarm", () => {
  const request: SwarmRequest = {
    ...{ domainId: 1, contentHash: HASH, content: CONTENT, bond: BOND, validFor: 600, timeoutMs: 1_000 },
  };
  /** Asks agent 1 with a request of one's own. */
  async function send(options: Partial<ResponderOptions>, changes: Partial<SwarmRequest> | Uint8Array) {
    const { exchange, join } = setUp([]);
    const counts = join(1n, options);
    const bytes = changes instanceof Uint8Array ? changes : requestCodec.encode({ ...request, ...changes });
    const limits = { maxFrame: 10_000, maxTotal: 10_000, signal: AbortSignal.timeout(5_000) };
    for await (const frame of exchange.request(peerOf(1n), "/assay/swarm/1", bytes, limits))
      return { response: responseCodec.decode(frame), counts };
    throw new Error("no frame");
  }

  it("refuses other domains, contents that are not of their hash, and what is no question", async () => {
    await fails("REFUSED", send({}, { domainId: 2 }));
    await fails("MALFORMED", send({}, { content: encoder.encode("water is dry") }));
    await fails("MALFORMED", send({}, encoder.encode("what?")));
  });

  it("works on so many questions at a time, and refuses more", async () => {
    const { ask, join } = setUp([]);
    const gate = Promise.withResolvers<void>();
    const counts = join(1n, {
      concurrency: 1,
      verify: async () => {
        await gate.promise;
        return { outcome: 1, confidence: 1 };
      },
    });
    const first = ask();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const second = await ask();
    assert.deepEqual(codesOf(second.silent), { 1: "RATE_LIMITED" });
    gate.resolve();
    assert.equal((await first).answers.length, 1);
    assert.deepEqual(counts, { answered: 1, abstained: 0, refused: 1 });
  });

  it("states nothing that the desk refuses", async () => {
    const desk = { state: async () => Promise.reject(new NetworkError("OVERCOMMITTED", "too little answers for it")) };
    await fails("OVERCOMMITTED", send({ desk }, {}));
  });

  it("reads well-formed questions and answers only", () => {
    fuzz(requestCodec, [request, { ...request, content: null }], 20_000, seededRandom(2));
    const answers = [
      { kind: "answer", statement: new Uint8Array(200).fill(3) },
      { kind: "abstain", reason: "no idea" },
    ] as const;
    fuzz(responseCodec, [...answers], 20_000, seededRandom(3));
  });
});
