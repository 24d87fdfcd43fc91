import { Argument, Option } from "commander";
import { Wallet } from "ethers";
import { readFileSync } from "node:fs";
import type { Commands } from "../lib/command.ts";
import { loadConfig } from "../lib/config.ts";
import { CliError, fail, messageOf } from "../lib/errors.ts";
import { type Io, table } from "../lib/io.ts";
import { decryptKey, isExposed, type KeyEntry, Keystore } from "../lib/keystore.ts";
import { readPassphrase } from "../lib/passphrase.ts";
import type { CommonOptions } from "../lib/session.ts";

interface ImportOptions extends CommonOptions {
  readonly keyFile?: string;
  readonly keystore?: string;
}

const NAME = new Argument("<name>", "what the key is called here");

/** `assay keys ...` */
export function addKeys(commands: Commands): void {
  const keys = commands.group("keys", "Private keys, encrypted in files that only you can read");
  keys.plain<CommonOptions, [string]>(
    { name: "new", summary: "Makes a new key", example: "owner", arguments: [NAME] },
    async (io, options, name) => {
      const keystore = keystoreOf(io, options);
      keystore.requireFree(name);
      const passphrase = await readPassphrase(options, io, `the new key ${name}`, true);
      return added(await keystore.add(name, Wallet.createRandom().privateKey, passphrase));
    },
  );
  keys.plain<ImportOptions, [string]>(
    {
      name: "import",
      summary: "Keeps a key that you have: from a file, or typed in",
      example: "owner --key-file ./key.txt",
      arguments: [NAME],
      options: [
        new Option("--key-file <path>", "file with the private key: 0x and 64 hex digits"),
        new Option("--keystore <path>", "an encrypted key (Web3 Secret Storage), which keeps its passphrase").conflicts(
          "keyFile",
        ),
      ],
      help: "Never on the command line, where other programs and the shell's history see it.",
    },
    async (io, options, name) => {
      const keystore = keystoreOf(io, options);
      keystore.requireFree(name);
      if (options.keystore !== undefined) return added(keystore.addEncrypted(name, readText(options.keystore)));
      const privateKey = await readPrivateKey(io, options);
      return added(await keystore.add(name, privateKey, await readPassphrase(options, io, `the key ${name}`, true)));
    },
  );
  keys.plain<CommonOptions, []>({ name: "list", summary: "Lists the keys", example: "" }, async (io, options) => {
    const keystore = keystoreOf(io, options);
    const found = keystore.list();
    if (found.length === 0) {
      return { lines: [`no key in ${keystore.folder}`], data: { keys: [] }, next: ["keys new owner"] };
    }
    const rows = found.map(({ name, address }) => [name, address]);
    return { lines: table([["NAME", "ADDRESS"], ...rows]), data: { keys: found } };
  });
  keys.plain<CommonOptions, [string]>(
    { name: "show", summary: "Shows a key's address and its file", example: "owner", arguments: [NAME] },
    async (io, options, name) => {
      const key = keystoreOf(io, options).find(name);
      const exposed = isExposed(key);
      const warning = exposed ? [`warning: others can read that file: chmod 600 ${key.path}`] : [];
      return { lines: [`${key.name} ${key.address}`, key.path, ...warning], data: { ...key, exposed } };
    },
  );
  keys.plain<CommonOptions, [string]>(
    {
      name: "export",
      summary: "Prints a private key in clear",
      example: "owner",
      arguments: [NAME],
      help: "Whoever sees it owns all that the key owns. A copy of the key's file is the safer backup.",
    },
    async (io, options, name) => {
      const key = keystoreOf(io, options).find(name);
      await agree(io, options, `Print the private key of ${key.name} in clear?`);
      const wallet = await decryptKey(key, await readPassphrase(options, io, `the key ${key.name}`));
      return { lines: [wallet.privateKey], data: { ...key, privateKey: wallet.privateKey } };
    },
  );
}

function keystoreOf(io: Io, options: CommonOptions): Keystore {
  return new Keystore(loadConfig(options, io.env).keys);
}

function added(key: KeyEntry) {
  const { name, address, path } = key;
  const lines = [
    `key ${name}: ${address}`,
    `encrypted in ${path}: back it up, without it and its passphrase all is lost`,
  ];
  return { lines, data: key };
}

async function agree(io: Io, { yes }: CommonOptions, question: string): Promise<void> {
  if (yes) return;
  if (!io.interactive) throw new CliError("NOT_CONFIRMED", "add --yes to agree without a terminal to be asked at");
  if (!(await io.confirm(question))) throw new CliError("NOT_CONFIRMED", "nothing was done");
}

async function readPrivateKey(io: Io, { keyFile }: ImportOptions): Promise<string> {
  if (keyFile === undefined && !io.interactive) fail("give the key in a file: --key-file or --keystore");
  const text = (keyFile === undefined ? await io.secret("Private key:") : readText(keyFile)).trim();
  const digits = text.replace(/^0x/i, "");
  // What was given is never shown again.
  if (!/^[0-9a-f]{64}$/i.test(digits)) fail("that is no private key: expected 0x and 64 hex digits");
  return `0x${digits}`;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new CliError("BAD_INPUT", `cannot read the key: ${messageOf(cause)}`, { cause });
  }
}
