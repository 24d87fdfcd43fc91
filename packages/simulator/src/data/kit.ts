import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Calls `use` with a folder that holds these files, and removes it. For tests. */
export async function withFolder<T>(
  files: Readonly<Record<string, string | Uint8Array>>,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const path = mkdtempSync(join(tmpdir(), "assay-data-"));
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
    return await use(path);
  } finally {
    rmSync(path, { recursive: true });
  }
}
