import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import type { Hex, Statement } from "@assay/protocol";
import { parseSignedStatement } from "@assay/sdk";
import { NetworkError } from "../errors.ts";
import type { NetworkHappening } from "../report.ts";
import { createMemoryNetwork } from "../testing/exchange.ts";
import { newPath } from "../testing/files.ts";
import {
  BOND,
  bytesOf,
  CONTEXT,
  FakeGossip,
  FakeStatementChain,
  messageOf,
  NOW,
  outsider,
  peerOf,
  signer,
  signStatement,
} from "../testing/statements.ts";
import { HISTORY_LIMITS, HISTORY_PROTOCOL, historyEntryCodec, historyRequestCodec } from "./history.ts";
import { statementCodec, statementTopic } from "./message.ts";
import { type AcceptedStatement, StatementService } from "./service.ts";
import { type StoreLimits, StatementStore } from "./store.ts";

const stores: StatementStore[] = [];
after(() => stores.forEach((store) => store.close()));

/** Nodes that know each other, of which each reads the same chain. */
function createWorld({ pledge = 100n * BOND }: { readonly pledge?: bigint } = {}) {
  const chain = new FakeStatementChain();
  chain.set(7n, signer, { slashable: pledge });
  const [gossip, network] = [new FakeGossip(), createMemoryNetwork()];
  const time = { now: NOW, ms: 0 };
  const node = (agentId: bigint, limits: Partial<StoreLimits> = {}) => {
    const self = peerOf(agentId);
    const exchange = network.join(self);
    const store = new StatementStore(newPath(), CONTEXT, limits);
    stores.push(store);
    const happenings: NetworkHappening[] = [];
    const service = new StatementService({
      context: CONTEXT,
      gossip: gossip.join(self),
      exchange,
      chain,
      store,
      now: () => time.now,
      monotonic: () => time.ms,
      report: (happening) => happenings.push(happening),
    });
    const heard: AcceptedStatement[] = [];
    service.onStatement((statement) => heard.push(statement));
    return { self, exchange, store, service, happenings, heard };
  };
  return { chain, gossip, network, time, node };
}

const topic = statementTopic(CONTEXT, 1);
const signal = new AbortController().signal;

function fails(code: string, act: Promise<unknown>): Promise<void> {
  return assert.rejects(act, (error) => error instanceof NetworkError && error.code === code);
}

describe("the service of statements", () => {
  it("publishes, and who hears it keeps what it takes to challenge it", async () => {
    const { node, gossip } = createWorld();
    const [author, other, deaf] = [node(1n), node(2n), node(3n)];
    await Promise.all([author.service.join(1), other.service.join(1), other.service.join(1)]);
    const signed = signStatement();
    const { hash, peers, warnings } = await author.service.publish(signed, "because");
    assert.deepEqual([peers, warnings, gossip.verdicts], [1, [], ["accept"]]);
    assert.deepEqual(parseSignedStatement(other.store.export(hash) ?? ""), signed);
    const [heard] = other.heard;
    assert.deepEqual([heard?.hash, heard?.source, heard?.committed], [hash, "peer-1", BOND]);
    assert.equal(heard?.message.evidence, "because");
    assert.equal(author.heard[0]?.source, null);
    assert.deepEqual([deaf.heard, deaf.service.domains, other.service.domains], [[], [], [1]]);
    assert.deepEqual([author.service.verdicts.ACCEPTED, other.service.verdicts.ACCEPTED], [1, 1]);
  });

  it("counts and reports why statements are not taken, but a flood does not flood the log", async () => {
    const { node, gossip, time, chain } = createWorld();
    const { service, happenings } = node(1n);
    await service.join(1);
    const stranger = gossip.join(peerOf(9n));
    const forged = statementCodec.encode({ ...messageOf(), signature: messageOf().signature });
    for (let i = 0; i < 50; i++) await stranger.publish(topic, forged);
    await stranger.publish(topic, bytesOf({}, outsider));
    chain.caches = false;
    chain.failure = new Error("the node does not answer");
    await stranger.publish(topic, bytesOf({ agentId: 8n }));
    const [rejected] = gossip.verdicts;
    assert.equal(rejected, "reject");
    assert.deepEqual(gossip.verdicts.slice(-2), ["ignore", "ignore"]);
    const { verdicts } = service;
    assert.equal(verdicts.BAD_SIGNATURE, 50);
    assert.deepEqual([verdicts.NOT_A_SIGNER, verdicts.CHAIN_UNREACHABLE, verdicts.ACCEPTED], [1, 1, 0]);
    const told = happenings.map(({ level, event, fields }) => [level, event, fields?.["reason"], fields?.["peer"]]);
    assert.deepEqual(told, [
      ["warn", "statement-rejected", "BAD_SIGNATURE", "peer-9"],
      ["debug", "statement-ignored", "NOT_A_SIGNER", "peer-9"],
      ["warn", "statement-ignored", "CHAIN_UNREACHABLE", "peer-9"],
    ]);
    time.ms += 10_000;
    await stranger.publish(topic, forged);
    assert.match(happenings.at(-1)?.message ?? "", /\(50 of BAD_SIGNATURE since the last report\)$/);
    assert.equal(happenings.length, 4);
  });

  it("publishes again, if told, what it has stored, to who has come since", async () => {
    const { node, gossip } = createWorld();
    const [author, late] = [node(1n), node(2n)];
    await author.service.join(1);
    const signed = signStatement();
    const first = await author.service.publish(signed);
    await late.service.join(1);
    await fails("REPLAYED", author.service.publish(signed));
    const again = await author.service.publish(signed, "", { again: true });
    assert.deepEqual([first.peers, again], [0, { ...first, peers: 1 }]);
    assert.deepEqual([gossip.verdicts, late.heard.length, author.store.total.rows], [["accept"], 1, 1]);
  });

  it("hands on by gossip what a peer has answered with, once, and only as it was", async () => {
    const { node, gossip } = createWorld();
    const { service, self, store } = node(1n);
    const bytes = bytesOf();
    await fails("REFUSED", service.receive(bytes, 1, self));
    await service.join(1);
    const { hash, source } = await service.receive(bytes, 1, peerOf(5n));
    assert.deepEqual([source, (await service.receive(bytes, 1, peerOf(6n))).hash], ["peer-5", hash]);
    await fails("MALFORMED", service.receive(bytes.slice(1), 1, peerOf(5n)));
    await fails("BAD_SIGNATURE", service.receive(bytesOf({}, outsider), 1, peerOf(5n)));
    const stranger = gossip.join(peerOf(9n));
    const varied = statementCodec.encode({ ...statementCodec.decode(bytes), evidence: "of somebody else" });
    for (const message of [varied, bytes, bytes]) await stranger.publish(topic, message);
    assert.deepEqual(gossip.verdicts, ["ignore", "accept", "ignore"]);
    assert.deepEqual([store.total.rows, store.get(hash)?.evidence], [1, ""]);
  });

  it("publishes nothing that others would refuse, and says why", async () => {
    const { node, chain, time } = createWorld({ pledge: 6n * BOND });
    const { service } = node(1n);
    await fails("REFUSED", service.publish(signStatement()));
    await service.join(1);
    await fails("OTHER_NETWORK", service.publish(signStatement({}, signer, { ...CONTEXT, chainId: 1n })));
    await fails("BAD_SIGNATURE", service.publish({ ...signStatement(), signature: signStatement().signature }));
    await fails("BAD_SIGNATURE", service.publish(signStatement({}, outsider)));
    await fails("EXPIRED", service.publish(signStatement({ expiry: BigInt(NOW - 1) })));
    await fails("EXPIRED", service.publish(signStatement({ expiry: BigInt(NOW + 86_400) })));
    await fails("REFUSED", service.publish(signStatement({ outcome: 2 })));
    await fails("OVERCOMMITTED", service.publish(signStatement({ bond: 7n * BOND })));
    await fails("TOO_LARGE", service.publish(signStatement(), "e".repeat(5_000)));
    const signed = signStatement();
    await service.publish(signed);
    await fails("REPLAYED", service.publish(signed));
    chain.caches = false;
    chain.failure = new Error("no answer");
    await fails("CHAIN_UNREACHABLE", service.publish(signStatement({ agentId: 8n })));
    const publish = async () => {
      for (;;) await service.publish(signStatement());
    };
    await fails("RATE_LIMITED", publish());
    time.ms += 60_000;
    service.leave(1);
    await fails("REFUSED", service.publish(signStatement()));
  });

  it("warns when live statements are more than the pledge, and takes them all the same, as the contract does", async () => {
    const { node } = createWorld({ pledge: 2n * BOND });
    const [author, other] = [node(1n), node(2n)];
    await Promise.all([author.service.join(1), other.service.join(1)]);
    const publish = () => author.service.publish(signStatement());
    assert.deepEqual([(await publish()).warnings, (await publish()).warnings], [[], []]);
    const { warnings } = await publish();
    assert.match(warnings[0] ?? "", /^live statements of agent 7 have bonds of 108\d* wei, and 72\d* of its pledge/);
    assert.equal(other.heard.at(-1)?.committed, 3n * BOND);
    assert.equal(other.service.counts.overdrawn, 1);
  });

  it("tells of an agent that says the opposite, and has both as evidence", async () => {
    const { node } = createWorld();
    const [author, other] = [node(1n), node(2n)];
    await Promise.all([author.service.join(1), other.service.join(1)]);
    const yes = await author.service.publish(signStatement({ outcome: 1 }));
    const no = await author.service.publish(signStatement({ outcome: 0 }));
    assert.deepEqual(
      other.heard.at(-1)?.opposed.map(({ hash }) => hash),
      [yes.hash],
    );
    const [pair] = other.store.equivocations();
    assert.deepEqual([pair?.first.hash, pair?.second.hash], [yes.hash, no.hash]);
    assert.equal(other.service.counts.equivocations, 1);
    assert.deepEqual(
      other.happenings.map(({ event }) => event),
      ["statement-equivocation"],
    );
  });

  it("judges and hands on while its disk is full, says so once, and stores again once there is room", async () => {
    const { node, gossip, time } = createWorld({ pledge: 10_000n * BOND });
    const [author, full] = [node(1n), node(2n, { fileBytes: 100 * 1_024 })];
    await Promise.all([author.service.join(1), full.service.join(1)]);
    const publish = (changes: Partial<Statement> = {}) => author.service.publish(signStatement(changes));
    while (full.service.counts.unstored < 3) await publish({ expiry: BigInt(NOW) });
    assert.ok(gossip.verdicts.every((verdict) => verdict === "accept"));
    assert.equal(full.heard.length, gossip.verdicts.length);
    assert.equal(full.heard.at(-1)?.committed, null);
    const failures = () => full.happenings.filter(({ event }) => event === "statement-store-failed");
    assert.match(failures()[0]?.message ?? "", /no room for the store of statements/);
    assert.equal(failures().length, 1);
    // Known although it could not be stored.
    await fails("REPLAYED", full.service.publish({ ...signStatement(), ...repeat(full.heard.at(-1)) }));
    time.now += 1;
    full.store.purge(time.now);
    await publish();
    assert.notEqual(full.heard.at(-1)?.committed, null);
    assert.equal(full.happenings.at(-1)?.event, "statement-store-recovered");
  });

  it("keeps of what comes at once all that there is room for", async () => {
    const { node } = createWorld({ pledge: 10_000n * BOND });
    const [author, full] = [node(1n), node(2n, { fileBytes: 100 * 1_024 })];
    await Promise.all([author.service.join(1), full.service.join(1)]);
    await Promise.all(Array.from({ length: 200 }, () => author.service.publish(signStatement())));
    assert.equal(full.heard.length, 200);
    const { rows } = full.store.total;
    assert.ok(rows > 20 && rows < 200, `${rows} are kept`);
    assert.equal(full.service.counts.unstored, 200 - rows);
    assert.equal(full.heard.filter(({ committed }) => committed !== null).length, rows);
  });

  it("purges the store by and by", async () => {
    const { node, time } = createWorld();
    const { service, store } = node(1n);
    await service.join(1);
    const { hash } = await service.publish(signStatement({ expiry: BigInt(NOW) }));
    time.now += 1;
    await service.publish(signStatement());
    assert.equal(store.has(hash), true);
    time.ms += 60_000;
    await service.publish(signStatement());
    assert.equal(store.has(hash), false);
  });

  it("goes on over a listener that throws, and tells nobody any more once it is closed", async () => {
    const { node } = createWorld();
    const [author, other] = [node(1n), node(2n)];
    await Promise.all([author.service.join(1), other.service.join(1)]);
    const end = other.service.onStatement(() => {
      throw new Error("no use for it");
    });
    other.service.onStatement(({ hash }) => last.push(hash));
    const last: Hex[] = [];
    const first = await author.service.publish(signStatement());
    assert.deepEqual(last, [first.hash]);
    assert.match(other.happenings[0]?.message ?? "", /no use for it/);
    end();
    await author.service.publish(signStatement());
    assert.deepEqual([last.length, other.happenings.length], [2, 1]);
    other.service.close();
    assert.equal((await author.service.publish(signStatement())).peers, 0);
    assert.equal(other.heard.length, 2);
    await assert.rejects(other.service.join(99), /UNKNOWN_DOMAIN/);
  });
});

describe("statements of before", () => {
  it("are fetched from a peer, page by page, and validated; of an agent more than its rate", async () => {
    const { node, time } = createWorld();
    const [old, late] = [node(1n), node(2n)];
    await old.service.join(1);
    const about = (n: number): Hex => `0x${n.toString(16).padStart(64, "0")}`;
    for (let i = 0; i < 150; i++) {
      await old.service.publish(signStatement({ contentHash: about(i % 3) }));
      time.ms += 1_000;
    }
    const query = { domainId: 1, limit: 1_000 };
    await fails("REFUSED", late.service.fetch(old.self, query, signal));
    await late.service.join(1);
    const one = await late.service.fetch(old.self, { ...query, contentHash: about(1), limit: 10 }, signal);
    assert.deepEqual(one, { received: 10, accepted: 10 });
    assert.ok(
      late.heard.every(({ message, source }) => message.statement.contentHash === about(1) && source === "peer-1"),
    );
    assert.deepEqual(await late.service.fetch(old.self, query, signal), { received: 150, accepted: 140 });
    assert.deepEqual(await late.service.fetch(old.self, { ...query, limit: 64 }, signal), {
      received: 64,
      accepted: 0,
    });
    assert.equal(late.store.total.rows, 150);
    assert.equal(late.service.verdicts.REPLAYED, 10 + 64);
  });

  it("are not taken from a peer that sends others than were asked for, bad ones, or without end", async () => {
    const { node, network } = createWorld();
    const { service } = node(1n);
    await service.join(1);
    const send = (agentId: bigint, ...entries: { readonly id: number; readonly bytes: Uint8Array }[]) => {
      const peer = network.join(peerOf(agentId));
      peer.serve(HISTORY_PROTOCOL, HISTORY_LIMITS, async function* () {
        for (const entry of entries) yield historyEntryCodec.encode(entry);
      });
      return service.fetch(peer.self, { domainId: 1, limit: 3 }, signal);
    };
    await fails("MALFORMED", send(11n, { id: 1, bytes: bytesOf().slice(1) }));
    await fails("MALFORMED", send(12n, { id: 1, bytes: bytesOf({ domainId: 2 }) }));
    await fails("MALFORMED", send(13n, { id: 2, bytes: bytesOf() }, { id: 2, bytes: bytesOf() }));
    await fails("MALFORMED", send(14n, ...[9, 8, 7, 6].map((id) => ({ id, bytes: bytesOf() }))));
    assert.deepEqual(await send(15n, { id: 1, bytes: bytesOf({}, outsider) }), { received: 1, accepted: 0 });
    const other = send(16n, { id: 1, bytes: bytesOf() });
    assert.deepEqual(await other, { received: 1, accepted: 1 });
  });

  it("are served within bounds", async () => {
    const { node } = createWorld();
    const [old, asker] = [node(1n), node(2n)];
    await old.service.join(1);
    await old.service.publish(signStatement());
    const ask = async (request: Uint8Array) => {
      const options = { maxFrame: 8_192, maxTotal: 2 ** 20, signal };
      const frames: Uint8Array[] = [];
      for await (const frame of asker.exchange.request(old.self, HISTORY_PROTOCOL, request, options))
        frames.push(frame);
      return frames.length;
    };
    const request = { domainId: 1, contentHash: null, before: Number.MAX_SAFE_INTEGER, limit: 64 };
    assert.equal(await ask(historyRequestCodec.encode(request)), 1);
    assert.equal(await ask(historyRequestCodec.encode({ ...request, domainId: 2 })), 0);
    for (const limit of [0, 65]) await fails("MALFORMED", ask(historyRequestCodec.encode({ ...request, limit })));
    await fails("MALFORMED", ask(Uint8Array.of(0x84)));
    await fails("TOO_LARGE", ask(new Uint8Array(65)));
  });
});

/** The signed part of a statement that was heard. */
function repeat(heard: AcceptedStatement | undefined) {
  assert.ok(heard);
  const { statement, signature } = heard.message;
  return { statement, signature };
}
