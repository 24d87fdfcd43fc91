import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../process.ts";

/** The mocha files of the contracts, by their path from the project's root. */
export function testFiles(): string[] {
  return readdirSync(join(ROOT, "test"), { recursive: true, encoding: "utf8" })
    .map((file) => `test/${file.replaceAll("\\", "/")}`)
    .filter((file) => file.endsWith(".test.ts"))
    .sort();
}
