import { setTimeout as sleep } from "node:timers/promises";
import { type Hex, type Statement, type StatementContext, statementDigest } from "@assay/protocol";
import type { SignedStatement } from "@assay/sdk";
import { computeAddress, id, Signature, SigningKey } from "ethers";
import { seededRandom } from "../../../packages/network/src/testing/fuzz.ts";
import { type Mark, machineMs, type Preparing, type Record, type Sending } from "./errand.ts";

/** Where committees would find the contents, as long as those of agents are. */
const URI = `ipfs://${"b".repeat(59)}`;
/** Milliseconds between two looks whether more may be sent. */
const LOOK_MS = 2;
/** Statements that are sent at once, before others get their turn. */
const AT_ONCE = 8;

/** What is ready to be sent. */
export interface Prepared<T> {
  /** By which it is known again where it is heard. */
  readonly key: string;
  readonly item: T;
}

/** Signs statements, each about a content of its own; known by their digests. */
export function signMany(context: StatementContext, preparing: Preparing): Prepared<SignedStatement>[] {
  const { domainId, bond, expiry, count, authors, label } = preparing;
  const keys = authors.map(({ agentId, signerKey }) => ({ agentId: BigInt(agentId), key: new SigningKey(signerKey) }));
  return Array.from({ length: count }, (_, i) => {
    const { agentId, key } = keys[i % keys.length] as (typeof keys)[number];
    const contentHash = id(`${label} ${i}`) as Hex;
    const statement = { agentId, domainId, outcome: 1, contentHash, bond: BigInt(bond), expiry: BigInt(expiry) };
    const signed = signStatement(context, { ...statement, nonce: BigInt(i) }, key);
    return { key: statementDigest(context, signed.statement), item: signed };
  });
}

/** Signs one. */
export function signStatement(context: StatementContext, statement: Statement, key: SigningKey): SignedStatement {
  const signature = Signature.from(key.sign(statementDigest(context, statement))).serialized as Hex;
  const signer = computeAddress(key) as Hex;
  return { chainId: Number(context.chainId), claims: context.claims, signer, uri: URI, statement, signature };
}

/** Sends what was prepared, and notes what was sent and heard, and when. */
export class Load<T> {
  readonly #nodes: number;
  readonly #send: (node: number, item: T) => Promise<unknown>;
  #queue: readonly Prepared<T>[] = [];
  /** Of the queue, what is sent next. */
  #next = 0;
  #sent: Mark[] = [];
  #heard: Mark[][];

  /** @param send by one of the process's nodes; what it throws ends the sending */
  constructor(nodes: number, send: (node: number, item: T) => Promise<unknown>) {
    this.#nodes = nodes;
    this.#send = send;
    this.#heard = Array.from({ length: nodes }, () => []);
  }

  /** What is to be sent from now on; what was left is not sent any more. */
  take(prepared: readonly Prepared<T>[]): void {
    [this.#queue, this.#next] = [prepared, 0];
  }

  /** A node has it, one that has sent it too. */
  heard(node: number, key: string): void {
    this.#heard[node]?.push([key, machineMs()]);
  }

  /** Sends for so long, or until nothing is left. @returns what became of it, from its beginning on */
  async send(sending: Sending): Promise<{ readonly sent: number }> {
    [this.#sent, this.#heard] = [[], Array.from({ length: this.#nodes }, () => [])];
    await sleep(Math.max(0, sending.at - machineMs()));
    const until = sending.at + sending.seconds * 1000;
    if ("window" in sending) await this.#flow(sending, until);
    else await this.#pace(sending, until);
    return { sent: this.#sent.length };
  }

  /** Since it began to send. */
  record(): Record {
    return { sent: this.#sent, heard: this.#heard };
  }

  async #pace({ at, perSecond, seed }: Extract<Sending, { perSecond: number }>, until: number): Promise<void> {
    const random = seededRandom(seed);
    const sent: Promise<unknown>[] = [];
    for (let next = at, i = 0; ; i++) {
      next += (-Math.log(1 - random()) / perSecond) * 1000;
      if (next >= until) break;
      await sleep(Math.max(0, next - machineMs()));
      const one = this.#one(i % this.#nodes);
      if (one === null) break;
      one.catch(() => undefined); // awaited below
      sent.push(one);
    }
    await Promise.all(sent);
  }

  async #flow({ window, senders }: Extract<Sending, { window: number }>, until: number): Promise<void> {
    while (machineMs() < until) {
      const share = Math.min(...this.#heard.map((marks) => marks.length)) / senders;
      const may = Math.min(AT_ONCE, Math.floor(share) + window - this.#sent.length);
      const sending: Promise<unknown>[] = [];
      for (let i = 0; i < may; i++) {
        const one = this.#one(i % this.#nodes);
        if (one === null) throw new Error("too few statements were prepared");
        sending.push(one);
      }
      await Promise.all(sending);
      await sleep(may > 0 ? 0 : LOOK_MS);
    }
  }

  #one(node: number): Promise<unknown> | null {
    const next = this.#queue[this.#next];
    if (next === undefined) return null;
    this.#next++;
    this.#sent.push([next.key, machineMs()]);
    return this.#send(node, next.item);
  }
}
