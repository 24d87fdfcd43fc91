/**
 * The repository uses the package from its sources, which Node runs as they are; who installs it gets `dist/`. `publish` turns
 * `package.json` into the one that is packed, `restore` turns it back; npm calls them before and after it packs.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FILE = fileURLToPath(new URL("../package.json", import.meta.url));
const KEPT = `${FILE}.source`;

interface Manifest {
  readonly exports: object;
  readonly publishConfig: { readonly access: string; readonly exports: object };
  readonly scripts: object;
  readonly devDependencies: object;
}

function publish(): void {
  restore(); // after a run that broke off
  const { devDependencies: _, scripts: __, ...manifest } = JSON.parse(readFileSync(FILE, "utf8")) as Manifest;
  const { access, exports } = manifest.publishConfig;
  renameSync(FILE, KEPT);
  writeFileSync(FILE, `${JSON.stringify({ ...manifest, exports, publishConfig: { access } }, null, 2)}\n`);
}

function restore(): void {
  if (existsSync(KEPT)) renameSync(KEPT, FILE);
}

const [act] = process.argv.slice(2);
if (act === "publish") publish();
else if (act === "restore") restore();
else throw new Error("usage: node tools/manifest.ts publish|restore");
