import { expect } from "chai";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CliWorld, createCliWorld, PASSPHRASE } from "./kit.ts";

/** The words of a command line, without their quotes. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}

describe("cli: docs/cli.md", function () {
  this.timeout(300_000);
  let cli: CliWorld;
  let env: NodeJS.ProcessEnv;

  before(async () => {
    cli = await createCliWorld({ agents: 6 });
    env = {
      ASSAY_PASSPHRASE: PASSPHRASE,
      ASSAY_CONFIG: join(cli.folder, "docs.json"),
      ASSAY_KEYS: join(cli.folder, "k"),
      ASSAY_DATA: join(cli.folder, "d"),
    };
  });
  after(() => cli.close());

  it("its commands, one after the other, all succeed", async () => {
    const page = readFileSync("docs/cli.md", "utf8");
    const blocks = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, code = ""]) => code);
    const lines = blocks
      .join("")
      .split("\n")
      .filter((line) => line.startsWith("assay "));
    expect(lines.length).to.be.greaterThan(30);
    const known: Record<string, string> = { RPC_URL: cli.url, CLAIMS: cli.assay.addresses.claims };
    for (const line of lines) {
      const filled = line
        .replace(/\$(\w+)/g, (_, name: string) => known[name] ?? "")
        .replaceAll("statement.json", join(cli.folder, "statement.json"));
      const [command = "", file] = filled.split(" > ");
      const [, ...args] = wordsOf(command.replace(/ \|\| true$/, ""));
      const endless = args.some((word) => ["watch", "relay", "mcp", "serve-card", "run"].includes(word));
      const { code, stdout, stderr } = await cli.run([...args, "--yes"], {
        env,
        ...(endless && { until: /epoch \d|relaying on|listening on|asks and listens only/ }),
      });
      if (!line.endsWith("|| true")) expect(code, `${line}\n${stdout}${stderr}`).to.equal(0);
      if (file !== undefined) writeFileSync(file, stdout);
      known.CLAIM = /^claim (0x\w{64})$/m.exec(stdout)?.[1] ?? known.CLAIM ?? "";
    }
  });

  it("names every command and every status", async () => {
    const page = readFileSync("docs/cli.md", "utf8");
    const help = async (...args: string[]) => (await cli.run([...args, "--help"])).stdout;
    const names = (text: string) => [...text.matchAll(/^ {2}([a-z-]+)(?: \[| {2,})/gm)].map(([, name = ""]) => name);
    const top = names(await help()).filter((name) => name !== "help");
    for (const name of top) {
      const inner = names((await help(name)).split("Commands:")[1] ?? "");
      const commands = inner.length === 0 ? [name] : inner.map((sub) => `${name} ${sub}`);
      for (const command of commands) expect(page, command).to.match(new RegExp(`\`?${command}\\b`));
    }
    expect(top.length).to.be.greaterThan(14);
  });
});
