import {
  AbstractSigner,
  getAddress,
  type Provider,
  type Signer,
  type TransactionRequest,
  type TypedDataDomain,
  type TypedDataField,
  Wallet,
} from "ethers";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { CliError, messageOf } from "./errors.ts";

/** A key in the keystore, as far as anybody may read it. */
export interface KeyEntry {
  readonly name: string;
  readonly address: string;
  readonly path: string;
}

/** Bits of a file's mode that let others than its owner read or write it. */
const OTHERS = 0o077;
/** Fewest characters of a new passphrase. */
const MIN_PASSPHRASE = 8;

/** Encrypted private keys (Web3 Secret Storage), each in a file of its own that only its owner can read. */
export class Keystore {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Every key, by name. @throws CliError `NO_KEY` for a file that is no keystore */
  list(): KeyEntry[] {
    if (!existsSync(this.folder)) return [];
    const files = readdirSync(this.folder).filter((file) => file.endsWith(".json"));
    return files.sort().map((file) => this.#read(join(this.folder, file)));
  }

  /** A key by its name or its address. @throws CliError `NO_KEY` */
  find(nameOrAddress: string): KeyEntry {
    const keys = this.list();
    const wanted = nameOrAddress.toLowerCase();
    const found = keys.find(({ name, address }) => name === nameOrAddress || address.toLowerCase() === wanted);
    if (found !== undefined) return found;
    throw new CliError("NO_KEY", `there is no key ${nameOrAddress} in ${this.folder} (${namesOf(keys)})`);
  }

  /** The only key there is. @throws CliError `NO_KEY` if there is none, or more than one */
  only(): KeyEntry {
    const keys = this.list();
    const [first] = keys;
    if (first !== undefined && keys.length === 1) return first;
    if (first === undefined) {
      throw new CliError("NO_KEY", `there is no key in ${this.folder}: "assay keys new NAME" makes one`);
    }
    throw new CliError("NO_KEY", `say which key sends: --from NAME (${namesOf(keys)})`);
  }

  /**
   * Encrypts a key and keeps it.
   * @throws CliError `BAD_INPUT` for a malformed name, one that is taken, or a passphrase that is too short
   */
  async add(name: string, privateKey: string, passphrase: string): Promise<KeyEntry> {
    this.requireFree(name);
    if (passphrase.length < MIN_PASSPHRASE) {
      throw new CliError("BAD_INPUT", `the passphrase must have at least ${MIN_PASSPHRASE} characters`);
    }
    const wallet = new Wallet(privateKey);
    return this.#write(name, await wallet.encrypt(passphrase));
  }

  /**
   * Keeps a key that is encrypted already, under the passphrase that it has.
   * @throws CliError `BAD_INPUT` for a malformed name, one that is taken, or what is no keystore
   */
  addEncrypted(name: string, json: string): KeyEntry {
    this.requireFree(name);
    addressIn(json, "the file");
    return this.#write(name, json);
  }

  /** @throws CliError `BAD_INPUT` if no new key can have the name */
  requireFree(name: string): void {
    if (!/^[a-z0-9][a-z0-9_-]{0,63}$/i.test(name)) {
      throw new CliError("BAD_INPUT", `a key's name has letters, digits, "-" and "_" only: ${JSON.stringify(name)}`);
    }
    if (existsSync(this.#pathOf(name)))
      throw new CliError("BAD_INPUT", `there is a key ${name} already: ${this.#pathOf(name)}`);
  }

  #pathOf(name: string): string {
    return join(this.folder, `${name}.json`);
  }

  #write(name: string, json: string): KeyEntry {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    const path = this.#pathOf(name);
    // Never over another key.
    writeFileSync(path, json, { mode: 0o600, flag: "wx", flush: true });
    chmodSync(path, 0o600);
    return this.#read(path);
  }

  #read(path: string): KeyEntry {
    return { name: basename(path, ".json"), address: addressIn(readFileSync(path, "utf8"), path), path };
  }
}

/** Whether others than its owner may read a key's file. */
export function isExposed({ path }: KeyEntry): boolean {
  return process.platform !== "win32" && (statSync(path).mode & OTHERS) !== 0;
}

/** Decrypts a key. @throws CliError `WRONG_PASSPHRASE`, `NO_KEY` for a file that is no keystore */
export async function decryptKey({ name, path }: KeyEntry, passphrase: string): Promise<Wallet> {
  try {
    return (await Wallet.fromEncryptedJson(readFileSync(path, "utf8"), passphrase)) as Wallet;
  } catch (cause) {
    if (/incorrect password/i.test(messageOf(cause))) {
      throw new CliError("WRONG_PASSPHRASE", `that is not the passphrase of the key ${name} (${path})`, { cause });
    }
    throw new CliError("NO_KEY", `the key ${name} cannot be read: ${messageOf(cause)} (${path})`, { cause });
  }
}

/** Signs with a key of the keystore, which it decrypts when something is to be signed and not before. */
export class KeystoreSigner extends AbstractSigner {
  readonly #key: KeyEntry;
  readonly #unlock: () => Promise<Wallet>;

  /** @param unlock called for each signature: remembers by itself */
  constructor(key: KeyEntry, unlock: () => Promise<Wallet>, provider: Provider | null) {
    super(provider ?? undefined);
    this.#key = key;
    this.#unlock = unlock;
  }

  override async getAddress(): Promise<string> {
    return this.#key.address;
  }

  override connect(provider: Provider | null): Signer {
    return new KeystoreSigner(this.#key, this.#unlock, provider);
  }

  override async signTransaction(tx: TransactionRequest): Promise<string> {
    return (await this.#unlock()).signTransaction(tx);
  }

  override async signMessage(message: string | Uint8Array): Promise<string> {
    return (await this.#unlock()).signMessage(message);
  }

  override async signTypedData(
    domain: TypedDataDomain,
    types: Record<string, TypedDataField[]>,
    value: Record<string, unknown>,
  ): Promise<string> {
    return (await this.#unlock()).signTypedData(domain, types, value);
  }
}

function namesOf(keys: readonly KeyEntry[]): string {
  return keys.length === 0 ? "it has none" : `it has ${keys.map(({ name }) => name).join(", ")}`;
}

function addressIn(json: string, where: string): string {
  try {
    const { address, version } = JSON.parse(json) as { address?: unknown; version?: unknown };
    if (Number(version) !== 3 || typeof address !== "string") throw new Error("it is no keystore of version 3");
    return getAddress(address);
  } catch (cause) {
    throw new CliError("NO_KEY", `${where} holds no encrypted key: ${messageOf(cause)}`, { cause });
  }
}
