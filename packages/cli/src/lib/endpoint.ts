import { FailoverProvider } from "@assay/agent";
import { ClientError } from "@assay/sdk";
import type { JsonRpcProvider } from "ethers";
import { messageOf } from "./errors.ts";

/** How long an endpoint may take to say which chain it is of, ms. */
const TIMEOUT = 10_000;
/** How often to look for new blocks: on a chain of one's own, and elsewhere, ms. */
const POLLING = { local: 250, remote: 4_000 };
/** Chain ids that development nodes have unless told otherwise. */
const LOCAL_CHAINS: readonly bigint[] = [31_337n, 1_337n];

/** An endpoint that answers. */
export interface Endpoint {
  readonly url: string;
  readonly chainId: bigint;
  readonly provider: JsonRpcProvider;
}

/** Whether a chain is a development node's, whose accounts and clock are the user's own. */
export function isLocalChain(chainId: bigint): boolean {
  return LOCAL_CHAINS.includes(chainId);
}

/**
 * The first of some endpoints that answers, and the others for when it does not any more.
 * @throws ClientError `NODE_UNREACHABLE` with what each of them said
 */
export async function openEndpoint(urls: readonly string[]): Promise<Endpoint> {
  const failures: string[] = [];
  for (const url of urls) {
    try {
      const chainId = BigInt((await callRpc(url, "eth_chainId")) as string);
      const pollingInterval = isLocalChain(chainId) ? POLLING.local : POLLING.remote;
      const provider = new FailoverProvider([url, ...urls.filter((other) => other !== url)], chainId, {
        pollingInterval,
      });
      return { url, chainId, provider };
    } catch (error) {
      failures.push(`${withoutSecrets(url)}: ${reasonOf(error)}`);
    }
  }
  const message = `no endpoint answers (${failures.join("; ")}): is the node running, and the URL right?`;
  throw new ClientError("NODE_UNREACHABLE", message, { retryable: true });
}

/** Calls one method of a node. */
async function callRpc(url: string, method: string): Promise<unknown> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: [] }),
    signal: AbortSignal.timeout(TIMEOUT),
  });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  const { result, error } = (await response.json()) as { result?: unknown; error?: { message?: string } };
  if (result === undefined) throw new Error(error?.message ?? "it speaks no JSON-RPC");
  return result;
}

/** A URL as it may be shown: paths and queries often hold keys. */
export function withoutSecrets(url: string): string {
  return new URL(url).origin;
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause as { code?: unknown } | undefined) : undefined;
  if (typeof cause?.code === "string") return cause.code;
  if (error instanceof Error && error.name === "TimeoutError") return `no answer in ${TIMEOUT / 1000} s`;
  return error instanceof SyntaxError ? "it speaks no JSON-RPC" : messageOf(error);
}
