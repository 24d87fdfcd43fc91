import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Alerts, type Alert } from "./alerts.ts";
import { ChainClock } from "./runtime-clock.ts";
import { Spending } from "./spending.ts";
import { decide } from "./verification.ts";
import type { Verifier } from "./verifiers/verifier.ts";

describe("the chain's clock", () => {
  it("goes by blocks, however wrong the machine's time is, and measures what has passed since", () => {
    let ms = 5_000;
    const clock = new ChainClock({ genesis: 1_000, epochLength: 100 }, () => ms);
    clock.see({ hash: "0xa", timestamp: 1_110 });
    assert.equal(clock.now, 1_110);
    ms += 7_900;
    clock.see({ hash: "0xa", timestamp: 1_110 });
    assert.deepEqual([clock.now, clock.stillMs, clock.epochAt(clock.now)], [1_117, 7_900, 1]);
    clock.see({ hash: "0xb", timestamp: 1_112 });
    assert.deepEqual([clock.now, clock.stillMs], [1_112, 0]);
    assert.deepEqual([clock.at(1, 0.4), clock.before(1, 0.4), clock.before(1, 0.1)], [1_140, true, false]);
  });

  it("does not go back when a reorganisation brings an older block", () => {
    const clock = new ChainClock({ genesis: 0, epochLength: 100 }, () => 0);
    clock.see({ hash: "0xa", timestamp: 110 });
    clock.see({ hash: "0xb", timestamp: 105 });
    assert.equal(clock.now, 110);
  });
});

describe("spending", () => {
  it("counts a day, and allows up to the limit", () => {
    const spending = new Spending(10n);
    spending.add(1_000, 6n);
    assert.deepEqual([spending.allows(2_000, 4n), spending.allows(2_000, 5n)], [true, false]);
    assert.deepEqual([spending.spent(87_399), spending.spent(87_400)], [6n, 0n]);
    assert.equal(new Spending(null).allows(0, 1n << 200n), true);
  });
});

describe("alerts", () => {
  it("are told once when they are raised and once when they are over", () => {
    const told: Alert[] = [];
    const alerts = new Alerts((alert) => told.push(alert));
    alerts.set("ether_low", null);
    for (const message of ["little", "less", null, null]) alerts.set("ether_low", message);
    assert.deepEqual(
      told.map(({ raised, message }) => [raised, message]),
      [
        [true, "little"],
        [false, "less"],
      ],
    );
    assert.equal(alerts.raised.size, 0);
  });
});

describe("deciding", () => {
  const question = (domainId: number) => ({
    ...{ id: `0x${domainId}`, domainId, contentHash: "0x", uri: "", asker: "0x", round: 1, voteEpoch: 3 },
    offeredSeats: 9,
  });
  const decideWith = async (
    verifier: Verifier,
    { fetch = async () => new Uint8Array(), ms = 1_000, domain = 1 } = {},
  ) => {
    const options = { verifiers: new Map([[1, verifier]]), contentOf: fetch, minConfidence: 0.6, concurrency: 2 };
    const [found] = await decide([question(domain) as never], async () => 2, options, AbortSignal.timeout(ms));
    return [found?.outcome, found?.reason, found?.why];
  };

  it("takes an answer that is sure enough", async () => {
    assert.deepEqual(await decideWith(() => ({ outcome: 1, confidence: 0.6 })), [1, null, "0.6 sure"]);
  });

  it("abstains, and says why", async () => {
    const failing = () => Promise.reject(new Error("no\n\u001b[31mroute"));
    const cases: [Parameters<typeof decideWith>, string, string | RegExp][] = [
      [[() => ({ outcome: 1, confidence: 0.5 })], "confidence", "0.5 sure of outcome 1, less than 0.6"],
      [[() => ({ outcome: 2, confidence: 1 })], "verifier", "the verifier answered outcome 2 of 2"],
      [[() => ({ outcome: 0.5, confidence: 1 })], "verifier", "the verifier answered outcome 0.5 of 2"],
      [[() => ({ outcome: 1, confidence: NaN })], "verifier", "the verifier is NaN sure, not 0 to 1"],
      [[() => ({ abstain: "cannot tell" })], "verifier", "cannot tell"],
      [[failing], "failed", "no [31mroute"],
      [[() => ({ outcome: 1, confidence: 1 }), { fetch: failing }], "content", "no [31mroute"],
      [[() => new Promise<never>(() => undefined), { ms: 20 }], "late", "not answered in time"],
      [[() => ({ outcome: 1, confidence: 1 }), { domain: 2 }], "no-verifier", "no verifier for domain 2"],
    ];
    for (const [given, reason, why] of cases) assert.deepEqual(await decideWith(...given), [null, reason, why]);
  });
});
