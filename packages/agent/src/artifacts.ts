import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type ContractFactory, ethers, type InterfaceAbi, type Signer } from "ethers";
import { AssayError } from "./errors.ts";

/** Where a contract's source stands below `contracts/`. */
const SOURCES = {
  AgentRegistry: "AgentRegistry.sol",
  AssayFactory: "AssayFactory.sol",
  AssayToken: "AssayToken.sol",
  Claims: "Claims.sol",
  Consensus: "Consensus.sol",
  StakeVault: "StakeVault.sol",
  ConsensusViews: "libraries/ConsensusViews.sol",
  Domains: "libraries/Domains.sol",
  Enrolment: "libraries/Enrolment.sol",
  Finality: "libraries/Finality.sol",
  FurtherRounds: "libraries/FurtherRounds.sol",
} as const;

export type ContractName = keyof typeof SOURCES;

type LinkReferences = Record<string, Record<string, { start: number; length: number }[]>>;

interface Artifact {
  readonly abi: InterfaceAbi;
  readonly bytecode: string;
  readonly linkReferences: LinkReferences;
}

const root = new URL("../../../artifacts/contracts/", import.meta.url);

/**
 * A compiled contract of this repository.
 * @throws AssayError `MissingArtifact` before `npm run compile`
 */
export function loadArtifact(name: ContractName): Artifact {
  const file = fileURLToPath(new URL(`${SOURCES[name]}/${name}.json`, root));
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new AssayError("MissingArtifact", `${name} is not compiled: run "npm run compile" first`, { cause });
  }
  return JSON.parse(text) as Artifact;
}

/** Names of the external libraries a contract must be linked with. */
export function librariesOf(name: ContractName): ContractName[] {
  return Object.values(loadArtifact(name).linkReferences).flatMap((file) => Object.keys(file) as ContractName[]);
}

/** Creation code with the addresses of its external libraries filled in, without constructor arguments. */
export function linkedBytecode(name: ContractName, libraries: Readonly<Partial<Record<ContractName, string>>>): string {
  const artifact = loadArtifact(name);
  let code = artifact.bytecode;
  for (const file of Object.values(artifact.linkReferences)) {
    for (const [library, places] of Object.entries(file)) {
      const address = libraries[library as ContractName];
      if (address === undefined) throw new AssayError("MissingArtifact", `${name} needs the address of ${library}`);
      for (const { start, length } of places) {
        const from = 2 + 2 * start;
        code = code.slice(0, from) + address.slice(2).toLowerCase() + code.slice(from + 2 * length);
      }
    }
  }
  return code;
}

/** A factory for a contract, linked. */
export function contractFactory(
  name: ContractName,
  signer: Signer,
  libraries: Readonly<Partial<Record<ContractName, string>>> = {},
): ContractFactory {
  return new ethers.ContractFactory(loadArtifact(name).abi, linkedBytecode(name, libraries), signer);
}
