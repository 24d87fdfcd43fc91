import { type Hex, questionIdOf, type Statement, statementTypedData } from "@assay/protocol";
import type { Panel } from "../../../test/kit/panel.ts";
import { TOKEN } from "../../../test/kit/world.ts";
import { DEADLINE, type GasRecorder } from "./recorder.ts";
import { type Answers, enterEpoch, settleAll, voteOn } from "../panel/votes.ts";

/** A little more than four times the fee of three seats. */
const BOND = 13n * TOKEN;
const PLEDGE = 200n * TOKEN;
const CALLBACK_GAS = 100_000;
const EXPIRY = BigInt(DEADLINE);

const UPHELD: Answers = [1, 1, 1];
const OVERTURNED: Answers = [0, 0, 0];

/** Calls every function of Claims: each door to a verdict twice, the second time measured. */
export async function callClaims(panel: Panel, gas: GasRecorder): Promise<void> {
  const { claims, vault } = panel.contracts;
  const { stranger, deployer } = panel;
  const { ethers } = panel.connection;
  const [{ agentId, owner }] = panel.panelists;
  await enterEpoch(panel);

  const root = ethers.keccak256(ethers.concat([ethers.id("leaf 0"), ethers.id("leaf 1")].sort()));
  const asking = [1, root, "ipfs://claim", 0, ethers.ZeroHash, ethers.ZeroHash] as const;
  const asked = (await claims.ask.staticCall(...asking)) as Hex;
  await gas.note("", () => claims.ask(...asking));
  await gas.note("", () => claims.connect(stranger).registerCallback(asked, CALLBACK_GAS));

  const assertions = ["one", "two", "three"].map((content) => ({
    domainId: 1,
    outcome: 1,
    contentHash: ethers.id(content),
    asserter: deployer.address,
    bond: BOND,
    salt: ethers.ZeroHash,
  }));
  const [first, upheld, overturned] = assertions as [Assertion, Assertion, Assertion];
  const send = (a: Assertion) =>
    claims.assertClaim(a.domainId, a.outcome, a.contentHash, "ipfs://claim", a.bond, a.salt);
  await send(first);
  await gas.note("", () => send(upheld));
  await send(overturned);
  const claimIds = await Promise.all(assertions.map((a) => claims.claimIdOf(a)));
  await claims.connect(stranger).dispute(upheld, "ipfs://dispute");
  await gas.note("", () => claims.connect(stranger).dispute(overturned, "ipfs://dispute"));

  const signer = new ethers.Wallet(ethers.id("signer"));
  await gas.note("", () => claims.connect(owner).addSigner(agentId, signer.address));
  await gas.note("first", () => vault.connect(owner).pledge(agentId, PLEDGE));
  const statements: Statement[] = [0n, 1n].map((nonce) => ({
    agentId,
    domainId: 1,
    outcome: 1,
    contentHash: ethers.id("statement") as Hex,
    bond: BOND,
    expiry: EXPIRY,
    nonce,
  }));
  const [good, bad] = statements as [Statement, Statement];
  const context = { chainId: (await ethers.provider.getNetwork()).chainId, claims: (await claims.getAddress()) as Hex };
  const challenge = async (s: Statement) => {
    const { domain, types, message } = statementTypedData(context, s);
    const signature = await signer.signTypedData(domain, { Statement: [...types.Statement] }, message);
    return claims.connect(stranger).challenge(s, signature, "ipfs://challenge");
  };
  await challenge(good);
  await gas.note("", () => challenge(bad));
  const challengeIds = await Promise.all(statements.map((s) => claims.challengeIdOf(s, 1)));

  const inCourt = [claimIds[1], claimIds[2], ...challengeIds] as Hex[];
  const questions = await Promise.all(inCourt.map(async (id) => (await claims.claim(id)).questionId as Hex));
  const answers = [UPHELD, OVERTURNED, UPHELD, OVERTURNED];
  await voteOn(panel, [
    [questionIdOf(asked), UPHELD],
    ...questions.map((id, i) => [id, answers[i] as Answers] as const),
  ]);
  await enterEpoch(panel);
  await settleAll(panel);

  await gas.note("undisputed", () => claims.resolve(first));
  await gas.note("upheld", () => claims.resolve(upheld));
  await gas.note("overturned", () => claims.resolve(overturned));
  await gas.note("upheld", () => claims.resolveChallenge(good, 1));
  await gas.note("fallen", () => claims.resolveChallenge(bad, 1));
  await gas.note("to an account without code", () => claims.deliver(asked, stranger.address));

  await gas.view("Claims", "verdict", [asked], "asked");
  await gas.view("Claims", "verdict", [claimIds[0]], "asserted");
  await gas.view("Claims", "finalVerdict", [asked], "asked");
  await gas.view("Claims", "stakeAtRisk", [asked]);
  const rest = ethers.keccak256(
    ethers.AbiCoder.defaultAbiCoder().encode(
      ["address", "bytes32", "bytes32"],
      [deployer.address, ethers.ZeroHash, ethers.ZeroHash],
    ),
  );
  await gas.view("Claims", "verifyLeaf", [asked, root, rest, ethers.id("leaf 0"), [ethers.id("leaf 1")]]);
  await gas.view("Claims", "claim", [claimIds[1]]);
  await gas.view("Claims", "claimIdOf", [first]);
  await gas.view("Claims", "challengeIdOf", [good, 1]);
  await gas.view("Claims", "hashStatement", [good]);
  await gas.view("Claims", "statementStatus", [good]);
  await gas.view("Claims", "answerableUntil", [agentId, signer.address]);
  await gas.view("Claims", "slashable", [agentId, 1, EXPIRY]);
  await gas.note("", () => claims.connect(owner).retireSigner(agentId, signer.address));
  await gas.plainViews("Claims");
}

interface Assertion {
  readonly domainId: number;
  readonly outcome: number;
  readonly contentHash: string;
  readonly asserter: string;
  readonly bond: bigint;
  readonly salt: string;
}
