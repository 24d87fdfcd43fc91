import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { ROOT } from "../process.ts";
import type { Node } from "./ast.ts";

interface Links {
  readonly [file: string]: Readonly<Record<string, readonly { start: number; length: number }[]>>;
}

interface Code {
  readonly object: string;
  readonly linkReferences: Links;
  readonly immutableReferences?: Readonly<Record<string, unknown>>;
}

export interface Compiled {
  readonly abi: unknown[];
  readonly storageLayout: unknown;
  readonly evm: { readonly bytecode: Code; readonly deployedBytecode: Code };
}

/** Contracts by source (a path below `contracts/`) and name. */
export type Build = ReadonlyMap<string, Readonly<Record<string, Compiled>>>;

export interface CompilerError {
  readonly message: string;
  /** Path below `contracts/`. */
  readonly file: string;
  /** Offset in bytes. */
  readonly at: number;
}

interface Output {
  readonly errors?: readonly {
    severity: string;
    formattedMessage: string;
    sourceLocation?: { file: string; start: number };
  }[];
  readonly sources?: Readonly<Record<string, { readonly ast?: Node }>>;
  readonly contracts?: Readonly<Record<string, Readonly<Record<string, Compiled>>>>;
}

/** Names of the project's sources, as Hardhat has them. */
const PREFIX = "project/contracts/";

const CODE = ["evm.bytecode", "evm.deployedBytecode"].flatMap((code) => [`${code}.object`, `${code}.linkReferences`]);
const MUTANT_OUTPUT = [...CODE, "evm.deployedBytecode.immutableReferences"];
const BASE_OUTPUT = [...MUTANT_OUTPUT, "abi", "storageLayout"];

/** The compiler in this process. Not optimized, which compiles in a fifth of the time. */
export class Compiler {
  readonly #sources: ReadonlyMap<string, Buffer>;
  readonly #solc = createRequire(import.meta.url)("solc") as {
    compile(input: string, callbacks: { import: (path: string) => { contents: string } | { error: string } }): string;
  };

  constructor(sources: ReadonlyMap<string, Buffer>) {
    this.#sources = sources;
  }

  /**
   * All contracts as they are, with the syntax trees of their sources.
   * @throws Error if a source does not compile
   */
  compileAll(): { readonly build: Build; readonly units: ReadonlyMap<string, Node> } {
    const selection = { "*": { "*": BASE_OUTPUT, "": ["ast"] } };
    const output = this.#run([...this.#sources.keys()], selection, new Map());
    failOnErrors(output);
    const units = new Map<string, Node>();
    for (const [path, { ast }] of Object.entries(output.sources ?? {})) {
      if (path.startsWith(PREFIX) && ast !== undefined) units.set(path.slice(PREFIX.length), ast);
    }
    return { build: buildOf(output), units };
  }

  /**
   * Some contracts, with one source changed; null if they do not compile.
   * @param contracts their names by source; the changed source itself is looked at in any case
   */
  compileChanged(file: string, content: string, contracts: ReadonlyMap<string, readonly string[]>): Build | null {
    const selection = Object.fromEntries(
      [...contracts].map(([source, names]) => [
        `${PREFIX}${source}`,
        Object.fromEntries(names.map((name) => [name, MUTANT_OUTPUT])),
      ]),
    );
    const roots = [...new Set([file, ...contracts.keys()])];
    const output = this.#run(roots, selection, new Map([[`${PREFIX}${file}`, content]]));
    return hasErrors(output) ? null : buildOf(output);
  }

  /**
   * All contracts, from other sources.
   * @param contents by the path below `contracts/`
   * @param library a source that these import by its very name
   * @returns the build, or where the errors are
   */
  compileOther(
    contents: ReadonlyMap<string, string>,
    library: { filename: string; content: string },
  ): { readonly build: Build } | { readonly errors: readonly CompilerError[] } {
    const changed = new Map([...contents].map(([file, content]) => [`${PREFIX}${file}`, content]));
    changed.set(library.filename, library.content);
    const output = this.#run([...contents.keys()], { "*": { "*": MUTANT_OUTPUT } }, changed);
    if (!hasErrors(output)) return { build: buildOf(output) };
    const errors = (output.errors ?? []).filter(({ severity }) => severity === "error");
    return {
      errors: errors.map(({ formattedMessage, sourceLocation }) => ({
        message: formattedMessage,
        file: sourceLocation?.file.replace(PREFIX, "") ?? "",
        at: sourceLocation?.start ?? -1,
      })),
    };
  }

  #run(roots: readonly string[], outputSelection: unknown, changed: ReadonlyMap<string, string>): Output {
    const read = (path: string): string =>
      changed.get(path) ??
      (path.startsWith(PREFIX)
        ? this.#sources.get(path.slice(PREFIX.length))
        : readFileSync(join(ROOT, "node_modules", path))
      )?.toString() ??
      "";
    const input = {
      language: "Solidity",
      sources: Object.fromEntries(roots.map((file) => [`${PREFIX}${file}`, { content: read(`${PREFIX}${file}`) }])),
      settings: {
        evmVersion: "prague",
        optimizer: { enabled: false },
        metadata: { appendCBOR: false, bytecodeHash: "none" },
        outputSelection,
      },
    };
    const callbacks = { import: (path: string) => ({ contents: read(path) }) };
    return JSON.parse(this.#solc.compile(JSON.stringify(input), callbacks)) as Output;
  }
}

function hasErrors({ errors = [] }: Output): boolean {
  return errors.some(({ severity }) => severity === "error");
}

function failOnErrors({ errors = [] }: Output): void {
  const error = errors.find(({ severity }) => severity === "error");
  if (error !== undefined) throw new Error(error.formattedMessage);
}

function buildOf(output: Output): Build {
  const build = new Map<string, Readonly<Record<string, Compiled>>>();
  for (const [path, contracts] of Object.entries(output.contracts ?? {})) {
    if (path.startsWith(PREFIX)) build.set(path.slice(PREFIX.length), contracts);
  }
  return build;
}

/** Names of contracts whose code differs from the base's. */
export function changedContracts(base: Build, build: Build): string[] {
  const changed: string[] = [];
  for (const [file, contracts] of build) {
    for (const [name, { evm }] of Object.entries(contracts)) {
      const before = base.get(file)?.[name]?.evm;
      const same =
        before?.bytecode.object === evm.bytecode.object &&
        before.deployedBytecode.object === evm.deployedBytecode.object;
      if (!same) changed.push(`${file}:${name}`);
    }
  }
  return changed;
}
