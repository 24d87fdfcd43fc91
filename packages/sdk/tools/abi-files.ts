import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Files of `src/generated/`, by contract. */
export const ABI_FILES: Readonly<Record<string, string>> = {
  AgentRegistry: "registry.ts",
  AssayFactory: "factory.ts",
  AssayToken: "token.ts",
  Claims: "claims.ts",
  Consensus: "consensus.ts",
  StakeVault: "vault.ts",
};

interface Parameter {
  readonly name: string;
  readonly type: string;
  readonly indexed?: boolean;
  readonly components?: readonly Parameter[];
}

interface Fragment {
  readonly type: string;
  readonly inputs?: readonly Parameter[];
  readonly outputs?: readonly Parameter[];
}

/** Text of a contract's file: its compiled ABI without the compiler's own names of types, an entry a line. */
export function renderAbi(contract: string): string {
  const artifact = new URL(`../../../artifacts/contracts/${contract}.sol/${contract}.json`, import.meta.url);
  const { abi } = JSON.parse(readFileSync(fileURLToPath(artifact), "utf8")) as { abi: Fragment[] };
  const entries = abi.filter(({ type }) => type !== "constructor").map((fragment) => JSON.stringify(plain(fragment)));
  const name = `${ABI_FILES[contract]?.replace(".ts", "")}Abi`;
  return [
    `/** ABI of ${contract}; \`npm run generate -w @assay/sdk\` writes this file. */`,
    `export const ${name} = [`,
    ...entries.map((entry) => `  ${entry},`),
    "] as const;",
    "",
  ].join("\n");
}

function plain(fragment: Fragment): object {
  const { inputs, outputs, ...rest } = fragment;
  return {
    ...rest,
    ...(inputs === undefined ? {} : { inputs: inputs.map(plainParameter) }),
    ...(outputs === undefined ? {} : { outputs: outputs.map(plainParameter) }),
  };
}

function plainParameter({ name, type, indexed, components }: Parameter): Parameter {
  return {
    name,
    type,
    ...(indexed === undefined ? {} : { indexed }),
    ...(components === undefined ? {} : { components: components.map(plainParameter) }),
  };
}
