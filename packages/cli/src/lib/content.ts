import { CONTENT_DEFAULTS, contentSource, readUri as readAnyUri } from "@assay/agent";
import { type Content, contentOf } from "@assay/sdk";
import type { Hex } from "@assay/sdk/protocol";
import { Option } from "commander";
import { readFileSync } from "node:fs";
import { CliError, fail, messageOf } from "./errors.ts";
import { parseBytes32, parseUrl } from "./input.ts";

/** Options of {@link contentOptions}. */
export interface ContentOptions {
  readonly text?: string;
  readonly file?: string;
  readonly contentHash?: Hex;
  readonly uri?: string;
}

/** How to get what is behind a URI. */
export interface FetchOptions {
  /** Bytes. */
  readonly maxSize: number;
  /** Where `ipfs://` is looked up. */
  readonly gateway: string;
}

/** The options that say what a claim is about. */
export function contentOptions(): Option[] {
  return [
    new Option("--text <text>", "the content itself"),
    new Option("--file <path>", "file with the content"),
    new Option("--content-hash <hash>", "SHA-256 of a content that stands elsewhere").argParser(parseBytes32),
    new Option("--uri <uri>", "where committees find the content (default: the content itself, as a data: URI)"),
  ];
}

/** The options that say how contents are fetched. */
export function fetchOptions(): Option[] {
  return [
    new Option("--max-size <bytes>", "largest content that is fetched")
      .argParser(Number)
      .default(CONTENT_DEFAULTS.maxSize),
    new Option("--gateway <url>", "where ipfs:// is looked up").argParser(parseUrl).default(CONTENT_DEFAULTS.gateway),
  ];
}

/**
 * The content that the options name.
 * @throws CliError `BAD_INPUT` unless exactly one of text, file and hash is given; ClientError `BAD_INPUT` if it is too long to
 * travel in its URI
 */
export function readContent({ text, file, contentHash, uri }: ContentOptions): Content {
  if ([text, file, contentHash].filter((given) => given !== undefined).length !== 1) {
    fail("say what the claim is about: one of --text, --file and --content-hash");
  }
  if (contentHash !== undefined) return { contentHash, uri: uri ?? "" };
  return contentOf(text ?? readBytes(file ?? ""), uri);
}

/** A file's bytes. @throws CliError `CONTENT_MISSING` */
export function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new CliError("CONTENT_MISSING", `cannot read the content: ${messageOf(cause)}`, { cause });
  }
}

/**
 * The content of a claim, from where its URI says, whole and of the hash that the claim names.
 * @throws CliError, AgentError `CONTENT_MISSING`; AgentError `CONTENT_TOO_LARGE`, `CONTENT_MISMATCH`
 */
export async function fetchContent(content: Content, options: FetchOptions): Promise<Uint8Array> {
  if (content.uri === "") {
    throw new CliError("CONTENT_MISSING", "the claim does not say where its content is: give it with --file or --text");
  }
  return contentSource({ ...CONTENT_DEFAULTS, http: false, ...options })(content, new AbortController().signal);
}

/**
 * What a `data:` URI holds, or what is behind an `https:` or `ipfs:` one, at a public address. Others are not followed, by redirection
 * neither: strangers choose URIs, and must not reach into a private network.
 * @throws AgentError `CONTENT_MISSING`, `CONTENT_TOO_LARGE`
 */
export function readUri(uri: string, { maxSize, gateway }: FetchOptions): Promise<Uint8Array> {
  return readAnyUri(uri, { ...CONTENT_DEFAULTS, http: false, maxSize, gateway });
}
