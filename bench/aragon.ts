import { id, keccak256, solidityPackedKeccak256, toUtf8Bytes } from "ethers";
import { type Chain, eventsOf, gasOf, read, send } from "./chain.ts";
import { claimText } from "./claim.ts";
import { loadPeerArtifact } from "./packages.ts";
import { mean, measured, type Row, sum } from "./rows.ts";

const SYSTEM = "Aragon Court";
const artifact = (name: string) => loadPeerArtifact(`@aragon/court/build/contracts/${name}.json`);

const TOKEN = 10n ** 18n;
const SEATS = 31;
const JURORS = 100;
/** Seconds. */
const TERM = 8 * 3_600;
/** Terms of evidence, commit, reveal, appeal and confirming an appeal. */
const TERMS = [4, 2, 2, 2, 2] as const;
const MIN_ACTIVE = 100n * TOKEN;
/** Selector of activate(uint256): what is staked is activated in the same transaction. */
const ACTIVATE = id("activate(uint256)").slice(0, 10);
const [LOW, HIGH] = [3, 4];
const isWrong = (juror: number) => juror % 10 === 9;

/** One dispute with 31 seats in the first round, from its creation to everybody's reward. */
export async function measureAragon(chain: Chain): Promise<Row[]> {
  const { deployer } = chain;
  const governor = await deployer.getAddress();
  const feeToken = await chain.deploy(artifact("ERC20Mock"), "Fee", "FEE", 18);
  const jurorToken = await chain.deploy(artifact("ERC20Mock"), "Juror", "ANJ", 18);
  const start = (await chain.now()) + 2 * TERM;
  const court = await chain.deploy(
    artifact("AragonCourt"),
    [TERM, start],
    [governor, governor, governor],
    feeToken.target,
    [10n * TOKEN, 30n * TOKEN, 40n * TOKEN], // for a juror, a draft, a settlement
    TERMS,
    [100, 3_300], // 1% of the minimum balance is lost by a wrong vote; reduction in the final round
    [SEATS, 3, 2, 10],
    [25_000, 35_000],
    MIN_ACTIVE,
  );
  const disputes = await chain.deploy(artifact("DisputeManager"), court.target, SEATS, 0);
  const voting = await chain.deploy(artifact("CRVoting"), court.target);
  const treasury = await chain.deploy(artifact("CourtTreasury"), court.target);
  const limit = (MIN_ACTIVE * (2n ** 64n - 1n)) / 1_000n;
  const registry = await chain.deploy(artifact("JurorsRegistry"), court.target, jurorToken.target, limit);
  const subscriptions = await chain.deploy(
    artifact("CourtSubscriptions"),
    court.target,
    90,
    feeToken.target,
    TOKEN,
    15,
    10,
    0,
    0,
  );
  const modules = {
    DISPUTE_MANAGER: disputes,
    TREASURY: treasury,
    VOTING: voting,
    JURORS_REGISTRY: registry,
    SUBSCRIPTIONS: subscriptions,
  };
  const ids = Object.keys(modules).map((name) => keccak256(toUtf8Bytes(name)));
  await send(deployer, court, "setModules", [ids, Object.values(modules).map(({ target }) => target)]);

  const jurors = await chain.voters(JURORS);
  const joining: number[] = [];
  for (const juror of jurors) {
    await send(deployer, jurorToken, "generateTokens", [juror.address, MIN_ACTIVE]);
    joining.push(await gasOf(juror, jurorToken, "approveAndCall", [registry.target, MIN_ACTIVE, ACTIVATE]));
  }
  /** Moves on by terms; each of them takes a heartbeat, which is nobody's vote and not counted. */
  const passTerms = async (count: number) => {
    await chain.pass(count * TERM);
    await send(deployer, court, "heartbeat", [1_000]);
    await chain.mine(2); // the term's randomness is the hash of a later block
  };
  await chain.pass(TERM);
  await passTerms(1);

  const arbitrable = await chain.deploy(artifact("ArbitrableMock"), court.target);
  await send(deployer, feeToken, "generateTokens", [governor, 10n * TOKEN]);
  await send(deployer, feeToken, "approve", [subscriptions.target, 10n * TOKEN]);
  await send(deployer, subscriptions, "payFees", [arbitrable.target, 1]);
  const fees = await read<{ totalFees: bigint }>(disputes, "getDisputeFees");
  await send(deployer, feeToken, "generateTokens", [arbitrable.target, 2n * fees.totalFees]);
  const ask = (n: number) => send(deployer, arbitrable, "createDispute", [2, toUtf8Bytes(claimText(n))]);
  await ask(0);
  const asked = await ask(1);
  const dispute = eventsOf(disputes, asked, "NewDispute")[0]?.disputeId as bigint;
  const vote = dispute << 128n; // its first round

  await passTerms(TERMS[0]);
  const drafted = await send(deployer, disputes, "draft", [dispute]);
  const drawn = eventsOf(disputes, drafted, "JurorDrafted").map(({ juror }) => juror as string);
  if (drawn.length !== SEATS) throw new Error(`${drawn.length} seats were drafted`);
  const votes = jurors
    .filter(({ address }) => drawn.includes(address))
    .map((juror, i) => ({ juror, outcome: isWrong(i) ? HIGH : LOW, salt: id(`salt ${i}`) }));
  const committing: number[] = [];
  for (const { juror, outcome, salt } of votes) {
    const commitment = solidityPackedKeccak256(["uint8", "bytes32"], [outcome, salt]);
    committing.push(await gasOf(juror, voting, "commit", [vote, commitment]));
  }
  await passTerms(TERMS[1]);
  const revealing: number[] = [];
  for (const { juror, outcome, salt } of votes) {
    revealing.push(await gasOf(juror, voting, "reveal", [vote, juror.address, outcome, salt]));
  }
  await passTerms(TERMS[2] + TERMS[3] + TERMS[4]);
  const ruling = await gasOf(deployer, court, "executeRuling", [dispute]);
  const settling = await gasOf(deployer, disputes, "settlePenalties", [dispute, 0, 0]);
  const rewarding: number[] = [];
  for (const { juror, outcome } of votes) {
    if (outcome === LOW) rewarding.push(await gasOf(juror, disputes, "settleReward", [dispute, 0, juror.address]));
  }
  const winner = votes.find(({ outcome }) => outcome === LOW)?.juror.address;
  if ((await read<bigint>(treasury, "balanceOf", feeToken.target, winner)) === 0n) {
    throw new Error("a winning juror was not paid");
  }

  const drafting = Number(drafted.gasUsed);
  const unpaid = drafting + sum(committing) + sum(revealing) + settling;
  const who = `${SEATS} seats, ${votes.length} jurors out of ${JURORS}`;
  return [
    measured(
      "join",
      SYSTEM,
      mean(joining.slice(1)),
      `approveAndCall of the token, which stakes and activates, mean of ${JURORS - 1} jurors`,
    ),
    measured(
      "ask",
      SYSTEM,
      Number(asked.gasUsed),
      "createDispute through the package's ArbitrableMock, which pays the fees",
    ),
    measured("settle disputed", SYSTEM, ruling, "executeRuling, into the ArbitrableMock"),
    measured(
      "vote",
      SYSTEM,
      (unpaid + sum(rewarding)) / SEATS,
      `draft, commit, reveal, settlePenalties and the winners' settleReward of a round of ${who}, divided by the seats`,
    ),
    measured("vote: draw", SYSTEM, drafting / SEATS, `draft of all ${SEATS} seats`),
    measured("vote: commit", SYSTEM, mean(committing), "commit, mean of the jurors"),
    measured("vote: reveal", SYSTEM, mean(revealing), "reveal, mean of the jurors"),
    measured("vote: settle", SYSTEM, settling / SEATS, `settlePenalties of all ${SEATS} seats`),
    measured(
      "vote: reward",
      SYSTEM,
      mean(rewarding),
      "settleReward, mean of the winners, who have no earlier reward waiting; to withdraw is a call more",
    ),
  ];
}
