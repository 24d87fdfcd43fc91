import {
  type Beat,
  decodeBeat,
  encodeBeat,
  type Hex,
  ProtocolError,
  relayedBeatHash,
  type RelayTerms,
  ZERO_HASH,
} from "@assay/protocol";
import { expect } from "chai";
import { concat, dataLength, dataSlice, Interface, toBeHex } from "ethers";
import { network } from "hardhat";
import type { BeatsHarness } from "../../typechain/index.js";
import { fields } from "../kit/results.ts";
import { type Answer, compare } from "./utils/compare.ts";
import type { Random } from "./utils/random.ts";

const { ethers } = await network.create();
const UINT128 = (1n << 128n) - 1n;
const UINT48 = 2 ** 48 - 1;
const UINT40 = 2 ** 40 - 1;
const UINT32 = 2 ** 32 - 1;
/** Where the flags stand, and what the shortest beat has. */
const FLAGS_AT = 21;
const HEAD_SIZE = 58;

function beat(random: Random): Beat & RelayTerms {
  const stake = () => ({ exposure: random.edgyBig(0n, UINT128), backing: BigInt(random.edgy(0, UINT48)) });
  const word = () => (random.bool() ? ZERO_HASH : random.hex(32));
  const some = () => (random.bool() ? "0x" : random.hex(random.int(0, 900)));
  return {
    agentId: random.edgyBig(0n, (1n << 256n) - 1n),
    settleEpoch: random.edgy(0, UINT32),
    receipts: some(),
    previous: { tip: word(), commitment: word(), ...(random.bool() ? stake() : { exposure: 0n, backing: 0n }) },
    secret: word(),
    ballot: some(),
    commitEpoch: random.edgy(0, UINT32),
    commitment: word(),
    ...stake(),
    maxRelayFee: random.edgyBig(0n, UINT128),
    deadline: random.edgy(0, UINT40),
  };
}

/** What has no effect, and is not packed, taken out of a beat. */
function effective(b: Beat & RelayTerms): Beat & RelayTerms {
  const reveals = b.secret !== ZERO_HASH;
  const commits = b.commitment !== ZERO_HASH;
  return {
    ...b,
    settleEpoch: b.receipts === "0x" ? 0 : b.settleEpoch,
    previous: reveals ? { ...b.previous, tip: ZERO_HASH, commitment: ZERO_HASH } : b.previous,
    ballot: reveals ? b.ballot : "0x",
    exposure: commits ? b.exposure : 0n,
    backing: commits ? b.backing : 0n,
  };
}

/** A packed beat with its flags, its length or its bytes changed. */
function spoiled(random: Random): Hex {
  const packed = encodeBeat(beat(random));
  const size = dataLength(packed);
  switch (random.int(0, 5)) {
    case 0:
      return dataSlice(packed, 0, random.int(0, size)) as Hex;
    case 1:
      return dataSlice(
        packed,
        0,
        random.pick([0, 1, FLAGS_AT, HEAD_SIZE - 1, HEAD_SIZE].filter((n) => n <= size)),
      ) as Hex;
    case 2:
      return concat([packed, random.hex(random.int(1, 40))]) as Hex;
    case 3:
      return concat([
        dataSlice(packed, 0, FLAGS_AT),
        toBeHex(random.int(0, 255), 1),
        dataSlice(packed, FLAGS_AT + 1),
      ]) as Hex;
    case 4:
      // As long as some flags say, so that it can be read.
      return flagged(random);
    default:
      return random.hex(random.int(0, 200));
  }
}

/** Any flags, those without a meaning and those that exclude each other included, with all that they call for. */
function flagged(random: Random): Hex {
  const flags = random.int(0, 255);
  const counted = () => {
    const data = random.hex(random.int(0, 60));
    return concat([toBeHex(dataLength(data), 2), data]);
  };
  const parts = [random.hex(FLAGS_AT), toBeHex(flags, 1), random.hex(HEAD_SIZE - FLAGS_AT - 1)];
  if (flags & 1) parts.push(random.hex(4), counted() as Hex);
  if (flags & 2) parts.push(random.hex(32));
  if (flags & 12) parts.push(random.hex(54));
  if (flags & 4) parts.push(counted() as Hex);
  if (flags & 16) parts.push(random.hex(54));
  return concat(parts) as Hex;
}

const errors = new Interface(["error MalformedBeat(uint256 length)"]);

/** What the contract is to read of a packed beat. */
function relayed({ maxRelayFee, previous, ...parts }: Beat & RelayTerms, packed: Hex): Answer {
  const structHash = relayedBeatHash(packed);
  return { ...parts, previous: { ...previous }, relayFee: maxRelayFee, relayed: true, structHash };
}

/** What a beat reads as, or the error. */
function read(packed: Hex): Answer {
  try {
    return relayed(decodeBeat(packed), packed);
  } catch (error) {
    if (!(error instanceof ProtocolError) || error.code !== "MalformedBeat") throw error;
    return errors.encodeErrorResult("MalformedBeat", [dataLength(packed)]);
  }
}

/** What the contract reads, or its error. */
async function unpack(harness: BeatsHarness, packed: readonly Hex[]): Promise<Answer[]> {
  const results = await harness.unpackAll([...packed]);
  return results.map(({ reason, unpacked }) => (reason === "0x" ? (fields(unpacked) as Answer) : reason));
}

describe("Beats, against their twin", function () {
  it("should read what was packed, with the same struct hash", async function () {
    const harness = await ethers.deployContract("BeatsHarness");
    await compare("packed beats", {
      input: beat,
      solidity: async (inputs) => unpack(harness, inputs.map(encodeBeat)),
      twin: (b) => relayed(effective(b), encodeBeat(b)),
      batch: 100,
    });
  });

  it("should read, or refuse, whatever else is relayed", async function () {
    const harness = await ethers.deployContract("BeatsHarness");
    const seen = { read: 0, refused: 0 };
    await compare("spoiled beats", {
      input: spoiled,
      solidity: async (inputs) => {
        const answers = await unpack(harness, inputs);
        for (const answer of answers) seen[typeof answer === "string" ? "refused" : "read"]++;
        return answers;
      },
      twin: read,
      batch: 100,
    });
    expect(Math.min(seen.read, seen.refused)).to.be.greaterThan(100);
  });

  it("should name the agent of what is long enough to name one", async function () {
    const harness = await ethers.deployContract("BeatsHarness");
    await compare("agents of beats", {
      input: spoiled,
      solidity: async (inputs) => (await harness.unpackAll([...inputs])).map(({ agentOf }) => agentOf),
      twin: (packed) => (dataLength(packed) < HEAD_SIZE ? 0n : BigInt(dataSlice(packed, FLAGS_AT + 1, FLAGS_AT + 33))),
      batch: 100,
    });
  });

  it("should take apart alike a beat that is sent and the same beat packed", async function () {
    const harness = await ethers.deployContract("BeatsHarness");
    await compare("sent beats", {
      input: beat,
      solidity: async (inputs) =>
        (await harness.parts(inputs.map(effective))).map((u) => {
          const { deadline: _, structHash: __, ...parts } = fields(u);
          return parts as Answer;
        }),
      twin: (b) => {
        const { deadline: _, maxRelayFee: __, previous, ...parts } = decodeBeat(encodeBeat(b));
        return { ...parts, previous: { ...previous }, relayFee: 0n, relayed: false };
      },
      batch: 50,
    });
  });
});
