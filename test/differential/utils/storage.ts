import { readFile } from "node:fs/promises";
import { AbiCoder, keccak256 } from "ethers";
import { artifacts } from "hardhat";

interface Member {
  readonly label: string;
  readonly slot: string;
  readonly type: string;
}
interface Layout {
  readonly storage: readonly Member[];
  readonly types: Readonly<Record<string, { readonly members?: readonly Member[] }>>;
}
interface Output {
  readonly output: { readonly contracts: Record<string, Record<string, { readonly storageLayout: Layout }>> };
}

/**
 * Slot of a state variable, as the compiler laid it out.
 * @param source of the contract, from the root of the project
 * @param path names of the variable and of members of structs below it
 */
export async function slotOf(source: string, contract: string, ...path: readonly string[]): Promise<bigint> {
  const buildInfo = await artifacts.getBuildInfoId(`${source}:${contract}`);
  const file = buildInfo === undefined ? undefined : await artifacts.getBuildInfoOutputPath(buildInfo);
  if (file === undefined) throw new Error(`${contract} is not compiled`);
  const { output } = JSON.parse(await readFile(file, "utf8")) as Output;
  const layout = output.contracts[`project/${source}`]?.[contract]?.storageLayout;
  let members = layout?.storage;
  let slot = 0n;
  for (const name of path) {
    const member = members?.find(({ label }) => label === name);
    if (member === undefined) throw new Error(`${contract} has no ${path.join(".")}`);
    slot += BigInt(member.slot);
    members = layout?.types[member.type]?.members;
  }
  return slot;
}

/** Slot of a mapping's entry. @param type of the key, in the ABI's words */
export function entrySlot(mapping: bigint, type: string, key: string | bigint): string {
  return keccak256(AbiCoder.defaultAbiCoder().encode([type, "uint256"], [key, mapping]));
}

/** A storage word. */
export function word(value: bigint): string {
  return `0x${value.toString(16).padStart(64, "0")}`;
}
