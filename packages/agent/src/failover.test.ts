import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, it } from "node:test";
import type { AssayError } from "@assay/sdk";
import { FailoverProvider } from "./failover.ts";

/** An endpoint that answers with its chain and a block's number. */
interface Endpoint {
  readonly url: string;
  mode: "well" | "down" | "hangs" | "limits" | "garbled";
  asked: number;
}

const servers: Server[] = [];
const providers: FailoverProvider[] = [];

afterEach(() => {
  for (const provider of providers.splice(0)) provider.destroy();
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function endpoint(block: number, chain = 7): Promise<Endpoint> {
  const server = createServer((request, response) => {
    void (async () => {
      let text = "";
      for await (const part of request as AsyncIterable<Buffer>) text += part.toString();
      found.asked++;
      if (found.mode === "hangs") return;
      if (found.mode === "down") return void response.writeHead(503).end();
      if (found.mode === "garbled") return void response.end("<html>");
      const { id, method } = JSON.parse(text) as { id: number; method: string };
      const limited = { error: { code: -32_005, message: "limit exceeded" } };
      const result = { result: `0x${(method === "eth_chainId" ? chain : block).toString(16)}` };
      response.end(JSON.stringify({ jsonrpc: "2.0", id, ...(found.mode === "limits" ? limited : result) }));
    })();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  servers.push(server);
  const found: Endpoint = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret-key`,
    mode: "well",
    asked: 0,
  };
  return found;
}

function over(endpoints: readonly Endpoint[], options: ConstructorParameters<typeof FailoverProvider>[2] = {}) {
  const urls = endpoints.map(({ url }) => url) as [string, ...string[]];
  const provider = new FailoverProvider(urls, 7n, { timeoutMs: 1_500, ...options });
  providers.push(provider);
  return provider;
}

describe("a provider over several endpoints", () => {
  for (const mode of ["down", "hangs", "limits", "garbled"] as const) {
    it(`moves on from one that ${mode}, and says where to without the key in its URL`, async () => {
      const [first, second] = [await endpoint(1), await endpoint(2)];
      const moves: string[] = [];
      const provider = over([first, second], { moved: (url) => moves.push(url) });
      assert.equal(await provider.getBlockNumber(), 1);
      first.mode = mode;
      assert.equal(await provider.getBlockNumber(), 2);
      assert.deepEqual(moves, [new URL(second.url).origin]);
      first.mode = "well";
      const { asked } = first;
      assert.equal(await provider.getBlockNumber(), 2);
      assert.equal(first.asked, asked);
    });
  }

  it("goes back to the one it prefers after a while", async () => {
    const [first, second] = [await endpoint(1), await endpoint(2)];
    let now = 0;
    const provider = over([first, second], { monotonic: () => now, returnMs: 1_000 });
    first.mode = "down";
    assert.equal(await provider.getBlockNumber(), 2);
    first.mode = "well";
    now = 999;
    assert.equal(await provider.getBlockNumber(), 2);
    now = 1_001;
    assert.equal(await provider.getBlockNumber(), 1);
  });

  it("never answers with what an endpoint of another chain says", async () => {
    const [other, right] = [await endpoint(1, 8), await endpoint(2)];
    assert.equal(await over([other, right]).getBlockNumber(), 2);
    await assert.rejects(over([other]).getBlockNumber(), (error: AssayError) => {
      assert.match(error.message, /^no endpoint answers \(http:\/\/127\.0\.0\.1:\d+: it is of chain 8, not 7\)$/);
      return error.code === "NODE_UNREACHABLE" && error.retryable;
    });
  });

  it("tries all of them again when none has answered", async () => {
    const [first, second] = [await endpoint(1), await endpoint(2)];
    const provider = over([first, second]);
    first.mode = second.mode = "down";
    await assert.rejects(provider.getBlockNumber(), { code: "NODE_UNREACHABLE" });
    second.mode = "well";
    assert.equal(await provider.getBlockNumber(), 2);
  });

  it("leaves one that answers and is out of step", async () => {
    const [first, second] = [await endpoint(1), await endpoint(2)];
    const provider = over([first, second]);
    assert.equal(await provider.getBlockNumber(), 1);
    provider.leave();
    assert.equal(await provider.getBlockNumber(), 2);
  });
});
