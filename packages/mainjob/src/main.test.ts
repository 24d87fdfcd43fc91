import assert from "node:assert/strict";
import { before, test } from "node:test";
import { type Options, parseOptions } from "./options.ts";
import { silent } from "./progress.ts";
import { renderReport } from "./report.ts";
import { type Outcome, run } from "./run.ts";
import { type Summary, summarize } from "./summary.ts";
import { accuracyTable, agentTable, eventLines, footnotes, gasLines, vaultLines } from "./table.ts";

// Needs compiled contracts, of whatever profile: `npm run compile`.
const options = parseOptions([
  "--quick",
  "--agents",
  "14",
  "--epochs",
  "6",
  "--claims",
  "36",
  "--seed",
  "3",
]) as Options;

let outcome: Outcome;
let summary: Summary;

before(async () => {
  outcome = await run(options, silent);
  summary = summarize(outcome);
});

test("every question that is asked ends in a final verdict, and the vault balances to the wei", () => {
  assert.equal(summary.verdicts, 36);
  assert.equal(summary.vaultBalanced, true);
  assert.equal(summary.vault.escrow, "0");
  const { tokens, stakes, credits, sinkDue } = summary.vault;
  assert.equal(BigInt(tokens), BigInt(stakes) + BigInt(credits) + BigInt(sinkDue));
});

test("stake changes by what was earned and slashed, and by nothing else", () => {
  for (const { agentId } of outcome.roster) {
    const { balance, earned, slashed } = outcome.ledger.standing(agentId);
    assert.equal(balance, outcome.history.initialBalance(agentId) + earned - slashed);
  }
});

test("the trouble takes place: a forfeit, canaries, an appeal, and two claims in court", () => {
  const { events } = summary;
  assert.equal(events.forfeits, 1);
  assert.ok(events.appeals >= 1);
  assert.ok(events.canaries + events.decoys >= 1);
  assert.deepEqual(
    events.court.map(({ kind }) => kind),
    ["assertion", "statement"],
  );
  assert.ok(outcome.ledger.standing(outcome.forgetful.agentId).slashed > 0n);
  assert.ok(summary.agents.some(({ kind }) => kind === "colluding"));
});

test("the accuracy is that of the verdicts on chain, an unresolved one being not correct", () => {
  const right = summary.scored.filter(({ resolved, outcome: found, truth }) => resolved && found === truth).length;
  assert.equal(summary.swarmAccuracy, right / 36);
  assert.equal(summary.swarmAccuracyResolved, right / (36 - summary.unresolved));
  assert.ok(summary.swarmAccuracy > 0.5);
});

test("has the keys that other programs read", () => {
  const keys = ["swarmAccuracy", "bestAgentAccuracy", "medianAgentAccuracy", "majorityAccuracy", "verdicts"];
  const more = ["unresolved", "gasPerVote", "slashedTotal", "rewardedTotal"];
  for (const key of [...keys, ...more]) assert.equal(typeof summary[key as keyof Summary], "number", key);
  const [agent] = summary.agents;
  const columns = ["id", "kind", "domain", "votes", "accuracy", "earned", "slashed", "trust", "weight"];
  for (const column of columns) assert.ok(agent !== undefined && column in agent, column);
  assert.equal(summary.agents.length, 14);
});

test("the adversaries hold the share of the stake that was asked for", () => {
  for (const domain of outcome.domains) {
    const own = outcome.roster.map(({ member }) => member).filter((member) => member.domain === domain);
    const total = own.reduce((sum, { stake }) => sum + stake, 0n);
    const bad = own.filter(({ role }) => role !== "honest").reduce((sum, { stake }) => sum + stake, 0n);
    assert.ok(Math.abs(Number(bad) / Number(total) - 0.2) < 1e-6);
  }
});

test("the report loads nothing and carries each chart's data", () => {
  const html = renderReport(summary, "production");
  assert.doesNotMatch(html, /<(script|link|img|iframe|object|embed)\b/i);
  assert.doesNotMatch(html, /\b(src|href)=|@import|url\(/i);
  for (const [address] of html.matchAll(/https?:\/\/[^"'\s<]+/g)) assert.match(address, /^http:\/\/www\.w3\.org\//);
  const charts = html.match(/<figure /g)?.length ?? 0;
  assert.equal(charts, 9); // one comparison; trust, stake, margins and money of each domain
  assert.equal(html.match(/<details>/g)?.length, charts);
  assert.doesNotMatch(html, /NaN|undefined/);
});

test("the same seed gives the same run", async () => {
  const again = summarize(await run(options, silent));
  assert.deepEqual(again, summary);
  const print = (s: Summary) =>
    [agentTable(s.agents), accuracyTable(s), ...eventLines(s), gasLines(s, ""), vaultLines(s), ...footnotes(s)].join(
      "\n",
    );
  assert.equal(print(again), print(summary));
});
