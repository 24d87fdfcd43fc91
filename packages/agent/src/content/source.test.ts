import assert from "node:assert/strict";
import { type lookup } from "node:dns";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { contentOf, hashContent } from "@assay/sdk";
import { isPublic, publicLookup, RefusedAddress } from "./addresses.ts";
import { CONTENT_DEFAULTS, type ContentOptions, contentSource, readUri } from "./source.ts";

const servers: Server[] = [];
after(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
});

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const never = new AbortController().signal;
const get = (uri: string, options: Partial<ContentOptions> = {}) => readUri(uri, { ...CONTENT_DEFAULTS, ...options });
const text = async (uri: string, options?: Partial<ContentOptions>) => Buffer.from(await get(uri, options)).toString();
const open = { privateAddresses: true };

describe("addresses", () => {
  it("are public only if they are of the open internet", () => {
    for (const address of ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
      assert.equal(isPublic(address), true, address);
    const refused = ["127.0.0.1", "127.1.2.3", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254"];
    refused.push("100.64.0.1", "100.100.100.200", "192.0.0.192", "168.63.129.16", "224.0.0.1", "255.255.255.255");
    refused.push("198.18.0.1", "240.0.0.1", "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1");
    refused.push("::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1", "host", "");
    for (const address of refused) assert.equal(isPublic(address), false, address);
  });

  it("of a host are all public, or the host is refused", async () => {
    const found = (addresses: string[], all = true) =>
      new Promise((done, fail) => {
        const resolver = ((_: string, __: object, back: (error: null, all: object[]) => void) =>
          back(
            null,
            addresses.map((address) => ({ address, family: 4 })),
          )) as unknown as typeof lookup;
        publicLookup(resolver)("host", { all }, (error, address) => (error ? fail(error) : done(address)));
      });
    assert.deepEqual(await found(["8.8.8.8"]), [{ address: "8.8.8.8", family: 4 }]);
    assert.equal(await found(["8.8.8.8"], false), "8.8.8.8");
    await assert.rejects(found(["8.8.8.8", "10.0.0.1"]), RefusedAddress);
    await assert.rejects(found([]), /has no address/);
  });
});

describe("contents", () => {
  it("come from data:, http: and a gateway, and are of their hash", async () => {
    const url = await serve((request, response) => response.end(`at ${request.url}`));
    assert.equal(await text(`${url}/a`, open), "at /a");
    assert.equal(await text("ipfs://cid/b", { gateway: `${url}/ipfs/` }), "at /ipfs/cid/b");
    const source = contentSource({ ...CONTENT_DEFAULTS, ...open });
    assert.equal(Buffer.from(await source(contentOf("inline"), never)).toString(), "inline");
    assert.equal((await source({ uri: `${url}/a`, contentHash: hashContent("at /a") }, never)).length, 5);
    await assert.rejects(source({ uri: `${url}/a`, contentHash: hashContent("other") }, never), {
      code: "CONTENT_MISMATCH",
    });
    await assert.rejects(source({ uri: "", contentHash: hashContent("") }, never), { code: "CONTENT_MISSING" });
  });

  it("never come from a private address, named, hidden or reached by a redirection", async () => {
    let asked = 0;
    const url = await serve((_, response) => {
      asked++;
      response.end("secret");
    });
    const { port } = new URL(url);
    const hosts = ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "0177.0.0.1", "0"];
    for (const host of hosts) {
      await assert.rejects(get(`http://${host}:${port}/`), (error: Error & { code: string }) => {
        assert.match(error.message, /not an address of the open internet|EADDRNOTAVAIL|ENOTFOUND/, host);
        return error.code === "CONTENT_MISSING";
      });
    }
    assert.equal(asked, 0);
    // A gateway is trusted, and what it points to is not.
    const gateway = await serve((_, response) => response.writeHead(302, { location: `${url}/x` }).end());
    await assert.rejects(get("ipfs://cid", { gateway }), /not an address of the open internet/);
    assert.equal(asked, 0);
  });

  it("are not taken for the gateway's where ipfs: hides another address, or a way out of its folder", async () => {
    let asked = 0;
    const url = await serve((_, response) => {
      asked++;
      response.end("secret");
    });
    const gateway = `${url}/ipfs/`;
    const hidden = [
      url,
      `//${new URL(url).host}/x`,
      "//169.254.169.254/x",
      "../admin",
      "/admin",
      "file:///etc/passwd",
      "\\\\169.254.169.254/x",
    ];
    for (const path of hidden) await assert.rejects(get(`ipfs://${path}`, { gateway }), /no ipfs: address/, path);
    assert.equal(asked, 0);
  });

  it("are not followed to other schemes, nor for ever", async () => {
    for (const uri of ["ftp://example.org/x", "javascript:1", "gopher://x", "not a uri", "file:///etc/passwd"]) {
      await assert.rejects(get(uri), /is not followed/);
    }
    await assert.rejects(get("http://example.org/", { http: false }), /is not followed/);
    const around = await serve((_, response) => response.writeHead(302, { location: "/again" }).end());
    await assert.rejects(get(around, open), /moved more than 5 times/);
    const away = await serve((_, response) => response.writeHead(302, { location: "file:///etc/passwd" }).end());
    await assert.rejects(get(away, open), /moved to file:/);
  });

  it("are limited in size and in time", async () => {
    const endless = await serve((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write("x".repeat(10_000)));
        if (!response.destroyed) response.once("drain", more);
      };
      more();
    });
    await assert.rejects(get(endless, { ...open, maxSize: 50_000 }), { code: "CONTENT_TOO_LARGE" });
    await assert.rejects(get(contentOf("four").uri, { maxSize: 3 }), { code: "CONTENT_TOO_LARGE" });
    const silent = await serve(() => undefined);
    await assert.rejects(get(silent, { ...open, timeoutMs: 50 }), /not there within 0.05 s/);
    const trickling = await serve((_, response) => void response.write("x"));
    await assert.rejects(get(trickling, { ...open, timeoutMs: 50 }), /not there within 0.05 s/);
    const broken = await serve((_, response) => response.writeHead(404).end("no"));
    await assert.rejects(get(broken, open), /HTTP 404/);
  });

  it("are read from the folders that are allowed, whatever links and dots say", async () => {
    const base = mkdtempSync(join(tmpdir(), "assay-content-"));
    const [inside, outside] = [join(base, "in"), join(base, "in-other")];
    for (const folder of [inside, outside]) mkdirSync(folder);
    writeFileSync(join(inside, "a"), "inside");
    writeFileSync(join(outside, "b"), "outside");
    symlinkSync(join(outside, "b"), join(inside, "link"));
    const uri = (path: string) => pathToFileURL(path).href;
    const folders = [inside];
    assert.equal(await text(uri(join(inside, "a")), { folders }), "inside");
    const outsiders = [uri(join(outside, "b")), uri(join(inside, "link")), `${uri(inside)}/../in-other/b`];
    outsiders.push(`${uri(inside)}/%2e%2e/in-other/b`, "file://host/etc/passwd");
    for (const other of outsiders) await assert.rejects(get(other, { folders }), /no folder that the configuration/);
    await assert.rejects(get(uri(inside) + "/none", { folders }), /^AgentError: cannot read /);
    await assert.rejects(get(uri(join(inside, "a")), { folders, maxSize: 3 }), { code: "CONTENT_TOO_LARGE" });
  });
});
