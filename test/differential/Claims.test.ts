import {
  type Assertion,
  assertionClaimId,
  challengeClaimId,
  claimIdOf,
  type Hex,
  keccak,
  questionId,
  restOfAssertion,
  restOfChallenge,
  restOfQuestion,
  type Statement,
  statementDigest,
  verifyMerkleLeaf,
} from "@assay/protocol";
import { expect } from "chai";
import { id } from "ethers";
import { network } from "hardhat";
import type { ClaimsHarness } from "../../typechain/index.js";
import { compare, RUNS, rows } from "./utils/compare.ts";
import { deploy } from "./utils/deployment.ts";
import { Random } from "./utils/random.ts";
import { entrySlot, slotOf, word } from "./utils/storage.ts";

const { ethers, networkHelpers } = await network.create();
const MAX_UINT = 2n ** 256n - 1n;
const DEPLOYMENTS = 5;

function assertion(random: Random): Assertion {
  return {
    domainId: random.edgy(0, 2 ** 32 - 1),
    outcome: random.edgy(0, 255),
    contentHash: random.hex(32),
    asserter: random.hex(20),
    bond: random.edgyBig(0n, MAX_UINT),
    salt: random.hex(32),
  };
}

function statement(random: Random): Statement {
  return {
    agentId: random.edgyBig(0n, MAX_UINT),
    domainId: random.edgy(0, 2 ** 32 - 1),
    outcome: random.edgy(0, 255),
    contentHash: random.hex(32),
    bond: random.edgyBig(0n, MAX_UINT),
    expiry: random.edgyBig(0n, 2n ** 64n - 1n),
    nonce: random.edgyBig(0n, MAX_UINT),
  };
}

/** The harness and a deployment whose claims stand at `at`, if given: the digest of a statement binds the address. */
async function fixture(at?: Hex) {
  const harness = await ethers.deployContract("ClaimsHarness");
  const { claims } = await deploy(ethers);
  const address = (await claims.getAddress()) as Hex;
  if (at === undefined) return { harness, address };
  await networkHelpers.setCode(at, await ethers.provider.getCode(address));
  return { harness, address: at };
}

describe("Claims, against its twins", function () {
  it("should give an assertion the same id", async function () {
    const { harness, address } = await fixture();
    await compare("assertion ids", {
      input: assertion,
      solidity: (inputs) => harness.assertionIds(address, [...inputs]),
      twin: assertionClaimId,
    });
  });

  it("should give a statement the same digest and its challenges the same ids", async function () {
    const { chainId } = await ethers.provider.getNetwork();
    const addresses = new Random("addresses of claims");
    for (let n = 0; n < DEPLOYMENTS; n++) {
      const { harness, address } = await fixture(n === 0 ? undefined : addresses.hex(20));
      await compare(
        `statements of deployment ${n}`,
        {
          input: (random) => ({ statement: statement(random), attempt: random.edgy(0, 2 ** 32 - 1) }),
          solidity: async (inputs) => {
            const attempts = inputs.map(({ attempt }) => attempt);
            const { digests, ids } = await harness.statements(
              address,
              inputs.map((input) => input.statement),
              attempts,
            );
            return rows(digests, ids);
          },
          twin: ({ statement: s, attempt }) => {
            const digest = statementDigest({ chainId, claims: address }, s);
            return [digest, challengeClaimId(s.contentHash, digest, attempt)];
          },
        },
        Math.ceil(RUNS / DEPLOYMENTS),
      );
    }
  });

  describe("leaves", function () {
    const MISMATCH = id("PreimageMismatch(bytes32)").slice(0, 10);
    const INVALID = id("InvalidProof(bytes32,bytes32)").slice(0, 10);
    const ACCEPTED = "0x00000000";

    interface Input {
      readonly claimId: Hex;
      readonly contentHash: Hex;
      readonly rest: Hex;
      readonly leaf: Hex;
      readonly proof: Hex[];
      /** Whether `rest` was left as it is. */
      readonly preimage: boolean;
    }

    /** A leaf of a random tree, in two of five cases with something changed. */
    function leafOf(random: Random, claim: (contentHash: Hex) => { claimId: Hex; rest: Hex }): Input {
      let leaf = random.hex(32);
      const proof = random.array(random.int(0, 12), () => random.hex(32));
      const contentHash = proof.reduce(
        (a, b) => keccak(`0x${a < b ? a.slice(2) + b.slice(2) : b.slice(2) + a.slice(2)}`),
        leaf,
      );
      const { claimId, rest } = claim(contentHash);
      const spoiled = random.int(0, 9);
      if (spoiled === 0) leaf = random.hex(32);
      else if (spoiled === 1) proof.push(random.hex(32));
      else if (spoiled === 2) proof.reverse();
      else if (spoiled === 3) return { claimId, contentHash, rest: random.hex(32), leaf, proof, preimage: false };
      return { claimId, contentHash, rest, leaf, proof, preimage: true };
    }

    const twin = ({ contentHash, leaf, proof, preimage }: Input) => {
      if (!preimage) return MISMATCH;
      return verifyMerkleLeaf(contentHash, leaf, proof) ? ACCEPTED : INVALID;
    };

    const leaves = (inputs: readonly Input[]) =>
      inputs.map(({ preimage: _, ...leaf }): ClaimsHarness.LeafStruct => leaf);

    it("should be verified alike for asked questions", async function () {
      const { harness, address } = await fixture();
      const answers = new Set<string>();
      await compare("leaves of questions", {
        input: (random) =>
          leafOf(random, (contentHash) => {
            const origin = { asker: random.hex(20), canaryCommitment: random.hex(32), salt: random.hex(32) };
            const asked = questionId({ ...origin, domainId: random.edgy(0, 2 ** 32 - 1), contentHash });
            return { claimId: claimIdOf(asked), rest: restOfQuestion(origin) };
          }),
        solidity: async (inputs) => {
          const errors = await harness.verifyLeaves(address, leaves(inputs));
          for (const error of errors) answers.add(error);
          return errors;
        },
        twin,
      });
      expect([...answers].sort()).to.deep.equal([ACCEPTED, INVALID, MISMATCH].sort());
    });

    it("should be verified alike for assertions and challenges", async function () {
      const { harness, address } = await fixture();
      const records = await slotOf("contracts/Claims.sol", "Claims", "_records");
      const { chainId } = await ethers.provider.getNetwork();
      await compare("leaves of claims", {
        input: (random) =>
          leafOf(random, (contentHash) => {
            if (random.bool()) {
              const a = { ...assertion(random), contentHash };
              return { claimId: assertionClaimId(a), rest: restOfAssertion(a) };
            }
            const attempt = random.edgy(1, 2 ** 32 - 1);
            const digest = statementDigest({ chainId, claims: address }, { ...statement(random), contentHash });
            return { claimId: challengeClaimId(contentHash, digest, attempt), rest: restOfChallenge(digest, attempt) };
          }),
        solidity: async (inputs) => {
          // A claim is known by its record: status Asserted, the first after None, in the byte above 248 bits.
          const stateDiff = Object.fromEntries(
            inputs.map(({ claimId }) => [entrySlot(records, "bytes32", claimId), word(1n << 248n)]),
          );
          const data = harness.interface.encodeFunctionData("verifyLeaves", [address, leaves(inputs)]);
          const call = { to: await harness.getAddress(), data };
          const answer = (await ethers.provider.send("eth_call", [
            call,
            "latest",
            { [address]: { stateDiff } },
          ])) as Hex;
          return harness.interface.decodeFunctionResult("verifyLeaves", answer)[0] as string[];
        },
        twin,
        batch: 100,
      });
    });
  });
});
