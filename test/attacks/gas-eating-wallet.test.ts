import { expect } from "chai";
import { Wallet } from "ethers";
import { network } from "hardhat";

import { panelLoader } from "../kit/panel.ts";
import { errorOf, eventsOf, relay, signBeat } from "../kit/relay.ts";
import { rotateWallet } from "../kit/wallet.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const load = panelLoader(connection);

describe("Attacks by hostile code", () => {
  it("gas-eating wallet in a relayed batch", async () => {
    const panel = await load();
    const { contracts, epoch, panelists, stranger } = panel;
    const { consensus, vault } = contracts;
    const [first, eater, last] = panelists;
    const key = Wallet.createRandom();
    const wallet = await ethers.deployContract("GasEatingWallet");
    const signTypedData = key.signTypedData.bind(key);
    await rotateWallet(connection, contracts, eater.agentId, eater.owner, {
      address: await wallet.getAddress(),
      signTypedData,
    });
    const beats = [
      await signBeat(panel, first, { commit: [], fee: 3n }),
      await signBeat(panel, eater, { commit: [], fee: 4n, by: key }),
      await signBeat(panel, last, { commit: [], fee: 5n }),
    ];
    // What the relayer sees when it tries the batch beforehand; it brings three times as much.
    const before = await networkHelpers.takeSnapshot();
    const tried = await (await relay(panel, beats)).wait();
    expect(await vault.creditOf(stranger)).to.equal(12n);
    await before.restore();
    await wallet.eat();

    const sent = await relay(panel, beats, { gasLimit: 3n * (tried?.gasUsed ?? 0n) });
    const now = BigInt(await epoch());
    expect(await eventsOf(panel, sent, "BeatSkipped")).to.deep.equal([
      [eater.agentId, now, errorOf(panel, "InvalidBeatSignature", [eater.agentId, await wallet.getAddress()])],
    ]);
    for (const { agentId } of [first, last]) expect((await consensus.agent(agentId)).ballotOpen).to.equal(true);
    expect(await vault.creditOf(stranger)).to.equal(8n);
  });
});
