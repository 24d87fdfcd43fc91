import { type Hex, ZERO_HASH } from "@assay/protocol";
import { expect } from "chai";
import { id } from "ethers";

import type {
  CallbackConsumer,
  FailingCallback,
  GasEatingCallback,
  RecordingCallback,
  ReentrantCallback,
  ReturnBombCallback,
} from "../../typechain/index.js";
import {
  ask,
  askAndDecide,
  assert,
  challenge,
  type Desk,
  deskFixture,
  dispute,
  ethers,
  expectRefused,
  networkHelpers,
  NO_OUTCOME,
  observe,
  VERDICT,
  WINDOW,
} from "./kit.ts";

interface Consumers {
  FailingCallback: FailingCallback;
  GasEatingCallback: GasEatingCallback;
  RecordingCallback: RecordingCallback;
  ReentrantCallback: ReentrantCallback;
  ReturnBombCallback: ReturnBombCallback;
}

const GAS_LIMIT = 100_000n;

async function consume<Name extends keyof Consumers>(c: Desk, name: Name, claimId: Hex, gasLimit = GAS_LIMIT) {
  const deployed = (await ethers.deployContract(name, [c.claims])) as unknown;
  const consumer = deployed as Consumers[Name] & CallbackConsumer;
  await consumer.register(claimId, gasLimit);
  return { consumer, address: await consumer.getAddress() };
}

/** A resolved question: outcome 1, unanimously, in one round. */
async function resolvedFixture() {
  const c = await deskFixture();
  return { ...c, claimId: await askAndDecide(c, [1, 1, 1]) };
}
const RESOLVED = [VERDICT.resolved, 1n, 10_000n, 1n];

describe("Claims", function () {
  describe("registerCallback", function () {
    it("should register the caller, for any claim", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);

      const { events, changes } = await observe(c, () => c.claims.connect(c.stranger).registerCallback(ZERO_HASH, 1));

      expect(events).to.deep.equal([["CallbackRegistered", ZERO_HASH, c.stranger.address, 1n]]);
      expect(changes).to.deep.equal({});
    });

    it("should change the limit until the delivery", async function () {
      const c = await networkHelpers.loadFixture(resolvedFixture);
      const { consumer, address } = await consume(c, "GasEatingCallback", c.claimId, 2n ** 32n - 1n);
      await expect(c.claims.deliver(c.claimId, address)).to.be.revertedWithCustomError(c.claims, "InsufficientGas");

      await consumer.register(c.claimId, GAS_LIMIT);

      await expect(c.claims.deliver(c.claimId, address)).to.emit(c.claims, "CallbackFailed");
    });

    it("should revert without a limit", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);

      await expectRefused(c, () => c.claims.registerCallback(ZERO_HASH, 0), c.claims, "ZeroGasLimit", []);
    });

    it("should revert after the delivery", async function () {
      const c = await networkHelpers.loadFixture(resolvedFixture);
      const { consumer, address } = await consume(c, "RecordingCallback", c.claimId);
      await c.claims.deliver(c.claimId, address);

      const send = () => consumer.register(c.claimId, 1n);

      await expectRefused(c, send, c.claims, "CallbackAlreadyDelivered", [c.claimId, address]);
    });
  });

  describe("deliver", function () {
    it("should tell the consumer the final verdict, once, whoever sends it", async function () {
      const c = await networkHelpers.loadFixture(resolvedFixture);
      const { consumer, address } = await consume(c, "RecordingCallback", c.claimId);
      expect(await c.asKeeper.deliver.staticCall(c.claimId, address)).to.equal(true);

      const { events, changes } = await observe(c, () => c.asKeeper.deliver(c.claimId, address));

      expect(events).to.deep.equal([["CallbackDelivered", c.claimId, address]]);
      expect(changes).to.deep.equal({});
      const [told, ...more] = await consumer.queryFilter(consumer.filters.Told());
      expect(told?.args.slice(0, 3)).to.deep.equal([await c.claims.getAddress(), c.claimId, RESOLVED]);
      expect(more).to.deep.equal([]);
      const send = () => c.asKeeper.deliver(c.claimId, address);
      await expectRefused(c, send, c.claims, "CallbackAlreadyDelivered", [c.claimId, address]);
    });

    it("should tell each of several consumers, and each of several claims", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const { claimId: asserted } = await assert(c);
      const { a, claimId: disputed } = await dispute(c, { salt: ZERO_HASH });
      const { s, claimId: challenged } = await challenge(c);
      await c.decide([disputed, [0, 0, 0]], [challenged, [0, 1, null]]);
      const first = await ethers.deployContract("RecordingCallback", [c.claims]);
      const second = await ethers.deployContract("RecordingCallback", [c.claims]);
      const verdicts: [string, bigint[]][] = [
        [asserted, [VERDICT.resolved, 1n, 0n, 0n]],
        [disputed, [VERDICT.resolved, 0n, 10_000n, 1n]],
        [challenged, [VERDICT.unresolved, 0n, 5_000n, 1n]],
      ];
      const deliver = async (consumer: typeof first) => {
        for (const [claimId] of verdicts) {
          await consumer.register(claimId, GAS_LIMIT);
          await c.claims.deliver(claimId, consumer);
        }
        const told = await consumer.queryFilter(consumer.filters.Told());
        expect(told.map(({ args }) => [args.claimId, args.verdict])).to.deep.equal(verdicts);
      };

      await deliver(first);
      await c.claims.resolve(a);
      await c.claims.resolveChallenge(s, 1);
      await deliver(second);
    });

    it("should tell of an abandoned assertion", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const { a, claimId } = await assert(c);
      for (const { agentId, owner } of c.members) await c.consensus.connect(owner).allocate(agentId, 1, 0);
      await c.skipEpochs(WINDOW);
      await c.asOpponent.dispute(a, "");
      const { consumer, address } = await consume(c, "RecordingCallback", claimId as Hex);

      await c.claims.deliver(claimId, address);

      const [told] = await consumer.queryFilter(consumer.filters.Told());
      expect(told?.args.verdict).to.deep.equal([VERDICT.unresolved, NO_OUTCOME, 0n, 0n]);
    });

    it("should revert until the verdict is final", async function () {
      const c = await networkHelpers.loadFixture(deskFixture);
      const expectNotFinal = async (claimId: string, status: bigint) => {
        const { address } = await consume(c, "RecordingCallback", claimId as Hex);
        await expectRefused(c, () => c.claims.deliver(claimId, address), c.claims, "NotFinal", [claimId, status]);
      };

      await expectNotFinal(id("nothing"), VERDICT.unknown);
      await expectNotFinal((await assert(c)).claimId, VERDICT.provisional);
      await expectNotFinal(await ask(c), VERDICT.voting);
    });

    it("should revert for a consumer that has not registered, though another has", async function () {
      const c = await networkHelpers.loadFixture(resolvedFixture);
      await consume(c, "RecordingCallback", c.claimId);
      const other = await ethers.deployContract("RecordingCallback", [c.claims]);
      const args = [c.claimId, await other.getAddress()];

      await expectRefused(c, () => c.claims.deliver(c.claimId, other), c.claims, "NoCallback", args);
    });

    it("should not deliver an alias of a claim's id", async function () {
      const c = await networkHelpers.loadFixture(resolvedFixture);
      const alias: Hex = `0x${(BigInt(c.claimId) + 1n).toString(16).padStart(64, "0")}`;
      const { address } = await consume(c, "RecordingCallback", alias);

      const send = () => c.claims.deliver(alias, address);

      await expectRefused(c, send, c.claims, "NotFinal", [alias, VERDICT.unknown]);
    });

    describe("given a consumer that fails", function () {
      it("should say so, and deliver later once it no longer does", async function () {
        const c = await networkHelpers.loadFixture(resolvedFixture);
        const { consumer, address } = await consume(c, "FailingCallback", c.claimId);
        expect(await c.claims.deliver.staticCall(c.claimId, address)).to.equal(false);

        for (let attempt = 0; attempt < 2; attempt++) {
          const { events } = await observe(c, () => c.asKeeper.deliver(c.claimId, address));
          expect(events).to.deep.equal([["CallbackFailed", c.claimId, address]]);
        }
        await consumer.mend();
        const { events } = await observe(c, () => c.asKeeper.deliver(c.claimId, address));

        expect(events).to.deep.equal([["CallbackDelivered", c.claimId, address]]);
        expect(await consumer.taken()).to.equal(1n);
        const send = () => c.asKeeper.deliver(c.claimId, address);
        await expectRefused(c, send, c.claims, "CallbackAlreadyDelivered", [c.claimId, address]);
        expect(await consumer.taken()).to.equal(1n);
      });
    });

    describe("given a consumer that eats gas", function () {
      it("should cost the deliverer no more than the limit and the overhead", async function () {
        const c = await networkHelpers.loadFixture(resolvedFixture);
        const { address } = await consume(c, "GasEatingCallback", c.claimId, 2_000_000n);

        const { events, gasUsed } = await observe(c, () =>
          c.asKeeper.deliver(c.claimId, address, { gasLimit: 10_000_000 }),
        );

        expect(events).to.deep.equal([["CallbackFailed", c.claimId, address]]);
        expect(gasUsed > 2_000_000n && gasUsed < 2_100_000n, `used ${gasUsed}`).to.equal(true);
      });
    });

    describe("given a consumer that returns or reverts with a bomb", function () {
      // A megabyte of memory costs 2.1 million gas: the consumer pays it, and a caller that copied would pay it again.
      for (const [reverts, event] of [
        [false, "CallbackDelivered"],
        [true, "CallbackFailed"],
      ] as const) {
        it(`should copy nothing of it: ${event}`, async function () {
          const c = await networkHelpers.loadFixture(resolvedFixture);
          const { consumer, address } = await consume(c, "ReturnBombCallback", c.claimId, 2_500_000n);
          await consumer.setReverts(reverts);

          const { events, gasUsed } = await observe(c, () =>
            c.asKeeper.deliver(c.claimId, address, { gasLimit: 10_000_000 }),
          );

          expect(events).to.deep.equal([[event, c.claimId, address]]);
          expect(gasUsed > 2_000_000n && gasUsed < 2_300_000n, `used ${gasUsed}`).to.equal(true);
        });
      }
    });

    describe("given a consumer that re-enters", function () {
      it("should not deliver twice, nor let it register again", async function () {
        const c = await networkHelpers.loadFixture(resolvedFixture);
        const { consumer, address } = await consume(c, "ReentrantCallback", c.claimId, 1_000_000n);

        const { events } = await observe(c, () => c.asKeeper.deliver(c.claimId, address));

        expect(events).to.deep.equal([["CallbackDelivered", c.claimId, address]]);
        expect(await consumer.calls()).to.equal(1n);
        const refusal = c.claims.interface.encodeErrorResult("CallbackAlreadyDelivered", [c.claimId, address]);
        expect(await consumer.deliverResult()).to.equal(refusal);
        expect(await consumer.registerResult()).to.equal(refusal);
      });
    });

    describe("given a deliverer that brings too little gas", function () {
      for (const gasLimit of [1n, 100_000n, 3_000_000n, 12_000_000n]) {
        it(`should revert rather than starve a consumer that asked for ${gasLimit}`, async function () {
          const c = await networkHelpers.loadFixture(resolvedFixture);
          const { consumer, address } = await consume(c, "RecordingCallback", c.claimId, gasLimit);
          const needed = gasLimit + gasLimit / 63n + 30_000n;
          const isAdmitted = async (gas: bigint) => {
            try {
              await c.claims.deliver.staticCall(c.claimId, address, { gasLimit: gas });
              return true;
            } catch {
              return false;
            }
          };
          // Least gas of a transaction that is not refused.
          let [refused, admitted] = [21_000n, 16_000_000n];
          expect([await isAdmitted(refused), await isAdmitted(admitted)]).to.deep.equal([false, true]);
          while (admitted - refused > 1n) {
            const middle = (refused + admitted) / 2n;
            if (await isAdmitted(middle)) admitted = middle;
            else refused = middle;
          }

          const starving = () => c.claims.deliver(c.claimId, address, { gasLimit: refused });
          const isTooLittle = (available: bigint) => available < needed && available > needed - 100n;
          await expectRefused(c, starving, c.claims, "InsufficientGas", [isTooLittle, needed]);
          const { events } = await observe(c, () => c.claims.deliver(c.claimId, address, { gasLimit: admitted }));

          // One unit of gas is not enough for anything; the call was made with all of it, and failed for that.
          const event = gasLimit === 1n ? "CallbackFailed" : "CallbackDelivered";
          expect(events).to.deep.equal([[event, c.claimId, address]]);
          const [told] = await consumer.queryFilter(consumer.filters.Told());
          // What the consumer had spent before it looked at its gas.
          const spent = gasLimit - (told?.args.gas ?? gasLimit);
          expect(spent >= 0n && spent < 3_000n, `spent ${spent}`).to.equal(true);
        });
      }
    });
  });
});
