import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import injections from "../../test/injections.json" with { type: "json" };
import { parseFinding } from "./answers.ts";
import { type ChatOptions, chatVerifier } from "./chat.ts";
import { commandVerifier } from "./command.ts";
import { httpVerifier } from "./http.ts";
import type { VerifiedQuestion } from "./verifier.ts";

interface Request {
  readonly path: string;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Record<string, unknown>;
}
type Answer = string | { readonly status: number };

const QUESTION = {
  id: "0x01",
  domainId: 1,
  outcomes: 2,
  contentHash: "0x02",
  uri: "data:,",
} as unknown as VerifiedQuestion;
const never = new AbortController().signal;
const bytes = (text: string) => new TextEncoder().encode(text);
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

/** A service that records what it is asked. @param answer null: none ever */
async function serve(answer: (request: Request, count: number) => Answer | null) {
  const asked: Request[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      let text = "";
      for await (const part of request as AsyncIterable<Buffer>) text += part.toString();
      const { url: path = "", headers } = request;
      asked.push({ path, headers, body: JSON.parse(text) as Record<string, unknown> });
      const found = answer(asked.at(-1) as Request, asked.length);
      if (found === null) return;
      if (typeof found === "string") response.end(found);
      else response.writeHead(found.status).end();
    })();
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const completion = (content: string | null, more: object = {}) =>
  JSON.stringify({ choices: [{ message: { role: "assistant", content, ...more } }] });
const chatOptions = (url: string): ChatOptions => ({
  ...{ url: `${url}/v1`, model: "m", instructions: "Is it spam?", outcomes: ["not spam", "spam"] },
  ...{ maxContent: 10_000, maxTokens: 200, timeoutMs: 500, backoffMs: 1 },
});

describe("answers", () => {
  it("count only as the schema has them", () => {
    assert.deepEqual(parseFinding('{"outcome":1,"confidence":0.9}', 2), { outcome: 1, confidence: 0.9 });
    assert.deepEqual(parseFinding('{"abstain":"cannot tell"}', 2), { abstain: "cannot tell" });
    const nonsense = ["", "1", "{}", "[]", "null", '{"outcome":2,"confidence":1}', '{"outcome":-1,"confidence":1}'];
    nonsense.push('{"outcome":"1","confidence":1}', '{"outcome":1.5,"confidence":1}', '{"outcome":1}');
    nonsense.push(
      '{"outcome":1,"confidence":2}',
      '{"outcome":1,"confidence":1,"more":1}',
      'x {"outcome":1,"confidence":1}',
    );
    nonsense.push('{"outcome":null,"confidence":0}');
    for (const text of nonsense) assert.ok("abstain" in parseFinding(text, 2), text);
  });
});

describe("the chat verifier", () => {
  it("asks with a schema, without tools, and with its key", async () => {
    const { url, asked } = await serve(() => completion('{"outcome":1,"confidence":0.8}'));
    const verify = chatVerifier({ ...chatOptions(url), apiKey: "k" });
    assert.deepEqual(await verify(QUESTION, bytes("cheap pills"), never), { outcome: 1, confidence: 0.8 });
    const [request] = asked as [Request];
    assert.equal(request.path, "/v1/chat/completions");
    assert.equal(request.headers.authorization, "Bearer k");
    assert.deepEqual(Object.keys(request.body).sort(), [
      ...["max_tokens", "messages", "model", "n", "response_format", "stream", "temperature"],
    ]);
    const { response_format: format } = request.body as { response_format: { json_schema: object } };
    assert.deepEqual(format.json_schema, {
      ...{ name: "verdict", strict: true },
      schema: {
        ...{ type: "object", required: ["outcome", "confidence"], additionalProperties: false },
        properties: {
          outcome: { type: ["integer", "null"], enum: [0, 1, null] },
          confidence: { type: "number", minimum: 0, maximum: 1 },
        },
      },
    });
  });

  it("tries again while the endpoint is busy, and no longer than it may", async () => {
    const busy = await serve((_, count) => (count < 3 ? { status: 503 } : completion('{"outcome":0,"confidence":1}')));
    assert.deepEqual(await chatVerifier(chatOptions(busy.url))(QUESTION, bytes("x"), never), {
      ...{ outcome: 0, confidence: 1 },
    });
    assert.equal(busy.asked.length, 3);
    const refusing = await serve(() => ({ status: 401 }));
    await assert.rejects(async () => chatVerifier(chatOptions(refusing.url))(QUESTION, bytes("x"), never), /HTTP 401/);
    assert.equal(refusing.asked.length, 1);
    const silent = await serve(() => null);
    const before = performance.now();
    await assert.rejects(async () =>
      chatVerifier({ ...chatOptions(silent.url), timeoutMs: 10_000 })(QUESTION, bytes("x"), AbortSignal.timeout(50)),
    );
    assert.ok(performance.now() - before < 5_000);
  });

  it("abstains on what it cannot show, and on every answer that is none", async () => {
    let answer = "";
    const { url, asked } = await serve(() => answer);
    const verify = chatVerifier(chatOptions(url));
    const cases: [string, RegExp][] = [
      [completion("Sure! The answer is 1."), /no JSON/],
      [completion('{"outcome":7,"confidence":1}'), /outcome 7 of 2/],
      [completion('{"outcome":1,"confidence":99}'), /schema: confidence/],
      [completion('{"outcome":null,"confidence":0.2}'), /cannot tell/],
      [completion(null, { refusal: "no" }), /refused/],
      [completion('{"outcome":1,"confidence":1}', { tool_calls: [{ id: "1" }] }), /called a tool/],
      ["{}", /no chat completion/],
      ["<html>", /no JSON/],
    ];
    for (const [text, why] of cases) {
      answer = text;
      const found = await verify(QUESTION, bytes("x"), never);
      assert.match("abstain" in found ? found.abstain : "answered", why);
    }
    const { length } = asked;
    const unseen = [new Uint8Array([0xff, 0xfe]), bytes("x".repeat(10_001))];
    for (const content of unseen) assert.ok("abstain" in (await verify(QUESTION, content, never)));
    assert.ok("abstain" in (await verify({ ...QUESTION, outcomes: 3 }, bytes("x"), never)));
    assert.equal(asked.length, length);
  });
});

describe("hostile contents", () => {
  /** The messages of a request, taken apart. */
  function takeApart({ body }: Request) {
    const messages = body.messages as { role: string; content: string }[];
    const [system, user] = messages as [{ role: string; content: string }, { role: string; content: string }];
    const [, begin, data, end] = /^BEGIN ([0-9a-f]{32})\n(.*)\nEND ([0-9a-f]{32})$/.exec(user.content) ?? [];
    return { roles: messages.map(({ role }) => role), system: system.content, begin, data: data ?? "", end };
  }

  it("number thirty at least", () => assert.ok(injections.length >= 30));

  for (const [i, injection] of injections.entries()) {
    it(`stay in their field, and change nothing else: ${i + 1}`, async () => {
      // A model that does whatever the content says: it answers outside of the schema, or calls a tool.
      const obeying = [
        completion(injection),
        completion('{"outcome":7,"confidence":99}'),
        completion(null, { tool_calls: [{}] }),
      ];
      const { url, asked } = await serve(
        (_, count) => obeying[count - 2] ?? completion('{"outcome":0,"confidence":1}'),
      );
      const verify = chatVerifier(chatOptions(url));
      await verify(QUESTION, bytes("harmless"), never);
      for (const _ of obeying) {
        assert.ok("abstain" in (await verify(QUESTION, bytes(injection), never)));
      }
      const [harmless, ...hostile] = asked.map(takeApart);
      for (const { roles, system, begin, data, end } of hostile) {
        assert.deepEqual(roles, ["system", "user"]);
        assert.equal(system, harmless?.system);
        assert.equal(begin, end);
        assert.notEqual(begin, harmless?.begin);
        assert.deepEqual(JSON.parse(data), { document: injection });
        // Nothing of it that a chat template, a terminal or an eye could take for something else.
        assert.match(data, /^[\x20-\x7e]*$/);
        assert.doesNotMatch(data, /[<>|[\]]/);
      }
      const rest = asked.map(({ body: { messages: _, ...others } }) => others);
      for (const others of rest) assert.deepEqual(others, rest[0]);
    });
  }
});

describe("the HTTP verifier", () => {
  it("posts question and content, and reads the answer", async () => {
    const { url, asked } = await serve(() => '{"outcome":1,"confidence":0.7}');
    const verify = httpVerifier({ url, timeoutMs: 500, headers: { authorization: "x" } });
    assert.deepEqual(await verify(QUESTION, bytes("hello"), never), { outcome: 1, confidence: 0.7 });
    assert.deepEqual(asked[0]?.body, {
      ...{ version: 1, question: QUESTION, content: { base64: Buffer.from("hello").toString("base64") } },
    });
    assert.equal(asked[0]?.headers.authorization, "x");
  });

  it("takes no answer without end", async () => {
    const { url } = await serve(() => "x".repeat(70_000));
    await assert.rejects(
      async () => httpVerifier({ url, timeoutMs: 500, backoffMs: 1 })(QUESTION, bytes("x"), never),
      /more than 65536 bytes/,
    );
  });
});

describe("the command verifier", () => {
  const node = (code: string, timeoutMs = 10_000) =>
    commandVerifier({ command: [process.execPath, "-e", code], timeoutMs });
  const READ = "let t='';process.stdin.on('data',d=>t+=d).on('end',()=>{const q=JSON.parse(t);";

  it("hands over question and content, and reads the answer", async () => {
    const code = `${READ}console.log(JSON.stringify({outcome:q.question.outcomes-1,confidence:Buffer.from(q.content.base64,'base64').length/10}))})`;
    assert.deepEqual(await node(code)(QUESTION, bytes("hello"), never), { outcome: 1, confidence: 0.5 });
  });

  it("does not show its own environment to it", async () => {
    process.env.ASSAY_PASSPHRASE = "secret";
    try {
      const code = `${READ}console.log(JSON.stringify({abstain:String(process.env.ASSAY_PASSPHRASE)}))})`;
      assert.deepEqual(await node(code)(QUESTION, bytes(""), never), { abstain: "undefined" });
    } finally {
      delete process.env.ASSAY_PASSPHRASE;
    }
  });

  it("fails where it cannot be run, fails, prints too much or takes too long", async () => {
    const fails = async (verify: ReturnType<typeof node>, why: RegExp, signal = never) =>
      assert.rejects(async () => verify(QUESTION, bytes("x"), signal), why);
    await fails(commandVerifier({ command: ["/none"], timeoutMs: 1_000 }), /cannot be run/);
    await fails(node("process.exit(3)"), /ended with status 3/);
    await fails(node("for(;;)console.log('x'.repeat(1e5))"), /prints more than/);
    await fails(node("setInterval(()=>{},1e3)", 300), /has not answered in 0.3 s/);
    await fails(node("setInterval(()=>{},1e3)"), /aborted/, AbortSignal.timeout(100));
  });

  it("is killed with all that it has started", async () => {
    const code = `const c=require('child_process').spawn(process.execPath,['-e','setInterval(()=>{},1e3)'],{stdio:'ignore'});
      require('fs').writeFileSync(process.env.HOME+'/pid',String(c.pid));setInterval(()=>{},1e3)`;
    const { mkdtempSync, readFileSync, existsSync } = await import("node:fs");
    const { tmpdir } = await import("node:os");
    const home = mkdtempSync(`${tmpdir()}/assay-command-`);
    const stop = new AbortController();
    const verify = commandVerifier({
      ...{ command: [process.execPath, "-e", code], timeoutMs: 60_000 },
      env: { HOME: home },
    });
    const asked = Promise.resolve(verify(QUESTION, bytes("x"), stop.signal));
    for (let tries = 0; tries < 600 && !existsSync(`${home}/pid`); tries++) await sleep(50);
    await sleep(100);
    const pid = Number(readFileSync(`${home}/pid`, "utf8"));
    stop.abort();
    await assert.rejects(asked, /aborted/);
    const lives = () => {
      try {
        process.kill(pid, 0);
        // A dead process that nobody has waited for yet is none that runs.
        return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
      } catch {
        return false;
      }
    };
    for (let tries = 0; tries < 200 && lives(); tries++) await sleep(50);
    assert.equal(lives(), false);
  });
});
