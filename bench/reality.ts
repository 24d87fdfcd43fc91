import { type InterfaceAbi, solidityPackedKeccak256, toBeHex, ZeroAddress, ZeroHash } from "ethers";
import { type Chain, eventsOf, gasOf, read, send } from "./chain.ts";
import { claimText } from "./claim.ts";
import { readPackageFile } from "./packages.ts";
import { mean, measured, type Row } from "./rows.ts";

const SYSTEM = "Reality.eth 3.0";
const FOLDER = "@reality.eth/contracts";
/** Seconds until an answer that nobody outbids is final. */
const TIMEOUT = 86_400;
const BOND = 10n ** 17n;
const YES = toBeHex(1, 32);
const NO = toBeHex(0, 32);
const REPEATS = 3;

/** Asks, answers, outbids and claims; each of the figures from accounts that have used the contract before. */
export async function measureReality(chain: Chain): Promise<Row[]> {
  const abi = JSON.parse(readPackageFile(`${FOLDER}/abi/solc-0.8.6/RealityETH-3.0.abi.json`)) as InterfaceAbi;
  const bytecode = `0x${readPackageFile(`${FOLDER}/bytecode/RealityETH-3.0.bin`).trim()}`;
  const reality = await chain.deploy({ abi, bytecode });
  const [asker, answerer, rival] = await chain.voters(3);
  if (asker === undefined || answerer === undefined || rival === undefined) throw new Error("too few accounts");

  const gas = { ask: [] as number[], answer: [] as number[], outbid: [] as number[] };
  const claims = { alone: [] as number[], outbid: [] as number[] };
  for (let i = 0; i <= REPEATS; i++) {
    const ask = async (n: number) => {
      // Template 0 is the yes-or-no question; the arbitrator is only called upon if somebody pays it.
      const args = [0, claimText(n), ZeroAddress, TIMEOUT, 0, n];
      const receipt = await send(asker, reality, "askQuestion", args);
      const [asked] = eventsOf(reality, receipt, "LogNewQuestion");
      return { question: asked?.question_id as string, used: Number(receipt.gasUsed) };
    };
    const alone = await ask(2 * i);
    const contested = await ask(2 * i + 1);
    const answers = [
      await gasOf(answerer, reality, "submitAnswer", [alone.question, YES, 0], BOND),
      await gasOf(answerer, reality, "submitAnswer", [contested.question, NO, 0], BOND),
    ];
    const outbid = await gasOf(rival, reality, "submitAnswer", [contested.question, YES, BOND], 2n * BOND);
    await chain.pass(TIMEOUT + 1);
    if ((await read(reality, "resultFor", contested.question)) !== YES) throw new Error("the higher bond did not win");

    const first = keccak(ZeroHash, NO, BOND, answerer.address);
    const claim = (question: string, history: unknown[][]) =>
      gasOf(rival, reality, "claimWinnings", [question, ...history]);
    const claimed = {
      alone: await claim(alone.question, [[ZeroHash], [answerer.address], [BOND], [YES]]),
      // Newest answer first, each with the hash of the history before it.
      outbid: await claim(contested.question, [
        [first, ZeroHash],
        [rival.address, answerer.address],
        [2n * BOND, BOND],
        [YES, NO],
      ]),
    };
    if (i === 0) continue; // balances that are credited for the first time
    gas.ask.push(alone.used, contested.used);
    gas.answer.push(...answers);
    gas.outbid.push(outbid);
    claims.alone.push(claimed.alone);
    claims.outbid.push(claimed.outbid);
  }
  return [
    measured("ask", SYSTEM, mean(gas.ask), "askQuestion, without a bounty; whoever answers is no committee"),
    measured(
      "assert",
      SYSTEM,
      mean(gas.ask) + mean(gas.answer),
      "askQuestion and the first submitAnswer, with a bond in ether",
    ),
    measured(
      "settle undisputed",
      SYSTEM,
      mean(claims.alone),
      "claimWinnings of one answer; to withdraw the bond is a call more",
    ),
    measured("dispute", SYSTEM, mean(gas.outbid), "submitAnswer with another answer and twice the bond; nobody judges"),
    measured(
      "settle disputed",
      SYSTEM,
      mean(claims.outbid),
      "claimWinnings of two answers; the higher bond has won, no vote",
    ),
  ];
}

const keccak = (history: string, answer: string, bond: bigint, user: string): string =>
  solidityPackedKeccak256(["bytes32", "bytes32", "uint256", "address", "bool"], [history, answer, bond, user, false]);
