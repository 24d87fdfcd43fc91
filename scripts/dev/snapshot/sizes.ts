import { CONTRACT_NAMES, loadArtifact } from "@assay/agent";

/** Bytes of code by contract or library: what is deployed (at most 24,576), and what deploys it, without arguments. */
export type SizeSnapshot = Record<string, { readonly deployed: number; readonly creation: number }>;

/** Code sizes of everything a deployment consists of. */
export function sizeSnapshot(artifacts: string): SizeSnapshot {
  const bytes = (code: string) => (code.length - 2) / 2;
  return Object.fromEntries(
    [...CONTRACT_NAMES].sort().map((name) => {
      const { bytecode, deployedBytecode } = loadArtifact(name, artifacts);
      return [name, { deployed: bytes(deployedBytecode), creation: bytes(bytecode) }];
    }),
  );
}
