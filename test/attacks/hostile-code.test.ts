import { type Hex, ZERO_HASH } from "@assay/protocol";
import { expect } from "chai";
import { concat, parseEther } from "ethers";
import { network } from "hardhat";

import { type Panel, panelLoader, STAKE } from "../kit/panel.ts";
import { gainsOf, settleAll } from "../kit/wealth.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const load = panelLoader(connection, { domains: [{ maxRounds: 1, openAnswers: true }] });

const FALSE = 0;
const TRUE = 1;

describe("Attacks by hostile code", () => {
  describe("that wastes or withholds gas", () => {
    it("gas-eating callback", async () => {
      const panel = await load();
      const { claims, vault } = panel.contracts;
      const { claimId } = await answered(panel);
      const eater = await ethers.deployContract("GasEatingCallback", [claims]);
      const other = await ethers.deployContract("RecordingCallback", [claims]);
      const limit = 1_000_000n;
      await eater.register(claimId, limit);
      await other.register(claimId, 100_000n);
      // It can fail as often as it likes: its deliverer pays the limit it has read beforehand, and the rest is the same each time.
      for (let tries = 0; tries < 2; tries++) {
        const sent = await claims.connect(panel.stranger).deliver(claimId, eater, { gasLimit: 16_000_000 });
        await expect(sent)
          .to.emit(claims, "CallbackFailed")
          .withArgs(claimId, await eater.getAddress());
        const { gasUsed } = (await sent.wait()) ?? { gasUsed: 0n };
        expect(gasUsed).to.be.within(limit, limit + 75_000n);
      }
      // Nobody else waits for it.
      await expect(claims.deliver(claimId, other)).to.emit(other, "Told");
      await settleAll(panel.panelists);
      for (const { agentId } of panel.panelists) {
        expect((await vault.account(agentId)).balance).to.equal(STAKE + parseEther("1"));
      }
    });

    it("deliverer that starves a callback", async () => {
      const panel = await load();
      const { claims } = panel.contracts;
      const { claimId } = await answered(panel);
      const appetite = 200_000n;
      const hungry = await ethers.deployContract("HungryCallback", [claims, appetite]);
      const address = await hungry.getAddress();
      await hungry.register(claimId, appetite + 50_000n);
      const before = await networkHelpers.takeSnapshot();
      const outcomes = new Set<string>();
      // From too little for the call itself to more than enough, in steps of a thousand.
      let least = 0n;
      for (let gasLimit = 60_000n; gasLimit <= 380_000n; gasLimit += 1_000n) {
        const sent = claims.connect(panel.stranger).deliver(claimId, hungry, { gasLimit });
        const delivered = await sent.then(async (transaction) => {
          await expect(transaction).to.emit(claims, "CallbackDelivered").withArgs(claimId, address);
          return true;
        }, refused);
        outcomes.add(delivered ? "delivered" : "reverted");
        if (delivered) {
          least = gasLimit;
          break;
        }
        // Reverted: the callback is not used up, and can still be delivered.
        expect(await hungry.taken()).to.equal(0n);
      }
      expect([...outcomes]).to.deep.equal(["reverted", "delivered"]);
      expect(await hungry.taken()).to.equal(1n);
      expect(least).to.be.within(appetite + 50_000n, appetite + 150_000n);
      // Only whoever consumes can make it fail, by asking for less than it needs.
      await before.restore();
      await hungry.register(claimId, appetite - 50_000n);
      await expect(claims.deliver(claimId, address)).to.emit(claims, "CallbackFailed").withArgs(claimId, address);
    });
  });

  describe("that sends what nobody asked for", () => {
    it("forced ether and stray tokens", async () => {
      const panel = await load();
      const { contracts, stranger, sink } = panel;
      const { claims, consensus, registry, token, vault } = contracts;
      const parties = {
        attacker: { accounts: [stranger] },
        rest: { accounts: [panel.deployer], agents: panel.panelists },
      };
      for (const contract of [claims, consensus, registry, vault]) {
        const to = await contract.getAddress();
        // None of them takes ether, ...
        await expect(stranger.sendTransaction({ to, value: 1n })).to.be.revert(ethers);
        // ... but a contract that destroys itself within its creation, and the fees of a block, can leave it some.
        const selfDestruct = concat(["0x73", to, "0xff"]);
        await expect(stranger.sendTransaction({ data: selfDestruct, value: parseEther("1") })).to.changeEtherBalance(
          ethers,
          contract,
          parseEther("1"),
        );
      }
      const gains = await gainsOf(panel, parties, async () => {
        await token.connect(stranger).transfer(vault, parseEther("100"));
        const { id } = await panel.decide("as ever", [TRUE, TRUE, FALSE]);
        await panel.warpTo((await panel.epoch()) + 1);
        await settleAll(panel.panelists);
        expect((await consensus.question(id)).status).to.equal(2n);
        await consensus.sweep();
        await vault.flush();
      });
      // Stray tokens stay in the vault for ever, owed to nobody.
      expect(gains).to.deep.equal({
        attacker: -parseEther("100"),
        rest: -parseEther("0.2"),
        sink: parseEther("0.2"),
        escrow: parseEther("100"),
      });
      expect(await token.balanceOf(sink)).to.equal(parseEther("0.2"));
      await expect(vault.connect(stranger).collect(stranger))
        .to.be.revertedWithCustomError(vault, "NothingToCollect")
        .withArgs(stranger.address);
    });
  });
});

/** `deliver` has refused for want of gas, or has itself run out of it; nothing else. */
function refused(error: unknown): false {
  expect(String(error)).to.match(/'InsufficientGas\(|ran out of gas/);
  return false;
}

/** A claim that is asked and finally answered, not settled. */
async function answered(panel: Panel) {
  const { claims } = panel.contracts;
  const terms = [1, ethers.id("asked"), "", 0, ZERO_HASH, ZERO_HASH] as const;
  const claimId = (await claims.ask.staticCall(...terms)) as Hex;
  await claims.ask(...terms);
  await panel.holdRound(claimId.slice(0, 50) as Hex, [TRUE, TRUE, TRUE]);
  await panel.warpTo((await panel.epoch()) + 1);
  return { claimId };
}
