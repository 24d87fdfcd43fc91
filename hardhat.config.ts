import { createRequire } from "node:module";

import hardhatToolboxMochaEthers from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
import { configVariable, defineConfig } from "hardhat/config";

import accessLists from "./hardhat/access-lists.ts";
import ownClock from "./hardhat/own-clock.ts";
import warningsAsErrors from "./hardhat/warnings-as-errors.ts";

const require = createRequire(import.meta.url);

/** solc's wasm build from npm: pinned by the lock file, the same on every platform, never downloaded. */
const solc = {
  version: (require("solc/package.json") as { version: string }).version,
  path: require.resolve("solc/soljson.js"),
};

/** A build of its own, as coverage has: counters in the code must not be taken for the contracts. */
const { ASSAY_ARTIFACTS: artifacts } = process.env;
/** Counters cost gas, which these tests count. */
const uncounted = process.argv.includes("--coverage") ? { grep: "too little gas", invert: true } : {};

/** `hardhat node` serves people, for whom time goes on. */
const clock = process.argv.includes("node") ? [] : [ownClock];

const settings = {
  evmVersion: "prague",
  optimizer: { enabled: true, runs: 200 },
  outputSelection: { "*": { "*": ["storageLayout"] } },
};

export default defineConfig({
  plugins: [hardhatToolboxMochaEthers, accessLists, ...clock, warningsAsErrors],
  solidity: {
    profiles: {
      // Quick to compile, for tests. What is deployed and measured is built with `production`.
      default: { compilers: [{ ...solc, settings }] },
      // Not isolated: one job for all contracts, or each root would compile Consensus again.
      production: { isolated: false, compilers: [{ ...solc, settings: { ...settings, viaIR: true } }] },
    },
  },
  paths: {
    sources: "contracts",
    tests: { mocha: "test", solidity: "test/solidity" },
    ...(artifacts === undefined ? {} : { artifacts, cache: `${artifacts}-cache` }),
  },
  typechain: { outDir: "typechain", tsNocheck: true },
  test: {
    mocha: { timeout: 120_000, ...uncounted },
    solidity: {
      fuzz: { runs: 256, seed: "0xa55a1" },
      invariant: { runs: 64, depth: 64, failOnRevert: false },
    },
  },
  coverage: { skipFiles: ["contracts/test/**", "test/**"] },
  networks: {
    // Without the IR contracts come out larger than the limit that production holds them to.
    default: { type: "edr-simulated", allowUnlimitedContractSize: true },
    localhost: { type: "http", url: "http://127.0.0.1:8545" },
    sepolia: {
      type: "http",
      chainType: "l1",
      chainId: 11_155_111,
      url: configVariable("SEPOLIA_RPC_URL"),
      accounts: [configVariable("SEPOLIA_PRIVATE_KEY")],
    },
    baseSepolia: {
      type: "http",
      chainType: "op",
      chainId: 84_532,
      url: configVariable("BASE_SEPOLIA_RPC_URL"),
      accounts: [configVariable("BASE_SEPOLIA_PRIVATE_KEY")],
    },
  },
  verify: { etherscan: { apiKey: configVariable("ETHERSCAN_API_KEY") } },
});
