import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CONTRACT_NAMES, loadArtifact, sourceOf } from "@assay/agent";
import { describeLayout, type StorageLayout } from "./layout.ts";

const HEAD = `Storage of every deployed contract that has any, in the compiler's words: slot+offset, bytes, name: type.
Structs that a mapping or an array leads to follow their contract, with slots counted from their start.
`;

interface BuildOutput {
  readonly output: { readonly contracts: Record<string, Record<string, { readonly storageLayout?: StorageLayout }>> };
}

/** Storage layouts of everything a deployment consists of, as text. */
export function storageSnapshot(artifacts: string): string {
  const outputs = new Map<string, BuildOutput["output"]>();
  const parts = [HEAD];
  for (const name of [...CONTRACT_NAMES].sort()) {
    const { buildInfoId, inputSourceName } = loadArtifact(name, artifacts);
    const output = outputs.get(buildInfoId) ?? readOutput(artifacts, buildInfoId);
    outputs.set(buildInfoId, output);
    const layout = output.contracts[inputSourceName]?.[name]?.storageLayout;
    if (layout === undefined) throw new Error(`the compiler has not told the storage layout of ${sourceOf(name)}`);
    const lines = describeLayout(layout);
    if (lines.length > 0) parts.push([name, ...lines, ""].join("\n"));
  }
  return parts.join("\n");
}

function readOutput(artifacts: string, buildInfoId: string): BuildOutput["output"] {
  const file = join(artifacts, "build-info", `${buildInfoId}.output.json`);
  return (JSON.parse(readFileSync(file, "utf8")) as BuildOutput).output;
}
