import { formatProof, NetworkError, parseProof, type PrivateReply, verifyProof } from "@assay/network";
import { contentOf } from "@assay/sdk";
import { expect } from "chai";
import { toUtf8Bytes } from "ethers";
import { pay } from "../sdk/kit.ts";
import { createNetworkWorld, type NetworkWorld, type Node, until } from "./kit.ts";

const SECRET = "the vault's combination is not 1234";
const ANSWERER = 0;
const OTHER = 1;
const ASKER = 2;

describe("network: what is said to one agent alone", function () {
  this.timeout(120_000);
  let world: NetworkWorld;
  let nodes: Node[];
  let reply: PrivateReply;

  before(async () => {
    world = await createNetworkWorld({ agents: 6 });
    world.answers.set(BigInt(ANSWERER), { outcome: 0, confidence: 1, evidence: "I have looked" });
    nodes = [await world.open(ANSWERER), await world.open(OTHER), await world.open(ASKER, { answers: false })];
    await until("everybody is connected", () => nodes.every(({ network }) => network.peers.length === 2));
  });
  after(() => world.close());

  const of = (agent: number) => (nodes[agent] as Node).network;
  const question = { domainId: 1, content: toUtf8Bytes(SECRET) };
  const soon = () => AbortSignal.timeout(20_000);

  it("is answered with a statement that nobody else is told of", async () => {
    reply = await of(ASKER).askPrivately(BigInt(ANSWERER), question, soon());
    expect(reply.statement.statement).to.include({ agentId: BigInt(ANSWERER), outcome: 0 });
    expect(Buffer.from(reply.evidence).toString()).to.equal("I have looked");
    const about = { domainId: 1, contentHash: contentOf(SECRET).contentHash, now: 0, limit: 10 };
    for (const { network } of nodes) expect(network.store.page(about)).to.deep.equal([]);
  });

  it("binds the agent to its word, in public as well", async () => {
    world.answers.set(BigInt(ANSWERER), { outcome: 1, confidence: 1 });
    const { silent } = await of(OTHER).ask(question);
    expect(silent.find(({ agentId }) => agentId === BigInt(ANSWERER))?.code).to.equal("REFUSED");
    world.answers.set(BigInt(ANSWERER), { outcome: 0, confidence: 1 });
  });

  it("is proved by opening it, and taken to a committee", async () => {
    const json = formatProof(await of(ASKER).prove(BigInt(ANSWERER), reply));
    const proof = parseProof(json);
    const proven = await verifyProof(proof, async ({ agentId, networkKey }) => {
      return (await of(OTHER).directory.lookup(agentId)).binding.networkKey === networkKey;
    });
    expect(Buffer.from(proven.question.content).toString()).to.equal(SECRET);
    const forged = parseProof(json.replaceAll('"outcome": 0', '"outcome": 1'));
    const refused = await verifyProof(forged).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(NetworkError).with.property("code", "BAD_SIGNATURE");
    const { uri } = contentOf(proven.question.content);
    const { claimId, locked } = await pay(world.other.claims.challenge, { ...proof.statement, uri });
    expect(locked).to.equal(proof.statement.statement.bond);
    expect((await world.assay.claims.get(claimId)).status).to.equal("inCourt");
  });

  it("is refused where nobody answers, and no message is taken unless somebody wants it", async () => {
    for (const act of [
      () => of(ANSWERER).askPrivately(BigInt(ASKER), question, soon()),
      () => of(ASKER).privately.send(of(ASKER).peerOf(BigInt(OTHER)), toUtf8Bytes("hello"), soon()),
    ]) {
      const error = await act().catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(NetworkError).with.property("code", "REFUSED");
    }
  });
});
