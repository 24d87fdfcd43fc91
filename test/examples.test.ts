import type { Hex } from "@assay/protocol";
import { expect } from "chai";
import { network } from "hardhat";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { ContractFunctionExecutionError, createPublicClient, custom, type Address } from "viem";

import { readVerdict as readByEthers } from "../examples/read-verdict-ethers.ts";
import { readVerdict as readByViem } from "../examples/read-verdict-viem.ts";
import type { VerdictReading } from "../examples/verdict.ts";
import { BOND, createCommittee, DOMAIN_ID, SEAT_BOND } from "./kit/committee.ts";

const connection = await network.create();
const { ethers, networkHelpers, provider } = connection;
const client = createPublicClient({ transport: custom(provider) });

const CONTENT_HASH: Hex = `0x${"a5".repeat(32)}`;

describe("examples", function () {
  describe("readVerdict, with ethers and with viem", function () {
    async function fixture() {
      const committee = await createCommittee(connection);
      const { claims, payee: asker } = committee;
      const claimId = committee.claimIdOf(asker.address, CONTENT_HASH);
      return { ...committee, asker, claimId, address: (await claims.getAddress()) as Address };
    }

    async function expectReading(claims: Address, claimId: Hex, reading: VerdictReading) {
      expect(await readByEthers(ethers.provider, claims, claimId)).to.deep.equal(reading);
      expect(await readByViem(client, claims, claimId)).to.deep.equal(reading);
    }

    describe("given a claim that nobody asked", function () {
      it("should be unknown, without an outcome", async function () {
        const { address, claimId } = await networkHelpers.loadFixture(fixture);
        const nothing = { outcome: null, supportBps: 0, rounds: 0, stakeAtRisk: 0n };
        await expectReading(address, claimId, { status: "unknown", ...nothing });
      });
    });

    describe("given a claim that is being voted", function () {
      it("should be voting, without an outcome", async function () {
        const { address, claimId, asker, ask } = await networkHelpers.loadFixture(fixture);
        await ask(asker, CONTENT_HASH);
        const stakeAtRisk = SEAT_BOND;
        await expectReading(address, claimId, {
          status: "voting",
          outcome: null,
          supportBps: 0,
          rounds: 1,
          stakeAtRisk,
        });
      });
    });

    describe("given a decisive verdict", function () {
      const decisive = { outcome: 1, supportBps: 10_000, rounds: 1, stakeAtRisk: SEAT_BOND };

      async function decidedFixture() {
        const context = await fixture();
        await context.ask(context.asker, CONTENT_HASH);
        await context.vote([1, 1, null]);
        return context;
      }

      it("should be provisional while it can be appealed", async function () {
        const { address, claimId } = await networkHelpers.loadFixture(decidedFixture);
        await expectReading(address, claimId, { status: "provisional", ...decisive });
      });

      it("should be resolved for ever after", async function () {
        const { address, claimId, consensus, skipEpochs } = await networkHelpers.loadFixture(decidedFixture);
        await skipEpochs(1);
        await expectReading(address, claimId, { status: "resolved", ...decisive });
        await consensus.finalize(claimId.slice(0, 50));
        await skipEpochs(100);
        await expectReading(address, claimId, { status: "resolved", ...decisive });
      });
    });

    describe("given a verdict without an outcome", function () {
      it("should be unresolved", async function () {
        const { address, claimId, asker, ask, vote, skipEpochs } = await fixture();
        await ask(asker, CONTENT_HASH);
        await vote([0, 1, null]);
        await skipEpochs(1);
        const undecided = { outcome: 0, supportBps: 5_000, rounds: 1, stakeAtRisk: SEAT_BOND };
        await expectReading(address, claimId, { status: "unresolved", ...undecided });
      });
    });

    describe("given an assertion that nobody disputed", function () {
      it("should be resolved without a round or stake at risk", async function () {
        const { address, claims, asker, skipEpochs } = await networkHelpers.loadFixture(fixture);
        const terms = [DOMAIN_ID, 1, CONTENT_HASH, "", BOND, ethers.ZeroHash] as const;
        const claimId = (await claims.connect(asker).assertClaim.staticCall(...terms)) as Hex;
        await claims.connect(asker).assertClaim(...terms);
        await skipEpochs(3);
        const stood = { outcome: 1, supportBps: 0, rounds: 0, stakeAtRisk: 0n };
        await expectReading(address, claimId, { status: "resolved", ...stood });
      });
    });

    describe("when there is no contract at the address", function () {
      it("should throw", async function () {
        const { asker, claimId } = await networkHelpers.loadFixture(fixture);
        const byEthers = await readByEthers(ethers.provider, asker.address, claimId).catch((error: unknown) => error);
        expect(byEthers).to.have.property("code", "BAD_DATA");
        const byViem = await readByViem(client, asker.address as Address, claimId).catch((error: unknown) => error);
        expect(byViem).to.be.instanceOf(ContractFunctionExecutionError);
      });
    });
  });

  describe("read-verdict.ts", function () {
    interface Run {
      code: number | null;
      stdout: string;
      stderr: string;
    }

    /** Runs `node` with these arguments, and a program on its standard input if there is one. */
    async function runNode(args: string[], program = "", env: NodeJS.ProcessEnv = {}): Promise<Run> {
      const child = spawn(process.execPath, args, { env: { ...process.env, ...env } });
      child.stdin.end(program);
      const result: Run = { code: null, stdout: "", stderr: "" };
      child.stdout.on("data", (data: Buffer) => (result.stdout += data.toString()));
      child.stderr.on("data", (data: Buffer) => (result.stderr += data.toString()));
      result.code = await new Promise((resolve) => child.on("close", resolve));
      return result;
    }

    /** Runs the example as a user would. */
    const run = (...args: string[]) => runNode(["examples/read-verdict.ts", ...args]);

    const CLAIM_ID = ethers.ZeroHash;

    describe("against a node", function () {
      let url: string;
      let claims: string;
      let claimId: Hex;
      let close: () => Promise<void>;

      before(async function () {
        const server = await network.createServer("default", "127.0.0.1", 0);
        const { port } = await server.listen();
        url = `http://127.0.0.1:${port}`;
        const node = await network.create({ network: "localhost", override: { url } });
        close = async () => {
          await node.close();
          await server.close();
        };
        const committee = await createCommittee(node);
        claims = await committee.claims.getAddress();
        claimId = committee.claimIdOf(committee.payee.address, CONTENT_HASH);
        await committee.ask(committee.payee, CONTENT_HASH);
        await committee.vote([1, 1, 1]);
        await committee.skipEpochs(1);
      });

      after(async function () {
        await close();
      });

      for (const library of ["ethers", "viem"]) {
        it(`should print what ${library} reads`, async function () {
          const { code, stdout, stderr } = await run(library, url, claims, claimId);
          expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
          const decided = { status: "resolved", outcome: 1, supportBps: 10_000, rounds: 1 };
          expect(JSON.parse(stdout)).to.deep.equal({ ...decided, stakeAtRisk: SEAT_BOND.toString() });
        });

        describe(`when ${library} finds no contract`, function () {
          it("should say so in one line and exit with 1", async function () {
            const { code, stdout, stderr } = await run(library, url, ethers.ZeroAddress, CLAIM_ID);
            expect({ code, stdout }).to.deep.equal({ code: 1, stdout: "" });
            expect(stderr).to.equal(`no Claims contract at ${ethers.ZeroAddress}\n`);
          });
        });
      }

      const programs = [...readFileSync("docs/integrate.md", "utf8").matchAll(/^```ts\n(.*?)^```$/gms)];
      for (const [, program] of programs) {
        it(`should print the same by the program in docs/integrate.md with ${program?.match(/"(.*)"/)?.[1]}`, async function () {
          const env = { RPC_URL: url, CLAIMS: claims, CLAIM_ID: claimId };
          const { stdout, stderr } = await runNode(["--input-type=module-typescript"], program, env);
          expect({ stdout, stderr }).to.deep.equal({ stdout: `outcome 1, ${SEAT_BOND} wei at risk\n`, stderr: "" });
        });
      }

      it("should find two programs in docs/integrate.md", function () {
        expect(programs).to.have.length(2);
      });
    });

    const address = ethers.ZeroAddress;
    const url = "http://127.0.0.1:1"; // a port that nobody listens on
    const wrong: [what: string, args: string[], message: string][] = [
      ["node", ["ethers", url, address, CLAIM_ID], `no node answers at ${url}`],
      ["node", ["viem", url, address, CLAIM_ID], `no node answers at ${url}`],
      ["library", ["web3", url, address, CLAIM_ID], "usage:"],
      ["number of arguments", ["viem", url, address], "usage:"],
      ["URL", ["viem", "localhost", address, CLAIM_ID], "not a URL: localhost"],
      ["address", ["viem", url, "0x12", CLAIM_ID], "not an address: 0x12"],
      ["claim id", ["viem", url, address, "0x12"], "not a claim id (32 bytes of hex): 0x12"],
    ];
    for (const [what, args, message] of wrong) {
      describe(`with ${args[0]}, when the ${what} is wrong`, function () {
        it("should say so in one line and exit with 1", async function () {
          const { code, stdout, stderr } = await run(...args);
          expect({ code, stdout }).to.deep.equal({ code: 1, stdout: "" });
          expect(stderr)
            .to.match(/^[^\n]+\n$/)
            .and.to.include(message);
        });
      });
    }
  });
});
