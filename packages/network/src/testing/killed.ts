import { spawn } from "node:child_process";
import { once } from "node:events";

/**
 * Runs a program until it has reported a number of steps, and kills it (SIGKILL) in whatever it does then.
 * @param program an ES module that writes a line to its standard output for each step that it has done
 * @returns the lines that it has written
 */
export async function killAfter(steps: number, program: string): Promise<string[]> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  let output = "";
  for await (const part of child.stdout) {
    output += String(part);
    if (output.split("\n").length > steps) child.kill("SIGKILL");
  }
  await ended;
  return output.split("\n").slice(0, -1);
}
