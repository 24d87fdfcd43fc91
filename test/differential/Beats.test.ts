import {
  type Beat,
  decodeBeat,
  decodeRelayedBeat,
  encodeBeat,
  encodeRelayedBeat,
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
import { type Answer, compare, THOROUGH } from "./utils/compare.ts";
import type { Random } from "./utils/random.ts";

const { ethers } = await network.create();
const UINT128 = (1n << 128n) - 1n;
const UINT48 = 2 ** 48 - 1;
const UINT40 = 2 ** 40 - 1;
const UINT32 = 2 ** 32 - 1;
const TERMS_SIZE = 21;
const HEAD_SIZE = 37;

function beat(random: Random): Beat {
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
  };
}

const terms = (random: Random): RelayTerms => ({
  maxRelayFee: random.edgyBig(0n, UINT128),
  deadline: random.edgy(0, UINT40),
});

/** What has no effect, and is not packed, taken out of a beat. */
function effective(b: Beat): Beat {
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

/** A packed beat behind `before`, with its flags, its length or all of its bytes changed. */
function spoiled(random: Random, before: number): Hex {
  const packed = concat([random.hex(before), encodeBeat(beat(random))]) as Hex;
  const size = dataLength(packed);
  const edges = [0, 1, before, before + HEAD_SIZE - 1, before + HEAD_SIZE];
  switch (random.int(0, 5)) {
    case 0:
      return dataSlice(packed, 0, random.int(0, size)) as Hex;
    case 1:
      return dataSlice(packed, 0, random.pick(edges)) as Hex;
    case 2:
      return concat([packed, random.hex(random.int(1, 40))]) as Hex;
    case 3:
      return concat([dataSlice(packed, 0, before), random.hex(1), dataSlice(packed, before + 1)]) as Hex;
    case 4:
      return concat([random.hex(before), flagged(random)]) as Hex;
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
  const parts: string[] = [toBeHex(flags, 1), random.hex(HEAD_SIZE - 1)];
  if (flags & 1) parts.push(random.hex(4), counted());
  if (flags & 2) parts.push(random.hex(32));
  if (flags & 12) parts.push(random.hex(54));
  if (flags & 4) parts.push(counted());
  if (flags & 16) parts.push(random.hex(54));
  return concat(parts) as Hex;
}

const errors = new Interface(["error MalformedBeat(uint256 length)"]);

/** What the contract is to read of a beat that is not relayed. */
function read({ previous, ...parts }: Beat): { [key: string]: Answer } {
  const rest = { relayFee: 0n, relayed: false, deadline: 0n, structHash: ZERO_HASH };
  return { ...parts, previous: { ...previous }, ...rest };
}

/** What the contract is to read of one that is. */
function readRelayed(b: Beat, { maxRelayFee, deadline }: RelayTerms, relayed: Hex): Answer {
  return { ...read(b), relayFee: maxRelayFee, relayed: true, deadline, structHash: relayedBeatHash(relayed) };
}

/** The answer of `act`, or the error that the contract gives for data of these lengths: with terms before them or without. */
function orMalformed(packed: Hex, before: number, act: () => Answer): Answer {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof ProtocolError) || error.code !== "MalformedBeat") throw error;
    const size = dataLength(packed);
    return errors.encodeErrorResult("MalformedBeat", [size < before ? size : size - before]);
  }
}

const answers = (results: readonly BeatsHarness.ResultStructOutput[]): Answer[] =>
  results.map(({ reason, unpacked }) => (reason === "0x" ? (fields(unpacked) as Answer) : reason));

describe("Beats, against their twin", function () {
  it("should read what was packed", async function () {
    const harness = await ethers.deployContract("BeatsHarness");
    await compare("packed beats", {
      input: beat,
      solidity: async (inputs) => answers(await harness.unpackAll(inputs.map(encodeBeat))),
      twin: (b) => read(effective(b)),
      batch: 100,
    });
  });

  it("should read what was packed to be relayed, with the same struct hash", async function () {
    const harness = await ethers.deployContract("BeatsHarness");
    await compare("relayed beats", {
      input: (random) => ({ beat: beat(random), terms: terms(random) }),
      solidity: async (inputs) =>
        answers(await harness.unpackAllRelayed(inputs.map((input) => encodeRelayedBeat(input.beat, input.terms)))),
      twin: (input) => readRelayed(effective(input.beat), input.terms, encodeRelayedBeat(input.beat, input.terms)),
      batch: 100,
    });
  });

  for (const before of [0, TERMS_SIZE]) {
    it(`should read, or refuse, whatever else is sent${before === 0 ? "" : " to be relayed"}`, async function () {
      const harness = await ethers.deployContract("BeatsHarness");
      const seen = { read: 0, refused: 0 };
      await compare(`spoiled beats behind ${before} bytes`, {
        input: (random) => spoiled(random, before),
        solidity: async (inputs) => {
          const unpackAll = before === 0 ? harness.unpackAll : harness.unpackAllRelayed;
          const found = answers(await unpackAll([...inputs]));
          for (const answer of found) seen[typeof answer === "string" ? "refused" : "read"]++;
          return found;
        },
        twin: (packed) =>
          orMalformed(packed, before, () => {
            if (before === 0) return read(decodeBeat(packed));
            const relayed = decodeRelayedBeat(packed);
            return readRelayed(relayed.beat, relayed.terms, packed);
          }),
        batch: 100,
      });
      if (THOROUGH) expect(Math.min(seen.read, seen.refused)).to.be.greaterThan(100);
    });
  }

  it("should name the agent of what is long enough to name one", async function () {
    const harness = await ethers.deployContract("BeatsHarness");
    await compare("agents of beats", {
      input: (random) => spoiled(random, TERMS_SIZE),
      solidity: async (inputs) => (await harness.unpackAllRelayed([...inputs])).map(({ agentOf }) => agentOf),
      twin: (relayed) =>
        dataLength(relayed) < TERMS_SIZE + HEAD_SIZE ? 0n : BigInt(dataSlice(relayed, TERMS_SIZE + 1, TERMS_SIZE + 33)),
      batch: 100,
    });
  });

  it("should take apart alike a beat that is sent and the same beat packed", async function () {
    const harness = await ethers.deployContract("BeatsHarness");
    await compare("sent beats", {
      input: (random) => effective(beat(random)),
      solidity: async (inputs) => (await harness.parts([...inputs])).map((unpacked) => fields(unpacked) as Answer),
      twin: (b) => read(decodeBeat(encodeBeat(b))),
      batch: 50,
    });
  });
});
