import { expect } from "chai";
import { network } from "hardhat";
import { type Panel, panelLoader, SEAT_BOND } from "../kit/panel.ts";
import { TOKEN } from "../kit/world.ts";

const connection = await network.create();
const { ethers } = connection;
const load = panelLoader(connection);

/** Gas of the same votes: each panelist's beat that reveals and commits, the finalization and a settlement. */
async function gasOf(panel: Panel): Promise<bigint[]> {
  const { ask, contracts, panelists, warpTo } = panel;
  const { consensus } = contracts;
  const { id, voteEpoch } = await ask("the same question");
  await warpTo(voteEpoch);
  for (const p of panelists) await p.beat({ commit: [{ id, outcome: 1 }], exposure: 2n * SEAT_BOND });
  await warpTo(voteEpoch + 1);
  await consensus.roll();
  const gas = [];
  for (const p of panelists) {
    const receipt = await (await p.beat({ reveal: true, commit: [], exposure: 1n })).wait();
    gas.push(receipt?.gasUsed ?? 0n);
  }
  await warpTo(voteEpoch + 3);
  await consensus.roll();
  gas.push((await (await consensus.finalize(id)).wait())?.gasUsed ?? 0n);
  gas.push((await (await panelists[0].settle(voteEpoch)).wait())?.gasUsed ?? 0n);
  return gas;
}

describe("Scale", () => {
  it("costs beat, finalization and settlement the same gas with ten times the agents in the domain", async () => {
    const few = await gasOf(await load());
    const panel = await load();
    const { contracts, epoch, stranger, warpTo } = panel;
    const { consensus, registry, vault } = contracts;
    for (let i = 0; i < 30; i++) {
      await registry.connect(stranger)["register()"]();
      const agentId = 3n + BigInt(i);
      // A crumb each: the draw of the panelists' single seats is all but certain to stay as it was.
      await vault.connect(stranger).deposit(agentId, TOKEN / 1_000n);
      await consensus.connect(stranger).enroll(agentId, ethers.id(`anchor ${i}`));
      await consensus.connect(stranger).allocate(agentId, 1, TOKEN / 1_000n);
    }
    await warpTo((await epoch()) + 2);
    expect(await consensus.totalAllocation(1, await epoch())).to.equal(3_150_030n);
    const many = await gasOf(panel);
    for (const [i, gas] of many.entries()) {
      // What is left are zero bytes more or less in calldata, and bits of hashes.
      const difference = gas > few[i]! ? gas - few[i]! : few[i]! - gas;
      expect(difference, `action ${i}: ${few[i]} and ${gas}`).to.be.lessThan(1_000n);
    }
  });
});
