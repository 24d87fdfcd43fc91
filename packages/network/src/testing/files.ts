import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folders: string[] = [];
process.once("exit", () => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** Path of a file that is not there yet, in a folder of its own, which is removed when the process ends. */
export function newPath(name = "store.db"): string {
  const folder = mkdtempSync(join(tmpdir(), "assay-network-"));
  folders.push(folder);
  return join(folder, name);
}
