import { deployProtocol } from "@assay/agent";
import { connect, type Watched } from "@assay/sdk";
import { expect } from "chai";
import { JsonRpcProvider, NonceManager, ZeroHash } from "ethers";
import { setTimeout as sleep } from "node:timers/promises";
import { anvilNode, findAnvil } from "../../scripts/testing/anvil.ts";
import { freePort, kill, start } from "../../scripts/testing/processes.ts";
import { done } from "./kit.ts";
import { installMulticall3 } from "./multicall3.ts";

const TOKEN = 10n ** 18n;
const anvil = findAnvil();

describe("sdk: on anvil", function () {
  this.timeout(120_000);

  it("acts, reads in one call, and reports what anvil_reorg has replaced", async function () {
    if (anvil === null) return this.skip();
    const port = await freePort();
    const [program, ...args] = anvilNode(anvil)(port);
    const node = start(program, args);
    const provider = new JsonRpcProvider(`http://127.0.0.1:${port}`, 31_337, { staticNetwork: true, cacheTimeout: -1 });
    try {
      for (let tries = 0; tries < 100 && (await provider.getBlock(0).catch(() => null)) === null; tries++)
        await sleep(50);
      const signer = new NonceManager(await provider.getSigner(0));
      const genesis = (await provider.getBlock("latest"))?.timestamp ?? 0;
      const sink = `0x${"51".repeat(20)}`;
      const { addresses } = await deployProtocol(signer, { sink, genesis, epochLength: 60, salt: ZeroHash });
      await installMulticall3(signer, provider, "anvil_setCode");
      const assay = await connect({ addresses, runner: signer });
      await done(assay.token.faucet());
      const { agentId } = await done(assay.agents.register({}));
      await done(assay.stake.depositWithPermit({ agentId, amount: TOKEN }));
      const { stake, epoch } = await assay.readMany({
        stake: assay.stake.account.request(agentId),
        epoch: assay.beats.epoch.request(),
      });
      expect([stake.free, epoch]).to.deep.equal([TOKEN, 0]);

      const stop = new AbortController();
      const items: Watched<"vault.Deposited">[] = [];
      const watching = (async () => {
        const options = { pollMs: 20, signal: stop.signal };
        for await (const item of assay.watch(["vault.Deposited"], options)) items.push(item);
      })();
      const kinds = () => items.map(({ type }) => type).filter((type) => type !== "checkpoint");
      const until = async (count: number) => {
        for (let tries = 0; tries < 500 && kinds().length < count; tries++) await sleep(20);
      };
      await until(1);
      await provider.send("anvil_reorg", [2, []]);
      await until(2);
      stop.abort();
      await watching;
      expect(kinds()).to.deep.equal(["log", "reorg"]);
      const [reorg] = items.filter((item) => item.type === "reorg");
      expect(reorg?.removed.map(({ args }) => args.amount)).to.deep.equal([TOKEN]);
      expect((await assay.stake.account(agentId)).balance).to.equal(0n);
    } finally {
      provider.destroy();
      await kill(node);
    }
  });
});
