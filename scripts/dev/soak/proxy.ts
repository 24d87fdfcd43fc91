import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import type { Hex } from "@assay/protocol";
import { keccak256 } from "ethers";
import type { Outage, Random } from "./plan.ts";

/** How slow a slow endpoint is, ms. */
const SLOW = { least: 100, more: 700 };

/** When an endpoint did not serve, ms of the machine's clock. */
export interface Interval {
  readonly from: number;
  to: number;
}

/** Every transaction that was sent through some proxies. */
export class SentTransactions {
  /** By hash: its bytes, and how often it was sent. */
  readonly all = new Map<string, { readonly raw: Hex; times: number }>();

  note(body: string): void {
    if (!body.includes("eth_sendRawTransaction")) return;
    const calls = [JSON.parse(body) as unknown].flat() as { method: string; params: unknown[] }[];
    for (const { method, params } of calls) {
      if (method !== "eth_sendRawTransaction") continue;
      const raw = params[0] as Hex;
      const known = this.all.get(keccak256(raw));
      if (known === undefined) this.all.set(keccak256(raw), { raw, times: 1 });
      else known.times++;
    }
  }
}

/** Lets requests through to a node, but not while it replaces blocks: unlike others, anvil answers from half of the old state then. */
export class Gate {
  #closed: Promise<unknown> = Promise.resolve();

  /** Does something while no request is let through. */
  hold<T>(work: () => Promise<T>): Promise<T> {
    const done = work();
    this.#closed = done.catch(() => undefined);
    return done;
  }

  async pass(): Promise<void> {
    await this.#closed;
  }
}

/** Stands between one process and its node, and fails as it is told. */
export class Proxy {
  /** When it failed. */
  readonly outages: Interval[] = [];
  readonly #target: string;
  readonly #sent: SentTransactions;
  readonly #gate: Gate;
  readonly #random: Random;
  #server: Server | null = null;
  #port = 0;
  #mode: Outage | null = null;
  #hanging = new Set<ServerResponse>();

  constructor(target: string, sent: SentTransactions, gate: Gate, random: Random) {
    this.#target = target;
    this.#sent = sent;
    this.#gate = gate;
    this.#random = random;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async listen(): Promise<this> {
    const server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
    server.listen(this.#port, "127.0.0.1");
    await once(server, "listening");
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
    return this;
  }

  /** Fails from now on. */
  async fail(how: Outage): Promise<void> {
    if (this.#mode !== null) await this.heal();
    this.#mode = how;
    if (how === "refuse") await this.close();
    // A slow endpoint is one that answers.
    if (how !== "slow") this.outages.push({ from: Date.now(), to: Infinity });
  }

  /** Serves again. */
  async heal(): Promise<void> {
    if (this.#mode === "refuse") await this.listen();
    this.#mode = null;
    for (const response of this.#hanging) response.destroy();
    this.#hanging.clear();
    const last = this.outages.at(-1);
    if (last?.to === Infinity) last.to = Date.now();
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const mode = this.#mode;
    if (mode === "hang") return void this.#hanging.add(response);
    if (mode === "429" || mode === "500") return void response.writeHead(Number(mode)).end();
    if (mode === "slow") await sleep(SLOW.least + this.#random() * SLOW.more);
    const body = await text(request);
    await this.#gate.pass();
    this.#sent.note(body);
    const headers = { "content-type": "application/json" };
    const answer = await fetch(this.#target, { method: "POST", headers, body });
    const said = await answer.text();
    // The node has done what it was asked, and nobody hears of it.
    if (mode === "cut") return void response.destroy();
    response.writeHead(answer.status, headers).end(said);
  }
}
