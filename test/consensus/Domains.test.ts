import { expect } from "chai";
import { network } from "hardhat";
import type { IConsensus } from "../../typechain/interfaces/IConsensus.sol/IConsensus.js";
import { ALLOCATION, panelLoader, UNIT } from "../kit/panel.ts";
import { fields } from "../kit/results.ts";
import { DOMAIN, TOKEN } from "../kit/world.ts";

type Parameters = IConsensus.DomainParametersStruct;

const connection = await network.create();
const load = panelLoader(connection, { domains: [{}, { seats: 9, minStake: 3n * ALLOCATION + 1n }] });

const MAX_UNITS = 2n ** 44n - 1n;
const MAX_FEE = 2n ** 79n;

/** Lowest and highest value of each parameter, given the rest of `base`. */
const BOUNDS: readonly [keyof Parameters, bigint, bigint, Partial<Parameters>?][] = [
  ["outcomes", 2n, 16n],
  ["seats", 3n, 255n, { minStake: 255n * 24n * TOKEN }],
  ["supermajorityBps", 5_001n, 10_000n],
  ["maxRounds", 1n, 4n],
  ["seatBond", 8n * TOKEN, 64n * TOKEN],
  ["burnBps", 1_000n, 5_000n],
  ["minStake", 9n * 24n * TOKEN, MAX_UNITS * UNIT],
  ["silentEpochs", 16n, 65_535n],
  ["assertionWindow", 1n, 1_024n],
];

describe("Domains", () => {
  describe("createDomain", () => {
    it("numbers domains from 1 and emits DomainCreated with all parameters and the URI", async () => {
      const { contracts, deployer, stranger } = await load();
      const { consensus } = contracts;
      expect(await consensus.createDomain.staticCall(DOMAIN, "")).to.equal(3n);
      const parameters = { ...DOMAIN, outcomes: 5n, openAnswers: true };
      await expect(consensus.connect(stranger).createDomain(parameters, "ipfs://rules"))
        .to.emit(consensus, "DomainCreated")
        .withArgs(3n, stranger.address, Object.values(parameters), "ipfs://rules");
      await expect(consensus.connect(deployer).createDomain(DOMAIN, ""))
        .to.emit(consensus, "DomainCreated")
        .withArgs(4n, deployer.address, Object.values(DOMAIN), "");
    });

    it("keeps every parameter, the minimum stake rounded up to whole units", async () => {
      const { consensus } = (await load()).contracts;
      const parameters = {
        outcomes: 7n,
        seats: 11n,
        supermajorityBps: 7_500n,
        maxRounds: 4n,
        seatFee: 3n,
        seatBond: 100n,
        burnBps: 2_345n,
        minStake: 1_000n * UNIT + 1n,
        silentEpochs: 999n,
        assertionWindow: 77n,
        openAnswers: true,
      };
      await consensus.createDomain(parameters, "");
      const kept = fields(await consensus.domain(3));
      expect(kept).to.deep.equal({ ...parameters, minStake: 1_001n * UNIT });
    });

    it("begins with equal counts, full participation and nothing allocated", async () => {
      const { consensus } = (await load()).contracts;
      await consensus.createDomain({ ...DOMAIN, outcomes: 16 }, "");
      const { counts, participation } = await consensus.statistics(3);
      expect([...counts]).to.deep.equal(Array<bigint>(16).fill(1_024n));
      expect(participation).to.equal(65_535n);
      expect(await consensus.totalAllocation(3, 1_000)).to.equal(0n);
    });

    for (const [name, lowest, highest, others] of BOUNDS) {
      const base = { ...DOMAIN, ...others };
      it(`accepts ${name} from ${lowest} to ${highest} and nothing beyond`, async () => {
        const { consensus } = (await load()).contracts;
        for (const value of [lowest, highest]) {
          await consensus.createDomain({ ...base, [name]: value }, "");
          const id = await consensus.createDomain.staticCall(DOMAIN, "");
          expect((await consensus.domain(id - 1n))[name]).to.equal(value);
        }
        for (const value of [lowest - 1n, highest + 1n]) {
          await expect(consensus.createDomain({ ...base, [name]: value }, ""))
            .to.be.revertedWithCustomError(consensus, "ParameterOutOfBounds")
            .withArgs(name, value, lowest, highest);
        }
        await expect(consensus.createDomain({ ...base, [name]: 2n ** 256n - 1n }, ""))
          .to.be.revertedWithCustomError(consensus, "ParameterOutOfBounds")
          .withArgs(name, 2n ** 256n - 1n, lowest, highest);
      });
    }

    it("accepts seatFee from 1 to 2^79 and nothing beyond", async () => {
      const { consensus } = (await load()).contracts;
      // The dearest domain there can be: 255 seats, the highest fee and the highest bond.
      const dearest = { ...DOMAIN, seats: 255n, seatFee: MAX_FEE, seatBond: 64n * MAX_FEE, minStake: MAX_UNITS * UNIT };
      await consensus.createDomain(dearest, "");
      const { seatFee, seatBond } = await consensus.domain(3);
      expect([seatFee, seatBond]).to.deep.equal([MAX_FEE, 64n * MAX_FEE]);
      await consensus.createDomain({ ...DOMAIN, seatFee: 1n, seatBond: 8n, minStake: 1_000n * UNIT }, "");
      expect((await consensus.domain(4)).seatFee).to.equal(1n);
      for (const seatFee of [0n, MAX_FEE + 1n]) {
        await expect(consensus.createDomain({ ...dearest, seatFee }, ""))
          .to.be.revertedWithCustomError(consensus, "ParameterOutOfBounds")
          .withArgs("seatFee", seatFee, 1n, MAX_FEE);
      }
    });

    it("asks for a minimum stake of 1,000 units where the bonds come to less", async () => {
      const { consensus } = (await load()).contracts;
      const cheap = { ...DOMAIN, seatFee: 1n, seatBond: 8n };
      await expect(consensus.createDomain({ ...cheap, minStake: 1_000n * UNIT - 1n }, ""))
        .to.be.revertedWithCustomError(consensus, "ParameterOutOfBounds")
        .withArgs("minStake", 1_000n * UNIT - 1n, 1_000n * UNIT, MAX_UNITS * UNIT);
      await consensus.createDomain({ ...cheap, minStake: 1_000n * UNIT }, "");
      expect((await consensus.domain(3)).minStake).to.equal(1_000n * UNIT);
    });
  });

  describe("domain, deskTerms, statistics", () => {
    it("revert for a domain that does not exist", async () => {
      const { consensus } = (await load()).contracts;
      for (const unknown of [0n, 3n, 2n ** 32n - 1n]) {
        for (const view of [consensus.domain, consensus.deskTerms, consensus.statistics]) {
          await expect(view(unknown)).to.be.revertedWithCustomError(consensus, "UnknownDomain").withArgs(unknown);
        }
      }
    });

    it("give a desk the fee of a first round, the outcomes and the window", async () => {
      const { consensus } = (await load()).contracts;
      const terms = fields(await consensus.deskTerms(1));
      expect(terms).to.deep.equal({ fee: 3n * TOKEN, outcomes: 2n, assertionWindow: 2n, active: true });
      // Nine seats, and a wei more of minimum stake than there is.
      expect(fields(await consensus.deskTerms(2))).to.deep.include({ fee: 9n * TOKEN, active: false });
    });

    it("are active once the stake that counts for a question asked now reaches the minimum", async () => {
      const { contracts, epoch, panelists, warpTo } = await load();
      const { consensus } = contracts;
      const [first] = panelists;
      await consensus.connect(first.owner).allocate(first.agentId, 2, ALLOCATION + UNIT);
      const now = await epoch();
      expect((await consensus.deskTerms(2)).active).to.equal(false);
      await warpTo(now, 59);
      expect((await consensus.deskTerms(2)).active).to.equal(false);
      // A question asked in the freeze is voted one epoch later, when the new allocation counts.
      await warpTo(now, 60);
      expect((await consensus.deskTerms(2)).active).to.equal(true);
      await warpTo(now + 1);
      expect((await consensus.deskTerms(2)).active).to.equal(true);
    });
  });
});
