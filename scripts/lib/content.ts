import { ClientError, type Content, contentOf } from "@assay/sdk";
import type { Hex } from "@assay/protocol";
import type { Command } from "commander";
import { readFileSync } from "node:fs";
import { parseBytes32 } from "./input.ts";

/** Options of {@link addContentOptions}. */
export interface ContentOptions {
  readonly text?: string;
  readonly file?: string;
  readonly contentHash?: Hex;
  readonly uri?: string;
}

/** Adds the options that say what a claim is about. */
export function addContentOptions(program: Command): Command {
  return program
    .option("--text <text>", "the content itself")
    .option("--file <path>", "file with the content")
    .option("--content-hash <hash>", "SHA-256 of a content that stands elsewhere", parseBytes32)
    .option("--uri <uri>", "where committees find the content (default: the content itself, as a data: URI)");
}

/**
 * The content that the options name.
 * @throws ClientError `BAD_INPUT` unless exactly one of text, file and hash is given, or if it is too long to travel in its URI
 */
export function readContent(options: ContentOptions): Content {
  const { text, file, contentHash, uri } = options;
  if ([text, file, contentHash].filter((given) => given !== undefined).length !== 1) {
    throw new ClientError("BAD_INPUT", "say what the claim is about: one of --text, --file and --content-hash");
  }
  if (contentHash !== undefined) return { contentHash, uri: uri ?? "" };
  return contentOf(file === undefined ? (text ?? "") : readBytes(file), uri);
}

function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ClientError("BAD_INPUT", `cannot read the content: ${reason}`, { cause });
  }
}
