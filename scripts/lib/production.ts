import type { ContractName, DeploymentRecord } from "@assay/agent";
import { CONTRACT_NAMES, librariesOf, sourceOf } from "@assay/agent";
import type { HardhatUserConfig } from "hardhat/config";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { fromRoot } from "./paths.ts";

/** The contracts built as they are deployed, apart from what tests compile. */
export interface ProductionBuild {
  /** Folder of the artifacts. */
  readonly artifacts: string;
  readonly hre: HardhatRuntimeEnvironment;
}

const FOLDER = fromRoot("cache", "production");

const SOURCES = [...CONTRACT_NAMES.map(sourceOf), "examples/ClaimGatedEscrow.sol", "test/AgentFarm.sol"].map((source) =>
  fromRoot("contracts", source),
);

/**
 * Compiles with the production profile; takes about a minute unless nothing has changed.
 * @param changes to hardhat.config.ts
 */
export async function buildForProduction(network: string, changes: HardhatUserConfig = {}): Promise<ProductionBuild> {
  const [{ createHardhatRuntimeEnvironment }, { default: config }] = await Promise.all([
    import("hardhat/hre"),
    import("../../hardhat.config.ts"),
  ]);
  const artifacts = `${FOLDER}/artifacts`;
  const hre = await createHardhatRuntimeEnvironment(
    {
      ...config,
      ...changes,
      paths: { ...config.paths, artifacts, cache: `${FOLDER}/cache` },
      typechain: { ...config.typechain, outDir: `${FOLDER}/typechain` },
    },
    { config: fromRoot("hardhat.config.ts"), buildProfile: "production", network },
    fromRoot(),
  );
  // Only what is deployed, or used to measure it: the tests' own contracts would take as long again.
  await hre.tasks.getTask("build").run({ quiet: true, noTests: true, files: SOURCES });
  return { artifacts, hre };
}

/** Publishes the source of every contract of a deployment on the network's explorers. */
export async function verifySources(
  { artifacts, hre }: ProductionBuild,
  record: DeploymentRecord,
  say: (line: string) => void,
): Promise<void> {
  const { verifyContract } = await import("@nomicfoundation/hardhat-verify/verify");
  // The plugin reports on standard output, which is the script's result.
  const { log } = console;
  console.log = console.error;
  try {
    for (const [name, { address, arguments: constructorArgs, transaction }] of Object.entries(record)) {
      say(`verify ${name} at ${address}`);
      const libraries = Object.fromEntries(
        librariesOf(name as ContractName, artifacts).map((library) => [library, record[library]?.address ?? ""]),
      );
      await verifyContract(
        {
          address,
          constructorArgs: [...constructorArgs],
          libraries,
          contract: `contracts/${sourceOf(name as ContractName)}:${name}`,
          creationTxHash: transaction,
          provider: "etherscan",
        },
        hre,
      );
    }
  } finally {
    console.log = log;
  }
}
