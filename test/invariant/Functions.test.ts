import { expect } from "chai";
import { readFile } from "node:fs/promises";
import hre from "hardhat";

const CONTRACTS = ["AgentRegistry", "StakeVault", "Consensus", "Claims"] as const;

interface AbiItem {
  readonly type: string;
  readonly name?: string;
  readonly stateMutability?: string;
}

/** Names of the functions that change anything, as often as they are overloaded. */
async function functionsOf(contract: (typeof CONTRACTS)[number]): Promise<string[]> {
  const { abi } = await hre.artifacts.readArtifact(contract);
  return (abi as readonly AbiItem[]).flatMap(({ type, name, stateMutability = "" }) =>
    type === "function" && !["view", "pure"].includes(stateMutability) ? [`${contract}.${name}`] : [],
  );
}

describe("the invariants' handlers", () => {
  it("cover every function that changes anything", async () => {
    const source = await readFile(new URL("../solidity/invariant/Functions.sol", import.meta.url), "utf8");
    const listed = [...source.matchAll(/_add\(\s*list,\s*"([\w.]+)"/g)].map(([, name]) => name);
    const functions = (await Promise.all(CONTRACTS.map(functionsOf))).flat();
    expect(functions.length).to.be.greaterThan(50);
    expect(listed).to.have.members(functions);
  });
});
