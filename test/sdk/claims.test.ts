import { contentOf, formatSignedStatement, isContractError, parseSignedStatement } from "@assay/sdk";
import { assertionClaimId, challengeClaimId, restOfAssertion } from "@assay/protocol";
import { expect } from "chai";
import { bytes32, createSdkWorld, done, failure, pay, type SdkWorld } from "./kit.ts";
import { TOKEN } from "../kit/world.ts";

describe("sdk: claims", () => {
  let world: SdkWorld;

  beforeEach(async () => {
    world = await createSdkWorld();
  });

  it("assert with the least bond, and resolve what nobody disputed", async () => {
    const { assay, world: chain } = world;
    const content = contentOf("grass is green");
    const args = { domainId: 1, outcome: 1, ...content, salt: bytes32("salt") };
    expect(await assay.claims.minBond(1)).to.equal(36n * TOKEN);
    expect(await assay.claims.assert.cost(args)).to.equal(36n * TOKEN);
    const { claimId, assertion, windowEnd } = await pay(assay.claims.assert, args);
    expect(assertionClaimId(assertion)).to.equal(claimId);
    expect(await assay.claims.findAssertion(claimId)).to.deep.equal({ assertion, windowEnd, uri: content.uri });
    expect(await assay.claims.findAssertion(bytes32("none"))).to.equal(null);
    expect(await assay.claims.get(claimId)).to.deep.equal({
      status: "asserted",
      domainId: 1,
      outcome: 1,
      windowEnd,
      questionId: null,
      opponent: null,
      locked: 0n,
    });
    const leaf = {
      contentHash: content.contentHash,
      rest: restOfAssertion(assertion),
      leaf: content.contentHash,
      proof: [],
    };
    expect(await assay.claims.verifyLeaf(claimId, leaf)).to.include({ status: "provisional", outcome: 1 });
    const off = await failure(assay.claims.verifyLeaf(claimId, { ...leaf, leaf: bytes32("other") }));
    expect(off).to.have.property("code", "INVALID_PROOF");
    const open = await failure(assay.claims.resolve({ assertion }));
    expect(isContractError(open, "WINDOW_OPEN") && open.args.windowEnd).to.equal(windowEnd);
    await chain.warpTo(windowEnd + 1, 1);
    expect(await done(assay.claims.resolve({ assertion }))).to.deep.equal({ claimId, stood: true, upheld: true });
    expect(await assay.stake.credit(chain.deployer.address)).to.equal(36n * TOKEN);
    const small = await failure(assay.claims.assert({ ...args, bond: 1n }));
    expect(isContractError(small, "BOND_TOO_SMALL") && small.args.minimum).to.equal(36n * TOKEN);
  });

  it("take an assertion to a committee, which decides who gets which bond", async () => {
    const { assay, other, world: chain } = world;
    const content = contentOf("the moon is cheese");
    const { claimId, assertion } = await pay(assay.claims.assert, { domainId: 1, outcome: 0, ...content });
    const dispute = { assertion, uri: content.uri };
    expect(await other.claims.dispute.cost(dispute)).to.equal(45n * TOKEN);
    const disputed = await pay(other.claims.dispute, dispute);
    if (disputed.abandoned) throw new Error("abandoned");
    expect(await assay.claims.questionOf(claimId)).to.equal(disputed.questionId);
    const { status, opponent } = await assay.claims.get(claimId);
    expect([status, opponent]).to.deep.equal(["inCourt", chain.owners.at(-1)!.address]);
    for (let i = 0; i < 4; i++) await chain.nextEpoch();
    expect(await assay.claims.verdict(claimId)).to.include({ status: "resolved", outcome: 1 });
    expect(await done(other.claims.resolve({ assertion }))).to.deep.equal({ claimId, stood: false, upheld: false });
    expect((await assay.claims.get(claimId)).status).to.equal("closed");
    expect((await other.stake.credit(chain.owners.at(-1)!.address)) > 45n * TOKEN).to.equal(true);
  });

  it("give an assertion up at no cost where the domain has fallen below its minimum stake", async () => {
    const { assay, other, world: chain } = world;
    const content = contentOf("x");
    const { claimId, assertion } = await pay(assay.claims.assert, { domainId: 1, outcome: 0, ...content });
    for (const [i, { agentId }] of chain.agents.entries()) {
      await done(assay.connect(chain.owners[i]!).domains.leave({ agentId, domainId: 1 }));
    }
    await chain.warpTo((await chain.epoch()) + 2, 1);
    const dispute = { assertion, uri: content.uri };
    expect(await other.claims.dispute.cost(dispute)).to.equal(0n);
    expect(await done(other.claims.dispute(dispute))).to.deep.equal({ abandoned: true, claimId });
    expect(await assay.claims.questionOf(claimId)).to.equal(null);
  });

  it("sign a statement, keep it as JSON, challenge it and resolve the challenge", async () => {
    const { assay, owner, other, world: chain } = world;
    const signer = chain.owners[1]!;
    await done(owner.stake.pledge({ agentId: 0n, amount: 50n * TOKEN }));
    expect(await owner.claims.answerableUntil(0n, signer.address)).to.equal(null);
    expect(await done(owner.claims.addSigner({ agentId: 0n, signer: signer.address }))).to.deep.equal({
      agentId: 0n,
      signer: signer.address,
    });
    const content = contentOf("the sun is cold");
    const expiry = BigInt(await chain.connection.networkHelpers.time.latest()) + 500n;
    const statement = {
      ...{ agentId: 0n, domainId: 1, outcome: 0, contentHash: content.contentHash },
      ...{ bond: 36n * TOKEN, expiry, nonce: 1n },
    };
    expect(await owner.claims.slashable(0n, 1, expiry)).to.equal(50n * TOKEN);
    const signed = await assay.connect(signer).claims.signStatement(statement, content.uri);
    const kept = parseSignedStatement(formatSignedStatement(signed));
    expect(kept).to.deep.equal(signed);
    const digest = await assay.claims.statementHash(statement);
    expect(digest).to.equal(await assay.contracts.claims.hashStatement(statement));

    expect(await other.claims.challenge.cost(kept)).to.equal(45n * TOKEN);
    const forged = await failure(other.claims.challenge({ ...kept, statement: { ...statement, outcome: 1 } }));
    expect(forged).to.have.property("code", "NOT_A_SIGNER");
    const { claimId, attempt, locked, questionId } = await pay(other.claims.challenge, kept);
    expect([attempt, locked]).to.deep.equal([1, 36n * TOKEN]);
    expect(claimId).to.equal(challengeClaimId(statement.contentHash, digest, 1));
    expect(await assay.claims.findChallenge(claimId)).to.deep.equal({ statement, attempt: 1, questionId });
    expect(await assay.claims.findChallenge(bytes32("none"))).to.equal(null);
    expect(await assay.claims.statementStatus(statement)).to.deep.equal({ attempts: 1, inCourt: true, fallen: false });
    for (let i = 0; i < 4; i++) await chain.nextEpoch();
    expect(await done(other.claims.resolveChallenge({ statement, attempt }))).to.deep.equal({
      claimId,
      status: "resolved",
      upheld: false,
    });
    expect((await assay.claims.get(claimId)).status).to.equal("fallen");
    const retired = await done(owner.claims.retireSigner({ agentId: 0n, signer: signer.address }));
    expect(await owner.claims.answerableUntil(0n, signer.address)).to.equal(retired.answerableUntil);
  });

  it("know the question of an asked claim, and no question of no claim", async () => {
    const { assay } = world;
    const { claimId, questionId } = await pay(assay.questions.ask, { domainId: 1, ...contentOf("x") });
    expect(assay.claims.idOf(questionId)).to.equal(claimId);
    expect(await assay.claims.questionOf(claimId)).to.equal(questionId);
    expect(await assay.claims.questionOf(bytes32("none"))).to.equal(null);
    expect(await assay.claims.questionOf(`0x${"01".repeat(24)}${"00".repeat(8)}`)).to.equal(null);
    expect((await assay.claims.verdict(bytes32("none"))).status).to.equal("unknown");
  });

  it("register a callback, and deliver to it what can be delivered", async () => {
    const { assay, other, world: chain } = world;
    const { claimId } = await pay(assay.questions.ask, { domainId: 1, ...contentOf("x") });
    const consumer = chain.owners.at(-1)!.address;
    expect(await failure(assay.claims.deliver({ claimId, consumer }))).to.have.property("code", "NO_CALLBACK");
    await done(other.claims.registerCallback({ claimId, gasLimit: 50_000 }));
    expect(await failure(assay.claims.deliver({ claimId, consumer }))).to.have.property("code", "NOT_FINAL");
    for (let i = 0; i < 4; i++) await chain.nextEpoch();
    // An account without code takes any call.
    expect(await done(assay.claims.deliver({ claimId, consumer }))).to.deep.equal({ delivered: true });
  });
});
