/**
 * Writes `dist/`: the package as plain ES modules with types and source maps. What it takes from elsewhere in the repository, the
 * rules of `@assay/protocol` and the types that Hardhat has written of the contracts, it carries in itself, so that it can be
 * installed without them.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const DIST = fileURLToPath(new URL("../dist", import.meta.url));

/** Where what is compiled from a folder of the repository goes, below `dist/`. */
const FOLDERS: Readonly<Record<string, string>> = {
  "packages/sdk/src/": "",
  "packages/protocol/src/": "protocol/",
  "typechain/": "typechain/",
};
/** Imports that lead out of the package, and where they lead in `dist/`. Each is in one file only. */
const IMPORTS: Readonly<Record<string, string>> = {
  '"@assay/protocol"': '"./protocol/index.js"',
  '"../../../typechain/': '"./typechain/',
};

const ENTRIES = ["packages/protocol/src/index.ts", "packages/sdk/src/index.ts", "packages/sdk/src/abi.ts"];

function readOptions(): ts.CompilerOptions {
  const file = join(ROOT, "tsconfig.json");
  const { config } = ts.readConfigFile(file, ts.sys.readFile.bind(ts.sys)) as { config: { compilerOptions: object } };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT);
  return {
    ...options,
    noEmit: false,
    declaration: true,
    sourceMap: true,
    inlineSources: true,
    rewriteRelativeImportExtensions: true,
    // What runs in a browser must compile without Node's types.
    types: [],
    lib: [...(options.lib ?? []), "lib.dom.d.ts"],
    rootDir: ROOT,
    outDir: "/",
  };
}

/** A file's text as it stands in `dist/`. */
function finish(path: string, text: string): string {
  if (path.endsWith(".map")) {
    const map = JSON.parse(text) as { sources: string[] };
    return JSON.stringify({ ...map, sources: map.sources.map((source) => basename(source)) });
  }
  return Object.entries(IMPORTS).reduce((done, [from, to]) => done.replaceAll(from, to), text);
}

function emit(path: string, text: string): void {
  const [folder, to] = Object.entries(FOLDERS).find(([from]) => path.startsWith(`/${from}`)) ?? [];
  if (folder === undefined || to === undefined) throw new Error(`${path} is of no folder of the package`);
  if (folder === "typechain/" && !path.endsWith(".d.ts")) return; // nothing but types
  const file = join(DIST, to, path.slice(1 + folder.length));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, finish(path, text));
}

rmSync(DIST, { recursive: true, force: true });
const program = ts.createProgram(
  ENTRIES.map((entry) => join(ROOT, entry)),
  readOptions(),
);
const { diagnostics } = program.emit(undefined, emit);
const problems = [...ts.getPreEmitDiagnostics(program), ...diagnostics];
if (problems.length > 0) {
  const host = {
    getCanonicalFileName: (name: string) => name,
    getCurrentDirectory: () => ROOT,
    getNewLine: () => "\n",
  };
  console.error(ts.formatDiagnostics(problems, host));
  process.exitCode = 1;
}
