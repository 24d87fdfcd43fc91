import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { after, describe, it } from "node:test";
import { openEndpoint } from "./endpoint.ts";

const servers: Server[] = [];
after(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
});

/** A node of chain 31337 at block 5. @param limited answers nothing but which chain it is of */
async function serve(limited: boolean): Promise<string> {
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      const { id, method } = body as { id: number; method: string };
      if (limited && method !== "eth_chainId") return response.writeHead(429).end();
      const result = method === "eth_chainId" ? "0x7a69" : "0x5";
      return response.setHeader("content-type", "application/json").end(JSON.stringify({ jsonrpc: "2.0", id, result }));
    });
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("openEndpoint", () => {
  it("moves on to another endpoint as soon as the first lets it down, later too", { timeout: 20_000 }, async () => {
    const { provider } = await openEndpoint([await serve(true), await serve(false)]);
    assert.equal(await provider.getBlockNumber(), 5);
    provider.destroy();
  });

  it("says at once that its only one does not answer", { timeout: 20_000 }, async () => {
    const { provider } = await openEndpoint([await serve(true)]);
    await assert.rejects(provider.getBlockNumber(), /no endpoint answers \(http:\/\/127\.0\.0\.1:\d+: HTTP 429\)/);
    provider.destroy();
  });
});
