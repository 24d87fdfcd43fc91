#!/usr/bin/env node
/**
 * The command line of solc that forge needs, around npm's wasm build: `--version`, and `--standard-json` from standard
 * input to standard output. Forge hands over all sources within the JSON, so the paths it allows are not looked at.
 * Plain JavaScript, so that any Node can run it.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

function main() {
  const options = process.argv.slice(2);
  if (options.includes("--version")) {
    // From package.json, as in hardhat.config.ts: loading the wasm takes half a second.
    const { version } = require("solc/package.json");
    console.log(`solc, the solidity compiler commandline interface\nVersion: ${version}+commit.npm.Emscripten.clang`);
  } else if (options.includes("--standard-json")) {
    process.stdout.write(require("solc").compile(readFileSync(0, "utf8")));
  } else {
    console.error("solc: only --version and --standard-json are offered");
    process.exitCode = 1;
  }
}

main();
