import { contentOf, inlineContent, isContractError } from "@assay/sdk";
import { questionId as idOf } from "@assay/protocol";
import { expect } from "chai";
import { bytes32, createSdkWorld, done, failure, pay, type SdkWorld } from "./kit.ts";
import { TOKEN } from "../kit/world.ts";

describe("sdk: questions", () => {
  let world: SdkWorld;

  beforeEach(async () => {
    world = await createSdkWorld();
  });

  it("asks for what it costs, and reads the question through to its settlement", async () => {
    const { assay, world: chain } = world;
    const content = contentOf("water is wet");
    const args = { domainId: 1, ...content, budgetRounds: 2, salt: bytes32("once") };
    // 9, 19 and 39 seats of one token.
    expect(await assay.questions.ask.cost(args)).to.equal(67n * TOKEN);
    const before = await assay.token.balance(chain.deployer.address);
    const asked = await pay(assay.questions.ask, args);
    expect(before - (await assay.token.balance(chain.deployer.address))).to.equal(67n * TOKEN);
    const { questionId, claimId, origin, voteEpoch } = asked;
    expect(asked).to.include({ offeredSeats: 9, budgetSeats: 58, claimId: `${questionId}${"00".repeat(8)}` });
    expect(idOf(origin)).to.equal(questionId);
    const found = await assay.questions.origin(questionId);
    expect(found).to.deep.equal({ ...origin, uri: content.uri });
    expect(Buffer.from(inlineContent(found!)!).toString()).to.equal("water is wet");
    expect(await assay.questions.origin(`0x${"11".repeat(24)}`)).to.equal(null);
    expect(await assay.questions.get(questionId)).to.deep.equal({
      status: "open",
      rounds: 1,
      voteEpoch,
      offeredSeats: 9,
      budgetSeats: 58,
      canary: { kind: "none" },
      terms: null,
    });
    expect(await failure(assay.questions.ask(args))).to.have.property("code", "QUESTION_EXISTS");
    expect(await failure(assay.claims.finalVerdict(claimId))).to.have.property("code", "NOT_FINAL");

    await chain.nextEpoch();
    await chain.nextEpoch();
    const early = await failure(assay.questions.finalize({ questionId }));
    expect(isContractError(early, "NOT_FINAL") && early.args).to.include({ finalFrom: voteEpoch + 3 });
    const { seats, weights } = await assay.questions.tally(questionId);
    expect([seats[0], weights[0]]).to.deep.equal([0, 0]);
    await chain.nextEpoch();
    expect(await assay.questions.verdict(questionId)).to.include({ status: "provisional", outcome: 1, final: false });
    const decisive = await failure(assay.questions.spendBudget({ questionId }));
    expect(decisive).to.have.property("code", "VERDICT_IS_DECISIVE");
    await chain.warpTo(voteEpoch + 3, 1);
    const verdict = { status: "resolved", outcome: 1, supportBps: 10_000, rounds: 1, final: true };
    expect(await assay.questions.verdict(questionId)).to.deep.equal(verdict);
    expect(await assay.claims.finalVerdict(claimId)).to.deep.equal(verdict);
    const atRisk = await assay.questions.stakeAtRisk(questionId);
    expect(atRisk > 0n && (await assay.claims.stakeAtRisk(claimId)) === atRisk).to.equal(true);

    await done(assay.questions.finalize({ questionId }));
    const state = await assay.questions.get(questionId);
    expect([state.status, state.voteEpoch, state.terms!.gain > 0n]).to.deep.equal(["resolved", null, true]);
    expect(await assay.questions.tally(questionId)).to.deep.equal({ seats: [], weights: [] });
    expect(await done(assay.questions.reclaim({ origin }))).to.include({ amount: 58n * TOKEN });
    expect(await done(assay.stake.collect({ account: chain.deployer.address }))).to.include({ amount: 58n * TOKEN });
  });

  it("appeals for what a further round costs", async () => {
    const { assay, other, world: chain } = world;
    const { questionId, voteEpoch } = await pay(assay.questions.ask, { domainId: 1, ...contentOf("appeal this") });
    const early = await failure(other.questions.appeal({ questionId }));
    expect(isContractError(early, "NOT_APPEALABLE") && early.args.appealEpoch).to.equal(voteEpoch + 2);
    for (let i = 0; i < 3; i++) await chain.nextEpoch();
    expect(await other.questions.appeal.cost({ questionId })).to.equal(19n * TOKEN);
    const round = await pay(other.questions.appeal, { questionId });
    expect(round).to.deep.include({ questionId, round: 2, voteEpoch: voteEpoch + 3, against: 1 });
  });

  it("starts a round of an undecided question from its budget", async () => {
    const { assay, world: chain } = world;
    chain.opinions.forEach((_, agentId) => chain.opinions.set(agentId, () => Number(agentId % 2n)));
    const content = contentOf("nobody knows");
    const { questionId, voteEpoch } = await pay(assay.questions.ask, { domainId: 1, ...content, budgetRounds: 1 });
    for (let i = 0; i < 3; i++) await chain.nextEpoch();
    expect(await assay.questions.verdict(questionId)).to.include({ status: "undecided" });
    expect(await done(assay.questions.spendBudget({ questionId }))).to.include({ round: 2, voteEpoch: voteEpoch + 3 });
  });

  it("opens a canary that the verdict confirms, and one that it contradicts", async () => {
    const { assay, world: chain } = world;
    const canary = (answer: number | null) => ({ answer, salt: bytes32(`canary ${answer}`) });
    const question = (answer: number | null) => {
      return { domainId: 1, ...contentOf(`answer ${answer}`), canary: canary(answer) };
    };
    expect(await assay.questions.ask.cost(question(1))).to.equal(18n * TOKEN);
    const right = await pay(assay.questions.ask, question(1));
    const wrong = await pay(assay.questions.ask, question(0));
    const none = await pay(assay.questions.ask, question(null));
    expect((await assay.questions.get(right.questionId)).canary).to.deep.equal({ kind: "entered" });
    for (let i = 0; i < 3; i++) await chain.nextEpoch();

    const open = (asked: typeof right, answer: number | null) => ({ origin: asked.origin, ...canary(answer) });
    expect(await assay.questions.openCanary.cost(open(right, 1))).to.equal(0n);
    expect((await pay(assay.questions.openCanary, open(right, 1))).round).to.equal(null);
    expect((await assay.questions.get(right.questionId)).canary).to.deep.equal({ kind: "answer", outcome: 1 });
    const mismatch = await failure(assay.questions.openCanary({ ...open(wrong, 0), answer: 1 }));
    expect(mismatch).to.have.property("code", "CANARY_MISMATCH");
    expect(await assay.questions.openCanary.cost(open(wrong, 0))).to.equal(10n * TOKEN);
    expect((await pay(assay.questions.openCanary, open(wrong, 0))).round).to.include({ round: 2 });
    expect((await pay(assay.questions.openCanary, open(none, null))).round).to.equal(null);
    expect((await assay.questions.get(none.questionId)).canary).to.deep.equal({ kind: "empty" });
  });
});
