/**
 * Installs the dependencies when they are missing or not those of the lock file. Runs before `npm start` and `npm test`
 * on whatever Node >= 18 is there, so it uses nothing but Node's own modules.
 *
 * The install itself needs the Node that Hardhat supports: under an older one npm silently leaves out the native part
 * of Hardhat's EDR. The dependencies bring Node 24 (`node_modules/.bin/node`), which npm puts first on the PATH of every
 * npm script; before that, `npm exec` fetches the same version.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const OLDEST_FOR_BOOTSTRAP = "18.0.0";
const OLDEST_FOR_INSTALL = "22.13.0";

/**
 * Whether a version is at least another one, by major, minor and patch; pre-release tags are ignored.
 *
 * @param {string} version such as "v20.20.2" or "22.13.0"
 * @param {string} minimum likewise
 * @returns {boolean}
 * @throws {Error} when either is not three numbers with dots between them
 */
export function isAtLeast(version, minimum) {
  const have = parse(version);
  const want = parse(minimum);
  const differing = have.findIndex((part, i) => part !== want[i]);
  return differing < 0 || Number(have[differing]) > Number(want[differing]);
}

/** @param {string} version */
function parse(version) {
  const match = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version);
  if (!match) throw new Error(`not a version: ${version}`);
  return match.slice(1).map(Number);
}

/**
 * Why the installed packages are not those of the lock file.
 *
 * @param {{ packages: Record<string, LockEntry> }} lock package-lock.json
 * @param {{ packages: Record<string, LockEntry> } | undefined} installed npm's own record,
 *   node_modules/.package-lock.json
 * @returns {string | undefined} undefined when nothing is to be done
 *
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, devOptional?: boolean, link?: boolean }} LockEntry
 */
export function staleReason(lock, installed) {
  if (!installed) return "the dependencies are not installed yet";
  for (const [path, wanted] of Object.entries(lock.packages)) {
    if (!path.includes("node_modules/") || wanted.optional || wanted.devOptional) continue;
    const found = installed.packages[path];
    const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    if (!found) return `${name} is missing`;
    if (found.version !== wanted.version || found.integrity !== wanted.integrity) {
      return `${name} is not the one of the lock file`;
    }
  }
  const wantsEdr = "node_modules/@nomicfoundation/edr" in lock.packages;
  const hasEdr = Object.keys(installed.packages).some((path) => path.includes("@nomicfoundation/edr-"));
  if (wantsEdr && !hasEdr) return "the native part of Hardhat's EDR is missing (installed under an old Node?)";
  return undefined;
}

/** @param {string} file */
function readJson(file) {
  const path = join(ROOT, file);
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
}

/** @param {string} message */
function fail(message) {
  console.error(`assay: ${message}`);
  process.exit(1);
}

/** `npm ci` under a Node that Hardhat supports. Returns npm's exit status. */
function install() {
  // The npm that runs this script, started by an explicit Node: a shebang could bring back the old one.
  const npmCli = process.env.npm_execpath;
  const npm = npmCli && basename(npmCli) === "npm-cli.js" ? ["node", npmCli] : ["npm"];
  const ci = [...npm, "ci", "--prefix", ROOT];
  const node24 = `node@${readJson("package.json").devDependencies.node}`;
  const command = isAtLeast(process.versions.node, OLDEST_FOR_INSTALL)
    ? ci
    : // From another folder, so that npm takes nothing from the node_modules that it is about to replace.
      [...npm, "exec", "--yes", "--prefix", tmpdir(), `--package=${node24}`, "--", ...ci];
  const how = command === ci ? "npm ci" : `npm ci under ${node24}, as this is Node ${process.versions.node}`;
  console.log(`assay: ${how} ...`);
  const [program = "npm", ...args] = command;
  return spawnSync(program, args, { cwd: tmpdir(), stdio: ["ignore", "inherit", "inherit"] }).status;
}

function main() {
  if (!isAtLeast(process.versions.node, OLDEST_FOR_BOOTSTRAP)) {
    fail(
      `Node ${process.versions.node} is too old: install Node ${OLDEST_FOR_BOOTSTRAP} or later (https://nodejs.org).`,
    );
  }
  const lock = readJson("package-lock.json");
  if (!lock) fail("package-lock.json is missing: this is not a complete checkout.");
  const reason = staleReason(lock, readJson("node_modules/.package-lock.json"));
  if (!reason) return;

  console.log(`assay: ${reason}; installing (once, about a minute)`);
  const started = Date.now();
  const status = install();
  if (status !== 0) {
    fail(
      `the install failed (npm's exit status ${status}; its messages are above). It needs the npm registry: check the ` +
        "connection with `npm ping`, and behind a proxy set npm's `proxy` and `https-proxy`; then run this again.",
    );
  }
  const node = spawnSync(join(ROOT, "node_modules/.bin/node"), ["--version"], { encoding: "utf8" });
  if (node.status !== 0) {
    fail("node_modules/.bin/node does not run: npm must be allowed to run install scripts (`ignore-scripts=false`).");
  }
  console.log(`assay: installed in ${Math.round((Date.now() - started) / 1000)} s, on Node ${node.stdout.trim()}`);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) main();
