/**
 * A process that runs mocha files again and again on whatever the artifacts of its workspace are: started by `runner.ts` in the
 * workspace's folder, it takes one {@link Request} after the other. Hardhat starts once; the test files, and what they import
 * of `test/`, are loaded anew each time, and with them chains, fixtures and contracts.
 */
import { readFileSync } from "node:fs";
import { registerHooks, stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import Mocha, { type Suite, type Test } from "mocha";
import hre from "hardhat";
import { type FileResult, MEMORY_EXIT, type Progress, type Request } from "./protocol.ts";
import { SELECTOR } from "./guards.ts";
import { keyOf, Reach } from "./reach.ts";

const FOLDER = process.cwd();
const TESTS = pathToFileURL(`${join(FOLDER, "test")}/`).href;

type Connection = Awaited<ReturnType<typeof hre.network.create>>;

/** Bytes. */
const MEMORY_LIMIT = 5_000_000_000;

const connections: Connection[] = [];
const stripped = new Map<string, string>();
const reach = hre.globalOptions.coverage ? new Reach(hre) : undefined;

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const [, version] = /\?run=(\d+)$/.exec(context.parentURL ?? "") ?? [];
    if (version === undefined || !found.url.startsWith(TESTS)) return found;
    return { ...found, url: `${found.url}?run=${version}` };
  },
  load(url, context, next) {
    if (!url.startsWith(TESTS)) return next(url, context);
    const path = fileURLToPath(url.replace(/\?.*/, ""));
    let source = stripped.get(path);
    if (source === undefined) {
      source = stripTypeScriptTypes(readFileSync(path, "utf8"));
      stripped.set(path, source);
    }
    return { format: "module", source, shortCircuit: true };
  },
});

hre.hooks.registerHandlers("network", {
  newConnection: async (context, next) => {
    const connection = await next(context);
    connections.push(connection);
    reach?.watch(connection);
    if (number > 0 && connection.networkConfig.type === "edr-simulated") {
      const code = `0x${"00".repeat(number)}`;
      await connection.provider.request({ method: "hardhat_setCode", params: [SELECTOR, code] });
    }
    return connection;
  },
});

// A mutant that loops for ever has the chain note every step. Whoever started this takes its end for a find.
setInterval(() => {
  if (process.memoryUsage.rss() > MEMORY_LIMIT) process.exit(MEMORY_EXIT);
}, 250).unref();

process.env["HH_TEST"] = "true";
process.env["NODE_ENV"] ??= "test";
// What a closed chain leaves behind concerns no test any more; during a run mocha takes it for a failure of the test.
process.on("unhandledRejection", () => undefined);

class Silent extends Mocha.reporters.Base {}

let runs = 0;
/** Of the mutant that is on. */
let number = 0;

async function runFile({ file, tests, limits }: Request["files"][number], all: boolean): Promise<FileResult> {
  const mocha = new Mocha({ timeout: 120_000, bail: !all, reporter: Silent });
  const path = join(FOLDER, file);
  const started = Date.now();
  const passed: Record<string, number> = {};
  try {
    mocha.suite.emit(Mocha.Suite.constants.EVENT_FILE_PRE_REQUIRE, globalThis, path, mocha);
    const loaded: unknown = await import(`${pathToFileURL(path).href}?run=${++runs}`);
    mocha.suite.emit(Mocha.Suite.constants.EVENT_FILE_REQUIRE, loaded, path, mocha);
    mocha.suite.emit(Mocha.Suite.constants.EVENT_FILE_POST_REQUIRE, globalThis, path, mocha);
    const wanted = tests === undefined ? undefined : new Set(tests);
    keep(mocha.suite, (test) => wanted?.has(keyOf(test)) ?? true);
    mocha.suite.eachTest((test: Test) => test.timeout(limits?.[keyOf(test)] ?? test.timeout()));
    const loading = Date.now() - started;
    let failed: FileResult["failed"] = null;
    const failures: Record<string, string> = {};
    await new Promise<void>((resolve) => {
      const runner = mocha.run(() => resolve());
      runner.on("test", (test: Test) => {
        reach?.begin(keyOf(test));
        process.send?.({ running: keyOf(test) } satisfies Progress);
      });
      runner.on("pass", (test: Test) => (passed[keyOf(test)] = test.duration ?? 0));
      runner.on("fail", (test: Test, error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        failed ??= { test: keyOf(test), message: message.slice(0, 300) };
        failures[keyOf(test)] = message.slice(0, 300);
      });
    });
    await reach?.end();
    return { file, failed, failures, passed, loading, reached: reach?.take() };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const failed = { test: "(loading)", message: message.slice(0, 300) };
    return { file, failed, failures: { "(loading)": failed.message }, passed, loading: Date.now() - started };
  } finally {
    mocha.dispose();
    await Promise.allSettled(connections.splice(0).map((connection) => connection.close()));
  }
}

/** Leaves out tests that are not wanted. */
function keep(suite: Suite, wanted: (test: Test) => boolean): void {
  suite.tests = suite.tests.filter(wanted);
  for (const inner of suite.suites) keep(inner, wanted);
}

process.on("message", (request: Request) => {
  void (async () => {
    await hre.artifacts.clearCache();
    number = request.number ?? 0;
    for (const file of request.files) {
      const result = await runFile(file, request.all === true);
      process.send?.({ result } satisfies Progress);
      if (result.failed !== null && !request.all) break;
    }
    process.send?.({ done: true, memory: process.memoryUsage().rss } satisfies Progress);
  })();
});

process.send?.({ ready: true } satisfies Progress);
