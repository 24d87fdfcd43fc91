import { parseSignedStatement, type SignedStatement } from "@assay/sdk";
import { readFileSync } from "node:fs";

/**
 * Reads a signed statement from a file, or from standard input if the path is `-`.
 * @throws ClientError `BAD_INPUT`
 */
export function readSignedStatement(path: string): SignedStatement {
  return parseSignedStatement(readFileSync(path === "-" ? 0 : path, "utf8"), path);
}
