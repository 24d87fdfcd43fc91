import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root folder, with a slash at its end. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const BIN = join(ROOT, "node_modules", ".bin");

/**
 * Runs a program of node_modules/.bin in the repository's root, with its output on ours and nothing to read.
 *
 * @returns its exit status; 1 when a signal ended it or it did not start
 */
export function runTool(name: string, args: readonly string[], env: Record<string, string> = {}): number {
  const { status, error } = spawnSync(join(BIN, name), args, {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
    env: environment(env),
  });
  if (error) console.error(`${name}: ${error.message}`);
  return status ?? 1;
}

/**
 * {@link runTool}, also handing over what the program printed on its standard output.
 *
 * @throws Error if it does not start
 */
export async function listenToTool(
  name: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ readonly status: number; readonly printed: string }> {
  const child = spawn(join(BIN, name), args, {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
    env: environment(env),
  });
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
    process.stdout.write(text);
  });
  const [status] = (await once(child, "close")) as [number | null];
  return { status: status ?? 1, printed };
}

function environment(added: Record<string, string>): NodeJS.ProcessEnv {
  return { ...process.env, ...added, PATH: `${BIN}${delimiter}${process.env.PATH ?? ""}` };
}
