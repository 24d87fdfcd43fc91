import { type Content, contentOf, dataUriBytes, hashContent } from "@assay/sdk";
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

/** Largest content that is fetched unless told, bytes. */
const MAX_FETCHED = 1_048_576;
const GATEWAY = "https://ipfs.io/ipfs/";
const MAX_REDIRECTS = 5;
/** How long a content may take, ms. */
const FETCH_TIMEOUT = 30_000;

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
    new Option("--max-size <bytes>", "largest content that is fetched").argParser(Number).default(MAX_FETCHED),
    new Option("--gateway <url>", "where ipfs:// is looked up").argParser(parseUrl).default(GATEWAY),
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
 * @throws CliError `CONTENT_MISSING`, `CONTENT_TOO_LARGE`, `CONTENT_MISMATCH`
 */
export async function fetchContent(content: Content, options: FetchOptions): Promise<Uint8Array> {
  const { contentHash, uri } = content;
  if (uri === "") {
    throw new CliError("CONTENT_MISSING", "the claim does not say where its content is: give it with --file or --text");
  }
  const bytes = await readUri(uri, options);
  if (hashContent(bytes) === contentHash.toLowerCase()) return bytes;
  const message = `the content behind ${shorten(uri)} is not the one that was judged: its SHA-256 is not ${contentHash}`;
  throw new CliError("CONTENT_MISMATCH", message);
}

/**
 * What a `data:` URI holds, or what is behind an `https:` or `ipfs:` one. Others are not followed, by redirection neither: strangers
 * choose URIs, and must not reach into a private network.
 * @throws CliError `CONTENT_MISSING`, `CONTENT_TOO_LARGE`
 */
export async function readUri(uri: string, { maxSize, gateway }: FetchOptions): Promise<Uint8Array> {
  if (uri.startsWith("data:")) {
    const bytes = dataUriBytes(uri);
    if (bytes === null) throw new CliError("CONTENT_MISSING", `${shorten(uri)} is a malformed data: URI`);
    return bytes;
  }
  const ofGateway = uri.startsWith("ipfs://");
  const url = ofGateway ? new URL(uri.slice("ipfs://".length), gateway) : URL.parse(uri);
  if (url === null || (!ofGateway && url.protocol !== "https:")) {
    throw new CliError("CONTENT_MISSING", `${shorten(uri)} is not followed: only https:, ipfs: and data: URIs are`);
  }
  try {
    const response = await followRedirects(url, AbortSignal.timeout(FETCH_TIMEOUT));
    if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`);
    return await readLimited(response.body, maxSize, uri);
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    const { cause: inner } = cause as { cause?: unknown };
    const reason = messageOf(inner ?? cause);
    throw new CliError("CONTENT_MISSING", `cannot get ${shorten(uri)}: ${reason}`, { cause, retryable: true });
  }
}

/** @throws Error if a redirection leads elsewhere than to `https:`, or there are too many */
async function followRedirects(first: URL, signal: AbortSignal): Promise<Response> {
  let url = first;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    const response = await fetch(url, { signal, redirect: "manual" });
    const location = response.headers.get("location");
    if (response.status < 300 || response.status > 399 || location === null) return response;
    await response.body?.cancel();
    url = new URL(location, url);
    if (url.protocol !== "https:" && url.origin !== first.origin) throw new Error(`it is moved to ${url.protocol}`);
  }
  throw new Error(`it is moved more than ${MAX_REDIRECTS} times`);
}

async function readLimited(body: AsyncIterable<Uint8Array>, maxSize: number, uri: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (size > maxSize) {
      const message = `the content behind ${shorten(uri)} has more than ${maxSize} bytes: raise --max-size if you want it`;
      throw new CliError("CONTENT_TOO_LARGE", message);
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function shorten(uri: string): string {
  return uri.length <= 80 ? uri : `${uri.slice(0, 77)}...`;
}
