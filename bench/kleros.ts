import { concat, solidityPackedKeccak256, toBeHex, type Wallet, ZeroAddress } from "ethers";
import { type Chain, eventsOf, gasOf, read, send } from "./chain.ts";
import { loadPeerArtifact } from "./packages.ts";
import { mean, measured, type Row, sum } from "./rows.ts";

const SYSTEM = "Kleros v1";
const artifact = (name: string) => loadPeerArtifact(`@kleros/kleros/build/contracts/${name}.json`);

const PNK = 10n ** 18n;
/** Seats of the court. */
const SEATS = 31;
/** So many that few of them are drawn twice. */
const JURORS = 100;
const STAKE = 1_000n * PNK;
const FEE = 25n * 10n ** 15n;
/** Seconds of each period. */
const PERIOD = 3_600;
/** One vote in ten is wrong, so that there is a stake to lose. */
const isWrong = (seat: number) => seat % 10 === 9;

/** One dispute with 31 seats and hidden votes in the general court, from its creation to the execution of the ruling. */
export async function measureKleros(chain: Chain): Promise<Row[]> {
  const pinakion = await chain.deploy(
    artifact("MiniMeTokenERC20"),
    ZeroAddress,
    ZeroAddress,
    0,
    "Pinakion",
    18,
    "PNK",
    true,
  );
  const random = await chain.deploy(artifact("ConstantNG"), solidityPackedKeccak256(["string"], ["random"]));
  const trees = await chain.deploy({ abi: [], bytecode: artifact("SortitionSumTreeFactory").bytecode });
  const { abi, bytecode } = artifact("KlerosLiquid");
  const linked = bytecode.replaceAll(/__SortitionSumTreeFactory_+/g, (await trees.getAddress()).slice(2));
  const governor = await chain.deployer.getAddress();
  const kleros = await chain.deploy(
    { abi, bytecode: linked },
    governor,
    pinakion.target,
    random.target,
    0, // seconds of staking
    0, // and of drawing
    true, // hidden votes
    520n * PNK,
    5_000,
    FEE,
    511,
    [PERIOD, PERIOD, PERIOD, PERIOD],
    5,
  );

  const jurors = await chain.voters(JURORS);
  const byAddress = new Map(jurors.map((juror) => [juror.address, juror]));
  for (const { address } of jurors) await send(chain.deployer, pinakion, "generateTokens", [address, 2n * STAKE]);
  // The court moves jurors' tokens as the token's controller.
  await send(chain.deployer, pinakion, "changeController", [kleros.target]);
  const joining: number[] = [];
  for (const juror of jurors) joining.push(await gasOf(juror, kleros, "setStake", [0, STAKE]));

  const court = concat([toBeHex(0, 32), toBeHex(SEATS, 32)]);
  const cost = FEE * BigInt(SEATS);
  const asking: number[] = [];
  for (let i = 0; i < 2; i++) asking.push(await gasOf(chain.deployer, kleros, "createDispute", [2, court], cost));
  const [, partyB] = jurors as [Wallet, Wallet];
  const arbitrable = await chain.deploy(
    artifact("TwoPartyArbitrable"),
    kleros.target,
    PERIOD,
    partyB.address,
    2,
    court,
    "",
  );
  await send(chain.deployer, arbitrable, "payArbitrationFeeByPartyA", [], cost);
  await send(partyB, arbitrable, "payArbitrationFeeByPartyB", [], cost);
  const dispute = await read<bigint>(arbitrable, "disputeID");

  await send(chain.deployer, kleros, "passPhase");
  await chain.mine(1);
  await send(chain.deployer, kleros, "passPhase");
  const drawn = await send(chain.deployer, kleros, "drawJurors", [dispute, SEATS]);
  const seatsOf = new Map<Wallet, number[]>();
  for (const { _address, _voteID } of eventsOf(kleros, drawn, "Draw")) {
    const juror = byAddress.get(_address as string);
    if (juror === undefined) throw new Error("a stranger was drawn");
    seatsOf.set(juror, [...(seatsOf.get(juror) ?? []), Number(_voteID)]);
  }
  const passPeriod = async () => {
    await chain.pass(PERIOD);
    await send(chain.deployer, kleros, "passPeriod", [dispute]);
  };

  await passPeriod();
  const votes = [...seatsOf].map(([juror, seats], salt) => ({ juror, seats, salt, choice: isWrong(salt) ? 2 : 1 }));
  const committing: number[] = [];
  for (const { juror, seats, salt, choice } of votes) {
    const commitment = solidityPackedKeccak256(["uint256", "uint256"], [choice, salt]);
    committing.push(await gasOf(juror, kleros, "castCommit", [dispute, seats, commitment]));
  }
  await passPeriod();
  const voting: number[] = [];
  for (const { juror, seats, salt, choice } of votes) {
    voting.push(await gasOf(juror, kleros, "castVote", [dispute, seats, choice, salt]));
  }
  await passPeriod();
  await passPeriod();
  // Every seat is gone through twice: first what is lost, then what is paid out.
  const executing = await gasOf(chain.deployer, kleros, "execute", [dispute, 0, 2 * SEATS]);
  const ruling = await gasOf(chain.deployer, kleros, "executeRuling", [dispute]);
  if ((await read<bigint>(kleros, "currentRuling", dispute)) !== 1n) throw new Error("the court did not rule for 1");

  const drawing = Number(drawn.gasUsed);
  const whole = drawing + sum(committing) + sum(voting) + executing;
  const who = `${SEATS} seats, ${votes.length} jurors out of ${JURORS}`;
  return [
    measured("join", SYSTEM, mean(joining.slice(1)), `setStake in the general court, mean of ${JURORS - 1} jurors`),
    measured(
      "ask",
      SYSTEM,
      asking[1] as number,
      "createDispute, called directly; the text is the caller's affair and not in it",
    ),
    measured("settle disputed", SYSTEM, ruling, "executeRuling, into the package's TwoPartyArbitrable"),
    measured(
      "vote",
      SYSTEM,
      whole / SEATS,
      `drawJurors, castCommit, castVote and execute of a court of ${who}, divided by the seats`,
    ),
    measured("vote: draw", SYSTEM, drawing / SEATS, `drawJurors of all ${SEATS} seats`),
    measured("vote: commit", SYSTEM, sum(committing) / SEATS, `castCommit; ${who}`),
    measured("vote: reveal", SYSTEM, sum(voting) / SEATS, `castVote; ${who}`),
    measured("vote: settle", SYSTEM, executing / SEATS, "execute, penalties and rewards together"),
  ];
}
