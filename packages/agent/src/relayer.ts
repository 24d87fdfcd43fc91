import type { Hex } from "@assay/protocol";
import type { RelayableBeat } from "@assay/sdk";
import * as v from "valibot";
import { AgentError } from "./errors.ts";

const StatusSchema = v.object({
  id: v.pipe(v.string(), v.regex(/^0x[0-9a-f]{64}$/)),
  state: v.picklist(["queued", "sent", "relayed", "skipped", "dropped"]),
  reason: v.optional(v.string()),
});

/** What a relayer says became of a beat. It may lie: what counts is on the chain. */
export interface RelayedStatus {
  readonly id: Hex;
  readonly state: "queued" | "sent" | "relayed" | "skipped" | "dropped";
  readonly reason?: string | undefined;
}

/** How long a relayer may take to answer, ms. */
const TIMEOUT = 10_000;

/** A relayer's HTTP interface, which `assay relay` serves. */
export class Relayer {
  readonly url: string;
  /** Offered for a beat, wei of the stake. */
  readonly fee: bigint;

  /** @param url such as `http://127.0.0.1:8650` */
  constructor(url: string, fee: bigint) {
    this.url = url.replace(/\/+$/, "");
    this.fee = fee;
  }

  /** Hands over a beat; the same again is answered with what became of it. @throws AgentError `RELAYER_FAILED` */
  submit({ beat, signature }: RelayableBeat): Promise<RelayedStatus> {
    return this.#call("/beats", { method: "POST", body: JSON.stringify({ beat, signature }) });
  }

  /** What became of a beat. @throws AgentError `RELAYER_FAILED` */
  status(id: Hex): Promise<RelayedStatus> {
    return this.#call(`/beats/${id}`, { method: "GET" });
  }

  async #call(path: string, init: RequestInit): Promise<RelayedStatus> {
    const failed = (why: string, cause?: unknown) =>
      new AgentError("RELAYER_FAILED", `the relayer ${new URL(this.url).origin} ${why}`, { cause, retryable: true });
    let body: unknown;
    let status: number;
    try {
      const headers = { "content-type": "application/json" };
      const response = await fetch(this.url + path, { ...init, headers, signal: AbortSignal.timeout(TIMEOUT) });
      ({ status } = response);
      body = await response.json();
    } catch (cause) {
      throw failed("does not answer", cause);
    }
    const parsed = v.safeParse(StatusSchema, body);
    if (status < 300 && parsed.success) return { ...parsed.output, id: parsed.output.id as Hex };
    const { message } = (Object((Object(body) as { error?: unknown }).error) ?? {}) as { message?: unknown };
    throw failed(typeof message === "string" ? `refused: ${message.slice(0, 200)}` : `answered with HTTP ${status}`);
  }
}
