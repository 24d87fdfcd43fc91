import type { Hex } from "@assay/protocol";
import type { SignedStatement } from "@assay/sdk";
import { NetworkError } from "../errors.ts";
import type { AgentPeer, Exchange, ServeLimits } from "../node/exchange.ts";
import { toRefusal } from "../node/refusal.ts";
import type { NetworkReport } from "../report.ts";
import { toMessage, toSignedStatement } from "../statements/message.ts";
import { type MailOptions, PrivateMail } from "./mail.ts";
import type { Receipt } from "./receipt.ts";
import { requireAnswer } from "./answer.ts";
import {
  answerCodec,
  MAX_REASON,
  type PrivateFrame,
  privateFrameCodec,
  type PrivateQuestion,
  privateRequestCodec,
  type Received,
  type Sealed,
  questionCodec,
} from "./wire.ts";

/** What private messages and questions go by. */
export const PRIVATE_PROTOCOL = "/assay/private/1";

/** What one peer may send. */
const PRIVATE_LIMITS: ServeLimits = { maxRequest: privateRequestCodec.maxSize, concurrency: 4, perMinute: 120 };

/** What an agent answers privately. */
export interface PrivateAnswer {
  /** About the question's content. */
  readonly statement: SignedStatement;
  /** In any form. */
  readonly evidence: Uint8Array;
}

/** What came of a private question. */
export interface PrivateReply extends PrivateAnswer {
  /** Receipts: of the question by who answered, of the answer by who asked. */
  readonly question: Receipt;
  readonly answer: Receipt;
}

/** What private exchange is made of. */
export interface PrivateOptions extends MailOptions {
  readonly exchange: Exchange;
  readonly report: NetworkReport;
  /** Takes a message that has been receipted; none are taken unless told. What it throws is reported. */
  readonly onMessage?: (message: Uint8Array, peer: AgentPeer) => void | Promise<void>;
  /** Answers a question, or throws a NetworkError whose message the asker is told; none are answered unless told. */
  readonly onQuestion?: (question: PrivateQuestion, peer: AgentPeer, signal: AbortSignal) => Promise<PrivateAnswer>;
  /** Whether stake answers for a statement that came as an answer. Its form, contents and signature are checked already. */
  readonly checkStatement?: (statement: SignedStatement) => Promise<void>;
  /** Milliseconds between two signs of life while an answer is thought about; 10 s unless told. */
  readonly waitingMs?: number;
}

const WAITING_MS = 10_000;

/** For how long an acknowledgement may take. */
const ACKNOWLEDGING_MS = 10_000;

const CLOSING_MS = 2_000;

/** Bytes of a response besides an answer: signs of life for as long as a request may take. */
const MAX_WAITING = 4_096;

/**
 * Messages and questions between two agents that nobody else can read, and nobody can deny later: HPKE in auth mode (RFC 9180), within the
 * channel between the nodes, and a receipt of each delivery that both network keys have signed.
 *
 * A request carries a message, a question, or the acknowledgement of an answer. The recipient's side of the receipt comes back first; for a
 * question the sealed answer follows on the same stream once it is there, with signs of life until then. The asker acknowledges the
 * answer in a request of its own. What fails before a receipt leaves nothing behind on either side.
 *
 * HPKE's auth mode does not keep who has stolen an agent's own X25519 key from sealing to it in others' names: the signature of each
 * delivery by the sender's network key does.
 */
export class PrivateService {
  readonly #options: PrivateOptions;
  readonly #mail: PrivateMail;
  readonly #stop = new AbortController();
  readonly #pending = new Set<Promise<void>>();

  /** Takes messages and questions from now on. */
  constructor(options: PrivateOptions) {
    this.#options = options;
    this.#mail = new PrivateMail(options);
    options.exchange.serve(PRIVATE_PROTOCOL, PRIVATE_LIMITS, (request, peer, signal) =>
      this.#serve(request, peer, signal),
    );
  }

  /**
   * Sends a message.
   * @returns its receipt, signed by both. @throws NetworkError why the peer refused, or cannot be reached; `TOO_LARGE`;
   * `BAD_SIGNATURE` if its receipt is not one
   * @example
   * const receipt = await privately.send(peer, new TextEncoder().encode("hello"), AbortSignal.timeout(10_000));
   */
  async send(peer: AgentPeer, message: Uint8Array, signal: AbortSignal): Promise<Receipt> {
    const sent = await this.#mail.seal("message", peer, message, null);
    let receipt: Receipt | null = null;
    for await (const frame of this.#frames(peer, { kind: "message", sealed: sent.sealed }, signal)) {
      if (frame.kind !== "received" || receipt !== null) throw unexpected(frame);
      receipt = await this.#mail.receipted(sent, frame.received);
    }
    return receipt ?? broken("a receipt");
  }

  /**
   * Asks an agent a question that nobody else sees.
   * @returns its answer: a signed statement about the question's content, and evidence
   * @throws NetworkError `REFUSED` if it gives no answer; `MALFORMED`, `BAD_SIGNATURE` or `EXPIRED` if what it gives is none; as
   * {@link send} does
   * @example
   * const { statement } = await privately.ask(peer, { domainId: 1, content }, AbortSignal.timeout(60_000));
   */
  async ask(peer: AgentPeer, question: PrivateQuestion, signal: AbortSignal): Promise<PrivateReply> {
    const sent = await this.#mail.seal("question", peer, questionCodec.encode(question), null);
    let receipt: Receipt | null = null;
    for await (const frame of this.#frames(peer, { kind: "question", sealed: sent.sealed }, signal)) {
      if (receipt === null) {
        if (frame.kind !== "received") throw unexpected(frame);
        receipt = await this.#mail.receipted(sent, frame.received);
      } else if (frame.kind === "answer") {
        return await this.#takeAnswer(peer, question, receipt, frame.sealed);
      } else if (frame.kind === "refused") {
        throw new NetworkError("REFUSED", `agent ${peer.agentId} gives no answer: ${frame.reason}`);
      } else if (frame.kind !== "waiting") {
        throw unexpected(frame);
      }
    }
    return broken(receipt === null ? "a receipt" : "an answer");
  }

  /** Waits a little for acknowledgements and messages under way, and ends all that goes on. The exchange is not its own to end. */
  async close(): Promise<void> {
    await inTime(Promise.all(this.#pending), CLOSING_MS);
    this.#stop.abort();
  }

  async *#frames(
    peer: AgentPeer,
    request: Parameters<typeof privateRequestCodec.encode>[0],
    signal: AbortSignal,
  ): AsyncGenerator<PrivateFrame> {
    const options = {
      maxFrame: privateFrameCodec.maxSize,
      maxTotal: privateFrameCodec.maxSize + MAX_WAITING,
      signal: AbortSignal.any([signal, this.#stop.signal]),
    };
    const bytes = privateRequestCodec.encode(request);
    for await (const frame of this.#options.exchange.request(peer, PRIVATE_PROTOCOL, bytes, options)) {
      yield privateFrameCodec.decode(frame);
    }
  }

  async #takeAnswer(peer: AgentPeer, question: PrivateQuestion, asked: Receipt, sealed: Sealed): Promise<PrivateReply> {
    const { context, checkStatement, now } = this.#options;
    const { read, receipt, received } = await this.#mail.receive("answer", peer, sealed, asked.id, async (body) => {
      const { statement: message, evidence } = answerCodec.decode(body);
      requireAnswer(context, message, { agentId: peer.agentId, ...question }, now());
      const statement = toSignedStatement(context, message);
      await checkStatement?.(statement);
      return { statement, evidence };
    });
    this.#background(this.#acknowledge(peer, sealed.id, received));
    return { ...read, question: asked, answer: receipt };
  }

  /** The asker has its answer whether or not this arrives. */
  async #acknowledge(peer: AgentPeer, id: Hex, received: Received): Promise<void> {
    const signal = AbortSignal.timeout(ACKNOWLEDGING_MS);
    for await (const frame of this.#frames(peer, { kind: "acknowledgement", id, received }, signal))
      throw unexpected(frame);
  }

  async *#serve(request: Uint8Array, peer: AgentPeer, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const read = privateRequestCodec.decode(request);
    if (read.kind === "acknowledgement") return this.#mail.acknowledged(peer, read.id, read.received);
    const frames =
      read.kind === "message" ? this.#serveMessage(read.sealed, peer) : this.#serveQuestion(read.sealed, peer, signal);
    for await (const frame of frames) yield privateFrameCodec.encode(frame);
  }

  async *#serveMessage(sealed: Sealed, peer: AgentPeer): AsyncGenerator<PrivateFrame> {
    const { onMessage } = this.#options;
    if (onMessage === undefined) throw new NetworkError("REFUSED", "no messages are taken here");
    const { read, received } = await this.#mail.receive("message", peer, sealed, null, (body) => body);
    this.#background(Promise.resolve().then(() => onMessage(read, peer)));
    yield { kind: "received", received };
  }

  async *#serveQuestion(sealed: Sealed, peer: AgentPeer, signal: AbortSignal): AsyncGenerator<PrivateFrame> {
    const { onQuestion, waitingMs = WAITING_MS } = this.#options;
    if (onQuestion === undefined) throw new NetworkError("REFUSED", "no questions are answered here");
    const received = await this.#mail.receive("question", peer, sealed, null, (body) => questionCodec.decode(body));
    yield { kind: "received", received: received.received };
    const stop = new AbortController();
    try {
      const until = AbortSignal.any([signal, this.#stop.signal, stop.signal]);
      const answering = this.#answer(onQuestion, received.read, sealed.id, peer, until);
      for (;;) {
        const frame = await inTime(answering, waitingMs);
        yield frame ?? { kind: "waiting" };
        if (frame !== null) return;
      }
    } finally {
      stop.abort(); // nobody waits for the answer any more
    }
  }

  /** Never rejects: a response that has begun cannot say why it ends. */
  async #answer(
    onQuestion: NonNullable<PrivateOptions["onQuestion"]>,
    question: PrivateQuestion,
    id: Hex,
    peer: AgentPeer,
    signal: AbortSignal,
  ): Promise<PrivateFrame> {
    const { context, exchange, now } = this.#options;
    try {
      const { statement, evidence } = await onQuestion(question, peer, signal);
      const message = toMessage(context, statement);
      requireAnswer(context, message, { agentId: exchange.self.agentId, ...question }, now());
      const body = answerCodec.encode({ statement: message, evidence });
      return { kind: "answer", sealed: await this.#mail.sealAnswer(peer, body, id) };
    } catch (error) {
      this.#reportFailure("private-question", error);
      return { kind: "refused", reason: toRefusal(error).message.slice(0, MAX_REASON).toWellFormed() };
    }
  }

  #background(work: Promise<void>): void {
    const noted = work
      .catch((error: unknown) => this.#reportFailure("private-background", error))
      .finally(() => this.#pending.delete(noted));
    this.#pending.add(noted);
  }

  #reportFailure(event: string, error: unknown): void {
    const known = error instanceof NetworkError;
    const message = error instanceof Error ? error.message : String(error);
    this.#options.report({
      level: known ? "debug" : "warn",
      event,
      message,
      fields: { code: known ? error.code : null },
    });
  }
}

/** What a promise ends with, or null if it takes longer. */
async function inTime<T>(work: Promise<T>, ms: number): Promise<T | null> {
  const { promise, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(resolve, ms, null).unref();
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

function unexpected({ kind }: PrivateFrame): NetworkError {
  return new NetworkError("MALFORMED", `the peer has sent "${kind}" where something else is expected`);
}

function broken(what: string): never {
  throw new NetworkError("MALFORMED", `the peer has ended without ${what}`);
}
