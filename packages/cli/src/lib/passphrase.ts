import { readFileSync } from "node:fs";
import { CliError, messageOf } from "./errors.ts";
import type { Io } from "./io.ts";

/** Where a passphrase comes from. */
export interface PassphraseOptions {
  readonly passphraseFile?: string;
}

/**
 * A passphrase: the first line of `--passphrase-file`, `$ASSAY_PASSPHRASE`, or what is typed at a terminal.
 * @param repeat has it typed twice, for a new key
 * @throws CliError `NO_PASSPHRASE` if there is nowhere to take it from
 */
export async function readPassphrase(
  { passphraseFile }: PassphraseOptions,
  io: Io,
  what: string,
  repeat = false,
): Promise<string> {
  if (passphraseFile !== undefined) {
    try {
      return readFileSync(passphraseFile, "utf8").split(/\r?\n/)[0] ?? "";
    } catch (cause) {
      throw new CliError("NO_PASSPHRASE", `cannot read the passphrase: ${messageOf(cause)}`, { cause });
    }
  }
  const { ASSAY_PASSPHRASE: given } = io.env;
  if (given !== undefined) return given;
  if (!io.interactive) {
    const message = `the passphrase of ${what} is needed: give --passphrase-file or $ASSAY_PASSPHRASE`;
    throw new CliError("NO_PASSPHRASE", message);
  }
  const typed = await io.secret(`Passphrase of ${what}:`);
  if (repeat && (await io.secret("The same again:")) !== typed) {
    throw new CliError("BAD_INPUT", "the two passphrases differ: nothing was done");
  }
  return typed;
}
