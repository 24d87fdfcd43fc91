import type { HookContext } from "hardhat/types/hooks";
import type { NetworkConnection } from "hardhat/types/network";
import type { HardhatPlugin } from "hardhat/types/plugins";
import type { JsonRpcRequest, JsonRpcResponse } from "hardhat/types/providers";

type Next = (
  context: HookContext,
  connection: NetworkConnection<string>,
  request: JsonRpcRequest,
) => Promise<JsonRpcResponse>;

/** Requests after which the latest block may be another one. */
const MINING = new Set([
  ...["eth_sendTransaction", "eth_sendRawTransaction", "evm_mine", "hardhat_mine", "evm_revert", "evm_increaseTime"],
]);

/** Sets the second of the next block, each time the latest block has become another. */
class OwnClock {
  readonly #send: (method: string, params: unknown[]) => Promise<unknown>;
  readonly #step: number;
  #latest: string | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  /**
   * @param send asks the chain, past this clock
   * @param step seconds from a block to the next
   */
  constructor(send: (method: string, params: unknown[]) => Promise<unknown>, step: number) {
    this.#send = send;
    this.#step = step;
  }

  /**
   * Lets one request at a time change the chain, and sets the clock after each, whether it succeeded or not.
   * @param jump seconds that a test moves on by
   */
  run<T>(request: () => Promise<T>, jump?: number): Promise<T> {
    const turn = this.#queue.then(async () => {
      try {
        return await request();
      } finally {
        await this.#set(jump);
      }
    });
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  async #set(jump?: number): Promise<void> {
    const block = (await this.#send("eth_getBlockByNumber", ["latest", false])) as { hash: string; timestamp: string };
    if (block.hash === this.#latest && jump === undefined) return; // nothing mined: what a test has set stays
    await this.#send("evm_setNextBlockTimestamp", [Number(block.timestamp) + (jump ?? this.#step)]);
    this.#latest = block.hash;
  }
}

/**
 * Gives chains of this process a clock that stands still between blocks: a block is one second after the one before it,
 * unless `evm_setNextBlockTimestamp` or `evm_increaseTime` says otherwise. A test then ends the same however slow the
 * machine is. Where blocks may be of the same second, they are. Chains that mine at an interval keep the clock of the machine; so
 * does `hardhat node`, which is not given this one.
 */
const ownClock: HardhatPlugin = {
  id: "assay-own-clock",
  hookHandlers: {
    network: async () => ({
      default: async () => {
        const clocks = new WeakMap<NetworkConnection<string>, OwnClock>();
        const isOwn = ({ networkConfig }: NetworkConnection<string>) =>
          networkConfig.type === "edr-simulated" && networkConfig.mining.interval === 0;

        const stepOf = ({ networkConfig }: NetworkConnection<string>) =>
          networkConfig.type === "edr-simulated" && networkConfig.allowBlocksWithSameTimestamp ? 0 : 1;

        const clockOf = (context: HookContext, connection: NetworkConnection<string>, next: Next): OwnClock => {
          const known = clocks.get(connection);
          if (known) return known;
          const clock = new OwnClock(async (method, params) => {
            const response = await next(context, connection, { jsonrpc: "2.0", id: 0, method, params });
            if ("error" in response) throw new Error(`${method}: ${response.error.message}`);
            return response.result;
          }, stepOf(connection));
          clocks.set(connection, clock);
          return clock;
        };

        return {
          async newConnection(context, next) {
            const connection = await next(context);
            // The first block's second is that of the machine, so that times are of today.
            if (isOwn(connection)) await connection.provider.request({ method: "evm_increaseTime", params: [1] });
            return connection;
          },
          async onRequest(context, connection, request, next) {
            if (!MINING.has(request.method) || !isOwn(connection)) return next(context, connection, request);
            const clock = clockOf(context, connection, next as Next);
            const jump = request.method === "evm_increaseTime" ? Number((request.params as unknown[])[0]) : undefined;
            return clock.run(() => next(context, connection, request), jump);
          },
        };
      },
    }),
  },
};

export default ownClock;
