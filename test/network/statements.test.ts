/** What a node makes of a statement, and what the contract makes of its challenge. */
import { EPOCHS_PER_ROUND, type Statement, statementTypedData, UNBONDING_EPOCHS } from "@assay/protocol";
import { AssayError, contentOf, domainParameters, parseSignedStatement, type SignedStatement } from "@assay/sdk";
import { expect } from "chai";
import { concat, id, toBeHex, Wallet } from "ethers";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AssayStatementChain, openStatementChain } from "../../packages/network/src/statements/chain.ts";
import { statementCodec, toMessage } from "../../packages/network/src/statements/message.ts";
import { StatementStore } from "../../packages/network/src/statements/store.ts";
import { type DomainRules, StatementValidator } from "../../packages/network/src/statements/validator.ts";
import { createSdkWorld, done, failure, pay, type SdkWorld } from "../sdk/kit.ts";
import { EPOCH_LENGTH, TOKEN } from "../kit/world.ts";

const AGENT = 0n;
const BOND = 36n * TOKEN;
const PLEDGE = 3n * BOND;
const CURVE = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const content = contentOf("the sun is cold");
const signer = new Wallet(id("statement signer"));
const outsider = new Wallet(id("outsider"));

describe("network: statements and the contract", () => {
  let world: SdkWorld;
  let chain: AssayStatementChain;
  let rules: DomainRules;
  let now: number;
  let ms: number;
  let validator: StatementValidator;

  beforeEach(async () => {
    world = await createSdkWorld();
    await done(world.owner.claims.addSigner({ agentId: AGENT, signer: signer.address }));
    await done(world.owner.stake.pledge({ agentId: AGENT, amount: PLEDGE }));
    ms = 0;
    chain = await openStatementChain({
      assay: world.assay,
      monotonic: () => ms,
      report: () => undefined,
      pollMs: 5,
    });
    rules = await chain.domain(1);
    await look();
    const { chainId } = await world.assay.terms();
    validator = new StatementValidator({
      context: { chainId, claims: world.assay.addresses.claims as `0x${string}` },
      chain,
      now: () => now,
      monotonic: () => ms,
      isKnown: () => false,
    });
  });

  /** Time of the chain; what was read before is forgotten. */
  async function look(): Promise<void> {
    now = await world.world.connection.networkHelpers.time.latest();
    ms += 60_000;
  }

  async function warp(epochs: number): Promise<void> {
    await world.world.warpTo((await world.world.epoch()) + epochs, 1);
    await look();
  }

  let nonces = 0n;
  async function signed(changes: Partial<Statement> = {}, by = signer, at = {}): Promise<SignedStatement> {
    const usual = { agentId: AGENT, domainId: 1, outcome: 0, contentHash: content.contentHash, bond: BOND };
    const statement = { ...usual, expiry: BigInt(now + 500), nonce: ++nonces, ...changes };
    const { chainId } = await world.assay.terms();
    const here = { chainId: Number(chainId), claims: world.assay.addresses.claims as `0x${string}` };
    const { domain, types, message } = statementTypedData({ ...here, ...at }, statement);
    const signature = (await by.signTypedData(
      { ...domain },
      { Statement: [...types.Statement] },
      message,
    )) as `0x${string}`;
    return { ...here, signer: by.address as `0x${string}`, uri: content.uri, statement, signature };
  }

  /** Why a node does not take it. */
  async function refusalOf(statement: SignedStatement, of = rules): Promise<string | null> {
    const here = { chainId: statement.chainId, claims: statement.claims };
    const { refusal } = await validator.judge(statementCodec.encode(toMessage(here, statement)), of);
    return refusal?.reason ?? null;
  }

  /** Why the contract does not take its challenge. */
  async function challengeErrorOf(statement: SignedStatement): Promise<string> {
    const error = await failure(pay(world.other.claims.challenge, statement));
    return error instanceof AssayError ? error.code : String(error);
  }

  it("takes what can be challenged with its whole bond, from the file that it keeps", async () => {
    const folder = mkdtempSync(join(tmpdir(), "assay-network-"));
    const statement = await signed();
    const context = { chainId: statement.chainId, claims: statement.claims };
    const message = toMessage(context, statement);
    const { accepted } = await validator.judge(statementCodec.encode(message), rules);
    if (accepted === null) throw new Error("not accepted");
    expect(accepted.hash).to.equal(await world.assay.claims.statementHash(statement.statement));
    expect(accepted.slashable).to.equal(PLEDGE);
    const store = new StatementStore(join(folder, "statements.db"), context);
    store.put({ hash: accepted.hash, message, receivedAt: now, source: null });
    const kept = parseSignedStatement(store.export(accepted.hash) ?? "");
    store.close();
    rmSync(folder, { recursive: true });
    expect(kept).to.deep.equal(statement);
    expect((await pay(world.other.claims.challenge, kept)).locked).to.equal(BOND);
    for (let i = 0; i <= EPOCHS_PER_ROUND; i++) await world.world.nextEpoch();
    const resolved = await done(world.other.claims.resolveChallenge({ statement: kept.statement, attempt: 1 }));
    expect(resolved.upheld).to.equal(false);
  });

  it("rejects what the contract refuses for ever", async () => {
    const valid = await signed();
    const [r, s, v] = [valid.signature.slice(0, 66), `0x${valid.signature.slice(66, 130)}`, valid.signature.slice(130)];
    const twin = concat([r, toBeHex(CURVE - BigInt(s), 32), v === "1b" ? "0x1c" : "0x1b"]) as `0x${string}`;
    const cases: [SignedStatement, string, string][] = [
      [await signed({ outcome: 2 }), "UNKNOWN_OUTCOME", "OUTCOME_OUT_OF_RANGE"],
      [await signed({ bond: BOND - 1n }), "BOND_TOO_SMALL", "BOND_TOO_SMALL"],
      [await signed({ expiry: BigInt(now - 31) }), "EXPIRED", "STATEMENT_EXPIRED"],
      [{ ...valid, statement: { ...valid.statement, outcome: 1 } }, "BAD_SIGNATURE", "NOT_A_SIGNER"],
      [{ ...valid, signature: twin }, "BAD_SIGNATURE", "INVALID_SIGNATURE_S"],
      [
        { ...valid, signature: `${valid.signature.slice(0, 130)}00` as `0x${string}` },
        "BAD_SIGNATURE",
        "INVALID_SIGNATURE",
      ],
      [await signed({}, signer, { chainId: 1 }), "BAD_SIGNATURE", "NOT_A_SIGNER"],
      [await signed({}, signer, { claims: world.assay.addresses.vault }), "BAD_SIGNATURE", "NOT_A_SIGNER"],
    ];
    for (const [statement, reason, error] of cases) {
      expect(await refusalOf(statement)).to.equal(reason);
      expect(await challengeErrorOf(statement)).to.equal(error);
    }
    expect(await refusalOf(valid)).to.equal(null);
    expect(valid.statement.expiry > BigInt(now)).to.equal(true);
  });

  it("ignores whom and what nobody answers for as long as it can be challenged", async () => {
    const { assay, owner } = world;
    const strange = await signed({}, outsider);
    expect([await refusalOf(strange), await challengeErrorOf(strange)]).to.deep.equal(["NOT_A_SIGNER", "NOT_A_SIGNER"]);
    const unknown = await signed({ agentId: 99n });
    expect([await refusalOf(unknown), await challengeErrorOf(unknown)]).to.deep.equal(["NOT_A_SIGNER", "NOT_A_SIGNER"]);

    // A domain in which nobody has allocated anything.
    const parameters = domainParameters({ seatFee: TOKEN });
    const { domainId } = await done(assay.domains.create({ parameters }));
    await look();
    const sleeping = await signed({ domainId });
    expect(await refusalOf(sleeping, await chain.domain(domainId))).to.equal("OVERCOMMITTED");
    expect(await challengeErrorOf(sleeping)).to.equal("DOMAIN_BELOW_MIN_STAKE");

    // A retired signer answers for what it may have signed before.
    const { answerableUntil } = await done(owner.claims.retireSigner({ agentId: AGENT, signer: signer.address }));
    await warp(2);
    const end = BigInt(world.world.genesis + answerableUntil * EPOCH_LENGTH);
    const covered = await signed({ expiry: end - 1n });
    expect(await refusalOf(covered)).to.equal(null);
    expect(await refusalOf(await signed({ expiry: end }))).to.equal("NOT_A_SIGNER");
    await world.world.warpTo(answerableUntil - 1, EPOCH_LENGTH / 2);
    await pay(world.other.claims.challenge, covered);
  });

  it("ignores a bond beyond the pledge that is certain, of which the contract locks less", async () => {
    const { owner } = world;
    const over = await signed({ bond: PLEDGE + TOKEN });
    expect(await refusalOf(over)).to.equal("OVERCOMMITTED");

    const ahead = (epochs: number) => BigInt(world.world.genesis + epochs * EPOCH_LENGTH);
    const epoch = await world.world.epoch();
    expect(await refusalOf(await signed({ expiry: ahead(epoch + UNBONDING_EPOCHS) - 1n, bond: PLEDGE }))).to.equal(
      null,
    );
    const far = await signed({ expiry: ahead(epoch + UNBONDING_EPOCHS) + 30n });
    expect(await refusalOf(far)).to.equal("TOO_FAR_AHEAD");
    expect(await owner.claims.slashable(AGENT, 1, far.statement.expiry)).to.equal(0n);

    const { availableFrom } = await done(owner.stake.lowerPledge({ agentId: AGENT, amount: 2n * BOND }));
    await warp(1);
    expect(await refusalOf(await signed({ expiry: ahead(availableFrom) - 1n, bond: PLEDGE }))).to.equal(null);
    expect(await refusalOf(await signed({ expiry: ahead(availableFrom), bond: PLEDGE }))).to.equal("OVERCOMMITTED");
    expect(await refusalOf(await signed({ expiry: ahead(availableFrom), bond: BOND }))).to.equal(null);
    expect((await pay(world.other.claims.challenge, over)).locked).to.equal(PLEDGE);
  });

  it("hears of a challenge, which leaves less of the pledge for others", async () => {
    const abort = new AbortController();
    const following = chain.follow(abort.signal);
    const until = async (happened: () => boolean) => {
      while (!happened()) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await until(() => chain.trustedBlock !== null);
    const [first, second] = [await signed({ bond: 2n * BOND }), await signed({ bond: 2n * BOND })];
    expect(await refusalOf(first)).to.equal(null);
    const query = { ...second.statement, signer: signer.address.toLowerCase() };
    expect(chain.known(query)?.slashable).to.equal(PLEDGE);
    await pay(world.other.claims.challenge, first);
    await until(() => chain.known(query) === null);
    expect(await refusalOf(second)).to.equal("OVERCOMMITTED");
    expect((await pay(world.other.claims.challenge, second)).locked).to.equal(BOND);
    abort.abort();
    await following;
  });
});
