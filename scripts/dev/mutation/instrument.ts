import { createRequire } from "node:module";
import type { Range } from "./ast.ts";

/** A statement of a source, which tells the chain its tag when it is executed. */
export interface Statement extends Range {
  /** Path below `contracts/`. */
  readonly file: string;
  readonly tag: string;
}

interface Edr {
  addStatementCoverageInstrumentation(
    source: string,
    name: string,
    version: string,
  ): { source: string; metadata: { kind: string; tag: Uint8Array; startUtf16: number; endUtf16: number }[] };
  latestSupportedSolidityVersion(): string;
}

// Hardhat's own, which it measures coverage with.
const requireOfHardhat = createRequire(createRequire(import.meta.url).resolve("hardhat/package.json"));
const edr = requireOfHardhat("@nomicfoundation/edr") as Edr;
const coverage = requireOfHardhat("@nomicfoundation/edr/coverage") as {
  getCoverageLibrary(): { filename: string; content: string };
};

/** What instrumented sources import. */
export const COVERAGE_LIBRARY = coverage.getCoverageLibrary();

/** A source whose statements tell that they are executed. */
export function instrument(file: string, content: string): { source: string; statements: Statement[] } {
  const version = edr.latestSupportedSolidityVersion();
  const { source, metadata } = edr.addStatementCoverageInstrumentation(content, `project/contracts/${file}`, version);
  const bytes = (characters: number) => Buffer.byteLength(content.slice(0, characters));
  const statements = metadata
    .filter(({ kind }) => kind === "statement")
    .map(({ tag, startUtf16, endUtf16 }) => ({
      ...{ file, tag: Buffer.from(tag).toString("hex") },
      ...{ start: bytes(startUtf16), end: bytes(endUtf16) },
    }));
  return { source, statements };
}
