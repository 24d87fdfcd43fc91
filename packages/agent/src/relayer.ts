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

/** What somebody who waits for a relayer knows. */
interface Wait {
  /** Whether the beat is on the chain, whoever sent it. */
  readonly landed: () => Promise<boolean>;
  /** Whether it is not waited for any longer. */
  readonly late: () => boolean;
  /** Whether to give up what the relayer has not sent yet. */
  readonly stopped: () => boolean;
  /** Waits until the next look. */
  readonly pause: () => Promise<void>;
}

/**
 * Hands a beat to a relayer and waits until it is on the chain, which alone counts.
 * @returns why it is not; null if it is. @throws what asking the chain throws
 */
export async function relayBeat(
  relayer: Relayer,
  beat: RelayableBeat & { readonly epoch: number },
  { landed, late, stopped, pause }: Wait,
): Promise<string | null> {
  try {
    let { id, state, reason } = await relayer.submit(beat);
    while (!late()) {
      if (await landed()) return null;
      if (state === "skipped" || state === "dropped") return `the relayer ${state} the beat: ${reason ?? "?"}`;
      if (state === "queued" && stopped()) break;
      await pause();
      ({ id, state, reason } = await relayer.status(id));
    }
  } catch (error) {
    if (!(error instanceof AgentError) || error.code !== "RELAYER_FAILED") throw error;
    return error.message;
  }
  return `the relayer has not sent the beat of epoch ${beat.epoch} in time`;
}
