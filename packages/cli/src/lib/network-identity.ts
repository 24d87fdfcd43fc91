import type { Directory, NodeKeys, SignedBinding } from "@assay/network";
import { getBytes, hexlify, isHexString, randomBytes } from "ethers";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CliError, fail, messageOf } from "./errors.ts";
import { journalPath } from "./secrets.ts";
import type { ReadSession } from "./session.ts";

/** What an agent is known by in the network. */
export interface NetworkIdentity {
  readonly agentId: bigint;
  readonly keys: NodeKeys;
  /** As the registry has it. */
  readonly binding: SignedBinding;
  /** Multiaddrs, as the registry has them. */
  readonly addresses: readonly string[];
  /** Of its stores. */
  readonly folder: string;
}

/** Loaded once something needs it: libp2p takes a while, and memory. */
export const networkPackage = () => import("@assay/network");

/** Bindings as the chain has them now. */
export async function openDirectory({ assay }: ReadSession): Promise<Directory> {
  const { createChainView, Directory } = await networkPackage();
  const view = await createChainView(assay);
  return new Directory({ view, minStake: 1n, report: () => undefined, now: () => performance.now() });
}

/** Folder of what an agent keeps of the network, beside its journal. */
export function networkFolder(session: ReadSession, agentId: bigint): string {
  return join(dirname(journalPath(session, agentId)), `network-${agentId}`);
}

/** Path of the secret that an agent's keys of the network are derived from. */
export function seedPath(session: ReadSession, agentId: bigint): string {
  return join(networkFolder(session, agentId), "node.key");
}

/** The secret; null if there is none. @throws CliError `BAD_CONFIG` if it is none */
export function readSeed(path: string): Uint8Array | null {
  if (!existsSync(path)) return null;
  const text = readFileSync(path, "utf8").trim();
  if (isHexString(text, 32)) return getBytes(text);
  throw new CliError("BAD_CONFIG", `${path} holds no key: restore it from a backup, or bind again with --new-key`);
}

/**
 * Keeps a new secret, which only this user can read, beside the one in use.
 * @returns the secret, and what puts it in use
 */
export function createSeed(path: string): { readonly seed: Uint8Array; readonly use: () => void } {
  const seed = randomBytes(32);
  const fresh = `${path}.new`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(fresh, `${hexlify(seed)}\n`, { mode: 0o600 });
  } catch (cause) {
    throw new CliError("BAD_CONFIG", `cannot write ${fresh}: ${messageOf(cause)}`, { cause });
  }
  return { seed, use: () => renameSync(fresh, path) };
}

/** @throws CliError `BAD_INPUT` if the agent has no key here, or the registry has another one */
export async function loadIdentity(session: ReadSession, agentId: bigint): Promise<NetworkIdentity> {
  const { BINDING_KEY, createNodeKeys, recordCodec } = await networkPackage();
  const bind = `assay network bind --agent ${agentId}`;
  const seed = readSeed(seedPath(session, agentId));
  if (seed === null) fail(`agent ${agentId} has no key of the network here: ${bind}`);
  const keys = await createNodeKeys(seed);
  const record = await session.assay.agents.metadata(agentId, BINDING_KEY);
  if (record === "0x") fail(`agent ${agentId} has published no key of the network: ${bind}`);
  const { binding, addresses } = recordCodec.decode(getBytes(record));
  if (binding.networkKey !== keys.networkKey) {
    fail(`agent ${agentId} has published another key of the network than the one here: restore that one, or ${bind}`);
  }
  return { agentId, keys, binding, addresses, folder: networkFolder(session, agentId) };
}
