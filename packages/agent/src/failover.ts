import { ClientError } from "@assay/sdk";
import { JsonRpcProvider, type JsonRpcError, type JsonRpcPayload, type JsonRpcResult, Network } from "ethers";

/** How endpoints are used. */
export interface FailoverOptions {
  /** How often ethers looks for new blocks, ms; 4,000 unless told. */
  readonly pollingInterval?: number;
  /** How long an endpoint may take to answer, ms; 10,000 unless told. */
  readonly timeoutMs?: number;
  /** After how long an endpoint that let us down is tried again before those after it, ms; 300,000 unless told. */
  readonly returnMs?: number;
  /** Milliseconds that never jump. */
  readonly monotonic?: () => number;
  /** Told when another endpoint is used. @param url without its path and query, which often hold keys */
  readonly moved?: (url: string, because: string) => void;
}

/** "limit exceeded" (EIP-1474). */
const LIMIT_EXCEEDED = -32_005;

type Responses = (JsonRpcResult | JsonRpcError)[];

/**
 * A provider over several endpoints of one chain: it asks one of them, the first that works, and moves on to the next when that one is
 * out of reach, fails, limits it, is too slow, or turns out to be of another chain. Every answer is one endpoint's own, so that what
 * is read together fits together, and a nonce is never a vote of several nodes. A transaction that is sent twice is the same one.
 */
export class FailoverProvider extends JsonRpcProvider {
  readonly #urls: readonly string[];
  readonly #chainId: bigint;
  readonly #options: Required<FailoverOptions>;
  /** By endpoint: whether its chain is known to be the right one, and until when it is left alone. */
  readonly #states: { checked: boolean; restUntil: number }[];
  #present = 0;

  /** @param urls the best first */
  constructor(urls: readonly [string, ...string[]], chainId: bigint, options: FailoverOptions = {}) {
    const { pollingInterval = 4_000, timeoutMs = 10_000, returnMs = 300_000 } = options;
    const { monotonic = () => performance.now(), moved = () => undefined } = options;
    const network = Network.from(chainId);
    // What has just been sent must be seen at once, so nothing is answered from memory.
    super(urls[0], network, { staticNetwork: network, cacheTimeout: -1, pollingInterval });
    this.#urls = urls;
    this.#chainId = chainId;
    this.#options = { pollingInterval, timeoutMs, returnMs, monotonic, moved };
    this.#states = urls.map(() => ({ checked: false, restUntil: 0 }));
  }

  /** The endpoint that is asked now, without its path and query. */
  get endpoint(): string {
    return originOf(this.#urls[this.#present] ?? "");
  }

  /** Leaves the present endpoint alone for a while: it answers, but not with the chain as it is. */
  leave(): void {
    this.#rest(this.#present);
  }

  override async _send(payload: JsonRpcPayload | JsonRpcPayload[]): Promise<JsonRpcResult[]> {
    const failures: string[] = [];
    for (const index of this.#order()) {
      const url = this.#urls[index] as string;
      try {
        await this.#check(index);
        const responses = await this.#post(url, payload);
        if (index !== this.#present) {
          this.#present = index;
          this.#options.moved(originOf(url), failures.join("; ") || "it is to be preferred again");
        }
        return responses as JsonRpcResult[]; // ethers looks for errors among them
      } catch (error) {
        const reason = reasonOf(error, this.#options.timeoutMs);
        failures.push(`${originOf(url)}: ${reason}`);
        this.#rest(index);
      }
    }
    const message = `no endpoint answers (${failures.join("; ")})`;
    throw new ClientError("NODE_UNREACHABLE", message, { retryable: true });
  }

  /** Endpoints in the order of their preference, those that let us down lately last. */
  #order(): number[] {
    const now = this.#options.monotonic();
    const rank = (index: number) => Math.max(0, (this.#states[index]?.restUntil ?? 0) - now);
    return [...this.#urls.keys()].sort((a, b) => rank(a) - rank(b) || a - b);
  }

  #rest(index: number): void {
    const state = this.#states[index];
    if (state === undefined) return;
    state.checked = false;
    state.restUntil = this.#options.monotonic() + this.#options.returnMs;
  }

  /** @throws unless the endpoint is of the right chain; asked once, and again after it has failed */
  async #check(index: number): Promise<void> {
    const state = this.#states[index];
    if (state === undefined || state.checked) return;
    const payload = { id: 1, jsonrpc: "2.0", method: "eth_chainId", params: [] } as const;
    const [response] = await this.#post(this.#urls[index] as string, payload);
    const { result } = (response ?? {}) as { result?: unknown };
    if (typeof result !== "string" || BigInt(result) !== this.#chainId) {
      throw new Error(`it is of chain ${typeof result === "string" ? BigInt(result) : "none"}, not ${this.#chainId}`);
    }
    state.checked = true;
  }

  async #post(url: string, payload: JsonRpcPayload | readonly JsonRpcPayload[]): Promise<Responses> {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(payload),
      signal: AbortSignal.timeout(this.#options.timeoutMs),
    });
    if (!response.ok && response.status !== 400) {
      await response.body?.cancel();
      throw new Error(`HTTP ${response.status}`);
    }
    const body: unknown = await response.json();
    const responses = (Array.isArray(body) ? body : [body]) as Responses;
    for (const answer of responses) {
      if (typeof answer !== "object" || answer === null || !("id" in answer)) throw new Error("it speaks no JSON-RPC");
      if ("error" in answer && answer.error.code === LIMIT_EXCEEDED) throw new Error("it limits requests");
    }
    return responses;
  }
}

function originOf(url: string): string {
  return new URL(url).origin;
}

function reasonOf(error: unknown, timeoutMs: number): string {
  const { code } = Object((error as Error).cause) as { code?: unknown };
  if (typeof code === "string") return code;
  if (error instanceof SyntaxError) return "it speaks no JSON-RPC";
  if (!(error instanceof Error)) return String(error);
  return error.name === "TimeoutError" ? `no answer in ${timeoutMs / 1000} s` : error.message;
}
