/** The contracts as solc itself reads them: the syntax tree of each source, with its declarations by number. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type Node, walk } from "../mutation/ast.ts";
import { hashOf, readSources } from "../mutation/sources.ts";
import { ROOT } from "../process.ts";

const PREFIX = "project/contracts/";

export class Program {
  readonly #declarations = new Map<number, Node>();
  readonly #functions = new Map<string, Node>();
  readonly #files = new Map<number, string>();

  constructor(trees: ReadonlyMap<string, Node>) {
    for (const [file, tree] of trees) {
      walk(tree, (node) => {
        if (typeof node["id"] !== "number" || typeof node["name"] !== "string") return;
        this.#declarations.set(node["id"], node);
        this.#files.set(node["id"], file);
      });
      walk(tree, (node, parent) => {
        if (node.nodeType !== "FunctionDefinition" && node.nodeType !== "StructDefinition") return;
        const owner = parent?.nodeType === "ContractDefinition" ? `${String(parent["name"])}.` : "";
        this.#functions.set(`${owner}${String(node["name"])}`, node);
      });
    }
  }

  /** @throws Error if there is none */
  declaration(id: number): Node {
    const node = this.#declarations.get(id);
    if (node === undefined) throw new Error(`no declaration ${id}`);
    return node;
  }

  /**
   * A function or a struct.
   * @param name as `Library.name`, or the name alone of what stands in no library
   * @throws Error if there is none
   */
  find(name: string): Node {
    const node = this.#functions.get(name);
    if (node === undefined) throw new Error(`no ${name} in the contracts`);
    return node;
  }

  /** Source of a declaration: a path below `contracts/`, or the import path of a dependency's. */
  fileOf(id: number): string {
    return this.#files.get(id) ?? "";
  }
}

/**
 * Reads the libraries and what they import.
 * @param changed other text of some sources, by the path below `contracts/`
 * @throws Error if a source does not compile
 */
export function readProgram(changed: ReadonlyMap<string, string> = new Map()): Program {
  const own = readSources();
  const read = (path: string): string => {
    const file = path.startsWith(PREFIX) ? path.slice(PREFIX.length) : null;
    if (file === null) return readFileSync(join(ROOT, "node_modules", path), "utf8");
    return changed.get(file) ?? own.get(file)?.toString() ?? "";
  };
  const roots = [...own.keys()].filter((file) => file.startsWith("libraries/")).map((file) => `${PREFIX}${file}`);
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(roots.map((path) => [path, { content: read(path) }])),
    settings: { evmVersion: "prague", outputSelection: { "*": { "": ["ast"] } } },
  };
  const solc = createRequire(import.meta.url)("solc") as {
    compile(input: string, callbacks: { import: (path: string) => { contents: string } }): string;
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: (path) => ({ contents: read(path) }) })) as {
    errors?: { severity: string; formattedMessage: string }[];
    sources: Record<string, { ast: Node }>;
  };
  const error = output.errors?.find(({ severity }) => severity === "error");
  if (error !== undefined) throw new Error(error.formattedMessage);
  const trees = Object.entries(output.sources).map(([path, { ast }]) => [path.replace(PREFIX, ""), ast] as const);
  return new Program(new Map(trees));
}

/** Hash of each source of the project, by its path below `contracts/`. */
export function sourceHashes(): Map<string, string> {
  return new Map([...readSources()].map(([file, source]) => [file, hashOf(source)]));
}
