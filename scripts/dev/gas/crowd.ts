import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type InterfaceAbi, ContractFactory } from "ethers";
import type { AgentFarm } from "../../../typechain/test/AgentFarm.js";
import { createChain, createPopulation, gasOf, type Population } from "./population.ts";
import type { Progress, Row } from "./types.ts";

const COUNTS = [10, 100, 1_000, 2_000, 5_000, 20_000];
const VOTES = 4;
/** The ring of receipts has been round once. */
const WARM_UP = 17;
/** Epochs after a domain has grown: its new total counts, and the beat settles questions asked among all of them. */
const EPOCHS = 6;
/** Wei; so little that the measured agent holds seats on every question, whatever the others' number. */
const STAKE = 10n ** 17n;
/** Agents in a transaction, and its gas: under the limit of 2^24 that a transaction has. */
const BATCH = 30;
const GAS_LIMIT = 16_000_000;

/** Growth of a beat of four votes and of an ask with the agents that are enrolled and stand in the domain. */
export async function measureCrowd(artifacts: string, progress: Progress): Promise<Row[]> {
  const population = await createPopulation(await createChain(), artifacts);
  await population.addAgents(1, () => () => 1);
  const grow = await createFarm(population, artifacts);
  await population.nextEpoch();
  await population.nextEpoch();
  const rows: Row[] = [];
  let agents = 1;
  for (let i = 0; i < WARM_UP; i++) await beatOnce(population);
  for (const count of COUNTS) {
    await grow(count - agents, (done) => progress(`enrolled ${agents + done} of ${count} agents`));
    agents = count;
    let figures = { ask: 0, beat: 0 };
    for (let i = 0; i < EPOCHS; i++) figures = await beatOnce(population);
    rows.push({ agents, ...figures });
  }
  return rows;
}

/** One epoch of the measured agent. */
async function beatOnce(population: Population): Promise<{ ask: number; beat: number }> {
  const asks = await population.ask(VOTES);
  await population.nextEpoch();
  const report = await population.agents[0]?.beat();
  if (!report) throw new Error("the agent had nothing to do");
  if (report.votes.length !== VOTES) throw new Error(`${report.votes.length} votes of ${VOTES}`);
  return { ask: Number(asks.at(-1)), beat: Number(report.receipt.gasUsed) };
}

/** A contract that owns any number of agents, and what makes more of them. */
async function createFarm({ contracts, deployer }: Population, artifacts: string) {
  const { consensus, registry, token, vault } = contracts;
  const { abi, bytecode } = JSON.parse(
    readFileSync(join(artifacts, "contracts", "test", "AgentFarm.sol", "AgentFarm.json"), "utf8"),
  ) as { abi: InterfaceAbi; bytecode: string };
  const addresses = await Promise.all([registry, vault, consensus, token].map((contract) => contract.getAddress()));
  const deployed = await new ContractFactory(abi, bytecode, deployer).deploy(...addresses);
  const farm = deployed as unknown as AgentFarm;
  await token.faucet();
  await token.transfer(farm, STAKE * BigInt(COUNTS.at(-1) as number));
  return async (count: number, onProgress: (done: number) => void) => {
    const [before, standing] = [await registry.balanceOf(farm), await unitsFromNow(contracts)];
    for (let done = 0; done < count; done += BATCH) {
      await gasOf(farm.grow(1, Math.min(BATCH, count - done), STAKE, { gasLimit: GAS_LIMIT }));
      if ((done / BATCH) % 50 === 49) onProgress(done + BATCH);
    }
    const grown = (await unitsFromNow(contracts)) - standing;
    const owned = (await registry.balanceOf(farm)) - before;
    const expected = (BigInt(count) * STAKE) / (await consensus.allocationUnit());
    if (owned !== BigInt(count) || grown !== expected) throw new Error(`${owned} agents of ${count}, ${grown} units`);
  };
}

/** Units allocated in the domain, those that do not count yet included. */
async function unitsFromNow({ consensus }: Population["contracts"]): Promise<bigint> {
  return consensus.totalAllocation(1, (await consensus.currentEpoch()) + 2n);
}
