import { readFileSync, realpathSync, statSync } from "node:fs";
import { sep } from "node:path";
import { fileURLToPath } from "node:url";
import { type Content, dataUriBytes, hashContent } from "@assay/sdk";
import { AgentError } from "../errors.ts";
import type { ContentSource } from "../verification.ts";
import { isPublic, literalOf, publicLookup, RefusedAddress } from "./addresses.ts";

/** Where contents may come from, and how large they may be. */
export interface ContentOptions {
  /** Bytes. */
  readonly maxSize: number;
  /** How long one may take, ms. */
  readonly timeoutMs: number;
  /** Whether `http:` is followed, without encryption; what it brings is checked by its hash all the same. */
  readonly http: boolean;
  /** Where `ipfs://` is looked up; trusted, and may be at a private address. */
  readonly gateway: string;
  /** Folders that `file:` may reach into. */
  readonly folders: readonly string[];
  /** Whether hosts at private addresses are asked: whoever asks questions chooses them. */
  readonly privateAddresses: boolean;
}

export const CONTENT_DEFAULTS: ContentOptions = {
  ...{ maxSize: 1_048_576, timeoutMs: 30_000, http: true, gateway: "https://ipfs.io/ipfs/" },
  ...{ folders: [], privateAddresses: false },
};

const MAX_REDIRECTS = 5;

/**
 * Gets contents by their URIs: `data:`, `https:`, `http:`, `ipfs:`, `file:`. Strangers choose URIs, so each connection goes to an
 * address that was found to be public, at every hop, and everything is limited.
 * @returns bytes of the question's content hash. @throws AgentError `CONTENT_MISSING`, `CONTENT_TOO_LARGE`, `CONTENT_MISMATCH`
 */
export function contentSource(options: ContentOptions): ContentSource {
  return async ({ contentHash, uri }: Content, signal) => {
    if (uri === "") throw missing("the question does not say where its content is");
    const bytes = await readUri(uri, options, signal);
    if (hashContent(bytes) === contentHash.toLowerCase()) return bytes;
    const message = `the content behind ${shorten(uri)} is not the one that was asked about: its SHA-256 is not ${contentHash}`;
    throw new AgentError("CONTENT_MISMATCH", message);
  };
}

/**
 * What is behind a URI, whatever its hash.
 * @throws AgentError `CONTENT_MISSING`, `CONTENT_TOO_LARGE`
 */
export async function readUri(uri: string, options: ContentOptions, signal?: AbortSignal): Promise<Uint8Array> {
  if (uri.startsWith("data:")) {
    const bytes = dataUriBytes(uri);
    if (bytes === null) throw missing(`${shorten(uri)} is a malformed data: URI`);
    if (bytes.length > options.maxSize) throw tooLarge(uri, options);
    return bytes;
  }
  const ofGateway = uri.startsWith("ipfs://");
  const url = ofGateway ? URL.parse(uri.slice("ipfs://".length), options.gateway) : URL.parse(uri);
  // What comes after ipfs:// may be an address of its own, or climb out of the gateway's folder: neither is the gateway's.
  if (ofGateway && !url?.href.startsWith(new URL(".", options.gateway).href)) {
    throw missing(`${shorten(uri)} is no ipfs: address`);
  }
  if (url?.protocol === "file:") return readFile(url, uri, options);
  if (url === null || (!ofGateway && !follows(url, options))) {
    const schemes = `${options.http ? "http:, " : ""}https:, ipfs: and data:`;
    throw missing(`${shorten(uri)} is not followed: only ${schemes} URIs are`);
  }
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const until = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  try {
    return await download(url, ofGateway ? url.origin : null, uri, options, until);
  } catch (cause) {
    if (cause instanceof AgentError) throw cause;
    const why = timeout.aborted ? `not there within ${options.timeoutMs / 1000} s` : reasonOf(cause);
    const retryable = !(cause instanceof RefusedAddress);
    throw new AgentError("CONTENT_MISSING", `cannot get ${shorten(uri)}: ${why}`, { cause, retryable });
  }
}

/** @param trusted origin that may be anywhere */
async function download(
  first: URL,
  trusted: string | null,
  uri: string,
  options: ContentOptions,
  signal: AbortSignal,
): Promise<Uint8Array> {
  // Takes 10 MiB of memory, and most contents travel in their URIs.
  const { Agent: HttpAgent, request } = await import("undici");
  let url = first;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    const open = options.privateAddresses || url.origin === trusted;
    const literal = literalOf(url);
    // No name is looked up for an address.
    if (!open && literal !== null && !isPublic(literal)) throw new RefusedAddress(url.host, literal);
    const dispatcher = new HttpAgent(open ? {} : { connect: { lookup: publicLookup() } });
    try {
      const headers = { "accept-encoding": "identity" };
      const { statusCode, headers: found, body } = await request(url, { dispatcher, signal, headers });
      const { location } = found;
      if (statusCode >= 300 && statusCode < 400 && typeof location === "string") {
        body.on("error", () => undefined).destroy(); // what comes with a redirection does not matter
        url = new URL(location, url);
        if (!follows(url, options) && url.origin !== trusted) throw new Error(`it is moved to ${url.protocol}`);
        continue;
      }
      if (statusCode !== 200) throw new Error(`HTTP ${statusCode}`);
      return await readLimited(body, uri, options);
    } finally {
      await dispatcher.destroy();
    }
  }
  throw new Error(`it is moved more than ${MAX_REDIRECTS} times`);
}

async function readLimited(body: AsyncIterable<Uint8Array>, uri: string, options: ContentOptions): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (size > options.maxSize) throw tooLarge(uri, options);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** A file inside of a folder that is allowed, links followed. */
function readFile(url: URL, uri: string, options: ContentOptions): Uint8Array {
  const refused = missing(`${shorten(uri)} is not followed: it is in no folder that the configuration allows`);
  if (options.folders.length === 0 || url.host !== "") throw refused;
  try {
    const path = realpathSync(fileURLToPath(url));
    if (!options.folders.some((folder) => path.startsWith(realpathSync(folder) + sep))) throw refused;
    const stat = statSync(path);
    if (!stat.isFile()) throw new Error("it is no file");
    if (stat.size > options.maxSize) throw tooLarge(uri, options);
    return readFileSync(path);
  } catch (cause) {
    if (cause instanceof AgentError) throw cause;
    // Not why: what is there and what is not is nobody's business.
    throw new AgentError("CONTENT_MISSING", `cannot read ${shorten(uri)}`, { cause });
  }
}

function follows({ protocol }: URL, { http }: ContentOptions): boolean {
  return protocol === "https:" || (http && protocol === "http:");
}

function missing(message: string): AgentError {
  return new AgentError("CONTENT_MISSING", message);
}

function tooLarge(uri: string, { maxSize }: ContentOptions): AgentError {
  return new AgentError("CONTENT_TOO_LARGE", `the content behind ${shorten(uri)} has more than ${maxSize} bytes`);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error ? cause.message : error.message;
}

function shorten(uri: string): string {
  return uri.length <= 80 ? uri : `${uri.slice(0, 77)}...`;
}
