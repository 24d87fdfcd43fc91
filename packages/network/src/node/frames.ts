import type { Stream } from "@libp2p/interface";
import { type LengthPrefixedStream, lpStream } from "@libp2p/utils";
import { NetworkError } from "../errors.ts";

/** How a stream is read and written. */
export interface FrameOptions {
  /** Most bytes of a frame that is read. */
  readonly maxFrame: number;
  /** For how long the other side may take to send or take a frame, ms. */
  readonly idleMs: number;
  /** Ends the reading and writing. */
  readonly signal: AbortSignal;
}

/** Most bytes that a stream may hold back while it is not read: the window that yamux grants, twice. */
const WINDOW = 2 * 2 ** 20;
const LENGTH_SIZE = 4;

/** Four bytes that are always four: a varint may go on for ever. */
const PREFIX = {
  maxLengthLength: LENGTH_SIZE,
  lengthEncoder: (length: number): Uint8Array => {
    const prefix = new Uint8Array(LENGTH_SIZE);
    new DataView(prefix.buffer).setUint32(0, length);
    return prefix;
  },
  lengthDecoder: (data: { readonly byteLength: number; getUint32(offset: number): number }): number => {
    if (data.byteLength < LENGTH_SIZE) throw new RangeError("more bytes of the length are needed");
    return data.getUint32(0);
  },
};

/**
 * Frames over a stream. The stream is paused but while a frame is read, so that who reads slowly slows the sender down, and no more
 * waits in memory than one frame and the stream's window.
 */
export class FrameStream {
  readonly #stream: Stream;
  readonly #frames: LengthPrefixedStream<Stream>;
  readonly #options: FrameOptions;

  constructor(stream: Stream, options: FrameOptions) {
    this.#stream = stream;
    this.#options = options;
    const { maxFrame } = options;
    this.#frames = lpStream(stream, { ...PREFIX, maxDataLength: maxFrame, maxBufferSize: maxFrame + WINDOW });
    this.#pause();
  }

  /** The next frame. @throws NetworkError `TOO_LARGE`, `PEER_UNREACHABLE`, `TIMEOUT` */
  async read(): Promise<Uint8Array> {
    if (this.#stream.readStatus === "paused") this.#stream.resume();
    try {
      const frame = await this.#frames.read({ signal: this.#inTime() });
      // A copy: a part of what the socket has read would keep all of that.
      return new Uint8Array(frame.subarray());
    } catch (error) {
      throw this.#toNetworkError(error);
    } finally {
      this.#pause();
    }
  }

  /** Sends a frame, and waits while the other side does not take more. @throws NetworkError `PEER_UNREACHABLE`, `TIMEOUT` */
  async write(frame: Uint8Array): Promise<void> {
    try {
      await this.#frames.write(frame, { signal: this.#inTime() });
    } catch (error) {
      throw this.#toNetworkError(error);
    }
  }

  /** Says that there is no more to come. @throws NetworkError `PEER_UNREACHABLE`, `TIMEOUT` */
  async end(): Promise<void> {
    try {
      await this.#stream.close({ signal: this.#inTime() });
    } catch (error) {
      throw this.#toNetworkError(error);
    }
  }

  /** Ends both directions at once, whatever is under way. */
  abort(error: unknown): void {
    this.#stream.abort(error instanceof Error ? error : new Error(String(error)));
  }

  #pause(): void {
    if (this.#stream.readStatus === "readable") this.#stream.pause();
  }

  #inTime(): AbortSignal {
    return AbortSignal.any([this.#options.signal, AbortSignal.timeout(this.#options.idleMs)]);
  }

  #toNetworkError(cause: unknown): NetworkError {
    if (cause instanceof NetworkError) return cause;
    const { reason } = this.#options.signal as { reason: unknown };
    if (reason instanceof NetworkError) return reason;
    const { name } = cause as Error;
    if (name === "InvalidDataLengthError") {
      return new NetworkError("TOO_LARGE", `a frame of more than ${this.#options.maxFrame} bytes`, { cause });
    }
    if (this.#options.signal.aborted || name === "AbortError" || name === "TimeoutError") {
      return new NetworkError("TIMEOUT", "the peer did not go on in time", { cause, retryable: true });
    }
    return new NetworkError("PEER_UNREACHABLE", "the stream has ended early", { cause, retryable: true });
  }
}
