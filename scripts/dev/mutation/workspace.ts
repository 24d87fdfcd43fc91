/** A copy of the project in which tests can be run on changed contracts without touching the project's own build. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { ROOT } from "../process.ts";
import type { Build, Compiled } from "./compiler.ts";

const COPIED = ["contracts", "test", "packages", "examples", "hardhat", "package.json"];

/**
 * Contracts that are not optimized take more gas to deploy than a transaction may have; what loops for ever should not take
 * long to run out of it.
 */
const CONFIG = `import config from "./project.config.ts";
Object.assign(config.networks.default, { transactionGasCap: false, blockGasLimit: 200_000_000 });
export default config;
`;

/** The build info that artifacts name; only its output is there, for the tests that ask it for storage layouts. */
const BUILD_INFO = "solc-mutation";

export class Workspace {
  readonly folder = mkdtempSync(join(tmpdir(), "assay-mutation-"));
  readonly #base: Build;
  /** Folders of artifacts that have been written for good. */
  readonly #kept = new Map<Build, string>();
  #count = 0;

  constructor(base: Build) {
    this.#base = base;
    for (const path of COPIED) {
      const filter = (from: string) => basename(from) !== "node_modules";
      cpSync(join(ROOT, path), join(this.folder, path), { recursive: true, filter });
    }
    cpSync(join(ROOT, "hardhat.config.ts"), join(this.folder, "project.config.ts"));
    writeFileSync(join(this.folder, "hardhat.config.ts"), CONFIG);
    this.#linkPackages();
    this.put(base, true);
  }

  /**
   * Lets the tests find these contracts, and those of the base where these are none.
   * @param build null for the base
   * @param keep for a build that comes again
   */
  put(build: Build | null, keep = false): void {
    const wanted = build ?? this.#base;
    let folder = this.#kept.get(wanted);
    if (folder === undefined) {
      folder = join(this.folder, keep ? `artifacts-${++this.#count}` : "artifacts-once");
      rmSync(folder, { recursive: true, force: true });
      for (const [file, contracts] of this.#base) {
        for (const [name, before] of Object.entries(contracts)) {
          const evm = wanted.get(file)?.[name]?.evm ?? before.evm;
          write(folder, file, name, { ...before, evm });
        }
      }
      this.#writeLayouts(folder);
      if (keep) this.#kept.set(wanted, folder);
    }
    const link = join(this.folder, "artifacts");
    rmSync(link, { force: true });
    symlinkSync(folder, link, "dir");
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Links every package but the project's own, which are found in the copy. */
  #linkPackages(): void {
    const [from, to] = [join(ROOT, "node_modules"), join(this.folder, "node_modules")];
    mkdirSync(join(to, "@assay"), { recursive: true });
    for (const entry of readdirSync(from)) {
      if (entry !== "@assay") symlinkSync(join(from, entry), join(to, entry));
    }
    for (const name of readdirSync(join(this.folder, "packages"))) {
      symlinkSync(join(this.folder, "packages", name), join(to, "@assay", name), "dir");
    }
  }

  #writeLayouts(artifacts: string): void {
    const contracts = Object.fromEntries([...this.#base].map(([file, all]) => [`project/contracts/${file}`, all]));
    const folder = join(artifacts, "build-info");
    mkdirSync(folder, { recursive: true });
    const layouts = JSON.stringify({ id: BUILD_INFO, output: { contracts } }, (key, value: unknown) =>
      key === "evm" || key === "abi" ? undefined : value,
    );
    writeFileSync(join(folder, `${BUILD_INFO}.output.json`), layouts);
  }
}

function write(artifacts: string, file: string, contractName: string, { abi, evm }: Compiled): void {
  const sourceName = `contracts/${file}`;
  const path = join(artifacts, sourceName, `${contractName}.json`);
  const { bytecode, deployedBytecode } = evm;
  const artifact = {
    _format: "hh3-artifact-1",
    contractName,
    sourceName,
    abi,
    bytecode: `0x${bytecode.object}`,
    deployedBytecode: `0x${deployedBytecode.object}`,
    linkReferences: bytecode.linkReferences,
    deployedLinkReferences: deployedBytecode.linkReferences,
    immutableReferences: deployedBytecode.immutableReferences ?? {},
    inputSourceName: `project/${sourceName}`,
    buildInfoId: BUILD_INFO,
  };
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(artifact));
}
