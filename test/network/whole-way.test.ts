import type { SwarmResult } from "@assay/network";
import { parseSignedStatement } from "@assay/sdk";
import { expect } from "chai";
import { toUtf8Bytes } from "ethers";
import { done, pay } from "../sdk/kit.ts";
import { createNetworkWorld, type NetworkWorld, type Node, until } from "./kit.ts";

const AGENTS = 6;
const LIAR = 0;
const ASKER = AGENTS - 1;
const TRUTH = 1;

describe("network: from a question to a slash", function () {
  this.timeout(180_000);
  let world: NetworkWorld;
  let nodes: Node[];
  let asker: Node;
  let result: SwarmResult;

  before(async () => {
    world = await createNetworkWorld({ agents: AGENTS });
    world.answers.set(BigInt(LIAR), { outcome: 1 - TRUTH, confidence: 1, evidence: "trust me" });
    nodes = [];
    for (let agent = 0; agent < AGENTS; agent++) nodes.push(await world.open(agent));
    asker = nodes[ASKER] as Node;
  });
  after(() => world.close());

  it("asks the agents of a domain, who answer with statements, for no gas", async () => {
    await until("everybody is connected", () => asker.network.peers.length === AGENTS - 1);
    const { provider } = world.world.connection.ethers;
    const block = await provider.getBlockNumber();
    result = await asker.network.ask({ domainId: 1, content: toUtf8Bytes("water is wet") });
    expect(await provider.getBlockNumber()).to.equal(block);
    expect(result.silent).to.deep.equal([]);
    expect(result.answers.map(({ agentId, outcome }) => [agentId, outcome])).to.have.deep.members([
      ...[0n, 1n, 2n, 3n, 4n].map((agentId) => [agentId, agentId === BigInt(LIAR) ? 1 - TRUTH : TRUTH]),
    ]);
    expect(result.outcome).to.equal(TRUTH);
    expect([result.support, result.dissent].map((share) => share.toFixed(6))).to.deep.equal(["0.800000", "0.200000"]);
    expect(result.coverage).to.equal(4n * result.bond);
    expect(lie().evidence).to.equal("trust me");
  });

  it("hears the same statements by gossip, wherever it was not asked", async () => {
    const other = nodes[1] as Node;
    await until("the statements have spread", () =>
      result.answers.every(({ hash }) => other.network.store.get(hash) !== null),
    );
  });

  it("takes the false one to a committee, from what it has kept, which slashes its author", async () => {
    const { agents, opinions } = world.world;
    for (const { agentId } of agents) opinions.set(agentId, () => TRUTH);
    opinions.set(BigInt(LIAR), () => 1 - TRUTH);
    const challenger = world.other;
    const signed = parseSignedStatement(asker.network.exportStatement(lie().hash) ?? "");
    // What a committee reads is what the agents were asked.
    const content = await asker.network.contents.fetch(result.contentHash, { signal: AbortSignal.timeout(5_000) });
    expect(Buffer.from(content).toString()).to.equal("water is wet");
    const before = await world.assay.stake.account(BigInt(LIAR));
    const trust = await balancedAccuracy();
    const { claimId, attempt } = await pay(challenger.claims.challenge, signed);
    for (let epochs = 0; epochs < 5; epochs++) await world.world.nextEpoch();
    expect((await world.assay.claims.finalVerdict(claimId)).outcome).to.equal(TRUTH);
    const { statement } = signed;
    const { upheld } = await done(challenger.claims.resolveChallenge({ statement, attempt }));
    expect(upheld).to.equal(false);
    const after = await world.assay.stake.account(BigInt(LIAR));
    expect(after.balance).to.be.at.most(before.balance - statement.bond);
    for (const agent of agents) await agent.settleDue();
    expect(await balancedAccuracy()).to.be.below(trust);
  });

  it("trusts the liar less by its own ledger, and by the chain's", async () => {
    const { ledger } = asker.network;
    const account = () => ledger.accounts(BigInt(LIAR))[0];
    await until("the ledger knows", () => ledger.list(BigInt(LIAR)).some(({ basis }) => basis === "challenge"));
    expect(account()).to.include({ held: 0, answers: 1 });
    expect(account()?.fell).to.be.above(0);
    expect(ledger.accounts(1n)[0]?.held).to.be.above(0);
    const again = await asker.network.ask({ domainId: 1, content: toUtf8Bytes("ice is cold") });
    const weightOf = (agentId: bigint) => again.answers.find((answer) => answer.agentId === agentId);
    const [liar, honest] = [weightOf(BigInt(LIAR)), weightOf(1n)];
    expect(liar?.trust).to.be.below(liar?.chainTrust ?? 0);
    expect(liar?.weight).to.be.below(honest?.weight ?? 0);
  });

  /** Of the liar, as the chain estimates it. */
  async function balancedAccuracy(): Promise<number> {
    const { alpha, beta } = await world.assay.agents.trust(BigInt(LIAR), 1);
    return alpha / (alpha + beta);
  }

  function lie() {
    const found = result.answers.find(({ agentId }) => agentId === BigInt(LIAR));
    if (found === undefined) throw new Error("the liar has said nothing");
    return found;
  }
});
