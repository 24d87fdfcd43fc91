import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root folder. */
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A path below the repository's root. */
export function fromRoot(...parts: string[]): string {
  return join(ROOT, ...parts);
}
