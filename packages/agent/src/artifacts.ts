import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ContractFactory, ethers, type InterfaceAbi, type Signer } from "ethers";
import { AgentError } from "./errors.ts";

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
  readonly deployedBytecode: string;
  readonly linkReferences: LinkReferences;
  /** Names the compiler's input and output among the build's. */
  readonly buildInfoId: string;
  readonly inputSourceName: string;
}

/** Folder of the artifacts that `npm run compile` writes; hardhat.config.ts reads the same variable. */
const DEFAULT_ARTIFACTS = process.env.ASSAY_ARTIFACTS ?? fileURLToPath(new URL("../../../artifacts", import.meta.url));

/** Every contract and external library that a deployment consists of. */
export const CONTRACT_NAMES = Object.keys(SOURCES) as readonly ContractName[];

/** A contract's source below `contracts/`, such as `libraries/Domains.sol`. */
export function sourceOf(name: ContractName): string {
  return SOURCES[name];
}

/**
 * A compiled contract of this repository.
 * @param folder artifacts of another build profile than the default one
 * @throws AgentError `MISSING_ARTIFACT` before `npm run compile`
 */
export function loadArtifact(name: ContractName, folder = DEFAULT_ARTIFACTS): Artifact {
  const file = join(folder, "contracts", SOURCES[name], `${name}.json`);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new AgentError("MISSING_ARTIFACT", `${name} is not compiled: run "npm run compile" first`, { cause });
  }
  return JSON.parse(text) as Artifact;
}

/** Names of the external libraries a contract must be linked with. */
export function librariesOf(name: ContractName, folder?: string): ContractName[] {
  return Object.values(loadArtifact(name, folder).linkReferences).flatMap(
    (file) => Object.keys(file) as ContractName[],
  );
}

/** Creation code with the addresses of its external libraries filled in, without constructor arguments. */
export function linkedBytecode(
  name: ContractName,
  libraries: Readonly<Partial<Record<ContractName, string>>>,
  folder?: string,
): string {
  const artifact = loadArtifact(name, folder);
  let code = artifact.bytecode;
  for (const file of Object.values(artifact.linkReferences)) {
    for (const [library, places] of Object.entries(file)) {
      const address = libraries[library as ContractName];
      if (address === undefined) throw new AgentError("MISSING_ARTIFACT", `${name} needs the address of ${library}`);
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
  folder?: string,
): ContractFactory {
  return new ethers.ContractFactory(loadArtifact(name, folder).abi, linkedBytecode(name, libraries, folder), signer);
}
