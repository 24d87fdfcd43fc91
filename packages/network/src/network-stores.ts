import { join } from "node:path";
import type { Address, StatementContext } from "@assay/protocol";
import type { Assay, Terms } from "@assay/sdk";
import { ContentStore } from "./contents/store.ts";
import { Listing } from "./identity/listing.ts";
import { Ledger } from "./ledger/ledger.ts";
import type { NetworkOptions } from "./network-options.ts";
import { PrivateStore } from "./private/store.ts";
import { StatementStore } from "./statements/store.ts";

/** What an agent keeps of the network. */
export interface NetworkStores {
  /** Heard, answered with, and its own: open to peers. */
  readonly statements: StatementStore;
  /** Its own that are for one asker alone. */
  readonly secrets: StatementStore;
  readonly contents: ContentStore;
  readonly ledger: Ledger;
  readonly privately: PrivateStore;
  readonly listing: Listing;
}

/** Where statements of a deployment are valid. */
export function statementContextOf(assay: Assay, { chainId }: Terms): StatementContext {
  return { chainId, claims: assay.addresses.claims as Address };
}

/**
 * Opens all of them, or none.
 * @param now unix seconds of the chain
 * @throws NetworkError `STORE_UNREADABLE`, `STORE_UNWRITABLE`
 */
export function openStores(
  { assay, folder, binding }: Pick<NetworkOptions, "assay" | "folder" | "binding">,
  terms: Terms,
  now: () => number,
): NetworkStores {
  const { agentId } = binding;
  const context = { chainId: terms.chainId, registry: assay.addresses.registry as Address };
  const opened: { close(): void }[] = [];
  const keep = <T extends { close(): void }>(store: T): T => {
    opened.push(store);
    return store;
  };
  try {
    return {
      statements: keep(new StatementStore(join(folder, "statements.db"), statementContextOf(assay, terms))),
      secrets: keep(new StatementStore(join(folder, "secrets.db"), statementContextOf(assay, terms))),
      contents: keep(new ContentStore({ path: join(folder, "contents.db"), context, now })),
      ledger: keep(new Ledger({ path: join(folder, "ledger.db"), context, agentId, now })),
      privately: keep(new PrivateStore({ path: join(folder, "private.db"), context, agentId, now })),
      listing: keep(new Listing({ path: join(folder, "directory.db"), context })),
    };
  } catch (error) {
    for (const store of opened) store.close();
    throw error;
  }
}

export function closeStores({ statements, secrets, contents, ledger, privately, listing }: NetworkStores): void {
  for (const store of [statements, secrets, contents, ledger, privately, listing]) store.close();
}
