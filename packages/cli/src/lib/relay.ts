import { type Fees, feesFor } from "@assay/agent";
import {
  type Assay,
  AssayError,
  MAX_TRANSACTION_GAS,
  type RelayableBeat,
  relayGasLimit,
  toAssayError,
} from "@assay/sdk";
import { decodeRelayedBeat, type Hex, keccak } from "@assay/sdk/protocol";
import { isHexString, MaxUint256 } from "ethers";
import { explain } from "./errors.ts";

/** How a relay works. */
export interface RelayOptions {
  /** Beats in one transaction. */
  readonly maxBeats: number;
  /** How long a beat waits for others, ms. */
  readonly maxWaitMs: number;
  /** Least fee of a beat, wei. */
  readonly minFee: bigint;
  /** Beats that may wait. */
  readonly maxQueue: number;
  /** Whether transactions declare what they touch: see `savesByAccessList`. */
  readonly accessList: boolean;
}

/** What became of a beat. */
export interface BeatStatus {
  /** keccak256 of the packed beat. */
  readonly id: Hex;
  readonly agentId: bigint;
  readonly epoch: number;
  readonly state: "queued" | "sent" | "relayed" | "skipped" | "dropped";
  readonly transaction?: string;
  /** Why it was skipped or dropped. */
  readonly reason?: string;
}

/** What a relay has done so far. */
export interface RelayMetrics {
  /** Beats by what became of them. */
  readonly beats: Record<"accepted" | "refused" | "relayed" | "skipped" | "dropped", number>;
  transactions: number;
  gasUsed: bigint;
  /** Credited to the account, wei of the stake token. */
  fees: bigint;
}

interface Signed extends RelayableBeat {
  readonly id: Hex;
  readonly agentId: bigint;
  readonly epoch: number;
  readonly fee: bigint;
  /** Unix seconds. */
  readonly deadline: number;
}

interface Waiting extends Signed {
  readonly gas: bigint;
}

/** Why a beat is not taken. */
export class RelayRefusal extends Error {
  readonly status: number;
  readonly code: string;

  /** @param status of HTTP */
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Beats whose end is remembered. */
const REMEMBERED = 10_000;
/** How long to wait after a transaction that could not be sent, ms. */
const RETRY_MS = 5_000;
/** How long a transaction is waited for, ms: a reorganisation may have dropped it for good. */
const LANDING_MS = 60_000;

/** Takes signed beats, tries each by itself, and sends those that would take effect together. */
export class Relay {
  readonly metrics: RelayMetrics = {
    beats: { accepted: 0, refused: 0, relayed: 0, skipped: 0, dropped: 0 },
    transactions: 0,
    gasUsed: 0n,
    fees: 0n,
  };
  readonly #assay: Assay;
  readonly #options: RelayOptions;
  readonly #log: (line: string) => void;
  readonly #statuses = new Map<Hex, BeatStatus>();
  #queue: Waiting[] = [];
  #timer: NodeJS.Timeout | null = null;
  #sending: Promise<void> | null = null;
  #stopped = false;
  /** A transaction that was given up, and may still be waiting: the next one takes its place. */
  #replaced: (Fees & { readonly nonce: number }) | null = null;
  /** Why the last transaction could not be sent; null if it could. */
  trouble: string | null = null;

  /** @param assay as the account that sends */
  constructor(assay: Assay, options: RelayOptions, log: (line: string) => void) {
    this.#assay = assay;
    this.#options = options;
    this.#log = log;
  }

  /** Beats that wait. */
  get queued(): number {
    return this.#queue.length;
  }

  /** What became of a beat; null if this relay does not know it. */
  status(id: Hex): BeatStatus | null {
    return this.#statuses.get(id) ?? null;
  }

  /**
   * Takes a beat. The same again is answered with what became of it.
   * @param body `{ beat, signature }`
   * @throws RelayRefusal
   */
  async submit(body: unknown): Promise<BeatStatus> {
    try {
      return await this.#submit(body);
    } catch (error) {
      this.metrics.beats.refused++;
      throw error;
    }
  }

  /** Takes no more, sends what waits, and ends once it is mined. */
  async stop(): Promise<void> {
    this.#stopped = true;
    while (this.#queue.length > 0 || this.#sending !== null) {
      await (this.#sending ?? this.#flush());
      if (this.trouble === null) continue;
      this.#drop(this.#queue.splice(0), `the relay was stopped while it could not send: ${this.trouble}`);
    }
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  /** Does something else that the account sends, between two of the relay's transactions. @throws what it throws */
  async between(work: () => Promise<void>): Promise<void> {
    while (this.#sending !== null) await this.#sending;
    if (this.#stopped) return;
    const working = work();
    this.#sending = working.catch(() => undefined);
    try {
      await working;
    } finally {
      this.#sending = null;
      this.#schedule();
    }
  }

  async #submit(body: unknown): Promise<BeatStatus> {
    if (this.#stopped) throw new RelayRefusal(503, "STOPPING", "the relay is being stopped: try another one");
    const signed = parse(body);
    const known = this.#statuses.get(signed.id);
    if (known !== undefined && known.state !== "dropped") return known;
    const { minFee, maxQueue } = this.#options;
    if (signed.fee < minFee) {
      throw new RelayRefusal(402, "FEE_TOO_LOW", `the fee is ${signed.fee} wei, the least is ${minFee}`);
    }
    const waiting = { ...signed, gas: await this.#try(signed) };
    // What else has come while it was tried.
    if (this.#queue.length >= maxQueue)
      throw new RelayRefusal(503, "QUEUE_FULL", "too many beats wait: try again later");
    const { agentId, epoch, id } = waiting;
    if (this.#queue.some((other) => other.agentId === agentId && other.epoch === epoch && other.id !== id)) {
      throw new RelayRefusal(409, "ALREADY_QUEUED", `another beat of agent ${agentId} waits already`);
    }
    if (this.#queue.every((other) => other.id !== id)) this.#queue.push(waiting);
    this.metrics.beats.accepted++;
    const status = this.#note(waiting, { state: "queued" });
    this.#schedule();
    return status;
  }

  /** Gas that one beat takes. @throws RelayRefusal with the contract's reason, if it would be skipped */
  async #try(signed: RelayableBeat): Promise<bigint> {
    try {
      const gas = await this.#assay.beats.relayGas(signed);
      const most = relayGasLimit([gas]);
      if (most <= MAX_TRANSACTION_GAS) return gas;
      throw new AssayError("TOO_MUCH_GAS", `it may need ${most} gas, a transaction has ${MAX_TRANSACTION_GAS}`);
    } catch (thrown) {
      const error = toAssayError(thrown);
      const { code, message } = explain(error);
      const reached = error instanceof AssayError && code !== "NODE_UNREACHABLE";
      throw new RelayRefusal(reached ? 422 : 503, code, message);
    }
  }

  #schedule(delay = this.#options.maxWaitMs): void {
    if (this.#sending !== null || this.#queue.length === 0) return;
    if (this.#queue.length >= this.#options.maxBeats && this.trouble === null) {
      void this.#flush();
      return;
    }
    this.#timer ??= setTimeout(() => void this.#flush(), delay);
  }

  /** Sends the oldest beats; never rejects. */
  async #flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#sending !== null) return; // what goes on schedules the next one once it is done
    const batch = this.#queue.splice(0, this.#fitting());
    if (batch.length === 0) return;
    this.#sending = this.#send(batch);
    await this.#sending;
    this.#sending = null;
    if (!this.#stopped) this.#schedule(this.trouble === null ? undefined : RETRY_MS);
  }

  /** How many of the oldest beats one transaction takes. */
  #fitting(): number {
    const most = Math.min(this.#queue.length, this.#options.maxBeats);
    const gas = this.#queue.map((waiting) => waiting.gas);
    let count = 0;
    while (count < most && relayGasLimit(gas.slice(0, count + 1)) <= MAX_TRANSACTION_GAS) count++;
    return count;
  }

  async #send(batch: readonly Waiting[]): Promise<void> {
    try {
      const { accessList } = this.#options;
      const sent = await this.#assay.beats.relay({ beats: batch }, { accessList, ...(await this.#place()) });
      this.trouble = this.#replaced = null;
      for (const waiting of batch) this.#note(waiting, { state: "sent", transaction: sent.hash });
      const { result, receipt } = await within(LANDING_MS, sent.wait(), () => {
        const { nonce, gasPrice, maxFeePerGas, maxPriorityFeePerGas } = sent.response;
        const most = maxFeePerGas ?? gasPrice;
        this.#replaced = { nonce, maxFeePerGas: most, maxPriorityFeePerGas: maxPriorityFeePerGas ?? most };
        return new Error(`${sent.hash} is not mined after ${LANDING_MS / 1000} s`);
      });
      this.metrics.transactions++;
      this.metrics.gasUsed += receipt.gasUsed;
      const skips = result.skipped.length;
      const skipped = Map.groupBy(result.skipped, ({ agentId }) => agentId);
      // Of several beats of one agent those of earlier epochs are too late.
      for (const waiting of batch.toSorted((a, b) => a.epoch - b.epoch)) {
        const skip = skipped.get(waiting.agentId)?.shift();
        const reason = skip === undefined ? undefined : explain(skip.reason).message;
        const done = { transaction: sent.hash, ...(reason !== undefined && { reason }) };
        this.#end(waiting, { state: reason === undefined ? "relayed" : "skipped", ...done });
        if (reason === undefined) this.metrics.fees += waiting.fee;
      }
      this.#log(`${sent.hash}: ${batch.length - skips} beats relayed, ${skips} skipped, ${receipt.gasUsed} gas`);
    } catch (error) {
      const { message } = explain(error);
      this.trouble = message;
      // It was mined after all.
      if (/nonce (is )?too low|nonce has already been used/i.test(message)) this.#replaced = null;
      this.#log(`could not send ${batch.length} beats: ${message}`);
      // One that was sent and not seen again is tried again: a beat takes effect once.
      const now = Date.now() / 1000;
      this.#queue.unshift(...batch.filter(({ deadline }) => deadline > now));
      this.#drop(
        batch.filter(({ deadline }) => deadline <= now),
        message,
      );
    }
  }

  /** Nonce and fees with which the next transaction replaces one that was given up. */
  async #place(): Promise<Partial<Fees & { readonly nonce: number }>> {
    if (this.#replaced === null) return {};
    const { nonce } = this.#replaced;
    const { provider } = this.#assay.runner;
    if (!provider) return { nonce };
    return { nonce, ...feesFor(await provider.getFeeData(), this.#replaced, MaxUint256) };
  }

  #drop(beats: readonly Waiting[], reason: string): void {
    for (const waiting of beats) this.#end(waiting, { state: "dropped", reason });
  }

  #end(
    waiting: Waiting,
    end: Pick<BeatStatus, "transaction" | "reason"> & { readonly state: "relayed" | "skipped" | "dropped" },
  ): void {
    this.metrics.beats[end.state]++;
    this.#note(waiting, end);
  }

  #note({ id, agentId, epoch }: Waiting, state: Omit<BeatStatus, "id" | "agentId" | "epoch">): BeatStatus {
    const status = { id, agentId, epoch, ...state };
    this.#statuses.delete(id);
    this.#statuses.set(id, status);
    const [oldest] = this.#statuses.keys();
    if (this.#statuses.size > REMEMBERED && oldest !== undefined) this.#statuses.delete(oldest);
    return status;
  }
}

/** Waits, but no longer than that. @throws what is made when it has taken too long */
async function within<T>(ms: number, work: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(late()), ms);
  });
  return Promise.race([work, limit]).finally(() => clearTimeout(timer));
}

/** @throws RelayRefusal for what is no signed beat */
function parse(body: unknown): Signed {
  const { beat, signature } = Object(body) as Record<string, unknown>;
  if (!isHexString(beat) || !isHexString(signature)) {
    throw new RelayRefusal(400, "BAD_INPUT", 'expected {"beat": "0x...", "signature": "0x..."}');
  }
  try {
    const packed = beat;
    const { beat: decoded, terms } = decodeRelayedBeat(packed);
    const { agentId, commitEpoch: epoch } = decoded;
    const { maxRelayFee: fee, deadline } = terms;
    return { id: keccak(packed), beat: packed, signature: signature, agentId, epoch, fee, deadline };
  } catch (error) {
    throw new RelayRefusal(400, "MALFORMED_BEAT", explain(error).message);
  }
}
