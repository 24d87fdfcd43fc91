import {
  type Address,
  agentLink,
  ballotCommitment,
  canaryCommitment,
  encodeOpen,
  type Hex,
  hashForward,
  questionId,
  type QuestionOrigin,
  ringHash,
  ZERO_HASH,
} from "@assay/protocol";
import { expect } from "chai";
import { network } from "hardhat";
import { rawBallot } from "./utils/ballots.ts";
import { compare } from "./utils/compare.ts";
import { deploy, EPOCH_LENGTH } from "./utils/deployment.ts";
import { openQuestion, outcomeByte } from "./utils/questions.ts";
import type { Random } from "./utils/random.ts";
import { entrySlot, slotOf, word } from "./utils/storage.ts";

const { ethers, networkHelpers } = await network.create();
const CONSENSUS = ["contracts/Consensus.sol", "Consensus"] as const;
const BATCH = 100;
/** Between the epochs of two batches. */
const EPOCHS = 100_003;

type StateDiff = Record<string, string>;

/** Return data of a call with some storage replaced, or the data of its revert. */
async function callWith(
  call: { readonly from: string; readonly to: string; readonly data: string },
  overrides: Record<string, { stateDiff: StateDiff }>,
): Promise<{ readonly reverted: boolean; readonly data: string }> {
  try {
    return { reverted: false, data: (await ethers.provider.send("eth_call", [call, "latest", overrides])) as string };
  } catch (error) {
    const data = (error as { readonly data?: unknown }).data;
    if (typeof data !== "string") throw error;
    return { reverted: true, data };
  }
}

function origin(random: Random): QuestionOrigin {
  return {
    domainId: random.edgy(0, 2 ** 32 - 1),
    asker: random.hex(20),
    contentHash: random.hex(32),
    canaryCommitment: random.oneIn(4) ? ZERO_HASH : random.hex(32),
    salt: random.hex(32),
  };
}

/** Owner of an agent that the registry does not know. */
const NOBODY: Address = "0x0000000000000000000000000000000000000000";

describe("Consensus, against its twins", function () {
  it("should reveal exactly the ballots whose commitment and link the twins compute", async function () {
    const { consensus, vault, genesis } = await deploy(ethers);
    const { chainId } = await ethers.provider.getNetwork();
    const [to, vaultAddress] = (await Promise.all([consensus.getAddress(), vault.getAddress()])) as [Hex, Hex];
    const agents = await slotOf(...CONSENSUS, "_state", "agents");
    const stakes = await slotOf("contracts/StakeVault.sol", "StakeVault", "_stakes");
    const [sender] = await ethers.getSigners();
    const from = sender?.address ?? "";
    const answers = new Set<unknown>();
    await compare("reveals", {
      input: (random, i) => {
        const steps = random.oneIn(8) ? random.int(1, 4) : 1;
        const declared = {
          agentId: random.edgyBig(0n, 2n ** 256n - 1n),
          epoch: 10 + Math.floor(i / BATCH) * EPOCHS,
          secret: random.hex(32),
          ballot: rawBallot(
            random.array(random.int(0, 5), () => ({ questionId: random.hex(24), outcome: random.int(0, 15) })),
          ),
          exposure: random.edgyBig(0n, 2n ** 128n - 1n),
          backing: random.edgyBig(0n, 2n ** 44n - 1n),
        };
        const shown = { ...declared };
        // What is shown at the reveal, in one of three cases not what was committed.
        const changed = random.oneIn(3)
          ? random.pick(["secret", "ballot", "exposure", "backing", "epoch"] as const)
          : null;
        if (changed === "secret") shown.secret = random.hex(32);
        if (changed === "ballot") shown.ballot = rawBallot([{ questionId: random.hex(24), outcome: 1 }]);
        if (changed === "exposure") shown.exposure ^= 1n;
        if (changed === "backing") shown.backing ^= 1n;
        const committedEpoch = changed === "epoch" ? declared.epoch + 1 : declared.epoch;
        return { declared: { ...declared, epoch: committedEpoch }, shown, steps, changed };
      },
      solidity: async (inputs) => {
        const epoch = inputs[0]?.shown.epoch ?? 0;
        await networkHelpers.time.increaseTo(genesis + (epoch + 1) * EPOCH_LENGTH);
        const outcomes: (string | null)[] = [];
        for (const { declared, shown, steps } of inputs) {
          const commitment = ballotCommitment({ chainId, consensus: to, ...declared });
          const tip = hashForward(declared.secret, steps);
          const link = agentLink({ ...declared, tip, commitment }, NOBODY);
          // tipEpoch 24 | lastEpoch 24 | ring 16 | generation 16 | ballotOpen 8 | chain 8 | link 160
          const agent = BigInt(epoch - steps) | (BigInt(epoch) << 24n) | (1n << 80n) | (BigInt(link) << 96n);
          const key = shown.agentId;
          const overrides = {
            [to]: {
              stateDiff: { [entrySlot(agents, "uint256", key)]: word(agent) },
            },
            // All of the stake is locked: available 128 | locked 128.
            [vaultAddress]: {
              stateDiff: { [entrySlot(stakes, "uint256", key)]: word(((1n << 128n) | 1n) * ((1n << 128n) - 1n)) },
            },
          };
          const previous = { tip: ZERO_HASH, commitment: ZERO_HASH, exposure: shown.exposure, backing: shown.backing };
          const beat = {
            ...{ agentId: shown.agentId, settleEpoch: 0, receipts: "0x", previous },
            ...{
              secret: shown.secret,
              ballot: shown.ballot,
              commitEpoch: 0,
              commitment: ZERO_HASH,
              exposure: 0,
              backing: 0,
            },
          };
          const data = consensus.interface.encodeFunctionData("beat", [beat]);
          const { reverted, data: answer } = await callWith({ from, to, data }, overrides);
          const name = reverted ? (consensus.interface.parseError(answer)?.name ?? answer) : null;
          answers.add(name);
          outcomes.push(name);
        }
        return outcomes;
      },
      twin: ({ changed }) => (changed === null ? null : "RevealMismatch"),
      batch: BATCH,
    });
    expect(answers).to.deep.equal(new Set([null, "RevealMismatch"]));
  });

  it("should compute the same question id and canary commitment", async function () {
    const { consensus } = await deploy(ethers);
    const to = (await consensus.getAddress()) as Hex;
    const questions = await slotOf(...CONSENSUS, "_state", "questions");
    await compare("canaries", {
      input: (random) => ({
        origin: origin(random),
        answer: random.oneIn(4) ? null : random.int(0, 15),
        salt: random.hex(32),
        question: { ...openQuestion(random), canary: { kind: "entered" } as const },
      }),
      // A wrong opening is refused with the id and with the commitment that would have been right.
      solidity: async (inputs) => {
        const refusals: string[][] = [];
        for (const { origin: o, answer, salt, question } of inputs) {
          const slot = entrySlot(questions, "bytes24", questionId(o));
          const overrides = { [to]: { stateDiff: { [slot]: word(encodeOpen(question).head) } } };
          const data = consensus.interface.encodeFunctionData("openCanary", [o, outcomeByte(answer), salt]);
          const { data: refusal } = await callWith({ from: o.asker, to, data }, overrides);
          const parsed = consensus.interface.parseError(refusal);
          refusals.push([parsed?.name ?? refusal, ...((parsed?.args.toArray() ?? []) as string[])]);
        }
        return refusals;
      },
      twin: ({ origin: o, answer, salt }) => [
        "CanaryMismatch",
        questionId(o),
        canaryCommitment({ consensus: to, asker: o.asker, answer, salt }),
      ],
    });
  });

  it("should compute the same question id of every origin", async function () {
    const harness = await ethers.deployContract("RulesHarness");
    await compare("question ids", {
      input: origin,
      solidity: (inputs) => harness.questionIds([...inputs]),
      twin: questionId,
    });
  });

  it("should keep the same hash of receipts", async function () {
    const harness = await ethers.deployContract("RulesHarness");
    await compare("ring", {
      input: (random) => ({ epoch: random.edgy(0, 2 ** 32 - 1), receipts: random.hex(random.int(0, 120)) }),
      solidity: (inputs) =>
        harness.ringHashes(
          inputs.map(({ epoch }) => epoch),
          inputs.map(({ receipts }) => receipts),
        ),
      twin: ({ epoch, receipts }) => ringHash(epoch, receipts),
    });
  });
});
